/* What the engine does when Plex lacks a scene's file, gets it, or has it under another key. */
#include "tests/unit/check_main.h"
#include "tests/unit/enginescript.h"

#include <string.h>

enum { SETTLE_MS = 2000, MINUTE_MS = 60000 };

static struct script *s;

static void set_up(void)
{
	s = script_new();
}

static void tear_down(void)
{
	script_free(s);
}

/* Plex lacks the scene's file, and its job has found that out. */
static void miss(void)
{
	s->plex.count = 0;
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
}

/* ---- scans ---- */

START_TEST(asks_plex_to_scan_the_directory_of_a_file_that_it_lacks)
{
	s->options.scan = true;
	miss();
	ck_assert_str_eq(script_take(s, DO_SCAN).key, "/media");
	script_do_pending(s, "not_found");
	script_stores(s, 1);
	script_quiet(s);
}
END_TEST

START_TEST(asks_for_no_second_scan_of_a_directory_within_ten_minutes)
{
	struct script_call call;

	s->options.scan = true;
	miss();
	script_do(s, DO_SCAN);
	for (int minute = 0; minute < 9; minute++) {
		script_pass(s, MINUTE_MS);
		while (script_take_any(s, &call)) {
			ck_assert_int_ne(call.kind, DO_SCAN);
			if (call.id)
				script_answer(s, &call);
		}
	}
	ck_assert_int_gt(s->ended.attempt, 2);
}
END_TEST

START_TEST(asks_for_no_scan_unless_that_is_wanted)
{
	miss();
	script_do_pending(s, "not_found");
}
END_TEST

/* ---- the event stream ---- */

/* Answers whatever is asked for; the events that the engine sent meanwhile. */
static int settle(void)
{
	size_t from = s->log_count;
	int events = 0;

	script_settle(s);
	script_pass(s, 10); /* a walk over the scenes rests between two slices */
	script_settle(s);
	for (size_t i = from; i < s->log_count; i++)
		events += s->log[i].record.topic == TOPIC_EVENTS;
	return events;
}

static call_id watch;

/* A start in which Plex's event stream is followed. Returns as settle(). */
static int start_watching(void)
{
	struct script_call load;

	s->options.news = true;
	script_open(s);
	script_assign(s, 0);
	load = script_take(s, DO_LOAD_TABLES);
	watch = script_take(s, DO_WATCH).id;
	script_answer(s, &load);
	return settle();
}

/* The stream tells of an item, which is then read. Returns as settle(). */
static int tell(const char *rating_key)
{
	struct plexnews news = { .kind = PLEXNEWS_ITEM, .section = "1" };

	memcpy(news.rating_key, rating_key, strlen(rating_key) + 1);
	news.gone = !script_thing(&s->plex, rating_key);
	script_feed(s, &(struct input){ .kind = IN_PLEX_NEWS, .call = watch, .news = &news });
	script_pass(s, 5000);
	return settle();
}

static void sync_scene(void)
{
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
}

/* ---- waiting for an item ---- */

static void miss_while_watching(void)
{
	s->plex.count = 0;
	start_watching();
	sync_scene();
	ck_assert_str_eq(s->reason, "not_found");
	ck_assert_int_gt(s->ended.after_ms, 20000);
}

START_TEST(tries_a_waiting_scene_at_once_when_its_item_comes)
{
	miss_while_watching();
	s->plex.count = 1;
	tell("101");
	ck_assert_str_eq(s->verdict, "synced");
	ck_assert_int_eq(s->ended.attempt, 2);
}
END_TEST

START_TEST(lets_a_scene_wait_while_other_items_come)
{
	miss_while_watching();
	script_add(&s->plex, "103", "/media/43.mkv", "Another");
	tell("103");
	ck_assert_int_eq(s->reports[REPORT_ENDED], 1);
}
END_TEST

/* The scene's item may have been there while nobody ran, so that nobody was told of it. */
START_TEST(tries_a_waiting_scene_at_once_after_a_restart_when_its_item_is_there)
{
	miss_while_watching();
	s->plex.count = 1;
	start_watching();
	ck_assert_str_eq(s->verdict, "synced");
}
END_TEST

/* The same file name in another directory is doubtful: it is looked at once, and not at each change. */
START_TEST(looks_only_once_at_an_item_that_is_not_the_scenes)
{
	int ended;

	miss_while_watching();
	script_add(&s->plex, "103", "/media/else/42.mkv", "Of another size")->size = 5;
	tell("103");
	ended = s->reports[REPORT_ENDED];
	ck_assert_int_eq(ended, 2);
	script_add(&s->plex, "104", "/media/44.mkv", "Another");
	tell("104");
	ck_assert_int_eq(s->reports[REPORT_ENDED], ended);
}
END_TEST

START_TEST(lets_a_scene_wait_that_saw_the_wrong_item_at_once)
{
	s->plex.count = 0;
	script_add(&s->plex, "103", "/media/else/42.mkv", "Of another size")->size = 5;
	start_watching();
	sync_scene();
	ck_assert_str_eq(s->reason, "not_found");
	script_add(&s->plex, "104", "/media/44.mkv", "Another");
	tell("104");
	ck_assert_int_eq(s->reports[REPORT_ENDED], 1);
}
END_TEST

/* ---- another key ---- */

static void sync_while_watching(void)
{
	start_watching();
	sync_scene();
	ck_assert_str_eq(s->verdict, "synced");
}

static void rekey(void)
{
	script_replace(&s->plex, "101", "201", "/media/42.mkv", "Old title");
}

static const struct record *last_event(void)
{
	for (size_t i = s->log_count; i-- > 0;)
		if (s->log[i].record.topic == TOPIC_EVENTS)
			return &s->log[i].record;
	ck_abort_msg("no event was sent");
}

START_TEST(looks_again_at_a_scene_whose_item_came_back_under_another_key)
{
	const struct record *event;

	sync_while_watching();
	rekey();
	ck_assert_int_eq(tell("101"), 0); /* that it is gone does nothing by itself */
	ck_assert_int_eq(tell("201"), 1);
	event = last_event();
	ck_assert_int_eq(event->partition, 0);
	ck_assert(event->key_len == 2 && memcmp(event->key, "42", 2) == 0);
	ck_assert_ptr_nonnull(strstr(event->value, "\"action\":\"resync\""));
	sync_scene();
	ck_assert_str_eq(s->verdict, "synced");
	ck_assert_int_eq(s->edits, 2);
}
END_TEST

START_TEST(looks_again_when_the_key_changed_while_the_stamp_was_on_its_way)
{
	struct script_call stamp;

	start_watching();
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, NULL);
	script_do(s, DO_EDIT_ITEM);
	script_do(s, DO_READ_ITEM);
	stamp = script_take_stamp(s, "synced");
	rekey();
	ck_assert_int_eq(tell("201"), 0);
	script_answer(s, &stamp);
	ck_assert_int_eq(settle(), 1);
}
END_TEST

START_TEST(tells_only_once_of_another_key)
{
	sync_while_watching();
	rekey();
	ck_assert_int_eq(tell("201"), 1);
	script_add(&s->plex, "103", "/media/43.mkv", "Another");
	ck_assert_int_eq(tell("103"), 0);
	sync_scene();
	script_add(&s->plex, "104", "/media/44.mkv", "Another");
	ck_assert_int_eq(tell("104"), 0);
}
END_TEST

START_TEST(looks_again_after_a_restart_during_which_the_key_changed)
{
	sync_while_watching();
	rekey();
	ck_assert_int_eq(start_watching(), 1);
}
END_TEST

START_TEST(leaves_a_scene_alone_that_shares_its_file_with_another_item)
{
	sync_while_watching();
	script_add(&s->plex, "201", "/media/42.mkv", "A second item");
	ck_assert_int_eq(tell("201"), 0);
}
END_TEST

START_TEST(leaves_a_scene_alone_whose_item_a_person_chose)
{
	struct event event = {
		.scene_id = "42", .action = ACTION_RESYNC, .rating_key = xstrdup("301")
	};

	script_add(&s->plex, "301", "/media/else.mkv", "Chosen");
	start_watching();
	script_event(s, &event);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "synced");
	rekey();
	ck_assert_int_eq(tell("201"), 0);
}
END_TEST

START_TEST(has_nothing_to_look_again_with_without_stash)
{
	s->options.stash_url = "";
	start_watching();
	script_full(s, "42", "New title", 1600000000000);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "synced");
	rekey();
	ck_assert_int_eq(tell("201"), 0);
}
END_TEST

/* ---- asleep ---- */

START_TEST(reads_an_item_for_its_index_though_it_slept)
{
	struct plexnews news = { .kind = PLEXNEWS_ITEM, .rating_key = "103", .section = "1" };
	const struct effect *effect;

	start_watching();
	script_feed(s, &(struct input){ .kind = IN_PLEX_NEWS, .call = watch, .news = &news });
	script_pass(s, 5000);
	effect = engine_next(s->engine, s->now.mono_ms + s->options.session_timeout_ms + 1);
	ck_assert_ptr_nonnull(effect);
	ck_assert_int_eq(effect->kind, DO_READ_ITEM);
}
END_TEST

/* ---- scenes that are gone ---- */

static size_t tombstones(void)
{
	size_t count = 0;

	for (size_t i = 0; i < s->log_count; i++)
		count += s->log[i].record.topic == TOPIC_STAMPS && !s->log[i].record.value;
	return count;
}

/* Another owner takes over after so long. */
static void restart_after(int64_t ms)
{
	s->now.mono_ms += ms;
	s->now.wall_ms += ms;
	script_open(s);
	script_assign(s, 0);
	script_do(s, DO_LOAD_TABLES);
	script_settle(s);
}

START_TEST(deletes_the_stamp_of_a_scene_that_is_gone_when_no_event_can_bring_it_back)
{
	s->options.grave_ms = 60 * MINUTE_MS;
	script_start(s);
	sync_scene();
	s->stash.count = 0;
	sync_scene();
	ck_assert_str_eq(s->verdict, "gone");
	restart_after(30 * MINUTE_MS);
	ck_assert_uint_eq(tombstones(), 0);
	restart_after(31 * MINUTE_MS);
	ck_assert_uint_eq(tombstones(), 1);
	restart_after(MINUTE_MS);
	ck_assert_uint_eq(tombstones(), 1);
}
END_TEST

START_TEST(keeps_the_stamp_of_a_scene_that_is_there)
{
	s->options.grave_ms = 60 * MINUTE_MS;
	script_start(s);
	sync_scene();
	restart_after(600 * MINUTE_MS);
	ck_assert_uint_eq(tombstones(), 0);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, tries_a_waiting_scene_at_once_when_its_item_comes);
	tcase_add_test(c, lets_a_scene_wait_while_other_items_come);
	tcase_add_test(c, tries_a_waiting_scene_at_once_after_a_restart_when_its_item_is_there);
	tcase_add_test(c, looks_only_once_at_an_item_that_is_not_the_scenes);
	tcase_add_test(c, lets_a_scene_wait_that_saw_the_wrong_item_at_once);
	tcase_add_test(c, looks_again_when_the_key_changed_while_the_stamp_was_on_its_way);
	tcase_add_test(c, looks_again_at_a_scene_whose_item_came_back_under_another_key);
	tcase_add_test(c, tells_only_once_of_another_key);
	tcase_add_test(c, looks_again_after_a_restart_during_which_the_key_changed);
	tcase_add_test(c, leaves_a_scene_alone_that_shares_its_file_with_another_item);
	tcase_add_test(c, leaves_a_scene_alone_whose_item_a_person_chose);
	tcase_add_test(c, has_nothing_to_look_again_with_without_stash);
	tcase_add_test(c, reads_an_item_for_its_index_though_it_slept);
	tcase_add_test(c, asks_plex_to_scan_the_directory_of_a_file_that_it_lacks);
	tcase_add_test(c, asks_for_no_second_scan_of_a_directory_within_ten_minutes);
	tcase_add_test(c, asks_for_no_scan_unless_that_is_wanted);
	tcase_add_test(
		c, deletes_the_stamp_of_a_scene_that_is_gone_when_no_event_can_bring_it_back);
	tcase_add_test(c, keeps_the_stamp_of_a_scene_that_is_there);
}

CHECK_MAIN("engine_lookout", add_cases)
