#include "producer/tables.h"

#include "common/log.h"
#include "common/process.h"
#include "common/table.h"

#include <stdlib.h>

enum {
	RECORDS_AT_ONCE = 500, /* between two looks at the requests */
	WAITING_MAX = 100000, /* scenes of which an accepted event is remembered: 14 MB */
};

struct tables {
	struct table *stamps, *retries;
	struct synced *synced;
	struct unsettled *unsettled;
	bool stamps_loaded, retries_loaded;
	bool more_stamps, more_retries; /* at hand, without waiting */
	int64_t opened_ms;
	struct metric *stamp_count, *retry_count, *waiting_count;
};

/* ---- what the topics say ---- */

static void on_stamp(void *cookie, const struct record *record)
{
	struct tables *t = cookie;
	uint64_t scene;

	if (!synced_fold(t->synced, record) || unsettled_waiting(t->unsettled) == 0)
		return;
	scene = synced_scene(record);
	unsettled_cover(t->unsettled, scene, synced_covers(t->synced, scene).offset);
}

static void on_retry(void *cookie, const struct record *record)
{
	struct tables *t = cookie;
	unsettled_fold(t->unsettled, record, synced_covers(t->synced, synced_scene(record)));
}

static void tell_loaded(const struct tables *t)
{
	if (!tables_loaded(t))
		return;
	process_trim(); /* what the records of a million stamps took on their way */
	log_info("tables_loaded", "stamps=%zu pending=%zu ms=%lld", synced_count(t->synced),
		unsettled_retries(t->unsettled), (long long)(process_mono_ms() - t->opened_ms));
}

static void on_stamps_synced(void *cookie)
{
	struct tables *t = cookie;

	t->stamps_loaded = true;
	tell_loaded(t);
}

static void on_retries_synced(void *cookie)
{
	struct tables *t = cookie;

	t->retries_loaded = true;
	tell_loaded(t);
}

static void on_stamps_restart(void *cookie, int32_t partition)
{
	synced_forget(((struct tables *)cookie)->synced, partition);
}

static void on_retries_restart(void *cookie, int32_t partition)
{
	unsettled_forget(((struct tables *)cookie)->unsettled, partition);
}

/* ---- life ---- */

static bool follow_all(struct table *table, int32_t partitions, struct error *err)
{
	auto_free int32_t *numbers = xcalloc((size_t)partitions, sizeof *numbers);

	for (int32_t i = 0; i < partitions; i++)
		numbers[i] = i;
	if (!table_follow(table, numbers, (size_t)partitions, err))
		return false;
	table_sync(table);
	return true;
}

static bool open_stamps(struct tables *t, const struct kafka_options *kafka, struct error *err)
{
	struct table_options options = {
		.kafka = *kafka,
		.topic = TOPIC_STAMPS,
		.on_record = on_stamp,
		.on_synced = on_stamps_synced,
		.on_restart = on_stamps_restart,
		.cookie = t,
	};

	t->stamps = table_open(&options, err);
	return t->stamps && follow_all(t->stamps, kafka->partitions, err);
}

static bool open_retries(struct tables *t, const struct kafka_options *kafka, struct error *err)
{
	struct table_options options = {
		.kafka = *kafka,
		.topic = TOPIC_RETRIES,
		.on_record = on_retry,
		.on_synced = on_retries_synced,
		.on_restart = on_retries_restart,
		.cookie = t,
	};

	t->retries = table_open(&options, err);
	return t->retries && follow_all(t->retries, kafka->partitions, err);
}

struct tables *tables_open(const struct tables_options *o, struct error *err)
{
	struct tables *t = xcalloc(1, sizeof *t);

	t->synced = synced_new();
	t->unsettled = unsettled_new(WAITING_MAX);
	t->opened_ms = process_mono_ms();
	t->stamp_count =
		metrics_gauge(o->metrics, "stamps", "", "Scenes with a stamp in sync-timestamps.");
	t->retry_count = metrics_gauge(
		o->metrics, "scenes_pending", "", "Scenes with a retry record in scene-retries.");
	t->waiting_count = metrics_gauge(o->metrics, "scenes_waiting", "",
		"Scenes of which an event was accepted here that no consumer has dealt with yet.");
	if (open_stamps(t, &o->kafka, err) && open_retries(t, &o->kafka, err))
		return t;
	tables_close(t);
	return NULL;
}

void tables_close(struct tables *t)
{
	if (!t)
		return;
	table_close(t->stamps);
	table_close(t->retries);
	synced_free(t->synced);
	unsettled_free(t->unsettled);
	free(t);
}

/* ---- at work ---- */

void tables_fds(const struct tables *t, struct pollfd ret[TABLES_FDS])
{
	ret[0] = (struct pollfd){ .fd = table_fd(t->stamps), .events = POLLIN };
	ret[1] = (struct pollfd){ .fd = table_fd(t->retries), .events = POLLIN };
}

/* Neither is looked at in vain: the requests come first. */
static bool dispatch(struct table *table, const struct pollfd *fd, bool *more)
{
	if (*more || fd->revents)
		*more = table_dispatch(table, RECORDS_AT_ONCE);
	return *more;
}

bool tables_dispatch(struct tables *t, const struct pollfd fds[TABLES_FDS])
{
	bool more = dispatch(t->stamps, &fds[0], &t->more_stamps);

	more |= dispatch(t->retries, &fds[1], &t->more_retries);
	return more;
}

void tables_refresh(void *tables)
{
	struct tables *t = tables;

	metric_set(t->stamp_count, (double)synced_count(t->synced), NULL);
	metric_set(t->retry_count, (double)unsettled_retries(t->unsettled), NULL);
	metric_set(t->waiting_count, (double)unsettled_waiting(t->unsettled), NULL);
}

bool tables_loaded(const struct tables *t)
{
	return t->stamps_loaded && t->retries_loaded;
}

bool tables_check(void *tables, struct error *ret_detail)
{
	const struct tables *t = tables;

	if (!tables_loaded(t))
		return error_set(ret_detail,
			"The stamps and retries are being read from Kafka; %zu stamps so far.",
			synced_count(t->synced));
	error_set(ret_detail, "%zu stamps and %zu retries are known.", synced_count(t->synced),
		unsettled_retries(t->unsettled));
	return true;
}

const struct synced *tables_synced(const struct tables *t)
{
	return t->synced;
}

const struct unsettled *tables_unsettled(const struct tables *t)
{
	return t->unsettled;
}

/* The consumer may have been faster than the report that brings us here. */
void tables_accepted(void *tables, const char *scene_id, int64_t offset)
{
	struct tables *t = tables;
	uint64_t scene = strtoull(scene_id, NULL, 10);

	if (synced_covers(t->synced, scene).offset < offset)
		unsettled_accepted(t->unsettled, scene_id, offset);
}
