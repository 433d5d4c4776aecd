/*
 * The scenes that wait to be tried again: a fold over the owned partitions of scene-retries, with a
 * heap by due time, and what each scene owes. Due times are kept on the monotonic clock from when a
 * record is folded on: a wall clock that jumps afterwards changes nothing.
 */
#ifndef CONSUMER_PENDING_H
#define CONSUMER_PENDING_H

#include "consumer/inputs.h"
#include "consumer/misses.h"
#include "consumer/retry.h"

struct pending;

struct pending *pending_new(void);
void pending_free(struct pending *p);

/* Forgets everything: other partitions come. The highest generations seen are kept. */
void pending_clear(struct pending *p);

enum pending_fold {
	PENDING_TAKEN, /* it is what is pending now */
	PENDING_FENCED, /* ignored: what is held stands above it */
	PENDING_FOREIGN, /* ignored: no version of ours wrote that; *fault says why */
};

/* Takes a record of the topic in; a tombstone leaves a grave, so that an older one stays ignored. */
enum pending_fold pending_fold(
	struct pending *p, const struct record *record, struct now now, struct fault *fault);

/* The highest generation seen in a partition's records; -1: none. */
int64_t pending_generation(const struct pending *p, int32_t partition);

/* Whether there is a record, and not its grave. */
bool pending_has(const struct pending *p, const char *scene_id);

/* The record as it stands in the topic; false: none, not even a grave. */
bool pending_record(const struct pending *p, const char *scene_id, struct record *ret) WARN_UNUSED;

/* What waits, on the monotonic clock. */
struct pending_state {
	struct retry retry; /* retry_done() it; its times are wall times as written */
	int64_t tried_ms; /* when it was tried last by us; INT64_MIN: not */
	int64_t first_failed_ms; /* mono; INT64_MIN: nothing failed yet */
};

/* The want and state of the scene; false: nothing pending, and neither is filled. */
bool pending_get(const struct pending *p, const char *scene_id, struct want *ret_want,
	struct pending_state *ret) WARN_UNUSED;

/* Takes the scene out of the heap while it is in work; puts it back, due as its record says then. */
void pending_begin(struct pending *p, const char *scene_id);
void pending_resume(struct pending *p, const char *scene_id);

/* An attempt of which the record is about started then, mono. */
void pending_note_try(struct pending *p, const char *scene_id, int64_t started_ms);

/* What was seen where the item should be that the record's attempt did not find. */
void pending_note_seen(struct pending *p, const char *scene_id, uint64_t seen);

/* The scene that is due first, of those that need Stash or those that do not; NULL: none waits. */
const char *pending_first(struct pending *p, bool stash, int64_t *ret_due_ms);

/* Makes the scene due now. false: it is in work, or nothing is pending. */
bool pending_wake(struct pending *p, int64_t scene_id, int64_t now_ms);

/* The scenes that wait for an item which Plex lacks. */
struct misses *pending_misses(struct pending *p);

/*
 * The debt of verification (DESIGN §5): an edit of ours may still land until then, mono. The later
 * time stands, and no record takes it away; only pending_discharge() does.
 */
void pending_owe(struct pending *p, const char *scene_id, int32_t partition, int64_t until_ms);
void pending_owe_all(struct pending *p, int64_t until_ms); /* those whose state is a full event's */
int64_t pending_owed_until_ms(
	const struct pending *p, const char *scene_id); /* INT64_MIN: no debt */
void pending_discharge(struct pending *p, const char *scene_id);

/* Scenes with a record, and those of a class. */
size_t pending_count(const struct pending *p);

#endif
