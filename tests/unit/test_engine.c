/* What the engine does when all goes well, and which events it makes one job of. */
#include "tests/unit/check_main.h"
#include "tests/unit/enginescript.h"

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

START_TEST(brings_an_edit_to_plex_and_stores_the_offset_last)
{
	struct script_call stamp, edit;

	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS - 1);
	script_quiet(s);
	script_pass(s, 1);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	stamp = script_take_stamp(s, NULL);
	script_quiet(s); /* no edit before its intent is durable */
	script_answer(s, &stamp);
	edit = script_take(s, DO_EDIT_ITEM);
	ck_assert_str_eq(edit.key, "101");
	ck_assert_str_eq(edit.title, "New title");
	script_answer(s, &edit);
	script_do(s, DO_READ_ITEM);
	stamp = script_take_stamp(s, "synced");
	script_quiet(s); /* no offset before the stamp is durable */
	script_answer(s, &stamp);
	script_stores(s, 1);
	script_quiet(s);
	ck_assert_str_eq(script_thing(&s->plex, "101")->title, "New title");
	ck_assert_str_eq(s->verdict, "synced");
}
END_TEST

START_TEST(lists_the_library_before_anything_is_matched)
{
	struct script_call load, sections;

	script_open(s);
	script_assign(s, 0);
	load = script_take(s, DO_LOAD_TABLES);
	sections = script_take(s, DO_LIST_SECTIONS);
	script_answer(s, &load);
	script_take(s, DO_START);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_quiet(s);
	ck_assert(!engine_ready(s->engine, &(struct error){ .text = "" }));
	script_answer(s, &sections);
	script_do(s, DO_LIST_PAGE);
	script_do(s, DO_FETCH_SCENE);
	ck_assert(engine_ready(s->engine, &(struct error){ .text = "" }));
}
END_TEST

START_TEST(sends_no_edit_when_plex_shows_the_scene_already)
{
	script_replace(&s->plex, "101", "101", "/media/42.mkv", "New title");
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "unchanged");
	script_stores(s, 1);
	script_quiet(s);
}
END_TEST

START_TEST(makes_one_job_of_two_events_in_the_window)
{
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS / 2);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS / 2);
	script_settle(s);
	ck_assert_int_eq(s->edits, 1);
	ck_assert_int_eq(s->reports[REPORT_ENDED], 1);
	ck_assert_int_eq(s->stored, 2);
}
END_TEST

START_TEST(does_a_second_job_for_an_event_during_the_first)
{
	struct script_call fetch;

	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	fetch = script_take(s, DO_FETCH_SCENE);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_quiet(s); /* never two jobs for one scene */
	script_answer(s, &fetch);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, NULL);
	script_do(s, DO_EDIT_ITEM);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	fetch = script_take(s, DO_FETCH_SCENE);
	script_stores(s, 1); /* not the second one's */
	script_answer(s, &fetch);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "unchanged");
	script_stores(s, 2);
	script_quiet(s);
}
END_TEST

START_TEST(needs_no_stash_for_a_full_event)
{
	script_start(s);
	script_full(s, "42", "Full title", 1600000001000);
	script_pass(s, SETTLE_MS);
	script_do(s, DO_READ_ITEM);
	script_settle(s);
	ck_assert_str_eq(script_thing(&s->plex, "101")->title, "Full title");
}
END_TEST

START_TEST(supersedes_a_full_event_older_than_the_stamp)
{
	script_start(s);
	script_full(s, "42", "Newer", 1600000002000);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	script_full(s, "42", "Older", 1600000001000);
	script_pass(s, SETTLE_MS);
	script_do_stamp(s, "synced"); /* the old stamp again, covering more */
	script_stores(s, 2);
	script_quiet(s);
	ck_assert_str_eq(s->verdict, "superseded");
	ck_assert_str_eq(script_thing(&s->plex, "101")->title, "Newer");
}
END_TEST

START_TEST(keeps_the_newest_of_full_events_that_arrive_in_the_wrong_order)
{
	script_start(s);
	script_full(s, "42", "Newer", 1600000002000);
	script_full(s, "42", "Older", 1600000001000);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(script_thing(&s->plex, "101")->title, "Newer");
	ck_assert_int_eq(s->stored, 2);
}
END_TEST

START_TEST(brings_a_scene_to_the_item_that_a_person_chose)
{
	struct event event = { .scene_id = "42", .action = ACTION_RESYNC };

	event.rating_key = xstrdup("102");
	script_add(&s->plex, "102", "/elsewhere/other.mkv", "Other");
	script_start(s);
	script_event(s, &event);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(script_thing(&s->plex, "102")->title, "New title");
	ck_assert_str_eq(script_thing(&s->plex, "101")->title, "Old title");
}
END_TEST

START_TEST(edits_an_item_by_its_key_when_plex_does_not_say_the_library)
{
	struct event event = { .scene_id = "42", .action = ACTION_RESYNC };

	event.rating_key = xstrdup("101");
	s->section = "";
	script_start(s);
	script_event(s, &event);
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, NULL);
	ck_assert_str_eq(script_take(s, DO_EDIT_ITEM).section, "");
}
END_TEST

START_TEST(takes_the_library_from_the_index_when_the_item_does_not_say_it)
{
	s->section = "";
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_int_eq(s->edits, 1);
}
END_TEST

START_TEST(matches_again_on_a_fresh_index_when_the_item_is_gone)
{
	script_start(s);
	script_replace(&s->plex, "101", "201", "/media/42.mkv",
		"Old title"); /* Plex added the file anew */
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do(s, DO_LIST_SECTIONS);
	script_do(s, DO_LIST_PAGE); /* what was added */
	script_do(s, DO_LIST_PAGE); /* what was updated */
	script_do(s, DO_READ_ITEM); /* 101, which the index has for the same file */
	script_do(s, DO_READ_ITEM); /* 201, as it is now */
	ck_assert_str_eq(script_take(s, DO_READ_ITEM).key, "201");
}
END_TEST

/* A proxy says 404 while Plex starts, and no listing of changes would bring the item back. */
START_TEST(finds_an_item_that_was_said_to_be_gone)
{
	struct script_call read;

	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	read = script_take(s, DO_READ_ITEM);
	script_fail(s, &read, OUTCOME_ABSENT);
	script_settle(s);
	ck_assert_int_eq(s->edits, 1);
	ck_assert_str_eq(s->verdict, "synced");
}
END_TEST

START_TEST(does_not_edit_an_item_that_has_another_file_by_now)
{
	script_start(s);
	script_replace(&s->plex, "101", "101", "/media/another.mkv", "Old title");
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_int_eq(s->edits, 0);
	ck_assert_str_eq(s->reason, "not_found");
}
END_TEST

START_TEST(stamps_a_scene_without_files_as_skipped)
{
	script_replace(&s->stash, "42", "42", "", "New title");
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do_stamp(s, "skipped");
	script_stores(s, 1);
	ck_assert_str_eq(s->reason, "no_files");
}
END_TEST

START_TEST(stamps_a_scene_that_stash_lacks_as_gone)
{
	script_start(s);
	script_thin(s, "7");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do_stamp(s, "gone");
	script_stores(s, 1);
	script_quiet(s);
}
END_TEST

START_TEST(pauses_at_the_limit_of_lanes_and_resumes_below_it)
{
	s->options.max_lanes = 2;
	script_add(&s->stash, "43", "", "");
	script_start(s);
	script_thin(s, "42");
	script_quiet(s);
	script_thin(s, "43");
	script_take(s, DO_PAUSE);
	script_pass(s, SETTLE_MS / 2);
	script_quiet(s); /* once */
	script_pass(s, SETTLE_MS / 2);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "skipped");
	script_take_stamp(s, NULL);
	script_take(s, DO_RESUME);
	script_quiet(s);
}
END_TEST

START_TEST(sends_one_edit_at_a_time)
{
	struct script_call edit;

	script_add(&s->stash, "43", "/media/43.mkv", "Another");
	script_add(&s->plex, "102", "/media/43.mkv", "");
	script_start(s);
	script_thin(s, "42");
	script_thin(s, "43");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, NULL);
	script_do_stamp(s, NULL);
	edit = script_take(s, DO_EDIT_ITEM);
	script_quiet(s);
	script_answer(s, &edit);
	script_take(s, DO_READ_ITEM);
	script_take(s, DO_EDIT_ITEM);
}
END_TEST

/* ---- files that Plex has by other paths ---- */

START_TEST(finds_the_item_by_the_path_that_plex_has_for_the_file)
{
	script_map_paths(s, "/media:D:\\films");
	script_replace(&s->plex, "101", "101", "D:\\films\\42.mkv", "Old title");
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "synced");
	ck_assert_str_eq(script_thing(&s->plex, "101")->title, "New title");
}
END_TEST

START_TEST(maps_the_paths_of_a_full_event_too)
{
	script_map_paths(s, "/media:/films");
	script_replace(&s->plex, "101", "101", "/films/42.mkv", "Old title");
	s->options.stash_url = "";
	script_start(s);
	script_full(s, "42", "From the event", 1600000000000);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "synced");
	ck_assert_str_eq(script_thing(&s->plex, "101")->title, "From the event");
}
END_TEST

START_TEST(does_not_take_an_item_that_has_the_path_of_stash)
{
	script_map_paths(s, "/media:/films");
	script_add(&s->plex, "102", "/films/42.mkv", "Old title");
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "synced");
	ck_assert_str_eq(script_thing(&s->plex, "101")->title, "Old title");
	ck_assert_str_eq(script_thing(&s->plex, "102")->title, "New title");
}
END_TEST

START_TEST(stamps_the_files_of_stash_not_those_of_plex)
{
	char path[] = "/media/42.mkv";
	struct scene_file file = { .path = path };
	struct scene scene = { .files = &file, .file_count = 1 };
	struct script_call sent;
	struct stamp stamp;

	script_map_paths(s, "/media:/films");
	script_replace(&s->plex, "101", "101", "/films/42.mkv", "New title");
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	sent = script_take_stamp(s, "unchanged");
	ck_assert(stamp_parse(&stamp, sent.sent->record.value, sent.sent->record.value_len));
	ck_assert_uint_eq(stamp.files_hash, scene_files_hash(&scene));
	stamp_done(&stamp);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, brings_an_edit_to_plex_and_stores_the_offset_last);
	tcase_add_test(c, lists_the_library_before_anything_is_matched);
	tcase_add_test(c, sends_no_edit_when_plex_shows_the_scene_already);
	tcase_add_test(c, makes_one_job_of_two_events_in_the_window);
	tcase_add_test(c, does_a_second_job_for_an_event_during_the_first);
	tcase_add_test(c, needs_no_stash_for_a_full_event);
	tcase_add_test(c, supersedes_a_full_event_older_than_the_stamp);
	tcase_add_test(c, keeps_the_newest_of_full_events_that_arrive_in_the_wrong_order);
	tcase_add_test(c, brings_a_scene_to_the_item_that_a_person_chose);
	tcase_add_test(c, edits_an_item_by_its_key_when_plex_does_not_say_the_library);
	tcase_add_test(c, takes_the_library_from_the_index_when_the_item_does_not_say_it);
	tcase_add_test(c, matches_again_on_a_fresh_index_when_the_item_is_gone);
	tcase_add_test(c, finds_an_item_that_was_said_to_be_gone);
	tcase_add_test(c, does_not_edit_an_item_that_has_another_file_by_now);
	tcase_add_test(c, stamps_a_scene_without_files_as_skipped);
	tcase_add_test(c, stamps_a_scene_that_stash_lacks_as_gone);
	tcase_add_test(c, pauses_at_the_limit_of_lanes_and_resumes_below_it);
	tcase_add_test(c, sends_one_edit_at_a_time);
	tcase_add_test(c, finds_the_item_by_the_path_that_plex_has_for_the_file);
	tcase_add_test(c, maps_the_paths_of_a_full_event_too);
	tcase_add_test(c, does_not_take_an_item_that_has_the_path_of_stash);
	tcase_add_test(c, stamps_the_files_of_stash_not_those_of_plex);
}

CHECK_MAIN("engine", add_cases)
