/* The publisher against the embedded broker: order, room, refusals, outages, fatal errors. */
#include "common/buf.h"
#include "common/process.h"
#include "common/publisher.h"
#include "tests/service/kafkatest.h"

enum { MANY = 2000 };

/* What was reported, by id. */
struct seen {
	struct delivery_report report;
	char reason[128];
	int times;
};

static struct seen seen[MANY];
static uint64_t order[MANY];
static size_t reports;
static struct publisher *again; /* a report of id 0 sends a record to it */

static void on_delivered(void *cookie, uint64_t id, const struct delivery_report *report)
{
	ck_assert_str_eq(cookie, "cookie");
	ck_assert_uint_lt(id, MANY);
	seen[id].report = *report;
	snprintf(seen[id].reason, sizeof seen[id].reason, "%s", report->reason);
	seen[id].times++;
	order[reports++] = id;
	if (again && id == 0) {
		struct record r = test_record(TOPIC_EVENTS, "again", "again");

		ck_assert_int_eq(publisher_send(again, &r, 1), PUBLISH_QUEUED);
		again = NULL;
	}
}

static struct kafkasim *sim;
static struct publisher_options options;

static void start(void)
{
	memset(seen, 0, sizeof seen);
	reports = 0;
	again = NULL;
	sim = test_broker();
	options = (struct publisher_options){
		.kafka = test_options(kafkasim_bootstrap(sim)),
		.delivery_timeout_ms = 10000,
		.linger_ms = 1,
		.max_records = MANY,
		.max_bytes = 1 << 20,
		.on_delivered = on_delivered,
	};
}

static struct publisher *open_publisher(void)
{
	static char cookie[] = "cookie";
	struct error err = { "" };

	options.cookie = cookie;
	struct publisher *p = publisher_open(&options, &err);
	ck_assert_msg(p != NULL, "%s", err.text);
	return p;
}

static void send_one(struct publisher *p, const char *key, const char *value, uint64_t id)
{
	struct record r = test_record(TOPIC_EVENTS, key, value);

	ck_assert_int_eq(publisher_send(p, &r, id), PUBLISH_QUEUED);
	ck_assert_ptr_null(r.key); /* taken */
}

static void await_reports(struct publisher *p, size_t count)
{
	int64_t until_ms = process_mono_ms() + TEST_DEADLINE_MS;

	while (reports < count && process_mono_ms() < until_ms) {
		test_wait(publisher_fd(p));
		publisher_dispatch(p);
	}
	ck_assert_uint_eq(reports, count);
}

static void await_health(struct publisher *p, bool wanted, struct error *ret_reason)
{
	int64_t until_ms = process_mono_ms() + TEST_DEADLINE_MS;

	while (publisher_healthy(p, ret_reason) != wanted && process_mono_ms() < until_ms) {
		test_wait(publisher_fd(p));
		publisher_dispatch(p);
	}
	ck_assert(publisher_healthy(p, ret_reason) == wanted);
}

/* The values of a partition in their order, each with a blank behind it. */
static void read_partition(int32_t partition, size_t count, struct buf *ret)
{
	struct error err;
	int64_t until_ms = process_mono_ms() + TEST_DEADLINE_MS;
	rd_kafka_conf_t *conf = kafka_conf_new(&options.kafka, &err);
	char text[256];

	kafka_conf_set(conf, "group.id", "reader");
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, "plexsync.scene-events", partition)->offset =
		RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_assign(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	while (count && process_mono_ms() < until_ms) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);

		if (m && !m->err) {
			buf_put(ret, m->payload, m->len);
			buf_putc(ret, ' ');
			count--;
		}
		if (m)
			rd_kafka_message_destroy(m);
	}
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	ck_assert_uint_eq(count, 0);
}

static void finish(struct publisher *p)
{
	publisher_close(p, 5000);
	kafkasim_stop(sim);
}

START_TEST(reports_each_record_once_and_keeps_their_order)
{
	char value[16];
	int64_t offset = -1;
	int32_t partition = record_key_partition("42", 2, 6);

	start();
	struct publisher *p = open_publisher();

	for (uint64_t i = 0; i < 500; i++) {
		snprintf(value, sizeof value, "v%d", (int)i);
		send_one(p, "42", value, i);
	}
	ck_assert_uint_eq(publisher_in_flight(p), 500);
	ck_assert_uint_eq(reports, 0); /* never from inside send */
	await_reports(p, 500);
	for (uint64_t i = 0; i < 500; i++) {
		ck_assert_int_eq(seen[i].times, 1);
		ck_assert_int_eq(seen[i].report.outcome, DELIVERY_DONE);
		ck_assert_int_eq(seen[i].report.partition, partition);
		ck_assert_int_eq(seen[i].report.offset, offset + 1);
		offset = seen[i].report.offset;
		ck_assert_uint_eq(order[i], i);
	}
	ck_assert_uint_eq(publisher_in_flight(p), 0);
	ck_assert(publisher_healthy(p, NULL));
	finish(p);
}
END_TEST

START_TEST(lets_a_report_send_the_next_record)
{
	start();
	struct publisher *p = open_publisher();

	again = p;
	send_one(p, "1", "a", 0);
	await_reports(p, 2);
	ck_assert_int_eq(seen[1].report.outcome, DELIVERY_DONE);
	finish(p);
}
END_TEST

START_TEST(says_full_at_once_and_takes_nothing)
{
	char big[600] = "";
	struct record r = test_record(TOPIC_EVENTS, "1", "x");

	start();
	options.max_records = 3;
	options.max_bytes = 2000;
	struct publisher *p = open_publisher();

	for (uint64_t i = 0; i < 3; i++)
		send_one(p, "1", "x", i);
	ck_assert_int_eq(publisher_send(p, &r, 3), PUBLISH_FULL);
	ck_assert_ptr_nonnull(r.key);
	await_reports(p, 3);
	ck_assert_int_eq(publisher_send(p, &r, 3), PUBLISH_QUEUED);
	await_reports(p, 4);

	memset(big, 'x', sizeof big - 1);
	send_one(p, "1", big, 4);
	send_one(p, "1", big, 5);
	struct record third = test_record(TOPIC_EVENTS, "1", big);
	ck_assert_int_eq(publisher_send(p, &third, 6), PUBLISH_FULL);
	record_done(&third);
	await_reports(p, 6);
	finish(p);
}
END_TEST

START_TEST(survives_a_fatal_error_in_the_old_order)
{
	auto_buf wanted;
	auto_buf found;
	struct error reason;

	buf_init(&wanted, 10000);
	buf_init(&found, 10000);
	buf_puts(&wanted, "before ");

	start();
	struct publisher *p = open_publisher();

	send_one(p, "1", "before", 0);
	await_reports(p, 1);
	for (uint64_t i = 1; i <= 100; i++) {
		char value[16];

		snprintf(value, sizeof value, "v%d", (int)i);
		send_one(p, "1", value, i);
		if (i == 50)
			publisher_test_fatal(p);
	}
	await_reports(p, 101);
	for (uint64_t i = 1; i <= 100; i++) {
		ck_assert_int_eq(seen[i].times, 1);
		ck_assert_int_eq(seen[i].report.outcome, DELIVERY_DONE);
		buf_printf(&wanted, "v%d ", (int)i);
	}
	read_partition(record_key_partition("1", 1, 6), 101, &found);
	ck_assert_str_eq(buf_text(&found), buf_text(&wanted));
	await_health(p, true, &reason);
	finish(p);
}
END_TEST

/* librdkafka 2.0.2's own way into it: facts of its issue 4438. Later releases just go on. */
START_TEST(survives_a_sequence_error_of_the_broker)
{
	start();
	options.linger_ms = 0;
	struct publisher *p = open_publisher();

	send_one(p, "1", "first", 0);
	await_reports(p, 1);
	rd_kafka_mock_broker_push_request_error_rtts(kafkasim_cluster(sim), 1, 0, 2,
		RD_KAFKA_RESP_ERR__TRANSPORT, 0, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 0);
	for (uint64_t i = 1; i <= 20; i++) {
		send_one(p, "1", "x", i);
		publisher_dispatch(p);
	}
	await_reports(p, 21);
	for (uint64_t i = 1; i <= 20; i++)
		ck_assert_int_eq(seen[i].report.outcome, DELIVERY_DONE);
	finish(p);
}
END_TEST

START_TEST(retries_the_neighbours_of_a_refused_record)
{
	start();
	options.linger_ms = 50; /* one batch */
	struct publisher *p = open_publisher();

	/* The batch is refused, and then the first of its records again. */
	rd_kafka_mock_push_request_errors(kafkasim_cluster(sim), 0, 2,
		RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_RECORD);
	for (uint64_t i = 0; i < 5; i++)
		send_one(p, "1", "x", i);
	await_reports(p, 5);
	ck_assert_int_eq(seen[0].report.outcome, DELIVERY_REFUSED);
	ck_assert(!seen[0].report.too_large);
	ck_assert_str_ne(seen[0].reason, "");
	for (uint64_t i = 1; i < 5; i++)
		ck_assert_int_eq(seen[i].report.outcome, DELIVERY_DONE);
	finish(p);
}
END_TEST

/* The broker knows that it has the record, but not where. */
START_TEST(knows_no_offset_of_what_was_sent_twice)
{
	start();
	struct publisher *p = open_publisher();

	rd_kafka_mock_push_request_errors(
		kafkasim_cluster(sim), 0, 1, RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER);
	send_one(p, "1", "x", 0);
	await_reports(p, 1);
	ck_assert_int_eq(seen[0].report.outcome, DELIVERY_DONE);
	ck_assert_int_lt(seen[0].report.offset, 0);
	finish(p);
}
END_TEST

START_TEST(refuses_what_is_too_large)
{
	size_t len = 1200000;
	char *big = xcalloc(1, len + 1);

	start();
	options.max_bytes = 4 << 20;
	struct publisher *p = open_publisher();

	memset(big, 'x', len);
	send_one(p, "1", big, 0);
	ck_assert_int_le(publisher_deadline_ms(p), process_mono_ms());
	await_reports(p, 1);
	ck_assert_int_eq(seen[0].report.outcome, DELIVERY_REFUSED);
	ck_assert(seen[0].report.too_large);
	free(big);
	finish(p);
}
END_TEST

START_TEST(reports_a_failure_when_the_broker_is_down)
{
	struct error reason = { "" };

	start();
	options.delivery_timeout_ms = 1500;
	struct publisher *p = open_publisher();

	send_one(p, "1", "x", 0);
	await_reports(p, 1);
	rd_kafka_mock_broker_set_down(kafkasim_cluster(sim), 1);
	await_health(p, false, &reason);
	ck_assert_ptr_nonnull(strstr(reason.text, "No Kafka broker at 127.0.0.1:"));
	send_one(p, "1", "y", 1);
	await_reports(p, 2);
	ck_assert_int_eq(seen[1].report.outcome, DELIVERY_FAILED); /* it was never sent */

	rd_kafka_mock_broker_set_up(kafkasim_cluster(sim), 1);
	await_health(p, true, &reason);
	send_one(p, "1", "z", 2);
	await_reports(p, 3);
	ck_assert_int_eq(seen[2].report.outcome, DELIVERY_DONE);
	finish(p);
}
END_TEST

START_TEST(does_not_know_when_an_answer_is_missing)
{
	struct error reason = { "" };

	start();
	options.delivery_timeout_ms = 7000;
	struct publisher *p = open_publisher();

	send_one(p, "1", "x", 0);
	await_reports(p, 1);
	rd_kafka_mock_broker_set_rtt(kafkasim_cluster(sim), 1, 20000);
	send_one(p, "1", "y", 1);
	await_health(p, false, &reason);
	ck_assert_ptr_nonnull(strstr(reason.text, "not acknowledged"));
	await_reports(p, 2);
	ck_assert_int_eq(seen[1].report.outcome, DELIVERY_UNKNOWN);
	finish(p);
}
END_TEST

START_TEST(closes_in_time_with_open_records)
{
	start();
	struct publisher *p = open_publisher();

	send_one(p, "1", "x", 0);
	await_reports(p, 1);
	rd_kafka_mock_broker_set_rtt(kafkasim_cluster(sim), 1, 20000);
	send_one(p, "1", "in flight", 1);
	for (int i = 0; i < 10; i++)
		test_wait(publisher_fd(p));
	rd_kafka_mock_broker_set_down(kafkasim_cluster(sim), 1);
	send_one(p, "1", "never sent", 2);

	int64_t began_ms = process_mono_ms();
	publisher_close(p, 300);
	ck_assert_int_lt(process_mono_ms() - began_ms, 5000);
	ck_assert_uint_eq(reports, 3);
	ck_assert_int_ne(seen[1].report.outcome, DELIVERY_DONE);
	ck_assert_int_ne(seen[2].report.outcome, DELIVERY_DONE);
	kafkasim_stop(sim);
}
END_TEST

START_TEST(writes_headers_and_tombstones)
{
	struct record r = test_record(TOPIC_RETRIES, "7", NULL);

	start();
	struct publisher *p = open_publisher();

	record_add_text_header(&r, "plexsync-covers", "1/2");
	record_add_header(&r, "empty", NULL, 0);
	r.partition = 5;
	ck_assert_int_eq(publisher_send(p, &r, 0), PUBLISH_QUEUED);
	await_reports(p, 1);
	ck_assert_int_eq(seen[0].report.partition, 5);
	finish(p);
}
END_TEST

START_TEST(does_not_open_without_a_broker)
{
	struct error err = { "" };
	static const struct kafka_property unknown[] = { { "no.such.property", "1", false } };

	start();
	options.kafka.properties = unknown;
	ck_assert_ptr_null(publisher_open(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "'no.such.property' is not known"));
	kafkasim_stop(sim);
}
END_TEST

START_TEST(checks_the_topics_of_an_embedded_broker)
{
	struct error err = { "" };

	start();
	ck_assert_msg(kafka_ensure_topics(&options.kafka, 5000, &err), "%s", err.text);
	options.kafka.partitions = 3;
	ck_assert(!kafka_ensure_topics(&options.kafka, 5000, &err));
	ck_assert_ptr_nonnull(
		strstr(err.text, "plexsync.scene-events has 6 partitions and must have 3"));
	options.kafka.partitions = 6;
	options.kafka.topic_prefix = "missing.";
	ck_assert(!kafka_ensure_topics(&options.kafka, 500, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "missing.scene-events is missing"));
	options.kafka.bootstrap_servers = "127.0.0.1:1";
	ck_assert(!kafka_ensure_topics(&options.kafka, 500, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "Kafka at 127.0.0.1:1 could not be reached"));
	kafkasim_stop(sim);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, reports_each_record_once_and_keeps_their_order);
	tcase_add_test(cases, lets_a_report_send_the_next_record);
	tcase_add_test(cases, says_full_at_once_and_takes_nothing);
	tcase_add_test(cases, survives_a_fatal_error_in_the_old_order);
	tcase_add_test(cases, survives_a_sequence_error_of_the_broker);
	tcase_add_test(cases, retries_the_neighbours_of_a_refused_record);
	tcase_add_test(cases, knows_no_offset_of_what_was_sent_twice);
	tcase_add_test(cases, refuses_what_is_too_large);
	tcase_add_test(cases, reports_a_failure_when_the_broker_is_down);
	tcase_add_test(cases, does_not_know_when_an_answer_is_missing);
	tcase_add_test(cases, closes_in_time_with_open_records);
	tcase_add_test(cases, writes_headers_and_tombstones);
	tcase_add_test(cases, does_not_open_without_a_broker);
	tcase_add_test(cases, checks_the_topics_of_an_embedded_broker);
}

CHECK_MAIN("publisher", add_cases)
