/* What the engine does when partitions come and go, when it stops, and after a crash. */
#include "tests/unit/check_main.h"
#include "tests/unit/enginescript.h"

#include <stdio.h>
#include <string.h>

enum { SETTLE_MS = 2000 };

static struct script *s;

static void set_up(void)
{
	s = script_new();
}

static void tear_down(void)
{
	script_free(s);
}

static void start_job(void)
{
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
}

/* Up to the edit of scene 42, which is taken but not answered. */
static struct script_call start_edit(void)
{
	start_job();
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, NULL);
	return script_take(s, DO_EDIT_ITEM);
}

/* ---- revoked, lost ---- */

START_TEST(finishes_the_edit_under_way_before_it_gives_partitions_back)
{
	struct script_call edit = start_edit();

	script_thin(s, "42"); /* stays for the next owner */
	script_feed_kind(s, IN_REVOKED);
	script_quiet(s);
	script_answer(s, &edit);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_stores(s, 1);
	script_take(s, DO_RELEASE);
	script_pass(s, 600000);
	script_quiet(s);
}
END_TEST

START_TEST(cancels_a_job_that_edited_nothing_yet_when_partitions_are_revoked)
{
	struct script_call fetch;

	start_job();
	fetch = script_take(s, DO_FETCH_SCENE);
	script_feed_kind(s, IN_REVOKED);
	ck_assert_uint_eq(script_take(s, DO_CANCEL).id, fetch.id);
	script_take(s, DO_RELEASE);
	script_quiet(s);
}
END_TEST

START_TEST(finishes_the_second_try_of_an_edit_before_it_gives_partitions_back)
{
	struct script_call edit = start_edit(), intent;

	script_fail(s, &edit, OUTCOME_UNKNOWN);
	script_do(s, DO_READ_ITEM);
	intent = script_take_stamp(s, NULL);
	script_feed_kind(s, IN_REVOKED);
	script_quiet(s);
	script_answer(s, &intent);
	script_do(s, DO_EDIT_ITEM);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_do_pending(s, "verify");
	script_stores(s, 1);
	script_take(s, DO_RELEASE);
}
END_TEST

START_TEST(waits_for_an_edit_no_longer_than_the_limit)
{
	start_edit();
	script_feed_kind(s, IN_REVOKED);
	script_pass(s, s->options.release_timeout_ms - 1);
	script_quiet(s);
	script_pass(s, 1);
	script_take(s, DO_CANCEL);
	script_take(s, DO_RELEASE);
	script_quiet(s);
}
END_TEST

START_TEST(cancels_everything_when_partitions_are_lost)
{
	struct script_call edit = start_edit();

	script_garbage(s, "no event");
	script_take(s, DO_PRODUCE);
	script_feed_kind(s, IN_LOST);
	ck_assert_uint_eq(script_take(s, DO_CANCEL).id, edit.id);
	script_take(s, DO_RELEASE);
	script_pass(s, 600000);
	script_quiet(s);
}
END_TEST

START_TEST(drops_a_job_that_would_wait_for_the_index_when_partitions_are_revoked)
{
	struct script_call edit = start_edit();

	script_feed_kind(s, IN_REVOKED);
	script_fail(s, &edit, OUTCOME_ABSENT);
	script_take(s, DO_RELEASE);
	script_pass(s, 1000);
	script_quiet(s);
}
END_TEST

START_TEST(ignores_tables_that_were_asked_for_by_an_assignment_that_is_gone)
{
	struct script_call old, load;

	script_open(s);
	script_assign(s, 0);
	old = script_take(s, DO_LOAD_TABLES);
	script_take(s, DO_LIST_SECTIONS);
	script_feed_kind(s, IN_REVOKED);
	script_take(s, DO_RELEASE);
	script_answer(s, &old);
	script_quiet(s);
	script_assign(s, 0);
	load = script_take(s, DO_LOAD_TABLES);
	script_answer(s, &old);
	script_quiet(s);
	script_answer(s, &load);
	script_take(s, DO_START);
}
END_TEST

START_TEST(takes_no_records_after_partitions_were_revoked)
{
	start_edit();
	script_feed_kind(s, IN_REVOKED);
	script_thin(s, "43");
	script_garbage(s, "no event");
	script_pass(s, SETTLE_MS);
	script_quiet(s);
}
END_TEST

/* ---- stopping ---- */

START_TEST(drains_what_is_half_done_when_it_stops)
{
	struct script_call edit = start_edit();

	script_add(&s->stash, "43", "", "");
	script_thin(s, "43");
	script_feed_kind(s, IN_STOP);
	script_quiet(s);
	ck_assert(!engine_drained(s->engine));
	script_answer(s, &edit);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_stores(s, 1);
	ck_assert(engine_drained(s->engine));
	script_pass(s, 600000);
	script_quiet(s);
}
END_TEST

START_TEST(is_drained_at_once_when_nothing_is_half_done)
{
	start_job();
	script_take(s, DO_FETCH_SCENE);
	script_feed_kind(s, IN_STOP);
	script_take(s, DO_CANCEL);
	script_quiet(s);
	ck_assert(engine_drained(s->engine));
}
END_TEST

START_TEST(drains_though_the_edited_item_is_gone)
{
	struct script_call edit = start_edit();

	script_feed_kind(s, IN_STOP);
	script_fail(s, &edit, OUTCOME_ABSENT);
	script_quiet(s);
	ck_assert(engine_drained(s->engine));
}
END_TEST

/* ---- crashes ---- */

/* Another instance comes, and finds that scene 42's edit may be on its way. */
static void take_over(void)
{
	struct script_call told;

	script_open(s);
	script_assign(s, 0);
	script_do(s, DO_LOAD_TABLES);
	script_do(s, DO_LIST_SECTIONS);
	told = script_take(s, DO_PRODUCE);
	ck_assert_int_eq(told.sent->record.topic, TOPIC_EVENTS);
	ck_assert_mem_eq(told.sent->record.key, "42", 2);
	ck_assert_ptr_nonnull(strstr(told.sent->record.value, "resync"));
	script_take(s, DO_START);
	script_do(s, DO_LIST_PAGE);
	script_answer(s, &told);
	script_quiet(s);
}

START_TEST(sends_no_edit_again_after_a_crash_between_edit_and_stamp)
{
	struct script_call edit = start_edit();

	script_answer(s, &edit);
	script_take(s, DO_READ_ITEM);
	take_over();
	s->next_offset = 0;
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "unchanged");
	script_do_pending(s, "verify"); /* the old one's edit might have been slow */
	script_stores(s, 1);
	ck_assert_int_eq(s->edits, 1);
}
END_TEST

START_TEST(lets_a_redelivered_full_event_run_that_is_as_new_as_the_stamp)
{
	script_start(s);
	script_full(s, "42", "Full", 1600000001000);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	script_start(s);
	s->next_offset = 0;
	s->now.wall_ms -= SETTLE_MS; /* the very same record */
	script_full(s, "42", "Full", 1600000001000);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "unchanged");
	ck_assert_int_eq(s->edits, 1);
}
END_TEST

START_TEST(fences_its_stamps_above_those_of_owners_with_a_faster_clock)
{
	struct covers old, new;

	start_job();
	script_settle(s);
	ck_assert(covers_read(&old, &s->log[s->log_count - 1].record));
	s->now.wall_ms -= 86400000;
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert(covers_read(&new, &s->log[s->log_count - 1].record));
	ck_assert_int_eq(new.generation, old.generation + 1);
}
END_TEST

/* ---- asleep ---- */

START_TEST(cancels_everything_when_it_slept_for_longer_than_the_group_waits)
{
	struct script_call edit = start_edit();
	const struct effect *effect;

	(void)edit;
	effect = engine_next(s->engine, s->now.mono_ms + s->options.session_timeout_ms + 1);
	ck_assert_ptr_nonnull(effect);
	ck_assert_int_eq(effect->kind, DO_CANCEL);
	script_take(s, DO_REJOIN);
	script_quiet(s);
	script_feed_kind(s, IN_REVOKED);
	script_take(s, DO_RELEASE);
	script_quiet(s);
}
END_TEST

START_TEST(looks_again_at_a_scene_whose_edit_a_former_owner_left_open)
{
	struct script_call edit = start_edit();

	(void)edit;
	take_over();
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, finishes_the_edit_under_way_before_it_gives_partitions_back);
	tcase_add_test(c, cancels_a_job_that_edited_nothing_yet_when_partitions_are_revoked);
	tcase_add_test(c, finishes_the_second_try_of_an_edit_before_it_gives_partitions_back);
	tcase_add_test(c, waits_for_an_edit_no_longer_than_the_limit);
	tcase_add_test(c, cancels_everything_when_partitions_are_lost);
	tcase_add_test(c, drops_a_job_that_would_wait_for_the_index_when_partitions_are_revoked);
	tcase_add_test(c, ignores_tables_that_were_asked_for_by_an_assignment_that_is_gone);
	tcase_add_test(c, takes_no_records_after_partitions_were_revoked);
	tcase_add_test(c, drains_what_is_half_done_when_it_stops);
	tcase_add_test(c, is_drained_at_once_when_nothing_is_half_done);
	tcase_add_test(c, drains_though_the_edited_item_is_gone);
	tcase_add_test(c, sends_no_edit_again_after_a_crash_between_edit_and_stamp);
	tcase_add_test(c, lets_a_redelivered_full_event_run_that_is_as_new_as_the_stamp);
	tcase_add_test(c, fences_its_stamps_above_those_of_owners_with_a_faster_clock);
	tcase_add_test(c, cancels_everything_when_it_slept_for_longer_than_the_group_waits);
	tcase_add_test(c, looks_again_at_a_scene_whose_edit_a_former_owner_left_open);
}

CHECK_MAIN("engine group", add_cases)
