/*
 * The producer's view of what the consumers wrote: all partitions of sync-timestamps and
 * scene-retries, followed for ever and folded into two tables in memory.
 */
#ifndef PRODUCER_TABLES_H
#define PRODUCER_TABLES_H

#include "common/kafka.h"
#include "common/metrics.h"
#include "producer/synced.h"
#include "producer/unsettled.h"

#include <poll.h>

struct tables;

struct tables_options {
	struct kafka_options kafka;
	struct metrics *metrics; /* borrowed */
};

/* Begins to read both topics from their beginnings. NULL with *err. */
struct tables *tables_open(const struct tables_options *o, struct error *err) WARN_UNUSED;
void tables_close(struct tables *t);

/* Descriptors to wait for, and what to call with them then; true: call it again without waiting. */
#define TABLES_FDS 2
void tables_fds(const struct tables *t, struct pollfd ret[TABLES_FDS]);
bool tables_dispatch(struct tables *t, const struct pollfd fds[TABLES_FDS]);

/* Whether all that both topics held at the start was read. */
bool tables_loaded(const struct tables *t);

/* As health.refresh: sets the gauges; cookie: the tables. */
void tables_refresh(void *tables);

/* As health_check.ok; cookie: the tables. */
bool tables_check(void *tables, struct error *ret_detail);

const struct synced *tables_synced(const struct tables *t);
const struct unsettled *tables_unsettled(const struct tables *t);

/* As outgoing_options.on_accepted; cookie: the tables. */
void tables_accepted(void *tables, const char *scene_id, int64_t offset);

#endif
