#include "common/record.h"

#include "tests/unit/check_main.h"

#include <string.h>

static struct record r, back;

static void set_up(void)
{
	r = back = (struct record){ .topic = TOPIC_EVENTS };
}

static void tear_down(void)
{
	record_done(&r);
	record_done(&back);
}

/* Packs, forgets, and unpacks from a copy that is exactly as long as was said. */
static void pack_and_unpack(void)
{
	size_t len;
	auto_free char *packed = record_pack(&r, &len), *exact = xcalloc(len, 1);

	memcpy(exact, packed, len);
	memset(packed, 0xff, len);
	record_unpack(&back, exact);
}

static void assert_same(void)
{
	ck_assert_int_eq(back.topic, r.topic);
	ck_assert_int_eq(back.partition, r.partition);
	ck_assert_int_eq(back.offset, r.offset);
	ck_assert_int_eq(back.timestamp_ms, r.timestamp_ms);
	ck_assert_int_eq(back.key == NULL, r.key == NULL);
	ck_assert_int_eq(back.value == NULL, r.value == NULL);
	ck_assert_uint_eq(back.key_len, r.key_len);
	ck_assert_uint_eq(back.value_len, r.value_len);
	if (r.key)
		ck_assert_int_eq(memcmp(back.key, r.key, r.key_len), 0);
	if (r.value)
		ck_assert_int_eq(memcmp(back.value, r.value, r.value_len), 0);
	ck_assert_uint_eq(back.header_count, r.header_count);
	for (size_t i = 0; i < r.header_count; i++) {
		const struct header *a = &back.headers[i], *b = &r.headers[i];

		ck_assert_str_eq(a->name, b->name);
		ck_assert_uint_eq(a->len, b->len);
		ck_assert_int_eq(a->value == NULL, b->value == NULL);
		if (b->value)
			ck_assert_int_eq(memcmp(a->value, b->value, b->len), 0);
	}
}

START_TEST(carries_everything_that_a_record_has)
{
	r = (struct record){ .topic = TOPIC_RETRIES,
		.partition = 5,
		.offset = 1234567890123,
		.timestamp_ms = 1768115273000 };
	record_set_key(&r, "42", 2);
	record_set_value(&r, "a\0b", 3);
	record_add_header(&r, "bytes", "\0\xff", 2);
	record_add_text_header(&r, "twice", "1");
	record_add_text_header(&r, "twice", "2");
	record_add_text_header(&r, "", "a name of no length");
	pack_and_unpack();
	assert_same();
}
END_TEST

START_TEST(tells_nothing_from_the_empty_text)
{
	record_add_header(&r, "none", NULL, 0);
	record_add_header(&r, "empty", "", 0);
	pack_and_unpack();
	assert_same();
	record_done(&back);
	record_set_key(&r, "", 0);
	record_set_value(&r, "", 0);
	pack_and_unpack();
	assert_same();
}
END_TEST

START_TEST(carries_the_greatest_and_the_least_numbers)
{
	r = (struct record){ .topic = TOPIC_DECISIONS,
		.partition = INT32_MAX,
		.offset = INT64_MAX,
		.timestamp_ms = INT64_MIN };
	pack_and_unpack();
	assert_same();
	record_done(&back);
	r.partition = -1;
	r.offset = -1;
	pack_and_unpack();
	assert_same();
}
END_TEST

/* Around the lengths at which an encoding of lengths could change, and what Kafka takes at most. */
static const size_t lengths[] = { 1, 127, 128, 129, 255, 256, 16383, 16384, 65535, 65536, 1 << 20 };

START_TEST(carries_values_of_every_size)
{
	size_t len = lengths[_i];
	auto_free char *bytes = xcalloc(len, 1);

	memset(bytes, 'x', len);
	bytes[len - 1] = 'y';
	record_set_value(&r, bytes, len);
	record_add_header(&r, "long", bytes, len);
	pack_and_unpack();
	assert_same();
}
END_TEST

/* Whether it is a name that plexsync writes, or almost one. */
START_TEST(carries_every_name_of_a_header)
{
	static const char *const some[] = { "ce_specversion", "ce_id", "ce_i", "ce_id2",
		"plexsync-covers", "plexsync-replays", "plexsync-", "PLEXSYNC-DUE", "plexsync-due",
		"ключ" };

	for (size_t i = 0; i < ARRAY_LEN(some); i++)
		record_add_text_header(&r, some[i], some[ARRAY_LEN(some) - 1 - i]);
	pack_and_unpack();
	assert_same();
}
END_TEST

START_TEST(carries_many_headers_in_their_order)
{
	for (int i = 0; i < 1000; i++) {
		auto_free char *name = xasprintf("header-%d", i);

		record_add_text_header(&r, name, name + i % 8);
	}
	pack_and_unpack();
	assert_same();
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, carries_everything_that_a_record_has);
	tcase_add_test(c, tells_nothing_from_the_empty_text);
	tcase_add_test(c, carries_the_greatest_and_the_least_numbers);
	tcase_add_loop_test(c, carries_values_of_every_size, 0, ARRAY_LEN(lengths));
	tcase_add_test(c, carries_every_name_of_a_header);
	tcase_add_test(c, carries_many_headers_in_their_order);
}

CHECK_MAIN("record pack", add_cases)
