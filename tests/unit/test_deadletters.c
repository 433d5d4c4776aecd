#include "consumer/deadletters.h"

#include "tests/unit/check_main.h"

#include <string.h>

static struct record from, letter;
static struct verdict verdict;
static struct deadletter_cause cause;

static void set_up(void)
{
	from = (struct record){ .topic = TOPIC_EVENTS, .partition = 3, .offset = 77 };
	record_set_key(&from, "42", 2);
	record_set_value(&from, "a\0b\n\xff", 5);
	record_add_text_header(&from, "ce_id", "the-id");
	verdict_set(&verdict, VERDICT_DEAD, "exhausted", "It failed.");
	cause = (struct deadletter_cause){ .group = "plexsync",
		.topic = "plexsync.scene-events",
		.verdict = &verdict,
		.attempts = 6,
		.first_failed_ms = 1700000000000,
		.failed_at_ms = 1700000155000 };
}

static void tear_down(void)
{
	record_done(&from);
	record_done(&letter);
}

static void expect_header(const char *name, const char *value)
{
	auto_free char *text = record_header_text(&letter, name, 5000);

	ck_assert_msg(text != NULL, "no header %s", name);
	ck_assert_str_eq(text, value);
}

static void write_with_detail(const char *detail)
{
	verdict_set(&verdict, VERDICT_DEAD, "exhausted", detail);
	record_done(&letter);
	deadletter_write(&letter, &from, &cause);
}

START_TEST(keeps_the_event_byte_for_byte)
{
	deadletter_write(&letter, &from, &cause);
	ck_assert_int_eq(letter.topic, TOPIC_DLQ);
	ck_assert_int_eq(letter.partition, 3);
	ck_assert_uint_eq(letter.value_len, 5);
	ck_assert_mem_eq(letter.value, "a\0b\n\xff", 5);
	ck_assert_uint_eq(letter.key_len, 2);
	ck_assert_mem_eq(letter.key, "42", 2);
	expect_header("ce_id", "the-id");
}
END_TEST

START_TEST(says_where_the_event_stood_and_why_it_died)
{
	deadletter_write(&letter, &from, &cause);
	expect_header("__dlq.errors.topic", "plexsync.scene-events");
	expect_header("__dlq.errors.partition", "3");
	expect_header("__dlq.errors.offset", "77");
	expect_header("__dlq.errors.group", "plexsync");
	expect_header("__dlq.errors.delivery.count", "6");
	expect_header("__dlq.errors.message", "It failed.");
	expect_header("plexsync-error", "exhausted");
	expect_header("plexsync-error-detail", "It failed.");
	expect_header("plexsync-first-failed", "2023-11-14T22:13:20.000Z");
	expect_header("plexsync-failed-at", "2023-11-14T22:15:55.000Z");
	ck_assert_ptr_null(record_header(&letter, "plexsync-candidates"));
}
END_TEST

START_TEST(keeps_tombstones_and_missing_keys_as_they_are)
{
	record_done(&from);
	from = (struct record){ .topic = TOPIC_EVENTS };
	deadletter_write(&letter, &from, &cause);
	ck_assert_ptr_null(letter.key);
	ck_assert_ptr_null(letter.value);
}
END_TEST

START_TEST(drops_the_headers_of_an_earlier_death_but_the_count_of_replays)
{
	record_add_text_header(&from, "__dlq.errors.offset", "1");
	record_add_text_header(&from, "plexsync-error", "old");
	record_add_text_header(&from, "plexsync-replays", "2");
	deadletter_write(&letter, &from, &cause);
	expect_header("__dlq.errors.offset", "77");
	expect_header("plexsync-error", "exhausted");
	expect_header("plexsync-replays", "3"); /* it came back once more */
	for (size_t i = 0; i < letter.header_count; i++)
		for (size_t j = i + 1; j < letter.header_count; j++)
			ck_assert_str_ne(letter.headers[i].name, letter.headers[j].name);
}
END_TEST

START_TEST(encodes_what_line_tools_stumble_over)
{
	write_with_detail("100%, a\tb\r\nc: d");
	expect_header("plexsync-error-detail", "100%25%2C a%09b%0D%0Ac: d");
	expect_header("__dlq.errors.message", "100%25%2C a%09b%0D%0Ac: d");
}
END_TEST

START_TEST(writes_no_half_characters)
{
	char detail[600];

	for (size_t pad = 0; pad < 4; pad++) {
		size_t len = pad;
		const struct header *header;

		memset(detail, 'x', pad);
		for (; len + 3 < sizeof detail; len += 3)
			memcpy(detail + len, "\xe2\x82\xac", 3); /* a euro sign */
		detail[len] = '\0';
		write_with_detail(detail);
		header = record_header(&letter, "plexsync-error-detail");
		ck_assert_uint_le(header->len, 4096);
		ck_assert_uint_eq((header->len - pad) % 3, 0);
	}
}
END_TEST

START_TEST(names_the_candidates_of_an_ambiguous_scene)
{
	static char key1[] = "101", key2[] = "102";
	struct match_candidate candidates[] = { { .rating_key = key1 }, { .rating_key = key2 } };
	struct match match = {
		.kind = MATCH_AMBIGUOUS, .candidates = candidates, .count = 2, .total = 150
	};

	cause.match = &match;
	deadletter_write(&letter, &from, &cause);
	expect_header("plexsync-candidates", "150;101;102");
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, keeps_the_event_byte_for_byte);
	tcase_add_test(c, says_where_the_event_stood_and_why_it_died);
	tcase_add_test(c, keeps_tombstones_and_missing_keys_as_they_are);
	tcase_add_test(c, drops_the_headers_of_an_earlier_death_but_the_count_of_replays);
	tcase_add_test(c, encodes_what_line_tools_stumble_over);
	tcase_add_test(c, writes_no_half_characters);
	tcase_add_test(c, names_the_candidates_of_an_ambiguous_scene);
}

CHECK_MAIN("deadletters", add_cases)
