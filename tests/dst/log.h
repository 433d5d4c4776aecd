/* Kafka's log as the world has it: topics, partitions, offsets, and what the group committed. */
#ifndef TESTS_DST_LOG_H
#define TESTS_DST_LOG_H

#include "common/record.h"
#include "tests/dst/world.h"

struct log_partition {
	struct record *records; /* at its index is the record of that offset */
	bool *compacted; /* … and whether the broker has dropped it */
	size_t count, capacity;
};

struct log {
	struct world *world;
	int partitions;
	struct log_partition *topics[TOPICS];
	int64_t *committed; /* by the group, for each partition of the events */
};

void log_init(struct log *l, struct world *w);
void log_done(struct log *l);

/* Appends a copy to the record's partition, or to its key's; returns the offset. */
int64_t log_append(struct log *l, const struct record *record);

int64_t log_end(const struct log *l, enum topic topic, int32_t partition);
const struct record *log_at(
	const struct log *l, enum topic topic, int32_t partition, int64_t offset);

bool log_is_compacted(const struct log *l, const struct record *record);

/* Of the tables only the last record of a key remains, but for what is younger than `lag_ms`. */
void log_compact(struct log *l, int64_t lag_ms);

void log_commit(struct log *l, int32_t partition, int64_t offset);

#endif
