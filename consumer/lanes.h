/*
 * One lane for each scene that is in work or waiting: events of one scene never overtake each
 * other, never run side by side, and are coalesced while they wait.
 */
#ifndef CONSUMER_LANES_H
#define CONSUMER_LANES_H

#include "consumer/job.h"
#include "consumer/offsets.h"

struct lane {
	char scene_id[SCENE_ID_SIZE];
	int32_t partition;
	struct want want; /* what came since the job started, or waits to be tried again */
	struct job *job; /* NULL: none is running */
	int64_t due_ms; /* mono: when what is wanted may start */
	bool held; /* it waits for a service to come back */
	uint64_t plex_try, stash_try; /* its job is this try of a half-open breaker; 0: it is not */
	int attempts; /* that were spent */
	int misses; /* … that found no item: these have a window, not a number */
	int64_t first_failed_ms; /* wall; 0: nothing failed yet */
	int64_t missed_ms; /* mono: the index lacked its files then; INT64_MIN: it did not */
	int64_t *offsets; /* received and not settled, ascending */
	size_t offset_count;
};

struct lanes;

struct lanes *lanes_new(void);
void lanes_free(struct lanes *l);

size_t lanes_count(const struct lanes *l);

/*
 * Puts an event into its scene's lane, which is made when there is none. It may start
 * `settle_ms` after the lane's first one; an event for a lane that waits to be tried again starts
 * the attempts anew.
 */
struct lane *lanes_add(struct lanes *l, const struct record *record, struct event *take_event,
	int64_t now_ms, int64_t settle_ms);

/* The lane is idle and wants something. */
bool lane_waits(const struct lane *lane);

/* Moves what is wanted out of the lane, into a job. */
void lane_begin(struct lane *lane, struct job *job);

/* The job ended without settling: what it wanted waits again, until `due_ms`. */
void lane_return(struct lane *lane, int64_t due_ms);

/* The job settled: its offsets go to `offsets`. A lane that wants nothing more is freed: false. */
bool lanes_settle(struct lanes *l, struct lane *lane, struct offsets *offsets);

/* Drops a lane, its job included; what it wanted will be delivered again. */
void lanes_drop(struct lanes *l, struct lane *lane);

/* All lanes, in no particular order; lanes may be dropped on the way. NULL: from the start, at the end. */
struct lane *lanes_next(const struct lanes *l, const struct lane *after);

#endif
