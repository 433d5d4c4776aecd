/*
 * Which scene is worked on when: starts jobs as breakers, index and limits allow, and decides what
 * follows from their verdicts. The engine's own; it works on the engine's state.
 */
#ifndef CONSUMER_SCHEDULER_H
#define CONSUMER_SCHEDULER_H

#include "consumer/enginestate.h"

/* Counts an answer for its service's breaker; a service that is back wakes the lanes it held. */
void scheduler_note_service(struct engine *e, const struct input *answer);

/* true: the answer was a job's, which went on. */
bool scheduler_feed(struct engine *e, const struct input *answer);

/* Starts jobs that are due. */
void scheduler_start_jobs(struct engine *e);

/* Moves jobs on that wait for a fresh index, for their turn to edit, or to send a record again. */
void scheduler_move_jobs(struct engine *e);

/* When a running job wants scheduler_move_jobs(), mono; INT64_MAX: only after an answer. */
int64_t scheduler_deadline_ms(const struct engine *e);

/* Drops all lanes; with `finish`, those whose edit is under way go on to their stamp. */
void scheduler_drop_lanes(struct engine *e, bool finish);

#endif
