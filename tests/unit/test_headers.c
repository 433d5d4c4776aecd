#include "consumer/headers.h"

#include "tests/unit/check_main.h"

#include <string.h>

enum { MAX_HEADER = 4096 }; /* DESIGN §3 */

static struct record r;

static void set_up(void)
{
	r = (struct record){ .topic = TOPIC_RETRIES };
}

static void tear_down(void)
{
	record_done(&r);
}

static const char *last_text(void)
{
	static char text[MAX_HEADER + 1];
	const struct header *h = &r.headers[r.header_count - 1];

	ck_assert_uint_le(h->len, MAX_HEADER);
	memcpy(text, h->value, h->len);
	text[h->len] = '\0';
	return text;
}

START_TEST(encodes_what_would_break_a_line_of_headers)
{
	headers_add_text(&r, "h", "a,b\tc\r\nd%e=é");
	ck_assert_str_eq(last_text(), "a%2Cb%09c%0D%0Ad%25e=é");
	headers_add_text(&r, "h", "");
	ck_assert_str_eq(last_text(), "");
}
END_TEST

/* A text of `len` bytes, then this. */
static char *padded(size_t len, const char *end)
{
	char *text = xcalloc(len + strlen(end) + 1, 1);

	memset(text, 'x', len);
	memcpy(text + len, end, strlen(end));
	return text;
}

/* Two, three and four bytes; none may be halved, wherever the limit falls. */
static const char *const characters[] = { "é", "あ", "😀" };

START_TEST(cuts_a_text_between_two_characters)
{
	size_t size = strlen(characters[_i]);

	for (size_t room = 0; room <= size; room++) {
		auto_free char *text = padded(MAX_HEADER - room, characters[_i]);

		headers_add_text(&r, "h", text);
		ck_assert_uint_eq(
			strlen(last_text()), room == size ? MAX_HEADER : MAX_HEADER - room);
	}
}
END_TEST

START_TEST(cuts_a_text_between_two_encoded_characters)
{
	for (size_t room = 0; room <= 3; room++) {
		auto_free char *text = padded(MAX_HEADER - room, ",,,,");

		headers_add_text(&r, "h", text);
		ck_assert_uint_eq(strlen(last_text()), room == 3 ? MAX_HEADER : MAX_HEADER - room);
	}
}
END_TEST

START_TEST(reads_the_number_it_wrote)
{
	static const int64_t numbers[] = { 0, 1, 999999999 };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		headers_add_number(&r, "n", numbers[i]);
		ck_assert_int_eq(headers_number(&r, "n"), numbers[i]);
	}
}
END_TEST

START_TEST(reads_zero_where_there_is_no_number)
{
	static const char *const texts[] = { "", "-1", "+1", " 1", "1 ", "1e3", "0x1", "١",
		"1000000000", "99999999999999999999999" };

	ck_assert_int_eq(headers_number(&r, "n"), 0);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		record_add_text_header(&r, "n", texts[i]);
		ck_assert_msg(headers_number(&r, "n") == 0, "%s", texts[i]);
	}
	record_add_header(&r, "n", "1\0002", 3);
	ck_assert_int_eq(headers_number(&r, "n"), 0);
	record_add_header(&r, "n", NULL, 0);
	ck_assert_int_eq(headers_number(&r, "n"), 0);
}
END_TEST

START_TEST(reads_the_time_it_wrote)
{
	headers_add_time(&r, "t", 1768115273001);
	ck_assert_str_eq(last_text(), "2026-01-11T07:07:53.001Z");
	ck_assert_int_eq(headers_time(&r, "t"), 1768115273001);
}
END_TEST

START_TEST(reads_zero_where_there_is_no_time)
{
	static const char *const texts[] = { "", "now", "1768115273", "2026-01-11",
		"2026-02-30T00:00:00Z", "2026-01-11T07:07:53", "2026-01-11T07:07:53.0000000000Z" };

	ck_assert_int_eq(headers_time(&r, "t"), 0);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		record_add_text_header(&r, "t", texts[i]);
		ck_assert_msg(headers_time(&r, "t") == 0, "%s", texts[i]);
	}
}
END_TEST

START_TEST(drops_what_an_earlier_attempt_said_and_nothing_else)
{
	record_add_text_header(&r, "ce_id", "e-1");
	record_add_text_header(&r, "plexsync-attempt", "3");
	record_add_text_header(&r, "plexsync-covers", "1/2");
	record_add_text_header(&r, "__dlq.errors.message", "It failed.");
	record_add_text_header(&r, "traceparent", "00-1-2-3");
	record_add_text_header(&r, "plexsynced", "somebody else's");
	record_add_text_header(&r, "x-__dlq.", "somebody else's");
	headers_drop_ours(&r);
	ck_assert_uint_eq(r.header_count, 4);
	ck_assert_ptr_nonnull(record_header(&r, "ce_id"));
	ck_assert_ptr_nonnull(record_header(&r, "traceparent"));
	ck_assert_ptr_nonnull(record_header(&r, "plexsynced"));
	ck_assert_ptr_nonnull(record_header(&r, "x-__dlq."));
}
END_TEST

START_TEST(counts_one_replay_for_each_return_from_the_dead_letters)
{
	headers_drop_ours(&r);
	ck_assert_ptr_null(record_header(&r, "plexsync-replays"));
	for (int deaths = 1; deaths <= 3; deaths++) {
		headers_add_number(&r, "__dlq.errors.offset", 17);
		headers_drop_ours(&r);
		ck_assert_int_eq(headers_number(&r, "plexsync-replays"), deaths);
		headers_drop_ours(&r); /* pending once more: it did not die again */
		ck_assert_int_eq(headers_number(&r, "plexsync-replays"), deaths);
		ck_assert_uint_eq(r.header_count, 1);
	}
}
END_TEST

START_TEST(starts_the_count_anew_where_it_says_no_number)
{
	record_add_text_header(&r, "plexsync-replays", "99999999999999999999");
	record_add_text_header(&r, "__dlq.errors.offset", "17");
	headers_drop_ours(&r);
	ck_assert_int_eq(headers_number(&r, "plexsync-replays"), 1);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, encodes_what_would_break_a_line_of_headers);
	tcase_add_loop_test(c, cuts_a_text_between_two_characters, 0, ARRAY_LEN(characters));
	tcase_add_test(c, cuts_a_text_between_two_encoded_characters);
	tcase_add_test(c, reads_the_number_it_wrote);
	tcase_add_test(c, reads_zero_where_there_is_no_number);
	tcase_add_test(c, reads_the_time_it_wrote);
	tcase_add_test(c, reads_zero_where_there_is_no_time);
	tcase_add_test(c, drops_what_an_earlier_attempt_said_and_nothing_else);
	tcase_add_test(c, counts_one_replay_for_each_return_from_the_dead_letters);
	tcase_add_test(c, starts_the_count_anew_where_it_says_no_number);
}

CHECK_MAIN("headers", add_cases)
