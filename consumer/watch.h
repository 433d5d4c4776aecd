/*
 * Whether Plex's event stream should be opened now: at once, and after it ended again with a
 * back-off from 1 to 60 s. A Plex that has none is asked again from time to time only.
 */
#ifndef CONSUMER_WATCH_H
#define CONSUMER_WATCH_H

#include "consumer/effects.h"

struct watch {
	bool wanted;
	call_id call; /* that is open; 0: none */
	bool listening; /* its stream has begun */
	bool told_ended; /* people know that it is away */
	int64_t started_mono_ms, next_mono_ms;
	int64_t delay_ms; /* of the next wait, less the dice */
};

/* Not wanted: nothing is ever due. */
void watch_init(struct watch *w, bool wanted);

bool watch_due(const struct watch *w, struct now now);
void watch_start(struct watch *w, struct now now, struct effects *effects);

/* When watch_due() turns true, mono; INT64_MAX: only after the stream's end. */
int64_t watch_deadline_ms(const struct watch *w);

/* The stream has begun. true: that is news to people. */
bool watch_listens(struct watch *w);

/*
 * The stream ended, or never began. `dice` is a random number, so that consumers whose Plex restarts
 * do not come back all at once. true: that is news to people.
 */
bool watch_ended(struct watch *w, struct now now, enum outcome outcome, uint64_t dice);

#endif
