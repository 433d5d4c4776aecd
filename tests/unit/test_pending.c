#include "consumer/pending.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#define WALL_MS 1768115273000 /* at the monotonic clock's zero */

static struct pending *p;
static int64_t next_own; /* the offset in scene-retries of the next record */

static void set_up(void)
{
	p = pending_new();
	next_own = 0;
}

static void tear_down(void)
{
	pending_free(p);
}

static struct now at(int64_t ms)
{
	return (struct now){ .mono_ms = ms, .wall_ms = WALL_MS + ms };
}

/* What a record of scene-retries says; times are those of at(). */
struct row {
	const char *scene_id;
	int64_t generation, covers, due_ms, failed_ms, owed_ms, own;
	bool full, grave, no_fence, no_due;
	int32_t partition;
};

static void write_event(struct want *want, const struct row *row)
{
	struct event event = { .id = xstrdup("e-1"), .source = xstrdup("/t") };
	struct record record;

	snprintf(event.scene_id, sizeof event.scene_id, "%s", row->scene_id);
	if (row->full) {
		event.scene = xcalloc(1, sizeof *event.scene);
		snprintf(event.scene->id, sizeof event.scene->id, "%s", row->scene_id);
		scene_complete(event.scene);
	}
	event_write(&event, &record);
	record.offset = 0;
	record.partition = row->partition;
	*want = (struct want){ .covers = -1 };
	want_add(want, &record, &event);
	record_done(&record);
}

static void write_row(struct record *ret, const struct row *row)
{
	struct covers covers = { row->generation, row->covers };
	struct retry retry = { .reason = "plex_error",
		.attempts = 2,
		.due_ms = row->no_due ? 0 : WALL_MS + row->due_ms,
		.first_failed_ms = row->failed_ms ? WALL_MS + row->failed_ms : 0,
		.verify_until_ms = row->owed_ms ? WALL_MS + row->owed_ms : 0,
		.covers = covers };
	struct want want;

	if (row->grave) {
		retry_write_tombstone(ret, row->scene_id, row->partition, covers);
	} else {
		write_event(&want, row);
		retry_write(ret, &want, &retry);
		want_done(&want);
	}
	if (row->no_due)
		record_drop_headers(ret, "plexsync-due");
	if (row->no_fence)
		record_drop_headers(ret, COVERS_HEADER);
	ret->offset = row->own ? row->own : next_own++;
}

static enum pending_fold fold_at(int64_t now_ms, const struct row *row)
{
	struct record record;
	struct fault fault;
	enum pending_fold result;

	write_row(&record, row);
	result = pending_fold(p, &record, at(now_ms), &fault);
	record_done(&record);
	return result;
}

#define fold_of(id, ...) fold_at(0, &(struct row){ .scene_id = (id), __VA_ARGS__ })
#define fold(...) fold_of("42", __VA_ARGS__)

static void assert_first(bool stash, const char *scene_id, int64_t due_ms)
{
	int64_t found_ms;
	const char *first = pending_first(p, stash, &found_ms);

	ck_assert_ptr_nonnull(first);
	ck_assert_str_eq(first, scene_id);
	ck_assert_int_eq(found_ms, due_ms);
}

static void assert_none(bool stash)
{
	int64_t due_ms;

	ck_assert_ptr_null(pending_first(p, stash, &due_ms));
}

/* ---- fence, graves ---- */

START_TEST(holds_the_newest_by_generation_offset_and_place)
{
	ck_assert_int_eq(fold(.generation = 100, .covers = 5, .due_ms = 1), PENDING_TAKEN);
	ck_assert_int_eq(fold(.generation = 99, .covers = 6, .due_ms = 2), PENDING_FENCED);
	ck_assert_int_eq(fold(.generation = 100, .covers = 4, .due_ms = 3), PENDING_FENCED);
	ck_assert_int_eq(fold(.no_fence = true, .due_ms = 4), PENDING_FENCED);
	assert_first(true, "42", 1);
	ck_assert_int_eq(fold(.generation = 100, .covers = 5, .due_ms = 5), PENDING_TAKEN);
	assert_first(true, "42", 5);
	ck_assert_int_eq(fold(.generation = 101, .covers = -1, .due_ms = 6), PENDING_TAKEN);
	assert_first(true, "42", 6);
	ck_assert_uint_eq(pending_count(p), 1);
}
END_TEST

START_TEST(takes_the_same_record_again_and_changes_nothing)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
			fold(.generation = 1, .covers = 5, .due_ms = 7, .own = 9), PENDING_TAKEN);
	assert_first(true, "42", 7);
	ck_assert_uint_eq(pending_count(p), 1);
}
END_TEST

START_TEST(a_grave_keeps_an_older_record_from_rising)
{
	struct record record;

	fold(.generation = 100, .covers = 5);
	ck_assert_int_eq(fold(.generation = 100, .covers = 7, .grave = true), PENDING_TAKEN);
	ck_assert(!pending_has(p, "42"));
	ck_assert_uint_eq(pending_count(p), 0);
	assert_none(true);
	ck_assert_int_eq(fold(.generation = 100, .covers = 6), PENDING_FENCED);
	ck_assert_int_eq(fold(.generation = 99, .covers = 900), PENDING_FENCED);
	ck_assert(!pending_has(p, "42"));
	ck_assert(pending_record(p, "42", &record));
	ck_assert_ptr_null(record.value);
	ck_assert_int_eq(record.offset, 1);
	record_done(&record);
	ck_assert_int_eq(fold(.generation = 100, .covers = 8), PENDING_TAKEN);
	ck_assert(pending_has(p, "42"));
}
END_TEST

START_TEST(ignores_a_late_tombstone)
{
	fold(.generation = 100, .covers = 5);
	ck_assert_int_eq(fold(.generation = 100, .covers = 4, .grave = true), PENDING_FENCED);
	ck_assert_int_eq(fold(.generation = 99, .covers = 9, .grave = true), PENDING_FENCED);
	ck_assert(pending_has(p, "42"));
}
END_TEST

START_TEST(keeps_a_grave_of_a_scene_that_it_never_knew)
{
	ck_assert_int_eq(fold(.generation = 2, .covers = 5, .grave = true), PENDING_TAKEN);
	ck_assert_int_eq(fold(.generation = 1, .covers = 9), PENDING_FENCED);
	ck_assert_uint_eq(pending_count(p), 0);
}
END_TEST

START_TEST(knows_the_highest_generation_of_a_partition_even_from_records_it_ignored)
{
	ck_assert_int_eq(pending_generation(p, 3), -1);
	fold(.generation = 100, .covers = 5, .partition = 3);
	fold(.generation = 90, .covers = 9, .partition = 3);
	ck_assert_int_eq(pending_generation(p, 3), 100);
	fold(.generation = 110, .grave = true, .partition = 3);
	ck_assert_int_eq(pending_generation(p, 3), 110);
	ck_assert_int_eq(pending_generation(p, 2), -1);
	pending_clear(p);
	ck_assert_int_eq(pending_generation(p, 3), 110);
	ck_assert(!pending_has(p, "42"));
	assert_none(true);
}
END_TEST

START_TEST(gives_the_record_back_as_it_stands_in_the_topic)
{
	struct row row = { .scene_id = "42", .generation = 3, .covers = 5, .own = 17 };
	struct record written, held;

	write_row(&written, &row);
	fold_at(0, &row);
	ck_assert(pending_record(p, "42", &held));
	ck_assert_int_eq(held.offset, 17);
	ck_assert_uint_eq(held.value_len, written.value_len);
	ck_assert_mem_eq(held.value, written.value, written.value_len);
	ck_assert_uint_eq(held.header_count, written.header_count);
	record_done(&held);
	record_done(&written);
	ck_assert(!pending_record(p, "43", &held));
}
END_TEST

/* ---- foreign records ---- */

static enum pending_fold fold_bytes(const char *key, size_t key_len, const char *value)
{
	struct record r = { .topic = TOPIC_RETRIES, .offset = next_own++ };
	struct fault fault = { .pointer = "" };
	enum pending_fold result;

	record_set_key(&r, key, key_len);
	record_set_value(&r, value, value ? strlen(value) : 0);
	covers_write(&r, (struct covers){ 900, 900 });
	result = pending_fold(p, &r, at(0), &fault);
	if (result == PENDING_FOREIGN)
		ck_assert(fault.error.text[0]);
	record_done(&r);
	return result;
}

START_TEST(ignores_keys_that_are_no_scene_id)
{
	static const char *const keys[] = { "", "0", "-1", "042", "x", "1.0", "1234567890123456789",
		"99999999999999999999999999999999" };

	ck_assert_int_eq(fold_bytes(NULL, 0, NULL), PENDING_FOREIGN);
	ck_assert_int_eq(fold_bytes("4\0002", 3, NULL), PENDING_FOREIGN);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		ck_assert_msg(fold_bytes(keys[i], strlen(keys[i]), NULL) == PENDING_FOREIGN, "%s",
			keys[i]);
	ck_assert_uint_eq(pending_count(p), 0);
	ck_assert_int_eq(pending_generation(p, 0), 900);
}
END_TEST

START_TEST(keeps_what_it_holds_when_a_foreign_record_stands_over_it)
{
	fold(.generation = 100, .covers = 5, .due_ms = 8);
	ck_assert_int_eq(fold_bytes("42", 2, "{\"scene_id\":"), PENDING_FOREIGN);
	ck_assert_int_eq(fold_bytes("42", 2, ""), PENDING_FOREIGN);
	assert_first(true, "42", 8);
	ck_assert_int_eq(fold(.generation = 100, .covers = 6, .due_ms = 9), PENDING_TAKEN);
	assert_first(true, "42", 9);
}
END_TEST

/* ---- due times ---- */

START_TEST(gives_what_is_due_in_order_those_that_need_stash_apart)
{
	for (int i = 1; i <= 9; i++) {
		char id[SCENE_ID_SIZE];

		snprintf(id, sizeof id, "%d", i);
		fold_of(id, .due_ms = i * 7 % 10, .full = i % 2);
	}
	assert_first(false, "3", 1);
	assert_first(true, "6", 2);
	pending_begin(p, "3");
	assert_first(false, "9", 3);
	pending_begin(p, "6");
	assert_first(true, "2", 4);
}
END_TEST

START_TEST(is_due_at_the_very_millisecond_that_the_record_says)
{
	struct row row = { .scene_id = "42", .due_ms = 600001 };

	fold_at(123456, &row);
	assert_first(true, "42", 600001);
}
END_TEST

START_TEST(is_not_moved_by_a_wall_clock_that_jumps_afterwards)
{
	struct record record;
	struct fault fault;

	fold_of("42", .due_ms = 5000);
	write_row(&record, &(struct row){ .scene_id = "43", .due_ms = 4000 });
	/* The clock went back by an hour: what is folded from now on is due later, what was is not. */
	pending_fold(p, &record,
		(struct now){ .mono_ms = 1000, .wall_ms = WALL_MS + 1000 - 3600000 }, &fault);
	record_done(&record);
	assert_first(true, "42", 5000);
	pending_begin(p, "42");
	assert_first(true, "43", 3604000);
}
END_TEST

/* Another program wrote it: nothing says how long before the due time it failed first. */
START_TEST(is_due_at_once_and_fails_anew_where_no_time_is_said)
{
	struct row row = { .scene_id = "42", .no_due = true, .failed_ms = -5000 };
	struct pending_state state;
	struct want want;

	fold_at(1000, &row);
	assert_first(true, "42", 1000);
	ck_assert(pending_get(p, "42", &want, &state));
	ck_assert(state.first_failed_ms == INT64_MIN);
	want_done(&want);
	retry_done(&state.retry);
}
END_TEST

START_TEST(moves_to_the_other_heap_with_what_it_needs)
{
	fold(.generation = 1, .due_ms = 5);
	assert_first(true, "42", 5);
	fold(.generation = 2, .due_ms = 6, .full = true);
	assert_none(true);
	assert_first(false, "42", 6);
	fold(.generation = 3, .grave = true);
	assert_none(false);
}
END_TEST

START_TEST(leaves_a_scene_out_of_the_heap_while_it_is_in_work)
{
	fold(.generation = 1, .due_ms = 5);
	pending_begin(p, "42");
	assert_none(true);
	fold(.generation = 2, .due_ms = 6); /* the job's own record, or another's */
	pending_wake(p, 42, 0);
	assert_none(true);
	pending_resume(p, "42");
	assert_first(true, "42", 6);
	pending_begin(p, "42");
	fold(.generation = 3, .grave = true);
	pending_resume(p, "42");
	assert_none(true);
}
END_TEST

START_TEST(wakes_a_scene_but_never_puts_it_off)
{
	fold(.due_ms = 5000);
	pending_wake(p, 42, 100);
	assert_first(true, "42", 100);
	pending_wake(p, 42, 200);
	assert_first(true, "42", 100);
	pending_begin(p, "42"); /* it found nothing: due again as its record says */
	pending_resume(p, "42");
	assert_first(true, "42", 5000);
}
END_TEST

START_TEST(says_when_it_first_failed_and_when_it_was_tried)
{
	struct pending_state state;
	struct want want;

	fold(.due_ms = 9000, .failed_ms = -1000);
	ck_assert(pending_get(p, "42", &want, &state));
	ck_assert_int_eq(state.first_failed_ms, -1000);
	ck_assert(state.tried_ms == INT64_MIN);
	ck_assert_int_eq(state.retry.attempts, 2);
	want_done(&want);
	retry_done(&state.retry);
	pending_note_try(p, "42", 77);
	fold(.covers = 1, .due_ms = 9000);
	ck_assert(pending_get(p, "42", &want, &state));
	ck_assert(state.first_failed_ms == INT64_MIN);
	ck_assert_int_eq(state.tried_ms, 77);
	want_done(&want);
	retry_done(&state.retry);
	ck_assert(!pending_get(p, "43", &want, &state));
}
END_TEST

/* ---- debts ---- */

START_TEST(owes_until_the_latest_time_and_no_record_takes_that_away)
{
	ck_assert(pending_owed_until_ms(p, "42") == INT64_MIN);
	fold(.generation = 1, .owed_ms = 5000);
	ck_assert_int_eq(pending_owed_until_ms(p, "42"), 5000);
	pending_owe(p, "42", 0, 7000);
	pending_owe(p, "42", 0, 6000);
	ck_assert_int_eq(pending_owed_until_ms(p, "42"), 7000);
	fold(.generation = 2, .owed_ms = 100);
	fold(.generation = 3);
	fold(.generation = 4, .grave = true);
	ck_assert_int_eq(pending_owed_until_ms(p, "42"), 7000);
	pending_discharge(p, "42");
	ck_assert(pending_owed_until_ms(p, "42") == INT64_MIN);
}
END_TEST

START_TEST(owes_for_a_scene_that_has_no_record)
{
	struct record record;

	pending_owe(p, "42", 3, 5000);
	ck_assert_int_eq(pending_owed_until_ms(p, "42"), 5000);
	ck_assert(!pending_has(p, "42"));
	ck_assert(!pending_record(p, "42", &record));
	ck_assert_uint_eq(pending_count(p), 0);
	ck_assert_int_eq(fold(.generation = 0, .covers = -1, .partition = 3), PENDING_TAKEN);
	ck_assert_int_eq(pending_owed_until_ms(p, "42"), 5000);
}
END_TEST

START_TEST(owes_for_all_that_hold_a_full_state)
{
	fold_of("1", .full = true);
	fold_of("2", .full = false);
	fold_of("3", .full = true);
	fold_of("3", .covers = 1, .grave = true);
	pending_owe_all(p, 5000);
	ck_assert_int_eq(pending_owed_until_ms(p, "1"), 5000);
	ck_assert(pending_owed_until_ms(p, "2") == INT64_MIN);
	ck_assert(pending_owed_until_ms(p, "3") == INT64_MIN);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, holds_the_newest_by_generation_offset_and_place);
	tcase_add_test(c, takes_the_same_record_again_and_changes_nothing);
	tcase_add_test(c, a_grave_keeps_an_older_record_from_rising);
	tcase_add_test(c, ignores_a_late_tombstone);
	tcase_add_test(c, keeps_a_grave_of_a_scene_that_it_never_knew);
	tcase_add_test(c, knows_the_highest_generation_of_a_partition_even_from_records_it_ignored);
	tcase_add_test(c, gives_the_record_back_as_it_stands_in_the_topic);
	tcase_add_test(c, ignores_keys_that_are_no_scene_id);
	tcase_add_test(c, keeps_what_it_holds_when_a_foreign_record_stands_over_it);
	tcase_add_test(c, gives_what_is_due_in_order_those_that_need_stash_apart);
	tcase_add_test(c, is_due_at_the_very_millisecond_that_the_record_says);
	tcase_add_test(c, is_not_moved_by_a_wall_clock_that_jumps_afterwards);
	tcase_add_test(c, is_due_at_once_and_fails_anew_where_no_time_is_said);
	tcase_add_test(c, moves_to_the_other_heap_with_what_it_needs);
	tcase_add_test(c, leaves_a_scene_out_of_the_heap_while_it_is_in_work);
	tcase_add_test(c, wakes_a_scene_but_never_puts_it_off);
	tcase_add_test(c, says_when_it_first_failed_and_when_it_was_tried);
	tcase_add_test(c, owes_until_the_latest_time_and_no_record_takes_that_away);
	tcase_add_test(c, owes_for_a_scene_that_has_no_record);
	tcase_add_test(c, owes_for_all_that_hold_a_full_state);
}

CHECK_MAIN("pending", add_cases)
