/* Following a compacted topic on the embedded broker: load, follow, know that all was read. */
#include "common/process.h"
#include "common/publisher.h"
#include "common/table.h"
#include "tests/service/kafkatest.h"

#include "common/buf.h"

static struct kafkasim *sim;
static struct publisher *publisher;
static struct table *table;
static size_t acknowledged, records, syncs, restarts;
static struct buf story; /* KEY=VALUE of what was read, each with a blank behind it */
static struct record last;
static int32_t restarted;

static void on_delivered(void *cookie, uint64_t id, const struct delivery_report *report)
{
	(void)cookie;
	(void)id;
	ck_assert_int_eq(report->outcome, DELIVERY_DONE);
	acknowledged++;
}

static void on_record(void *cookie, const struct record *record)
{
	(void)cookie;
	buf_printf(&story, "%.*s=%s ", (int)record->key_len, record->key,
		record->value ? record->value : "gone");
	record_done(&last);
	record_copy(&last, record);
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
	restarts++;
	restarted = partition;
}

static void open_both(void)
{
	struct error err = { "" };
	struct kafka_options kafka = test_options(kafkasim_bootstrap(sim));

	publisher = publisher_open(&(struct publisher_options){ .kafka = kafka,
					   .delivery_timeout_ms = 10000,
					   .max_records = 10000,
					   .max_bytes = 1 << 20,
					   .on_delivered = on_delivered },
		&err);
	ck_assert_msg(publisher != NULL, "%s", err.text);
	table = table_open(&(struct table_options){ .kafka = kafka,
				   .topic = TOPIC_STAMPS,
				   .on_record = on_record,
				   .on_synced = on_synced,
				   .on_restart = on_restart },
		&err);
	ck_assert_msg(table != NULL, "%s", err.text);
}

static void start(void)
{
	acknowledged = records = syncs = restarts = 0;
	last = (struct record){ 0 };
	buf_init(&story, 1 << 20);
	sim = test_broker();
	open_both();
}

static void finish(void)
{
	table_close(table);
	publisher_close(publisher, 1000);
	kafkasim_stop(sim);
	buf_done(&story);
	record_done(&last);
}

/* Writes and waits for the acknowledgement. */
static void write_record(struct record *take_record)
{
	static uint64_t id;
	size_t wanted = acknowledged + 1;
	int64_t until_ms = process_mono_ms() + TEST_DEADLINE_MS;

	ck_assert_int_eq(publisher_send(publisher, take_record, id++), PUBLISH_QUEUED);
	while (acknowledged < wanted && process_mono_ms() < until_ms) {
		test_wait(publisher_fd(publisher));
		publisher_dispatch(publisher);
	}
	ck_assert_uint_eq(acknowledged, wanted);
}

static void write_to(int32_t partition, const char *key, const char *value)
{
	struct record r = test_record(TOPIC_STAMPS, key, value);

	r.partition = partition;
	write_record(&r);
}

static void await(const size_t *counter, size_t wanted)
{
	int64_t until_ms = process_mono_ms() + TEST_DEADLINE_MS;
	bool more = false;

	while (*counter < wanted && process_mono_ms() < until_ms) {
		if (!more)
			test_wait(table_fd(table));
		more = table_dispatch(table, 3);
	}
	ck_assert_uint_eq(*counter, wanted);
}

static void follow(const int32_t *partitions, size_t count)
{
	struct error err = { "" };

	ck_assert_msg(table_follow(table, partitions, count, &err), "%s", err.text);
}

START_TEST(loads_what_is_there_then_follows)
{
	start();
	write_to(2, "1", "a");
	write_to(2, "2", "b");
	write_to(2, "1", NULL);
	write_to(3, "3", "elsewhere");
	follow((int32_t[]){ 2 }, 1);
	table_sync(table);
	await(&syncs, 1);
	ck_assert_str_eq(buf_text(&story), "1=a 2=b 1=gone ");
	ck_assert_ptr_null(last.value);
	ck_assert_int_eq(last.topic, TOPIC_STAMPS);
	ck_assert_int_eq(last.partition, 2);
	ck_assert_int_eq(last.offset, 2);

	write_to(2, "4", "");
	await(&records, 4);
	ck_assert_str_eq(buf_text(&story), "1=a 2=b 1=gone 4= ");
	ck_assert_ptr_nonnull(last.value); /* empty, and no tombstone */
	ck_assert_uint_eq(syncs, 1); /* only when asked for */
	finish();
}
END_TEST

START_TEST(knows_when_all_written_before_was_read)
{
	start();
	follow((int32_t[]){ 0, 1, 2, 3, 4, 5 }, 6);
	table_sync(table);
	await(&syncs, 1);
	for (size_t i = 1; i <= 20; i++) {
		write_to((int32_t)(i % 6), "k", "v");
		table_sync(table);
		await(&syncs, i + 1);
		ck_assert_uint_eq(records, i); /* nothing twice, nothing missing */
	}
	finish();
}
END_TEST

START_TEST(a_later_sync_replaces_an_open_one)
{
	start();
	follow((int32_t[]){ 0 }, 1);
	table_sync(table);
	table_sync(table);
	await(&syncs, 1);
	write_to(0, "k", "v");
	await(&records, 1);
	ck_assert_uint_eq(syncs, 1);
	finish();
}
END_TEST

START_TEST(is_synced_at_once_with_nothing_to_follow)
{
	start();
	table_sync(table);
	await(&syncs, 1);
	follow((int32_t[]){ 0 }, 1);
	table_sync(table);
	follow(NULL, 0);
	await(&syncs, 2);
	finish();
}
END_TEST

START_TEST(keeps_its_place_when_partitions_come_and_go)
{
	start();
	write_to(0, "1", "a");
	write_to(1, "2", "b");
	follow((int32_t[]){ 0 }, 1);
	table_sync(table);
	await(&syncs, 1);
	follow((int32_t[]){ 0, 1 }, 2);
	table_sync(table);
	await(&syncs, 2);
	ck_assert_str_eq(buf_text(&story), "1=a 2=b ");
	follow((int32_t[]){ 1 }, 1); /* 0 is forgotten … */
	follow((int32_t[]){ 0, 1 }, 2); /* … and read again */
	table_sync(table);
	await(&syncs, 3);
	ck_assert_str_eq(buf_text(&story), "1=a 2=b 1=a ");
	finish();
}
END_TEST

START_TEST(brings_headers_and_the_time)
{
	struct record r;

	start();
	r = test_record(TOPIC_STAMPS, "1", "a");
	r.partition = 0;
	record_add_text_header(&r, "plexsync-covers", "17/4");
	record_add_header(&r, "null", NULL, 0);
	record_add_header(&r, "empty", "", 0);
	write_record(&r);
	follow((int32_t[]){ 0 }, 1);
	await(&records, 1);
	ck_assert_uint_eq(last.header_count, 3);
	ck_assert_mem_eq(record_header(&last, "plexsync-covers")->value, "17/4", 4);
	ck_assert_ptr_null(record_header(&last, "null")->value);
	ck_assert_ptr_nonnull(record_header(&last, "empty")->value);
	ck_assert_int_gt(last.timestamp_ms, 1600000000000);
	finish();
}
END_TEST

START_TEST(loads_thousands_in_order)
{
	enum { COUNT = 3000 };
	uint64_t before;

	start();
	before = acknowledged;
	for (int i = 0; i < COUNT; i++) {
		struct record r = test_record(TOPIC_STAMPS, "k", "v");

		r.partition = i % 3;
		ck_assert_int_eq(publisher_send(publisher, &r, 0), PUBLISH_QUEUED);
	}
	int64_t until_ms = process_mono_ms() + TEST_DEADLINE_MS;

	while (acknowledged < before + COUNT && process_mono_ms() < until_ms) {
		test_wait(publisher_fd(publisher));
		publisher_dispatch(publisher);
	}
	follow((int32_t[]){ 0, 1, 2 }, 3);
	table_sync(table);
	await(&syncs, 1);
	ck_assert_uint_eq(records, COUNT);
	finish();
}
END_TEST

/* An empty reader of a topic that lost its records, as after a wiped broker. */
START_TEST(reads_a_shorter_topic_again_from_its_beginning)
{
	start();
	for (int i = 0; i < 5; i++)
		write_to(1, "old", "x");
	follow((int32_t[]){ 1 }, 1);
	table_sync(table);
	await(&syncs, 1);
	rd_kafka_mock_push_request_errors(
		kafkasim_cluster(sim), 1, 1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
	await(&restarts, 1);
	ck_assert_int_eq(restarted, 1);
	await(&records, 10);
	table_sync(table);
	await(&syncs, 2);
	finish();
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, loads_what_is_there_then_follows);
	tcase_add_test(cases, knows_when_all_written_before_was_read);
	tcase_add_test(cases, a_later_sync_replaces_an_open_one);
	tcase_add_test(cases, is_synced_at_once_with_nothing_to_follow);
	tcase_add_test(cases, keeps_its_place_when_partitions_come_and_go);
	tcase_add_test(cases, brings_headers_and_the_time);
	tcase_add_test(cases, loads_thousands_in_order);
	tcase_add_test(cases, reads_a_shorter_topic_again_from_its_beginning);
}

CHECK_MAIN("table", add_cases)
