/* What the engine does when Plex, Stash, Kafka or an event is not as it should be. */
#include "tests/unit/check_main.h"
#include "tests/unit/enginescript.h"

#include <stdio.h>
#include <string.h>

enum { SETTLE_MS = 2000, HOUR_MS = 3600000 };

static struct script *s;

static void set_up(void)
{
	s = script_new();
}

static void tear_down(void)
{
	script_free(s);
}

/* Up to the edit of scene 42, which is taken but not answered. */
static struct script_call start_edit(void)
{
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, NULL);
	return script_take(s, DO_EDIT_ITEM);
}

static char header_text[200];

static const char *letter_header(const char *name)
{
	auto_free char *text = record_header_text(script_letter(s), name, sizeof header_text - 1);

	snprintf(header_text, sizeof header_text, "%s", text ? text : "");
	return header_text;
}

/* ---- edits ---- */

START_TEST(reads_the_item_after_a_time_out_and_is_done_when_it_took)
{
	struct script_call edit = start_edit();

	script_replace(&s->plex, "101", "101", "/media/42.mkv", "New title");
	script_fail(s, &edit, OUTCOME_UNKNOWN);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "synced");
	script_do_pending(s, "verify"); /* the edit may have been slow, and come once more */
	script_stores(s, 1);
	script_pass(s, 59000);
	script_quiet(s);
	script_pass(s, 1000);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "unchanged");
	script_do_pending(s, NULL);
	script_quiet(s);
}
END_TEST

START_TEST(plans_once_more_after_a_time_out_that_did_not_take)
{
	struct script_call edit = start_edit();

	script_fail(s, &edit, OUTCOME_UNKNOWN);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, NULL);
	script_do_failing(s, DO_EDIT_ITEM, OUTCOME_UNKNOWN);
	script_do(s, DO_READ_ITEM);
	script_do_pending(s, "plex_down"); /* once */
	ck_assert_str_eq(s->verdict, "hold"); /* nobody else was served meanwhile */
}
END_TEST

static void let_plex_ignore_an_edit(void)
{
	struct script_call call;

	while (script_take_any(s, &call)) {
		if (call.kind == DO_EDIT_ITEM)
			script_feed(s, &(struct input){ .kind = IN_EDITED, .call = call.id });
		else if (call.id && call.kind != DO_CANCEL)
			script_answer(s, &call);
	}
}

START_TEST(backs_off_from_an_edit_that_does_not_show_until_attempts_are_spent)
{
	int64_t waited_ms = 0;

	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	let_plex_ignore_an_edit();
	ck_assert_str_eq(s->reason, "not_visible");
	ck_assert_int_ge(s->ended.after_ms, 4000);
	ck_assert_int_le(s->ended.after_ms, 6000);
	for (int attempt = 1; attempt <= 5; attempt++) {
		ck_assert_int_eq(s->ended.attempt, attempt);
		ck_assert_int_eq(s->stored, 1);
		waited_ms += s->ended.after_ms;
		script_pass(s, s->ended.after_ms - 1);
		script_quiet(s);
		script_pass(s, 1);
		let_plex_ignore_an_edit();
	}
	ck_assert_int_ge(waited_ms, 155000 * 4 / 5);
	ck_assert_str_eq(s->verdict, "dead");
	ck_assert_str_eq(letter_header("plexsync-error"), "exhausted");
	ck_assert_str_eq(letter_header("__dlq.errors.delivery.count"), "6");
	ck_assert_uint_eq(script_letters(s), 1);
	ck_assert_int_eq(s->stored, 1);
}
END_TEST

START_TEST(sends_the_dead_letter_before_the_stamp_and_the_stamp_before_the_offset)
{
	struct script_call edit = start_edit(), letter, stamp;

	script_fail(s, &edit, OUTCOME_REFUSED);
	letter = script_take(s, DO_PRODUCE);
	ck_assert_int_eq(letter.sent->record.topic, TOPIC_DLQ);
	ck_assert_str_eq(letter_header("plexsync-error"), "rejected_by_plex");
	script_quiet(s);
	script_answer(s, &letter);
	stamp = script_take_stamp(s, "dead");
	script_quiet(s);
	script_answer(s, &stamp);
	script_stores(s, 1);
}
END_TEST

/* ---- records that are no events ---- */

START_TEST(sends_an_invalid_record_to_the_dead_letters_byte_for_byte)
{
	static const char garbage[] = "{\"scene_id\": \xff not json";
	struct script_call letter;

	script_start(s);
	script_garbage(s, garbage);
	letter = script_take(s, DO_PRODUCE);
	script_quiet(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s); /* others go on */
	ck_assert_int_eq(s->edits, 1);
	ck_assert_int_eq(s->stored, -1);
	ck_assert_uint_eq(letter.sent->record.value_len, strlen(garbage));
	ck_assert_mem_eq(letter.sent->record.value, garbage, strlen(garbage));
	ck_assert_mem_eq(letter.sent->record.key, "42", 2);
	ck_assert_ptr_nonnull(record_header(&letter.sent->record, "foreign"));
	ck_assert_str_eq(letter_header("plexsync-error"), "invalid_event");
	ck_assert_str_eq(letter_header("__dlq.errors.offset"), "0");
	script_answer(s, &letter);
	script_stores(s, 2);
}
END_TEST

START_TEST(sends_the_letter_of_an_invalid_record_again_when_kafka_refuses_it)
{
	script_start(s);
	script_garbage(s, "no event");
	script_do_failing(s, DO_PRODUCE, OUTCOME_REFUSED);
	script_quiet(s);
	script_pass(s, s->options.limits.retry_max_ms);
	script_do(s, DO_PRODUCE);
	script_stores(s, 1);
}
END_TEST

/* 42 belongs to partition 5 of 6. */
START_TEST(sends_a_stray_to_the_partition_of_its_scene)
{
	struct script_call moved;

	s->options.topic_partitions = 6;
	script_start(s);
	script_thin(s, "42");
	moved = script_take(s, DO_PRODUCE);
	ck_assert_int_eq(moved.sent->record.topic, TOPIC_EVENTS);
	ck_assert_int_eq(moved.sent->record.partition, record_key_partition("42", 2, 6));
	ck_assert_int_ne(moved.sent->record.partition, 0);
	ck_assert_mem_eq(moved.sent->record.key, "42", 2);
	ck_assert_ptr_nonnull(record_header(&moved.sent->record, "ce_id"));
	ck_assert_ptr_nonnull(record_header(&moved.sent->record, "plexsync-rerouted"));
	ck_assert_int_eq(s->reports[REPORT_STRAY], 1);
	script_pass(s, SETTLE_MS);
	script_quiet(s); /* it is not ours */
	script_answer(s, &moved);
	script_stores(s, 1);
	script_feed(s, &(struct input){ .kind = IN_RECORD, .record = &moved.sent->record });
	script_quiet(s); /* nor is its new partition */
}
END_TEST

START_TEST(buries_a_stray_that_was_sent_on_before)
{
	struct record *record;
	struct script_call moved;

	s->options.topic_partitions = 6;
	script_start(s);
	script_thin(s, "42");
	moved = script_take(s, DO_PRODUCE);
	record = &moved.sent->record;
	record->partition = 0;
	record->offset = 1;
	script_feed(s, &(struct input){ .kind = IN_RECORD, .record = record });
	script_take(s, DO_PRODUCE);
	ck_assert_str_eq(letter_header("plexsync-error"), "invalid_event");
}
END_TEST

/* ---- services that are away ---- */

/* Ten scenes with an item each. */
static void add_scenes(void)
{
	for (int i = 0; i < 10; i++) {
		char id[SCENE_ID_SIZE], key[SCENE_ID_SIZE], path[SCRIPT_TEXT];

		snprintf(id, sizeof id, "%d", 50 + i);
		snprintf(key, sizeof key, "%d", 150 + i);
		snprintf(path, sizeof path, "/media/%s.mkv", id);
		script_add(&s->stash, id, path, "New title");
		script_add(&s->plex, key, path, "");
	}
}

static void feed_scenes(void)
{
	for (int i = 0; i < 10; i++) {
		char id[SCENE_ID_SIZE];

		snprintf(id, sizeof id, "%d", 50 + i);
		script_thin(s, id);
	}
	script_pass(s, SETTLE_MS);
}

/* Answers everything, while this call fails; returns how often it was made. */
static int settle_without(enum effect_kind kind, enum outcome outcome)
{
	struct script_call call;
	int failed = 0;

	while (script_take_any(s, &call)) {
		if (call.kind == kind) {
			script_fail(s, &call, outcome);
			failed++;
		} else if (call.id && call.kind != DO_CANCEL) {
			script_answer(s, &call);
		}
	}
	return failed;
}

/* Lets time pass; the next effect is a probe, which is answered. */
static void probe(int64_t after_ms, enum outcome outcome)
{
	script_pass(s, after_ms - 1);
	script_quiet(s);
	script_pass(s, 1);
	if (outcome == OUTCOME_DONE)
		script_do(s, DO_PROBE);
	else
		script_do_failing(s, DO_PROBE, outcome);
}

START_TEST(calls_a_plex_that_is_down_only_for_a_probe)
{
	add_scenes();
	s->options.max_jobs = 1;
	script_start(s);
	feed_scenes();
	ck_assert_int_eq(settle_without(DO_READ_ITEM, OUTCOME_DOWN), 5);
	ck_assert_str_eq(s->verdict, "hold");
	ck_assert_int_eq(s->stored, 10); /* what is held is in Kafka */
	ck_assert(!engine_ready(s->engine, &(struct error){ .text = "" }));
	probe(5000, OUTCOME_DOWN);
	probe(10000, OUTCOME_BUSY);
	probe(20000, OUTCOME_DONE);
	script_settle(s);
	ck_assert_int_eq(s->edits, 10);
	ck_assert_uint_eq(script_letters(s), 0);
	ck_assert_int_eq(s->reports[REPORT_DEPENDENCY], 2);
	ck_assert(engine_ready(s->engine, &(struct error){ .text = "" }));
}
END_TEST

START_TEST(lets_one_scene_try_when_the_probe_was_answered)
{
	add_scenes();
	script_start(s);
	feed_scenes();
	settle_without(DO_READ_ITEM, OUTCOME_DOWN);
	probe(5000, OUTCOME_DONE);
	ck_assert_str_eq(script_take(s, DO_FETCH_SCENE).key, "50"); /* tried least recently */
	script_quiet(s);
}
END_TEST

START_TEST(waits_for_days_for_a_plex_that_is_down_and_spends_no_attempt)
{
	script_start(s);
	script_thin(s, "42");
	for (int i = 0; i < 1000; i++) {
		script_pass(s, 60000);
		settle_without(DO_READ_ITEM, OUTCOME_DOWN);
		ck_assert_int_eq(s->ended.attempt, 1);
	}
	ck_assert_uint_eq(script_letters(s), 0);
	ck_assert_int_eq(s->stored, 1);
	script_pass(s, 60000);
	script_settle(s);
	script_pass(s, 60000);
	script_settle(s);
	ck_assert_int_eq(s->edits, 1);
}
END_TEST

/* A scene whose reads time out, while another is served in between. */
START_TEST(spends_attempts_on_a_scene_that_times_out_while_others_are_served)
{
	struct script_call slow, other;

	add_scenes();
	script_start(s);
	script_thin(s, "50");
	script_thin(s, "51");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_FETCH_SCENE);
	slow = script_take(s, DO_READ_ITEM);
	script_pass(s, 1);
	other = script_take(s, DO_READ_ITEM);
	script_answer(s, &other);
	script_fail(s, &slow, OUTCOME_UNKNOWN);
	script_take(s, DO_PRODUCE); /* the other one's intent */
	script_do_pending(s, "plex_error");
	ck_assert_str_eq(s->verdict, "retry");
}
END_TEST

START_TEST(holds_at_once_when_stash_refuses_the_key)
{
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do_failing(s, DO_FETCH_SCENE, OUTCOME_UNAUTHORISED);
	script_do_pending(s, "stash_unauthorised");
	script_stores(s, 1);
	script_full(s, "42", "Full", 1600000001000); /* still owes the fetch */
	script_pass(s, SETTLE_MS);
	script_do_pending(s, "stash_down");
	script_stores(s, 2);
	probe(3000, OUTCOME_DONE);
	script_pass(s, 2000);
	script_do(s, DO_FETCH_SCENE);
	script_settle(s);
	ck_assert_int_eq(s->edits, 1);
}
END_TEST

START_TEST(asks_at_once_when_a_secret_has_changed)
{
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do_failing(s, DO_FETCH_SCENE, OUTCOME_UNAUTHORISED);
	script_do_pending(s, "stash_unauthorised");
	script_stores(s, 1);
	script_feed_kind(s, IN_SECRET_CHANGED);
	script_do(s, DO_PROBE);
	script_quiet(s);
}
END_TEST

START_TEST(holds_a_thin_event_while_no_stash_is_configured)
{
	s->options.stash_url = "";
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do_pending(s, "stash_not_configured");
	script_stores(s, 1);
	ck_assert_str_eq(s->verdict, "hold");
	script_full(s, "42", "Full", 1600000001000);
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "synced");
	ck_assert_int_eq(s->stored, 2);
}
END_TEST

START_TEST(makes_a_dead_letter_of_a_scene_that_stash_cannot_resolve)
{
	script_start(s);
	script_thin(s, "42");
	for (int i = 0; i < 6; i++) {
		script_pass(s, 100000);
		settle_without(DO_FETCH_SCENE, OUTCOME_FAILED);
	}
	ck_assert_str_eq(letter_header("plexsync-error"), "unresolvable");
	ck_assert_int_eq(s->stored, 1);
}
END_TEST

/* ---- no item, several items ---- */

START_TEST(waits_for_an_item_and_syncs_it_when_plex_has_scanned_it)
{
	s->plex.count = 0;
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_str_eq(s->reason, "not_found");
	ck_assert_int_eq(s->stored, 1);
	s->plex.count = 1;
	script_pass(s, s->ended.after_ms);
	script_settle(s); /* one listing, as the index is older than the miss */
	ck_assert_str_eq(s->verdict, "synced");
}
END_TEST

static void wait_two_hours_for_an_item(void)
{
	s->plex.count = 0;
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
	for (int64_t ms = 0; ms < 2 * HOUR_MS; ms += 1000) {
		ck_assert_str_eq(s->verdict, "retry");
		ck_assert_str_eq(s->reason, "not_found");
		script_pass(s, 1000);
		script_settle(s);
	}
}

START_TEST(makes_a_dead_letter_of_a_scene_that_plex_lacks_for_two_hours)
{
	wait_two_hours_for_an_item();
	ck_assert_str_eq(letter_header("plexsync-error"), "not_found");
	ck_assert_str_eq(s->verdict, "dead");
}
END_TEST

START_TEST(names_the_path_in_stash_and_the_path_in_plex_of_a_file_that_plex_lacks)
{
	script_map_paths(s, "/media:/films");
	wait_two_hours_for_an_item();
	ck_assert_ptr_nonnull(strstr(letter_header("plexsync-error-detail"), "/films/42.mkv"));
	ck_assert_ptr_nonnull(strstr(letter_header("plexsync-error-detail"), "/media/42.mkv"));
}
END_TEST

START_TEST(skips_such_a_scene_where_that_is_wanted)
{
	s->options.limits.skip_not_found = true;
	wait_two_hours_for_an_item();
	ck_assert_uint_eq(script_letters(s), 0);
	ck_assert_str_eq(s->verdict, "skipped");
	ck_assert_str_eq(s->reason, "not_in_plex");
}
END_TEST

START_TEST(asks_a_person_which_of_two_items_it_is)
{
	script_add(&s->plex, "102", "/media/42.mkv", "A copy");
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_settle(s);
	ck_assert_int_eq(s->edits, 0);
	ck_assert_str_eq(letter_header("plexsync-error"), "ambiguous");
	ck_assert_str_eq(letter_header("plexsync-candidates"), "2;101;102");
	ck_assert_int_eq(s->reports[REPORT_AMBIGUOUS], 1);
	ck_assert_int_eq(s->stored, 1);
}
END_TEST

/* ---- the library ---- */

START_TEST(syncs_nothing_and_says_why_while_a_configured_library_is_missing)
{
	char name[] = "Films", *names[] = { name };
	struct error reason = { .text = "" };

	s->options.library.libraries = (struct string_list){ .items = names, .count = 1 };
	script_open(s);
	script_assign(s, 0);
	script_settle(s);
	script_thin(s, "42");
	script_pass(s, 60000);
	script_do(s, DO_LIST_SECTIONS);
	script_quiet(s);
	ck_assert(!engine_ready(s->engine, &reason));
	ck_assert_str_eq(reason.text, "Plex has no library \"Films\": correct plex_libraries.");
}
END_TEST

/* ---- Kafka ---- */

START_TEST(holds_an_edit_whose_intent_kafka_did_not_take)
{
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_failing(s, DO_PRODUCE, OUTCOME_UNKNOWN);
	script_do_pending(s, "kafka_refused");
	ck_assert_str_eq(s->verdict, "hold");
	script_pass(s, 60000);
	script_settle(s);
	ck_assert_str_eq(s->verdict, "synced");
	ck_assert_int_eq(s->stored, 1);
}
END_TEST

static const enum outcome not_taken[] = { OUTCOME_REFUSED, OUTCOME_FAILED, OUTCOME_UNKNOWN };

START_TEST(sends_a_final_stamp_until_kafka_takes_it)
{
	struct script_call edit = start_edit();

	script_answer(s, &edit);
	script_do(s, DO_READ_ITEM);
	for (int i = 0; i < 20; i++) {
		struct script_call stamp = script_take_stamp(s, "synced");

		script_fail(s, &stamp, not_taken[_i]);
		script_quiet(s);
		script_pass(s, 80000);
	}
	script_do_stamp(s, "synced");
	script_stores(s, 1);
	script_quiet(s);
	ck_assert_int_eq(s->edits, 1);
	ck_assert_uint_eq(script_letters(s), 0);
}
END_TEST

START_TEST(sends_one_dead_letter_though_kafka_refuses_the_stamp_behind_it)
{
	struct script_call edit = start_edit();

	script_fail(s, &edit, OUTCOME_REFUSED);
	script_do_failing(s, DO_PRODUCE, not_taken[_i]);
	script_pass(s, 80000);
	script_do(s, DO_PRODUCE);
	for (int i = 0; i < 20; i++) {
		struct script_call stamp = script_take_stamp(s, "dead");

		script_fail(s, &stamp, not_taken[_i]);
		script_quiet(s);
		script_pass(s, 80000);
	}
	script_do_stamp(s, "dead");
	script_stores(s, 1);
	ck_assert_uint_eq(script_letters(s), 2); /* the first one did not arrive */
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, reads_the_item_after_a_time_out_and_is_done_when_it_took);
	tcase_add_test(c, plans_once_more_after_a_time_out_that_did_not_take);
	tcase_add_test(c, backs_off_from_an_edit_that_does_not_show_until_attempts_are_spent);
	tcase_add_test(c, sends_the_dead_letter_before_the_stamp_and_the_stamp_before_the_offset);
	tcase_add_test(c, sends_an_invalid_record_to_the_dead_letters_byte_for_byte);
	tcase_add_test(c, sends_the_letter_of_an_invalid_record_again_when_kafka_refuses_it);
	tcase_add_test(c, sends_a_stray_to_the_partition_of_its_scene);
	tcase_add_test(c, buries_a_stray_that_was_sent_on_before);
	tcase_add_test(c, calls_a_plex_that_is_down_only_for_a_probe);
	tcase_add_test(c, waits_for_days_for_a_plex_that_is_down_and_spends_no_attempt);
	tcase_add_test(c, lets_one_scene_try_when_the_probe_was_answered);
	tcase_add_test(c, spends_attempts_on_a_scene_that_times_out_while_others_are_served);
	tcase_add_test(c, asks_at_once_when_a_secret_has_changed);
	tcase_add_test(c, holds_at_once_when_stash_refuses_the_key);
	tcase_add_test(c, holds_a_thin_event_while_no_stash_is_configured);
	tcase_add_test(c, makes_a_dead_letter_of_a_scene_that_stash_cannot_resolve);
	tcase_add_test(c, waits_for_an_item_and_syncs_it_when_plex_has_scanned_it);
	tcase_add_test(c, makes_a_dead_letter_of_a_scene_that_plex_lacks_for_two_hours);
	tcase_add_test(c, names_the_path_in_stash_and_the_path_in_plex_of_a_file_that_plex_lacks);
	tcase_add_test(c, skips_such_a_scene_where_that_is_wanted);
	tcase_add_test(c, asks_a_person_which_of_two_items_it_is);
	tcase_add_test(c, syncs_nothing_and_says_why_while_a_configured_library_is_missing);
	tcase_add_test(c, holds_an_edit_whose_intent_kafka_did_not_take);
	tcase_add_loop_test(c, sends_a_final_stamp_until_kafka_takes_it, 0, ARRAY_LEN(not_taken));
	tcase_add_loop_test(c, sends_one_dead_letter_though_kafka_refuses_the_stamp_behind_it, 0,
		ARRAY_LEN(not_taken));
}

CHECK_MAIN("engine trouble", add_cases)
