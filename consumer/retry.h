/*
 * A record of scene-retries (DESIGN §3): the newest event of a scene that is not settled, value and
 * headers unchanged, and what is to be done about it, in headers of ours.
 */
#ifndef CONSUMER_RETRY_H
#define CONSUMER_RETRY_H

#include "common/stamps.h"
#include "consumer/pathkey.h"
#include "consumer/want.h"

/* The rest of what such a record says, beside the want. */
struct retry {
	char reason[24]; /* a stable word: not_found, plex_down, …, verify */
	char *detail; /* a sentence; NULL: none. free() it */
	int attempts; /* that were spent */
	int misses; /* … that found no item: these have a window, not a number */
	int64_t due_ms; /* wall */
	int64_t first_failed_ms; /* wall; 0: nothing failed yet */
	int64_t verify_until_ms; /* wall: only a read started later proves that no edit of ours is still to land; 0: nothing is owed */
	struct pathtraces files; /* of a scene that Plex lacks, as Plex would have them */
	struct covers covers;
};

void retry_done(struct retry *r);

/* The record, to the partition of the event's. */
void retry_write(struct record *ret, const struct want *want, const struct retry *retry);

/* A tombstone: the scene has nothing pending any more. */
void retry_write_tombstone(
	struct record *ret, const char *scene_id, int32_t partition, struct covers covers);

/* false with *fault: no version of ours wrote that. A tombstone is none, and must not come here. */
bool retry_read(const struct record *record, struct want *ret_want, struct retry *ret,
	struct fault *fault) WARN_UNUSED;

/* Only when it is due, without its event: 0 when the record does not say. Wall. */
int64_t retry_due_ms(const struct record *record);

#endif
