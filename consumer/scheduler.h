/* Which scene is worked on next: lanes that are due, what is pending, and what their jobs wait for. */
#ifndef CONSUMER_SCHEDULER_H
#define CONSUMER_SCHEDULER_H

#include "consumer/enginestate.h"

/* Starts jobs for what is due, as far as the limits and the breakers allow. */
void scheduler_start_jobs(struct engine *e);

/* Moves jobs on that wait for the index, for their turn to edit, or for a rest to be over. */
void scheduler_move_jobs(struct engine *e);

/* The lane whose job made that call; NULL: none. */
struct lane *scheduler_lane_of(const struct engine *e, call_id call);

/* Gives the answer to its job. */
void scheduler_feed(struct engine *e, struct lane *lane, const struct input *answer);

/*
 * Drops lanes whose partitions go, or all when we stop: those without a job, and with `finish` those
 * with one that has edited nothing yet; without, all.
 */
void scheduler_drop_lanes(struct engine *e, bool finish);

/* When scheduler_start_jobs() or scheduler_move_jobs() is wanted, mono; INT64_MAX: not. */
int64_t scheduler_deadline_ms(struct engine *e);

#endif
