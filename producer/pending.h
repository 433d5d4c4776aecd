/*
 * Scenes that are not finished: those with a retry record (DESIGN §3 "Retry record"), and those of
 * which this producer took an event that no stamp and no retry record covers yet.
 */
#ifndef PRODUCER_PENDING_H
#define PRODUCER_PENDING_H

#include "producer/synced.h"

struct pending_retry {
	int64_t due_ms; /* wall clock; 0: not said */
	int attempt; /* made so far */
	const char *
		error; /* the class of the last one; "": not said; borrowed until the table changes */
};

struct pending;

/* Events that were accepted are remembered for `max_waiting` scenes at most, the newest. */
struct pending *pending_new(size_t max_waiting);
void pending_free(struct pending *p);

/*
 * Takes a record of scene-retries in; false when it is ignored: older by the fence than what is held, or
 * no scene's. `stamp` is what the scene's stamp covers, {-1, -1} without one: a retry record
 * that covers less was settled before.
 */
bool pending_fold(struct pending *p, const struct record *record, struct covers stamp);

/* An event of the scene has this offset in scene-events. */
void pending_accepted(struct pending *p, const char *scene_id, int64_t offset);

/* A stamp (or its tombstone) covers the scene's events up to this offset. */
void pending_settled(struct pending *p, uint64_t scene, int64_t offset);

/* The scene's retry record, and whether an accepted event waits: false and false for all others. */
bool pending_get(const struct pending *p, const char *scene_id, struct pending_retry *ret,
	bool *ret_waiting) WARN_UNUSED;

size_t pending_retries(const struct pending *p);
size_t pending_waiting(const struct pending *p);

/* Forgets the retry records of this partition, before it is read again from its beginning. */
void pending_forget(struct pending *p, int32_t partition);

#endif
