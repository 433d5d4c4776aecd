/*
 * The contiguous watermark of one partition. Records finish in any order; only what lies below
 * the lowest unfinished one may be stored as consumed.
 */
#ifndef CONSUMER_OFFSETS_H
#define CONSUMER_OFFSETS_H

#include "common/base.h"

struct offsets {
	struct offset_slot *slots; /* received and not yet below the watermark, ascending */
	size_t first, count, capacity;
	int64_t stored; /* what offsets_store() gave last; -1 before */
};

void offsets_init(struct offsets *o);
void offsets_done(struct offsets *o);

/* A record was received. Offsets come in ascending order; holes (compaction, markers) are fine. */
void offsets_receive(struct offsets *o, int64_t offset);

/* The record's outcome is durable. An offset that was not received is ignored. */
void offsets_settle(struct offsets *o, int64_t offset);

/*
 * true when the watermark moved since the last call: *ret is then the offset to store, one past
 * the highest record below which everything is settled.
 */
bool offsets_store(struct offsets *o, int64_t *ret);

/* Records received and not settled, or settled above one that is not. */
size_t offsets_open(const struct offsets *o);

#endif
