#include "common/record.h"

#include "check_main.h"

#include <string.h>

START_TEST(names_the_five_topics)
{
	ck_assert_str_eq(topic_name(TOPIC_EVENTS), "scene-events");
	ck_assert_str_eq(topic_name(TOPIC_RETRIES), "scene-retries");
	ck_assert_str_eq(topic_name(TOPIC_STAMPS), "sync-timestamps");
	ck_assert_str_eq(topic_name(TOPIC_DLQ), "scene-dlq");
	ck_assert_str_eq(topic_name(TOPIC_DECISIONS), "dlq-decisions");
}
END_TEST

/* What org.apache.kafka.common.utils.Utils.murmur2() says; librdkafka tests with the same keys. */
static const struct {
	const char *key;
	int32_t murmur2;
} known[] = {
	{ "21", -973932308 },
	{ "foobar", -790332482 },
	{ "a-little-bit-long-string", -985981536 },
	{ "a-little-bit-longer-string", -1486304829 },
	{ "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
	{ "abc", 479470107 },
};

START_TEST(partitions_a_key_as_java_does)
{
	const char *key = known[_i].key;
	int32_t positive = (int32_t)((uint32_t)known[_i].murmur2 & 0x7fffffff);

	/* Modulo a large prime hardly anything of the hash is lost. */
	ck_assert_int_eq(record_key_partition(key, strlen(key), INT32_MAX), positive % INT32_MAX);
	ck_assert_int_eq(record_key_partition(key, strlen(key), 6), positive % 6);
	ck_assert_int_eq(record_key_partition(key, strlen(key), 1), 0);
}
END_TEST

START_TEST(copies_deeply)
{
	struct record from = { .topic = TOPIC_DLQ, .partition = 3, .offset = 7, .timestamp_ms = 9 };
	struct record copy;

	record_set_key(&from, "42", 2);
	record_set_value(&from, "a\0b", 3);
	record_add_header(&from, "nothing", NULL, 0);
	record_add_header(&from, "bytes", "\0\1", 2);
	record_copy(&copy, &from);
	record_done(&from);
	ck_assert_uint_eq(from.header_count, 0);

	ck_assert_int_eq(copy.topic, TOPIC_DLQ);
	ck_assert_int_eq(copy.partition, 3);
	ck_assert_int_eq(copy.offset, 7);
	ck_assert_int_eq(copy.timestamp_ms, 9);
	ck_assert_mem_eq(copy.key, "42", 3);
	ck_assert_uint_eq(copy.value_len, 3);
	ck_assert_mem_eq(copy.value, "a\0b", 4);
	ck_assert_uint_eq(copy.header_count, 2);
	ck_assert_ptr_null(record_header(&copy, "nothing")->value);
	ck_assert_uint_eq(record_header(&copy, "bytes")->len, 2);
	record_done(&copy);
}
END_TEST

START_TEST(tells_a_tombstone_from_an_empty_value)
{
	struct record r = { 0 };

	record_set_value(&r, "", 0);
	ck_assert_ptr_nonnull(r.value);
	record_set_value(&r, "x", 1);
	record_set_value(&r, NULL, 0);
	ck_assert_ptr_null(r.value);
	ck_assert_uint_eq(r.value_len, 0);
	record_done(&r);
}
END_TEST

START_TEST(takes_the_last_of_several_headers)
{
	struct record r = { 0 };
	char *text;

	record_add_text_header(&r, "ce_id", "first");
	record_add_text_header(&r, "ce_id", "last");
	text = record_header_text(&r, "ce_id", 10);
	ck_assert_str_eq(text, "last");
	free(text);
	ck_assert_ptr_null(record_header(&r, "CE_ID"));
	record_done(&r);
}
END_TEST

START_TEST(gives_no_text_for_a_header_that_is_none)
{
	struct record r = { 0 };
	char *text;

	record_add_text_header(&r, "null", NULL);
	record_add_header(&r, "nul", "a\0b", 3);
	record_add_text_header(&r, "long", "12345");
	record_add_text_header(&r, "empty", "");
	ck_assert_ptr_null(record_header_text(&r, "missing", 10));
	ck_assert_ptr_null(record_header_text(&r, "null", 10));
	ck_assert_ptr_null(record_header_text(&r, "nul", 10));
	ck_assert_ptr_null(record_header_text(&r, "long", 4));
	text = record_header_text(&r, "long", 5);
	ck_assert_str_eq(text, "12345");
	free(text);
	text = record_header_text(&r, "empty", 0);
	ck_assert_str_eq(text, "");
	free(text);
	record_done(&r);
}
END_TEST

START_TEST(drops_headers_by_prefix_and_keeps_the_order_of_the_rest)
{
	struct record r = { 0 };

	record_add_text_header(&r, "plexsync-attempt", "1");
	record_add_text_header(&r, "ce_id", "a");
	record_add_text_header(&r, "plexsync-due", "2");
	record_add_text_header(&r, "traceparent", "b");
	record_drop_headers(&r, "plexsync-");
	ck_assert_uint_eq(r.header_count, 2);
	ck_assert_str_eq(r.headers[0].name, "ce_id");
	ck_assert_str_eq(r.headers[1].name, "traceparent");
	record_done(&r);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, names_the_five_topics);
	tcase_add_loop_test(cases, partitions_a_key_as_java_does, 0, (int)ARRAY_LEN(known));
	tcase_add_test(cases, copies_deeply);
	tcase_add_test(cases, tells_a_tombstone_from_an_empty_value);
	tcase_add_test(cases, takes_the_last_of_several_headers);
	tcase_add_test(cases, gives_no_text_for_a_header_that_is_none);
	tcase_add_test(cases, drops_headers_by_prefix_and_keeps_the_order_of_the_rest);
}

CHECK_MAIN("record", add_cases)
