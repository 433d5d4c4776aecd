/*
 * Which partitions are ours: taking them over, the tables that belong to them, the fence against former
 * owners, and giving them back (DESIGN §3 "Fence", §5 "Taking partitions over").
 */
#ifndef CONSUMER_OWNERSHIP_H
#define CONSUMER_OWNERSHIP_H

#include "consumer/enginestate.h"

void ownership_assigned(struct engine *e, const struct input *in);
void ownership_loaded(struct engine *e, const struct input *in);
void ownership_revoked(struct engine *e);
void ownership_lost(struct engine *e);

/* A record of a table; one of a former owner that stands over ours makes ours be written again. */
void ownership_fold(struct engine *e, const struct record *record);

/* An event that may be in work elsewhere owes a verification. */
void ownership_note_event(struct engine *e, struct partition *partition,
	const struct record *record, int64_t end, const struct event *event);

/* Cancels everything when the group was not polled for longer than it waits. */
void ownership_check_poll(struct engine *e, int64_t mono_ms);

/* The scene is looked at again, by an event like any other: durable, and with a place in the log. */
void ownership_tell_again(struct engine *e, const char *scene_id, int32_t partition);

/* Moves on what a revocation waits for, and stores what is settled. */
void ownership_move(struct engine *e);

#endif
