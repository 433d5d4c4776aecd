/* The partitions of scene-events that this instance owns: generation and watermark of each. */
#ifndef CONSUMER_PARTITIONS_H
#define CONSUMER_PARTITIONS_H

#include "consumer/offsets.h"

struct partition {
	int32_t id;
	int64_t first_generation; /* of our ownership, for the fence; below are former owners' */
	int64_t generation; /* … now: raised when a record of ours did not stand above all */
	struct offsets offsets;
};

struct partitions {
	struct partition *items;
	size_t count;
};

/* Replaces what there is. */
void partitions_assign(struct partitions *p, const int32_t *ids, size_t count);

void partitions_clear(struct partitions *p);

/* Our generation is above this one from now on. */
void partition_raise(struct partition *partition, int64_t seen);

/* NULL: not ours. */
struct partition *partitions_find(const struct partitions *p, int32_t id);

#endif
