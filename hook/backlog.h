/* Sending what waits in the spool, oldest first. */
#ifndef HOOK_BACKLOG_H
#define HOOK_BACKLOG_H

#include "hook/producer.h"
#include "hook/spool.h"

enum backlog_step {
	BACKLOG_EMPTY, /* nothing waits that another process is not sending */
	BACKLOG_SENT,
	BACKLOG_REFUSED, /* the producer will never take it; it was removed from the spool */
	BACKLOG_STUCK, /* it stays in the spool, and so would the next one */
};

/* All zero at first. */
struct backlog_tally {
	size_t sent, refused;
	struct reply refusal; /* the last one */
	struct reply stuck; /* why it went no further, or an empty text */
};

/* Sends the next event, and adds to the tally what came of it. */
enum backlog_step backlog_send_next(struct spool *spool, const struct producer *producer,
	int64_t deadline_ms, struct backlog_tally *tally);

/* Adds to the reply what was refused and why it went no further; such a reply warns. */
void backlog_tell(const struct backlog_tally *tally, struct reply *reply);

/* Adds to the reply what the spool holds now, where that is worth a person's attention. */
void backlog_report(struct spool *spool, struct reply *reply);

#endif
