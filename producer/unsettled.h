/*
 * Scenes that are not finished: those with a retry record (DESIGN §3 "Retry record"), and those of
 * which this producer took an event that no stamp and no retry record covers yet.
 */
#ifndef PRODUCER_UNSETTLED_H
#define PRODUCER_UNSETTLED_H

#include "producer/synced.h"

struct unsettled_retry {
	int64_t due_ms; /* wall clock; 0: not said */
	int attempt; /* made so far */
	const char *
		error; /* the class of the last one; "": not said; borrowed until the table changes */
};

struct unsettled;

/* Events that were accepted are remembered for `max_waiting` scenes at most, the newest. */
struct unsettled *unsettled_new(size_t max_waiting);
void unsettled_free(struct unsettled *p);

/*
 * Takes a record of scene-retries in; false when it is ignored: older by the fence than what is held, or
 * no scene's. `stamp` is what the scene's stamp covers, {-1, -1} without one: a retry record
 * that covers less was settled before.
 */
bool unsettled_fold(struct unsettled *p, const struct record *record, struct covers stamp);

/* An event of the scene has this offset in scene-events. */
void unsettled_accepted(struct unsettled *p, const char *scene_id, int64_t offset);

/* A stamp (or its tombstone) covers the scene's events up to this offset. */
void unsettled_cover(struct unsettled *p, uint64_t scene, int64_t offset);

/* The scene's retry record, and whether an accepted event waits: false and false for all others. */
bool unsettled_get(const struct unsettled *p, const char *scene_id, struct unsettled_retry *ret,
	bool *ret_waiting) WARN_UNUSED;

size_t unsettled_retries(const struct unsettled *p);
size_t unsettled_waiting(const struct unsettled *p);

/* Forgets the retry records of this partition, before it is read again from its beginning. */
void unsettled_forget(struct unsettled *p, int32_t partition);

#endif
