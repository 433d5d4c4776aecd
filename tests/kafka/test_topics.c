/*
 * The Kafka edges on a real broker, whose HOST:PORT is in the environment variable BOOTSTRAP:
 * what the embedded one cannot show (the admin API, a refused batch, a topic made anew).
 */
#include "common/process.h"
#include "common/publisher.h"
#include "common/table.h"
#include "tests/service/kafkatest.h"

enum { START_MS = 30000, BROKER_MS = 20000 };

static struct kafka_options options_for(const char *prefix)
{
	const char *bootstrap = getenv("BOOTSTRAP");

	ck_assert_msg(bootstrap != NULL, "BOOTSTRAP is not set: run tests/kafka/with_broker");
	struct kafka_options o = test_options(bootstrap);
	o.topic_prefix = prefix;
	return o;
}

static rd_kafka_t *admin_client(void)
{
	struct kafka_options o = options_for("");
	struct error err;
	char text[256];

	return rd_kafka_new(RD_KAFKA_PRODUCER, kafka_conf_new(&o, &err), text, sizeof text);
}

/* A topic as somebody else might have made it. */
static void create_topic(const char *name, int partitions, const char *policy)
{
	rd_kafka_t *rk = admin_client();
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, 1, NULL, 0);

	rd_kafka_NewTopic_set_config(topic, "cleanup.policy", policy);
	rd_kafka_CreateTopics(rk, &topic, 1, NULL, queue);
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, BROKER_MS);
	ck_assert_ptr_nonnull(event);
	ck_assert_int_eq(rd_kafka_event_error(event), 0);
	rd_kafka_event_destroy(event);
	rd_kafka_NewTopic_destroy(topic);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
}

static void delete_topic(const char *name)
{
	rd_kafka_t *rk = admin_client();
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);

	rd_kafka_DeleteTopics(rk, &topic, 1, NULL, queue);
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, BROKER_MS);
	ck_assert_ptr_nonnull(event);
	ck_assert_int_eq(rd_kafka_event_error(event), 0);
	rd_kafka_event_destroy(event);
	rd_kafka_DeleteTopic_destroy(topic);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
}

/* What the broker says of one of a topic's settings; free() it. */
static char *setting_of(const char *topic, const char *name)
{
	rd_kafka_t *rk = admin_client();
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_ConfigResource_t *resource =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	char *value = NULL;
	size_t count;

	rd_kafka_DescribeConfigs(rk, &resource, 1, NULL, queue);
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, BROKER_MS);
	ck_assert_ptr_nonnull(event);
	const rd_kafka_ConfigResource_t **found = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result(event), &count);
	const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(found[0], &count);

	for (size_t i = 0; i < count; i++) {
		if (str_equal(rd_kafka_ConfigEntry_name(entries[i]), name))
			value = xstrdup(rd_kafka_ConfigEntry_value(entries[i]));
	}
	rd_kafka_event_destroy(event);
	rd_kafka_ConfigResource_destroy(resource);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
	return value;
}

static void ensure(const struct kafka_options *o)
{
	struct error err = { "" };

	ck_assert_msg(kafka_ensure_topics(o, START_MS, &err), "%s", err.text);
}

static void refuse(const struct kafka_options *o, const char *sentence)
{
	struct error err = { "" };

	ck_assert(!kafka_ensure_topics(o, START_MS, &err));
	ck_assert_msg(strstr(err.text, sentence) != NULL, "%s", err.text);
}

START_TEST(creates_the_topics_with_their_settings)
{
	static const struct {
		const char *topic, *name, *value;
	} wanted[] = {
		{ "new.scene-events", "cleanup.policy", "delete" },
		{ "new.scene-events", "retention.ms", "2592000000" },
		{ "new.scene-dlq", "cleanup.policy", "delete" },
		{ "new.scene-dlq", "retention.ms", "604800000" },
		{ "new.scene-retries", "cleanup.policy", "compact" },
		{ "new.scene-retries", "min.compaction.lag.ms", "86400000" },
		{ "new.sync-timestamps", "cleanup.policy", "compact" },
		{ "new.sync-timestamps", "segment.ms", "3600000" },
		{ "new.dlq-decisions", "cleanup.policy", "compact" },
		{ "new.dlq-decisions", "min.cleanable.dirty.ratio", "0.1" },
	};
	struct kafka_options o = options_for("new.");

	o.dlq_retention_days = 7;
	ensure(&o);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		auto_free char *value = setting_of(wanted[i].topic, wanted[i].name);

		ck_assert_msg(str_equal(value, wanted[i].value), "%s %s is %s", wanted[i].topic,
			wanted[i].name, value);
	}
	ensure(&o); /* the second start finds them and is content */
	o.partitions = 3;
	refuse(&o, "The topic new.scene-events has 6 partitions and must have 3.");
}
END_TEST

START_TEST(refuses_topics_that_somebody_made_otherwise)
{
	struct kafka_options o = options_for("policy.");

	create_topic("policy.scene-dlq", 6, "compact");
	refuse(&o, "The topic policy.scene-dlq has cleanup.policy=compact and must have delete");
	refuse(&o, "--add-config cleanup.policy=delete");
	o.topic_prefix = "both.";
	create_topic("both.scene-retries", 6, "compact,delete");
	refuse(&o, "has cleanup.policy=compact,delete and must have compact");
	o.topic_prefix = "many.";
	create_topic("many.dlq-decisions", 2, "compact");
	refuse(&o, "The topic many.dlq-decisions has 2 partitions and must have 1.");
}
END_TEST

START_TEST(tells_why_a_topic_cannot_be_created)
{
	struct kafka_options o = options_for("replicas.");
	struct error err = { "" };

	o.replication_factor = 3; /* of one broker */
	ck_assert(!kafka_ensure_topics(&o, 3000, &err));
	ck_assert_msg(strstr(err.text, "could not be created: ") != NULL, "%s", err.text);
}
END_TEST

/* A table that follows partition 0 of the retries, and a publisher. */
static struct delivery_report reports[8];
static size_t reported, records, syncs, restarts;

static void on_delivered(void *cookie, uint64_t id, const struct delivery_report *report)
{
	(void)cookie;
	reports[id] = *report;
	reported++;
}

static void on_record(void *cookie, const struct record *record)
{
	(void)cookie;
	ck_assert_int_eq(record->partition, 0);
	records++;
}

static void on_synced(void *cookie)
{
	(void)cookie;
	syncs++;
}

static void on_restart(void *cookie, int32_t partition)
{
	(void)cookie;
	ck_assert_int_eq(partition, 0);
	restarts++;
}

static struct publisher *open_publisher(const struct kafka_options *o)
{
	struct error err = { "" };
	struct publisher *p = publisher_open(&(struct publisher_options){ .kafka = *o,
						     .delivery_timeout_ms = BROKER_MS,
						     .linger_ms = 200, /* one batch */
						     .max_records = 100,
						     .max_bytes = 1 << 20,
						     .on_delivered = on_delivered },
		&err);

	ck_assert_msg(p != NULL, "%s", err.text);
	return p;
}

static struct table *open_table(const struct kafka_options *o)
{
	struct error err = { "" };
	struct table *t = table_open(&(struct table_options){ .kafka = *o,
					     .topic = TOPIC_RETRIES,
					     .on_record = on_record,
					     .on_synced = on_synced,
					     .on_restart = on_restart },
		&err);

	ck_assert_msg(t != NULL, "%s", err.text);
	ck_assert(table_follow(t, (int32_t[]){ 0 }, 1, &err));
	return t;
}

static void send_key(struct publisher *p, const char *key, uint64_t id)
{
	struct record r = { .topic = TOPIC_RETRIES, .partition = 0 };

	record_set_value(&r, "v", 1);
	if (key)
		record_set_key(&r, key, strlen(key));
	ck_assert_int_eq(publisher_send(p, &r, id), PUBLISH_QUEUED);
}

static void await_reports(struct publisher *p, size_t wanted)
{
	int64_t until_ms = process_mono_ms() + BROKER_MS;

	while (reported < wanted && process_mono_ms() < until_ms) {
		test_wait(publisher_fd(p));
		publisher_dispatch(p);
	}
	ck_assert_uint_eq(reported, wanted);
}

static void await_table(struct table *t, const size_t *counter, size_t wanted)
{
	int64_t until_ms = process_mono_ms() + BROKER_MS;

	while (*counter < wanted && process_mono_ms() < until_ms) {
		test_wait(table_fd(t));
		table_dispatch(t, 1000);
	}
	ck_assert_uint_eq(*counter, wanted);
}

/* Kafka refuses a record without a key in a compacted topic, and its whole batch with it. */
START_TEST(delivers_the_neighbours_of_a_refused_record)
{
	struct kafka_options o = options_for("batch.");

	ensure(&o);
	reported = records = syncs = 0;
	struct publisher *p = open_publisher(&o);
	struct table *t = open_table(&o);

	send_key(p, "1", 0);
	send_key(p, NULL, 1);
	send_key(p, "3", 2);
	await_reports(p, 3);
	ck_assert_int_eq(reports[0].outcome, DELIVERY_DONE);
	ck_assert_int_eq(reports[1].outcome, DELIVERY_REFUSED);
	ck_assert_int_eq(reports[2].outcome, DELIVERY_DONE);
	table_sync(t);
	await_table(t, &syncs, 1);
	ck_assert_uint_eq(records, 2);
	table_close(t);
	publisher_close(p, 1000);
}
END_TEST

START_TEST(survives_a_fatal_error_on_a_real_broker)
{
	struct kafka_options o = options_for("fatal.");

	ensure(&o);
	reported = records = syncs = 0;
	struct publisher *p = open_publisher(&o);
	struct table *t = open_table(&o);

	for (uint64_t i = 0; i < 6; i++) {
		send_key(p, "1", i);
		if (i == 3)
			publisher_test_fatal(p);
	}
	await_reports(p, 6);
	for (uint64_t i = 0; i < 6; i++)
		ck_assert_int_eq(reports[i].outcome, DELIVERY_DONE);
	table_sync(t);
	await_table(t, &syncs, 1);
	ck_assert_uint_eq(records, 6);
	table_close(t);
	publisher_close(p, 1000);
}
END_TEST

START_TEST(reads_a_topic_that_was_made_anew_from_its_beginning)
{
	struct kafka_options o = options_for("anew.");

	ensure(&o);
	reported = records = syncs = restarts = 0;
	struct publisher *p = open_publisher(&o);
	struct table *t = open_table(&o);

	for (uint64_t i = 0; i < 6; i++)
		send_key(p, "1", i);
	await_reports(p, 6);
	table_sync(t);
	await_table(t, &syncs, 1);
	publisher_close(p, 1000);

	delete_topic("anew.scene-retries");
	ensure(&o);
	p = open_publisher(&o);
	send_key(p, "2", 6);
	await_reports(p, 7);
	await_table(t, &restarts, 1);
	await_table(t, &records, 7);
	table_sync(t);
	await_table(t, &syncs, 2);
	table_close(t);
	publisher_close(p, 1000);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 120);
	tcase_add_test(cases, creates_the_topics_with_their_settings);
	tcase_add_test(cases, refuses_topics_that_somebody_made_otherwise);
	tcase_add_test(cases, tells_why_a_topic_cannot_be_created);
	tcase_add_test(cases, delivers_the_neighbours_of_a_refused_record);
	tcase_add_test(cases, survives_a_fatal_error_on_a_real_broker);
	tcase_add_test(cases, reads_a_topic_that_was_made_anew_from_its_beginning);
}

CHECK_MAIN("topics", add_cases)
