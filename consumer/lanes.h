/*
 * One lane for each scene that is in work or about to be: events of one scene never overtake each
 * other, never run side by side, and are coalesced while they wait.
 */
#ifndef CONSUMER_LANES_H
#define CONSUMER_LANES_H

#include "consumer/dueheap.h"
#include "consumer/job.h"
#include "consumer/offsets.h"

struct lane {
	struct dueheap_node due; /* first: mono, when what is wanted may start */
	char scene_id[SCENE_ID_SIZE];
	int32_t partition;
	struct want want; /* what came since the job started, or before there was one */
	struct job *job; /* NULL: none is running */
	uint64_t plex_try, stash_try; /* its job is this try of a half-open breaker; 0: it is not */
	int attempts; /* that were spent before this one */
	int misses; /* … that found no item: these have a window, not a number */
	int cover_tries; /* how often a late cover was looked for again */
	int64_t first_failed_ms; /* mono; INT64_MIN: nothing failed yet */
	int64_t tried_ms; /* mono: when the try before this one started; INT64_MIN: unknown */
	uint64_t seen; /* what its job found where the item should be: lookout_trace() */
	int64_t *offsets; /* received and not settled, ascending */
	size_t offset_count;
};

struct lanes;

struct lanes *lanes_new(void);
void lanes_free(struct lanes *l);

size_t lanes_count(const struct lanes *l);

/* NULL: none. */
struct lane *lanes_find(const struct lanes *l, const char *scene_id);

/*
 * Puts an event into its scene's lane, which is made when there is none. It may start
 * `settle_ms` after the lane's first one.
 */
struct lane *lanes_add(struct lanes *l, const struct record *record, struct event *take_event,
	int64_t now_ms, int64_t settle_ms);

/* A lane for a scene that has none: what is pending for it may start now. */
struct lane *lanes_open(struct lanes *l, const char *scene_id, int32_t partition, int64_t now_ms);

/* The lane without a job whose time comes first; NULL: none waits. */
struct lane *lanes_first(const struct lanes *l);

/* A job runs in the lane now. */
void lanes_begin(struct lanes *l, struct lane *lane, struct job *job);

/* The job ended without an outcome: what it wanted waits again, together with what came since. */
void lanes_return(struct lanes *l, struct lane *lane);

/*
 * The job's outcome is durable: its offsets go to `offsets`. A lane that wants nothing more is freed:
 * false.
 */
bool lanes_settle(struct lanes *l, struct lane *lane, struct offsets *offsets);

/* Drops a lane, its job included; what it wanted will be delivered again. */
void lanes_drop(struct lanes *l, struct lane *lane);

/* All lanes, in no particular order; lanes may be dropped on the way. NULL: from the start, at the end. */
struct lane *lanes_next(const struct lanes *l, const struct lane *after);

#endif
