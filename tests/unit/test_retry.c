#include "consumer/retry.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#define DUE_MS 1768115273000

static struct want want, back;
static struct retry retry, read_retry;
static struct record r;
static struct fault fault;

/* A thin event of scene 42 as it stands at 3/17. */
static void set_up(void)
{
	struct event event = { .id = xstrdup("e-1"), .source = xstrdup("/t"), .scene_id = "42" };
	struct record record;

	event.action = ACTION_UPDATE;
	event_write(&event, &record);
	record.partition = 3;
	record.offset = 17;
	want = back = (struct want){ .covers = -1 };
	want_add(&want, &record, &event);
	record_done(&record);
	retry = (struct retry){
		.reason = "not_found", .due_ms = DUE_MS, .covers = { .generation = 9, .offset = 20 }
	};
	read_retry = (struct retry){ .reason = "" };
	r = (struct record){ .topic = TOPIC_RETRIES };
}

static void tear_down(void)
{
	want_done(&want);
	want_done(&back);
	retry_done(&retry);
	retry_done(&read_retry);
	record_done(&r);
}

static void write_and_read(void)
{
	record_done(&r);
	retry_write(&r, &want, &retry);
	want_done(&back);
	ck_assert_msg(retry_read(&r, &back, &read_retry, &fault), "%s", fault.error.text);
}

/* As if another program had written it: the header says that instead. */
static void set_header(const char *name, const char *value)
{
	record_drop_headers(&r, name);
	if (value)
		record_add_text_header(&r, name, value);
}

START_TEST(reads_what_it_wrote)
{
	retry.attempts = 3;
	retry.misses = 4;
	retry.first_failed_ms = DUE_MS - 60000;
	retry.verify_until_ms = DUE_MS + 60000;
	want.force = true;
	want.rating_key = xstrdup("101");
	write_and_read();
	ck_assert_str_eq(read_retry.reason, "not_found");
	ck_assert_int_eq(read_retry.attempts, 3);
	ck_assert_int_eq(read_retry.misses, 4);
	ck_assert_int_eq(read_retry.due_ms, DUE_MS);
	ck_assert_int_eq(read_retry.first_failed_ms, DUE_MS - 60000);
	ck_assert_int_eq(read_retry.verify_until_ms, DUE_MS + 60000);
	ck_assert_int_eq(read_retry.covers.generation, 9);
	ck_assert_int_eq(read_retry.covers.offset, 20);
	ck_assert(back.any && back.fetch && back.force);
	ck_assert_str_eq(back.rating_key, "101");
	ck_assert_str_eq(back.event.id, "e-1");
	ck_assert_str_eq(back.event.scene_id, "42");
	ck_assert_int_eq(back.covers, 20);
	ck_assert_int_eq(back.record.topic, TOPIC_EVENTS);
	ck_assert_int_eq(back.record.partition, 3);
	ck_assert_int_eq(back.record.offset, 17);
	ck_assert_int_eq(retry_due_ms(&r), DUE_MS);
}
END_TEST

START_TEST(leaves_value_key_and_foreign_headers_as_they_are)
{
	size_t headers = want.record.header_count;

	write_and_read();
	write_and_read();
	ck_assert_uint_eq(r.value_len, want.record.value_len);
	ck_assert_mem_eq(r.value, want.record.value, r.value_len);
	ck_assert_mem_eq(r.key, "42", 2);
	ck_assert_uint_eq(back.record.header_count, headers);
	for (size_t i = 0; i < headers; i++)
		ck_assert_str_eq(back.record.headers[i].name, want.record.headers[i].name);
}
END_TEST

START_TEST(gives_a_key_to_an_event_that_came_without_one)
{
	record_set_key(&want.record, NULL, 0);
	write_and_read();
	ck_assert_uint_eq(r.key_len, 2);
	ck_assert_mem_eq(r.key, "42", 2);
}
END_TEST

START_TEST(replaces_what_the_record_before_it_said)
{
	retry.attempts = 5;
	retry.verify_until_ms = DUE_MS;
	write_and_read();
	retry.attempts = 0;
	retry.verify_until_ms = 0;
	record_done(&want.record);
	record_copy(&want.record, &r); /* the want that came of it */
	write_and_read();
	ck_assert_int_eq(read_retry.attempts, 0);
	ck_assert_int_eq(read_retry.verify_until_ms, 0);
}
END_TEST

START_TEST(keeps_a_full_state_that_needs_no_fetch)
{
	want.event.scene = xcalloc(1, sizeof *want.event.scene);
	snprintf(want.event.scene->id, sizeof want.event.scene->id, "42");
	scene_complete(want.event.scene);
	record_done(&want.record);
	event_write(&want.event, &want.record);
	want.record.offset = 17;
	want.fetch = false;
	write_and_read();
	ck_assert_ptr_nonnull(back.event.scene);
	ck_assert(!back.fetch);
	want.fetch = true;
	write_and_read();
	ck_assert_ptr_nonnull(back.event.scene);
	ck_assert(back.fetch);
}
END_TEST

START_TEST(counts_how_often_an_event_came_back_from_the_dead_letters)
{
	record_add_text_header(&want.record, "__dlq.errors.offset", "3");
	write_and_read();
	ck_assert_int_eq(back.event.replays, 1);
	ck_assert_ptr_null(record_header(&r, "__dlq.errors.offset"));
}
END_TEST

START_TEST(writes_a_tombstone_with_its_fence)
{
	struct covers covers;

	retry_write_tombstone(&r, "42", 3, (struct covers){ 9, 20 });
	ck_assert_int_eq(r.topic, TOPIC_RETRIES);
	ck_assert_int_eq(r.partition, 3);
	ck_assert_ptr_null(r.value);
	ck_assert_mem_eq(r.key, "42", 2);
	ck_assert(covers_read(&covers, &r));
	ck_assert_int_eq(covers.generation, 9);
	ck_assert_int_eq(covers.offset, 20);
	ck_assert(!retry_read(&r, &back, &read_retry, &fault));
}
END_TEST

/* ---- what other programs may have written ---- */

START_TEST(cuts_no_record_that_lost_its_optional_headers)
{
	static const char *const optional[] = { "plexsync-attempt", "plexsync-due",
		"plexsync-error", "plexsync-covers", "ce_" };

	write_and_read();
	for (size_t i = 0; i < ARRAY_LEN(optional); i++)
		record_drop_headers(&r, optional[i]);
	want_done(&back);
	ck_assert(retry_read(&r, &back, &read_retry, &fault));
	ck_assert_int_eq(read_retry.attempts, 0);
	ck_assert_int_eq(read_retry.due_ms, 0);
	ck_assert_str_eq(read_retry.reason, "");
	ck_assert_int_eq(read_retry.covers.generation, -1);
	ck_assert_int_eq(back.covers, 17);
	ck_assert_str_eq(back.event.id, "scene-events/3/17");
}
END_TEST

static const char *const no_places[] = { NULL, "", "17", "3/", "3/-1", "4/17", "3/17 ", "3 /17",
	" 3/17", "3/ 17", "+3/17", "3/+17", "3/17/1", "a/17", "3/1000000000000000000",
	"3/99999999999999999999", "4294967299/17", "18446744073709551619/17" };

START_TEST(refuses_a_record_that_does_not_say_where_its_event_stands)
{
	retry_write(&r, &want, &retry);
	set_header("plexsync-source", no_places[_i]);
	ck_assert_msg(!retry_read(&r, &back, &read_retry, &fault), "%s",
		no_places[_i] ? no_places[_i] : "(none)");
	ck_assert(fault.error.text[0]);
}
END_TEST

static const char *const no_values[] = { "", "{", "null", "[]", "{}", "{\"scene_id\":\"43\"}",
	"{\"scene_id\":42.5,\"action\":\"update\"}", "{\"scene_id\":\"42\",\"action\":7}",
	"{\"scene_id\":\"42\",\"action\":\"update\"", "{\"scene_id\":\"42\",\"scene\":[]}",
	"{\"scene_id\":\"0\",\"action\":\"update\"}" };

START_TEST(refuses_a_record_whose_value_is_no_event)
{
	retry_write(&r, &want, &retry);
	record_set_value(&r, no_values[_i], strlen(no_values[_i]));
	ck_assert_msg(!retry_read(&r, &back, &read_retry, &fault), "%s", no_values[_i]);
	ck_assert(fault.error.text[0]);
}
END_TEST

START_TEST(refuses_every_record_that_was_cut_short)
{
	size_t whole;

	retry_write(&r, &want, &retry);
	whole = r.value_len;
	for (size_t len = 0; len < whole; len++) {
		r.value_len = len;
		ck_assert(!retry_read(&r, &back, &read_retry, &fault));
	}
	r.value_len = whole;
	ck_assert(retry_read(&r, &back, &read_retry, &fault));
}
END_TEST

START_TEST(takes_headers_that_say_no_number_and_no_time_for_nothing)
{
	static const char *const numbers[] = { "-5", "1e9", "99999999999", "x" };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		write_and_read();
		set_header("plexsync-attempt", numbers[i]);
		set_header("plexsync-due", "tomorrow");
		set_header("plexsync-verify-until", numbers[i]);
		want_done(&back);
		ck_assert(retry_read(&r, &back, &read_retry, &fault));
		ck_assert_int_eq(read_retry.attempts, 0);
		ck_assert_int_eq(read_retry.due_ms, 0);
		ck_assert_int_eq(read_retry.verify_until_ms, 0);
	}
}
END_TEST

START_TEST(takes_a_reason_too_long_to_be_one_for_none)
{
	write_and_read();
	set_header("plexsync-error", "a_word_that_no_version_of_ours_ever_wrote");
	want_done(&back);
	ck_assert(retry_read(&r, &back, &read_retry, &fault));
	ck_assert_str_eq(read_retry.reason, "");
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, reads_what_it_wrote);
	tcase_add_test(c, leaves_value_key_and_foreign_headers_as_they_are);
	tcase_add_test(c, gives_a_key_to_an_event_that_came_without_one);
	tcase_add_test(c, replaces_what_the_record_before_it_said);
	tcase_add_test(c, keeps_a_full_state_that_needs_no_fetch);
	tcase_add_test(c, counts_how_often_an_event_came_back_from_the_dead_letters);
	tcase_add_test(c, writes_a_tombstone_with_its_fence);
	tcase_add_test(c, cuts_no_record_that_lost_its_optional_headers);
	tcase_add_loop_test(c, refuses_a_record_that_does_not_say_where_its_event_stands, 0,
		ARRAY_LEN(no_places));
	tcase_add_loop_test(c, refuses_a_record_whose_value_is_no_event, 0, ARRAY_LEN(no_values));
	tcase_add_test(c, refuses_every_record_that_was_cut_short);
	tcase_add_test(c, takes_headers_that_say_no_number_and_no_time_for_nothing);
	tcase_add_test(c, takes_a_reason_too_long_to_be_one_for_none);
}

CHECK_MAIN("retry", add_cases)
