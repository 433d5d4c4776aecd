/* How an attempt ended, and what follows from it. The one place where outcomes become decisions. */
#ifndef CONSUMER_VERDICT_H
#define CONSUMER_VERDICT_H

#include "consumer/inputs.h"

enum verdict_kind {
	VERDICT_NONE, /* not over yet */
	VERDICT_SYNCED, /* Plex shows it, by our edit */
	VERDICT_UNCHANGED, /* Plex showed it already */
	VERDICT_SKIPPED, /* nothing is wanted, for a reason */
	VERDICT_SUPERSEDED, /* a newer state was applied before */
	VERDICT_GONE, /* Stash has no such scene any more */
	VERDICT_RETRY, /* temporary, and this scene's own: spends an attempt */
	VERDICT_HOLD, /* a service is away or refuses us: spends nothing */
	VERDICT_DEAD, /* a person must decide */
};

const char *verdict_name(enum verdict_kind kind);

/* Not retry or hold: the scene is settled until its next event. */
bool verdict_final(enum verdict_kind kind);

struct verdict {
	enum verdict_kind kind;
	const char *reason; /* a stable word, static; NULL: none */
	char detail[400]; /* a sentence; may be empty */
	int64_t after_ms; /* what the other side asked for; -1: nothing */
	bool timed_out; /* a hold because an answer did not come: may be this scene's own fault */
};

void verdict_set(struct verdict *v, enum verdict_kind kind, const char *reason, const char *detail);

/* Which answer it is that did not come as hoped. */
enum verdict_call { CALL_FETCH_SCENE, CALL_READ_ITEM, CALL_EDIT_ITEM, CALL_INTEND, VERDICT_CALLS };

/*
 * The verdict for an answer that is not DONE. VERDICT_NONE means that the job itself knows what to
 * do next: no such scene or item, or an edit whose outcome must be read.
 */
void verdict_of_call(struct verdict *v, enum verdict_call call, const struct input *answer);

/* Whether that answer says that the service as a whole is away: it counts for the breaker. */
bool verdict_blames_service(enum outcome outcome);

struct verdict_limits {
	int64_t not_found_min_ms, not_found_max_ms, not_found_window_ms;
	int64_t retry_min_ms, retry_max_ms;
	int max_retries;
	bool skip_not_found;
};

/*
 * When a retry is tried again, in ms from now. `attempts` were made (1 after the first);
 * `since_first_ms` have passed since the first failure; `dice` is a random number. Where the limits
 * are spent the verdict becomes dead or, with skip_not_found, skipped, and -1 is returned.
 */
int64_t verdict_retry_ms(struct verdict *v, const struct verdict_limits *limits, int attempts,
	int64_t since_first_ms, uint64_t dice);

#endif
