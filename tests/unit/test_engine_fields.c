/* What a job does beside bringing a title: covers, edits in parts, which scenes sync at all. */
#include "tests/unit/check_main.h"
#include "tests/unit/enginescript.h"

#include <string.h>

enum { SETTLE_MS = 2000, LATE_COVER_MS = 300000, LATER_MS = 3000000 };

static struct script *s;

/* Stash's cover is "c", the item's poster "a". */
static void set_up(void)
{
	s = script_new();
	s->options.policy.sync_poster = true;
	s->cover = 'c';
	s->poster = 'a';
}

static void tear_down(void)
{
	script_free(s);
}

static void announce(enum action action)
{
	struct event event = { .scene_id = "42", .action = action };

	script_event(s, &event);
	script_pass(s, SETTLE_MS);
}

/* Up to what is asked for once the item was read. */
static void begin(enum action action)
{
	script_start(s);
	announce(action);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
}

static void settle_event(enum action action)
{
	announce(action);
	script_settle(s);
}

/* ---- covers ---- */

START_TEST(uploads_a_cover_before_the_texts_and_their_locks_and_reads_both_back)
{
	struct script_call call;

	begin(ACTION_UPDATE);
	script_do(s, DO_FETCH_COVER);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, NULL);
	call = script_take(s, DO_UPLOAD_POSTER);
	ck_assert_int_eq(call.picture, 'c');
	script_answer(s, &call);
	call = script_take(s, DO_EDIT_ITEM);
	ck_assert_str_eq(call.names, "title,thumb");
	script_answer(s, &call);
	script_do(s, DO_READ_ITEM);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, "synced");
	script_stores(s, 1);
	ck_assert_str_eq(s->fields, "title,thumb");
}
END_TEST

START_TEST(asks_plex_nothing_about_a_cover_that_it_was_given_before)
{
	script_start(s);
	settle_event(ACTION_UPDATE);
	s->poster = 'b'; /* a person's choice; it stays until Stash has another cover */
	announce(ACTION_UPDATE);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do(s, DO_FETCH_COVER);
	script_do_stamp(s, "unchanged");
	script_stores(s, 2);
	s->cover = 'd';
	settle_event(ACTION_UPDATE);
	ck_assert_int_eq(s->poster, 'd');
	ck_assert_int_eq(s->uploads, 2);
}
END_TEST

START_TEST(selects_a_picture_that_plex_has)
{
	s->posters = "bc";
	begin(ACTION_UPDATE);
	script_do(s, DO_FETCH_COVER);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, NULL);
	script_do(s, DO_SELECT_POSTER);
	script_settle(s);
	ck_assert_int_eq(s->poster, 'c');
	ck_assert_int_eq(s->uploads, 0);
	ck_assert_str_eq(s->verdict, "synced");
}
END_TEST

START_TEST(brings_the_texts_when_plex_will_not_have_the_picture)
{
	struct script_call call;

	begin(ACTION_UPDATE);
	script_do(s, DO_FETCH_COVER);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, NULL);
	script_do_failing(s, DO_UPLOAD_POSTER, OUTCOME_REFUSED);
	call = script_take(s, DO_EDIT_ITEM);
	ck_assert_str_eq(call.names, "title");
	script_answer(s, &call);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_stores(s, 1);
	ck_assert_int_eq(s->reports[REPORT_COVER], 1);
}
END_TEST

START_TEST(reads_the_posters_again_when_an_upload_had_no_answer)
{
	struct script_call call;
	bool landed = _i;

	begin(ACTION_UPDATE);
	script_do(s, DO_FETCH_COVER);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, NULL);
	call = script_take(s, DO_UPLOAD_POSTER);
	if (landed)
		s->poster = 'c';
	script_fail(s, &call, OUTCOME_UNKNOWN);
	script_do(s, DO_READ_ITEM);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, NULL);
	if (!landed)
		script_do(s, DO_UPLOAD_POSTER);
	call = script_take(s, DO_EDIT_ITEM);
	ck_assert_str_eq(call.names, landed ? "title" : "title,thumb");
	script_answer(s, &call);
	script_do(s, DO_READ_ITEM);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, "synced");
	script_do_pending(s, "verify");
	script_stores(s, 1);
	ck_assert_int_eq(s->poster, 'c');
}
END_TEST

/* The old upload lands after the new one: only whoever looks at the posters can see it. */
START_TEST(looks_at_the_posters_when_an_older_upload_may_have_landed_late)
{
	struct script_call call;

	begin(ACTION_UPDATE);
	script_do(s, DO_FETCH_COVER);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, NULL);
	call = script_take(s, DO_UPLOAD_POSTER);
	script_fail(s, &call, OUTCOME_UNKNOWN);
	s->cover = 'd';
	script_settle(s);
	settle_event(ACTION_UPDATE);
	ck_assert_int_eq(s->poster, 'd');
	s->posters = "d";
	s->poster = 'c';
	script_pass(s, 60000);
	script_settle(s);
	ck_assert_int_eq(s->poster, 'd');
}
END_TEST

START_TEST(names_a_poster_that_does_not_show)
{
	struct script_call call;

	begin(ACTION_UPDATE);
	script_do(s, DO_FETCH_COVER);
	script_do(s, DO_LIST_POSTERS);
	script_do_stamp(s, NULL);
	call = script_take(s, DO_UPLOAD_POSTER);
	script_feed(s, &(struct input){ .kind = IN_EDITED, .call = call.id });
	script_do(s, DO_EDIT_ITEM);
	script_do(s, DO_READ_ITEM);
	script_do(s, DO_LIST_POSTERS);
	script_do_pending(s, "not_visible");
	ck_assert_ptr_nonnull(strstr(s->detail, "show it in: thumb."));
}
END_TEST

START_TEST(looks_for_the_cover_of_a_new_scene_again_some_minutes_later)
{
	s->cover = '-';
	begin(ACTION_CREATE);
	script_do(s, DO_FETCH_COVER);
	script_do_stamp(s, NULL);
	script_do(s, DO_EDIT_ITEM);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_do_pending(s, "cover");
	script_stores(s, 1);
	script_pass(s, LATE_COVER_MS - 1);
	script_quiet(s);
	s->cover = 'c';
	script_pass(s, 1);
	script_settle(s);
	ck_assert_int_eq(s->poster, 'c');
	ck_assert_str_eq(s->verdict, "synced");
	script_pass(s, LATER_MS);
	script_quiet(s);
}
END_TEST

START_TEST(gives_a_late_cover_up_after_three_looks)
{
	int64_t wait_ms = LATE_COVER_MS;

	s->cover = '-';
	script_start(s);
	settle_event(ACTION_CREATE);
	for (int look = 1; look <= 3; look++, wait_ms *= 2) {
		script_pass(s, wait_ms - 1);
		script_quiet(s);
		script_pass(s, 1);
		script_do(s, DO_FETCH_SCENE);
		script_do(s, DO_READ_ITEM);
		script_do(s, DO_FETCH_COVER);
		script_do_stamp(s, "unchanged");
		script_do_pending(s, look < 3 ? "cover" : NULL);
	}
	script_pass(s, LATER_MS);
	script_quiet(s);
}
END_TEST

START_TEST(does_not_wait_for_a_cover_that_an_old_scene_never_had)
{
	script_start(s);
	settle_event(ACTION_UPDATE);
	s->cover = '-';
	settle_event(ACTION_UPDATE);
	script_pass(s, LATER_MS);
	script_quiet(s);
}
END_TEST

static void fail_cover(struct script_call *call, enum outcome outcome)
{
	script_feed(s, &(struct input){ .kind = IN_COVER,
			       .call = call->id,
			       .outcome = outcome,
			       .detail = "It failed.",
			       .retry_after_ms = -1,
			       .cover = { .stash = true } });
}

START_TEST(holds_a_scene_whose_stash_goes_away_before_its_cover)
{
	struct script_call call;

	begin(ACTION_UPDATE);
	call = script_take(s, DO_FETCH_COVER);
	fail_cover(&call, OUTCOME_DOWN);
	script_do_pending(s, "stash_down");
	ck_assert_str_eq(s->verdict, "hold");
	script_stores(s, 1);
	script_pass(s, s->options.breaker.probe_min_ms);
	script_settle(s);
	ck_assert_int_eq(s->poster, 'c');
}
END_TEST

START_TEST(brings_a_full_event_while_stash_is_away_and_its_cover_later)
{
	struct script_call call;

	script_start(s);
	script_full(s, "42", "New title", 1600000000000);
	script_pass(s, SETTLE_MS);
	script_do(s, DO_READ_ITEM);
	call = script_take(s, DO_FETCH_COVER);
	fail_cover(&call, OUTCOME_UNAUTHORISED); /* Stash counts as away from now on */
	script_do_stamp(s, NULL);
	script_do(s, DO_EDIT_ITEM);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_do_pending(s, "cover");
	script_stores(s, 1);
	script_full(s, "42", "Newer title", 1600000001000);
	script_pass(s, SETTLE_MS);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced"); /* the intent, under the old outcome: Stash is not asked */
	script_do(s, DO_EDIT_ITEM);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "synced");
	script_pass(s, s->options.breaker.probe_min_ms);
	script_settle(s);
	script_pass(s, LATE_COVER_MS);
	script_settle(s);
	ck_assert_int_eq(s->poster, 'c');
}
END_TEST

/* ---- parts ---- */

static struct script_call begin_parts(void)
{
	s->cover = '\0';
	s->options.policy.sync_rating = true;
	s->stash.items[0].rating100 = 80;
	begin(ACTION_UPDATE);
	script_do_stamp(s, NULL);
	return script_take(s, DO_EDIT_ITEM);
}

START_TEST(sends_the_parts_of_an_edit_one_after_the_other)
{
	struct script_call call = begin_parts();

	ck_assert_str_eq(call.names, "title");
	script_quiet(s);
	script_answer(s, &call);
	call = script_take(s, DO_EDIT_ITEM);
	ck_assert_str_eq(call.names, "userRating");
	script_answer(s, &call);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_stores(s, 1);
	ck_assert_int_eq(s->plex.items[0].rating100, 80);
}
END_TEST

START_TEST(reads_after_a_part_without_an_answer_and_sends_what_is_missing)
{
	struct script_call call = begin_parts();

	script_answer(s, &call);
	script_do_failing(s, DO_EDIT_ITEM, OUTCOME_UNKNOWN);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, NULL);
	call = script_take(s, DO_EDIT_ITEM);
	ck_assert_str_eq(call.names, "userRating");
	script_answer(s, &call);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_do_pending(s, "verify");
}
END_TEST

/* ---- the gate, and chosen items ---- */

START_TEST(skips_a_scene_that_is_not_to_be_synced_without_asking_plex)
{
	s->cover = '\0';
	s->options.gate.organized_only = true;
	script_start(s);
	announce(ACTION_UPDATE);
	script_do(s, DO_FETCH_SCENE);
	script_do_stamp(s, "skipped");
	script_stores(s, 1);
	ck_assert_str_eq(s->reason, "not_organized");
	s->stash.items[0].organized = true;
	settle_event(ACTION_UPDATE);
	ck_assert_str_eq(s->verdict, "synced");
}
END_TEST

START_TEST(keeps_the_item_that_a_person_chose_as_long_as_it_is_there)
{
	struct event event = { .scene_id = "42", .action = ACTION_RESYNC };

	s->cover = '\0';
	script_add(&s->plex, "102", "/media/42.mkv", "A copy");
	event.rating_key = xstrdup("102");
	script_start(s);
	script_event(s, &event);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->plex.items[1].title, "New title");
	snprintf(s->stash.items[0].title, SCRIPT_TEXT, "Newer title");
	settle_event(ACTION_UPDATE);
	ck_assert_str_eq(s->plex.items[1].title, "Newer title");
	ck_assert_str_eq(s->plex.items[0].title, "Old title");
}
END_TEST

/* ---- scenes that are gone ---- */

/* The item has a rating of ours, which is wanted back when the scene is destroyed. */
static void sync_rating(void)
{
	s->cover = s->poster = '\0';
	s->options.policy.sync_poster = false;
	s->options.policy.sync_rating = true;
	s->options.policy.clear_on_destroy = true;
	script_thing(&s->stash, "42")->rating100 = 80;
	script_start(s);
	script_full(s, "42", "New title", s->now.wall_ms);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_int_eq(script_thing(&s->plex, "101")->rating100, 80);
}

START_TEST(takes_back_what_it_wrote_for_a_scene_that_is_gone)
{
	sync_rating();
	s->stash.count = 0;
	announce(ACTION_DESTROY);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced"); /* as it was, with the intent */
	ck_assert_str_eq(script_take(s, DO_EDIT_ITEM).names, "userRating");
}
END_TEST

START_TEST(goes_on_taking_back_after_a_crash)
{
	sync_rating();
	s->stash.count = 0;
	announce(ACTION_DESTROY);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_take(s, DO_EDIT_ITEM);
	script_open(s);
	script_assign(s, 0);
	script_settle(s);
	settle_event(ACTION_DESTROY);
	ck_assert_int_eq(script_thing(&s->plex, "101")->rating100, 0);
	ck_assert_str_eq(s->verdict, "gone");
}
END_TEST

START_TEST(takes_nothing_back_while_syncing_is_off)
{
	sync_rating();
	s->stash.count = 0;
	s->options.gate.enabled = false;
	script_start(s);
	announce(ACTION_DESTROY);
	script_do(s, DO_FETCH_SCENE);
	script_do_stamp(s, "gone");
}
END_TEST

/* Without a Stash nobody can be asked whether the scene is back. */
START_TEST(takes_nothing_back_for_an_event_older_than_what_was_brought)
{
	struct event old = { .scene_id = "42", .action = ACTION_DESTROY };

	s->options.stash_url = "";
	sync_rating();
	old.time_ms = s->now.wall_ms - LATER_MS;
	script_event(s, &old);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_int_eq(script_thing(&s->plex, "101")->rating100, 80);
	settle_event(ACTION_DESTROY);
	ck_assert_int_eq(script_thing(&s->plex, "101")->rating100, 80); /* the grave is of before */
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, uploads_a_cover_before_the_texts_and_their_locks_and_reads_both_back);
	tcase_add_test(cases, asks_plex_nothing_about_a_cover_that_it_was_given_before);
	tcase_add_test(cases, selects_a_picture_that_plex_has);
	tcase_add_test(cases, brings_the_texts_when_plex_will_not_have_the_picture);
	tcase_add_loop_test(cases, reads_the_posters_again_when_an_upload_had_no_answer, 0, 2);
	tcase_add_test(cases, looks_at_the_posters_when_an_older_upload_may_have_landed_late);
	tcase_add_test(cases, names_a_poster_that_does_not_show);
	tcase_add_test(cases, looks_for_the_cover_of_a_new_scene_again_some_minutes_later);
	tcase_add_test(cases, gives_a_late_cover_up_after_three_looks);
	tcase_add_test(cases, does_not_wait_for_a_cover_that_an_old_scene_never_had);
	tcase_add_test(cases, holds_a_scene_whose_stash_goes_away_before_its_cover);
	tcase_add_test(cases, brings_a_full_event_while_stash_is_away_and_its_cover_later);
	tcase_add_test(cases, sends_the_parts_of_an_edit_one_after_the_other);
	tcase_add_test(cases, reads_after_a_part_without_an_answer_and_sends_what_is_missing);
	tcase_add_test(cases, skips_a_scene_that_is_not_to_be_synced_without_asking_plex);
	tcase_add_test(cases, keeps_the_item_that_a_person_chose_as_long_as_it_is_there);
	tcase_add_test(cases, takes_back_what_it_wrote_for_a_scene_that_is_gone);
	tcase_add_test(cases, goes_on_taking_back_after_a_crash);
	tcase_add_test(cases, takes_nothing_back_while_syncing_is_off);
	tcase_add_test(cases, takes_nothing_back_for_an_event_older_than_what_was_brought);
}

CHECK_MAIN("engine fields", add_cases)
