#include "common/table.h"

#include "common/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A partition that is or was followed. librdkafka 2.0.2 aborts when a partition is taken away twice
 * before its fetcher stopped, so its assignment only grows here: what a forgotten partition
 * brings is dropped, and positions are changed by seeking.
 */
struct place {
	int32_t partition;
	int64_t next; /* the offset to read next, or RD_KAFKA_OFFSET_BEGINNING */
	bool followed;
	bool awaited; /* table_sync() was called and its end was not seen since */
};

struct table {
	struct kafka_options kafka;
	enum topic topic;
	char topic_name[KAFKA_TOPIC_SIZE];
	rd_kafka_t *client;
	struct kafka_wakeup wakeup;
	struct place *places;
	size_t place_count;
	bool syncing; /* on_synced() is owed */
	void (*on_record)(void *cookie, const struct record *record);
	void (*on_synced)(void *cookie);
	void (*on_restart)(void *cookie, int32_t partition);
	void *cookie;
};

static rd_kafka_conf_t *table_conf(const struct kafka_options *o, struct error *err)
{
	/*
	 * librdkafka before 2.2 pauses for a second whenever its queue is full: hence the large number.
	 * The kilobytes bound its memory; a table of 100,000 stamps, 60 MB, is read without a pause.
	 * The group is never joined, but assign() asks for one.
	 */
	static const struct {
		const char *name, *value;
	} settings[] = {
		{ "enable.auto.commit", "false" },
		{ "enable.auto.offset.store", "false" },
		{ "auto.offset.reset", "error" },
		{ "enable.partition.eof", "true" },
		{ "queued.min.messages", "10000000" },
		{ "check.crcs", "true" },
	};
	rd_kafka_conf_t *conf = kafka_conf_new(o, err);

	if (!conf)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		kafka_conf_set(conf, settings[i].name, settings[i].value);
	auto_free char *group = xasprintf("%s-tables", o->client_id);
	kafka_conf_set(conf, "group.id", group);
	kafka_conf_default(conf, o, "queued.max.messages.kbytes", "65536");
	kafka_conf_default(conf, o, "fetch.wait.max.ms", "100");
	return conf;
}

struct table *table_open(const struct table_options *o, struct error *err)
{
	char text[256];
	struct table *t;
	rd_kafka_queue_t *queue;
	bool opened;
	rd_kafka_conf_t *conf = table_conf(&o->kafka, err);

	if (!conf)
		return NULL;
	t = xcalloc(1, sizeof *t);
	t->kafka = o->kafka;
	t->topic = o->topic;
	kafka_topic(&o->kafka, o->topic, t->topic_name);
	t->on_record = o->on_record;
	t->on_synced = o->on_synced;
	t->on_restart = o->on_restart;
	t->cookie = o->cookie;
	t->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
	if (!t->client) {
		error_set(err, "The Kafka reader of %s could not be made: %s", t->topic_name, text);
		rd_kafka_conf_destroy(conf);
		free(t);
		return NULL;
	}
	rd_kafka_poll_set_consumer(t->client);
	queue = rd_kafka_queue_get_consumer(t->client);
	opened = kafka_wakeup_open(&t->wakeup, queue);
	rd_kafka_queue_destroy(queue);
	if (opened)
		return t;
	error_set(err, "No descriptors are left for a pipe.");
	rd_kafka_destroy(t->client);
	free(t);
	return NULL;
}

static struct place *find_place(const struct table *t, int32_t partition)
{
	for (size_t i = 0; i < t->place_count; i++) {
		if (t->places[i].partition == partition)
			return &t->places[i];
	}
	return NULL;
}

static rd_kafka_topic_partition_list_t *one_place(const struct table *t, const struct place *place)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, t->topic_name, place->partition)->offset =
		place->next;
	return list;
}

/*
 * Fetches anew from place->next, and so tells the end anew. Does not wait: a partition whose
 * first fetch is still to come is not moved, and needs not to be.
 */
static void seek(struct table *t, const struct place *place)
{
	rd_kafka_topic_partition_list_t *list = one_place(t, place);
	rd_kafka_error_t *error = rd_kafka_seek_partitions(t->client, list, 0);

	if (error)
		log_error("table_seek", "topic=%s partition=%" PRId32 " text=%s", t->topic_name,
			place->partition, rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	rd_kafka_topic_partition_list_destroy(list);
}

/* Starts a fetcher that gave up; a seek would not. It runs, as it told so: see struct place. */
static void assign_anew(struct table *t, const struct place *place)
{
	rd_kafka_topic_partition_list_t *list = one_place(t, place);
	rd_kafka_error_t *error = rd_kafka_incremental_unassign(t->client, list);

	if (!error)
		error = rd_kafka_incremental_assign(t->client, list);
	if (error)
		log_error("table_restart", "topic=%s partition=%" PRId32 " text=%s", t->topic_name,
			place->partition, rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	rd_kafka_topic_partition_list_destroy(list);
}

static bool add_place(struct table *t, int32_t partition, struct error *err)
{
	struct place place = {
		.partition = partition, .next = RD_KAFKA_OFFSET_BEGINNING, .followed = true
	};
	rd_kafka_topic_partition_list_t *list = one_place(t, &place);
	rd_kafka_error_t *error = rd_kafka_incremental_assign(t->client, list);

	rd_kafka_topic_partition_list_destroy(list);
	if (error) {
		error_set(err, "The topic %s cannot be followed: %s", t->topic_name,
			rd_kafka_error_string(error));
		rd_kafka_error_destroy(error);
		return false;
	}
	t->places = xrealloc(t->places, t->place_count + 1, sizeof *t->places);
	t->places[t->place_count++] = place;
	return true;
}

static bool follow_one(struct table *t, int32_t partition, struct error *err)
{
	struct place *place = find_place(t, partition);

	if (!place)
		return add_place(t, partition, err);
	if (!place->followed) {
		place->followed = true;
		place->next = RD_KAFKA_OFFSET_BEGINNING;
		seek(t, place);
	}
	return true;
}

static bool holds(const int32_t *partitions, size_t count, int32_t partition)
{
	for (size_t i = 0; i < count; i++) {
		if (partitions[i] == partition)
			return true;
	}
	return false;
}

bool table_follow(struct table *t, const int32_t *partitions, size_t count, struct error *err)
{
	for (size_t i = 0; i < t->place_count; i++) {
		struct place *place = &t->places[i];

		place->followed = place->followed && holds(partitions, count, place->partition);
		place->awaited = place->awaited && place->followed;
	}
	kafka_wakeup_raise(&t->wakeup); /* an open sync may have lost what it waited for */
	for (size_t i = 0; i < count; i++) {
		if (!follow_one(t, partitions[i], err))
			return false;
	}
	return true;
}

/*
 * The end that a partition told before says nothing about now, and asking for the end blocks
 * (librdkafka 2.0.2). Seeking to where we are starts new fetches: their answers, and so the end
 * they report, are younger than this call.
 */
void table_sync(struct table *t)
{
	t->syncing = true;
	kafka_wakeup_raise(&t->wakeup); /* with nothing to follow it is done */
	for (size_t i = 0; i < t->place_count; i++) {
		t->places[i].awaited = t->places[i].followed;
		if (t->places[i].followed)
			seek(t, &t->places[i]);
	}
}

int table_fd(const struct table *t)
{
	return t->wakeup.read_fd;
}

/*
 * Our offset is outside of the log: the topic was made anew, or lost its end. It is read again
 * from its beginning, which may be a shorter story than the one we know.
 */
static void restart(struct table *t, struct place *place)
{
	log_warn("table_restart", "topic=%s partition=%" PRId32 " offset=%" PRId64, t->topic_name,
		place->partition, place->next);
	place->next = RD_KAFKA_OFFSET_BEGINNING;
	t->on_restart(t->cookie, place->partition);
	assign_anew(t, place);
}

static void take_record(struct table *t, struct place *place, const rd_kafka_message_t *message)
{
	struct record record;

	if (message->offset < place->next) /* read before a seek, and again after it */
		return;
	place->next = message->offset + 1;
	kafka_record(&t->kafka, message, &record);
	t->on_record(t->cookie, &record);
	record_done(&record);
}

static void take(struct table *t, const rd_kafka_message_t *message)
{
	struct place *place = message->rkt ? find_place(t, message->partition) : NULL;

	if (place && !place->followed)
		return;
	if (place && !message->err) {
		take_record(t, place, message);
	} else if (place && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		place->next = message->offset;
		place->awaited = false;
	} else if (place && message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
		restart(t, place);
	} else if (message->err) {
		kafka_log_trouble(
			rd_kafka_name(t->client), message->err, rd_kafka_message_errstr(message));
	}
}

static void tell_synced(struct table *t)
{
	for (size_t i = 0; i < t->place_count; i++) {
		if (t->places[i].awaited)
			return;
	}
	t->syncing = false;
	t->on_synced(t->cookie);
}

bool table_dispatch(struct table *t, size_t max)
{
	rd_kafka_message_t *message = NULL;
	size_t count;

	kafka_wakeup_clear(&t->wakeup);
	for (count = 0; count < max; count++) {
		message = rd_kafka_consumer_poll(t->client, 0);
		if (!message)
			break;
		take(t, message);
		rd_kafka_message_destroy(message);
	}
	if (t->syncing)
		tell_synced(t);
	return count == max;
}

void table_close(struct table *t)
{
	rd_kafka_queue_t *queue;

	if (!t)
		return;
	queue = rd_kafka_queue_get_consumer(t->client);
	rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
	rd_kafka_queue_destroy(queue);
	rd_kafka_consumer_close(t->client);
	rd_kafka_destroy(t->client);
	kafka_wakeup_close(&t->wakeup);
	free(t->places);
	free(t);
}
