/*
 * Follows partitions of a compacted topic from their beginning, for ever: the change feed behind
 * every table in memory. The owner folds the records; nothing is kept here but positions.
 */
#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

#include "common/kafka.h"

struct table;

struct table_options {
	struct kafka_options kafka;
	enum topic topic;
	void (*on_record)(void *cookie, const struct record *record);
	/* Everything that was in the followed partitions when table_sync() was called has been read. */
	void (*on_synced)(void *cookie);
	/* The topic was lost or truncated under us and is read again from its beginning. */
	void (*on_restart)(void *cookie, int32_t partition);
	void *cookie;
};

/* NULL with *err. Follows nothing yet. */
struct table *table_open(const struct table_options *o, struct error *err) WARN_UNUSED;

/* Follows exactly these partitions: new ones from their beginning, known ones from where they are. */
bool table_follow(
	struct table *t, const int32_t *partitions, size_t count, struct error *err) WARN_UNUSED;

/*
 * Asks for one on_synced() once everything written before this call was read. A later call
 * replaces an earlier one that is still open.
 */
void table_sync(struct table *t);

int table_fd(const struct table *t);

/* Hands over at most `max` records; true when there may be more. */
bool table_dispatch(struct table *t, size_t max);

void table_close(struct table *t);

#endif
