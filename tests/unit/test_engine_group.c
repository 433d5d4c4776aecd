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

START_TEST(sends_no_edit_again_after_a_crash_between_edit_and_stamp)
{
	struct script_call edit = start_edit();

	script_answer(s, &edit);
	script_take(s, DO_READ_ITEM);
	script_start(s); /* the old one is gone */
	s->next_offset = 0;
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
	script_do(s, DO_READ_ITEM);
	script_do_stamp(s, "unchanged");
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

/* ---- any order ---- */

static uint64_t seed;

static unsigned dice(unsigned sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % sides;
}

enum { WORLDS = 60, SCENES = 6, RECORDS = 60 };

struct world {
	struct script_call open[SCRIPT_MAX * 4];
	size_t open_count;
	char scene_of[RECORDS][SCENE_ID_SIZE]; /* by offset; "": garbage */
};

static bool letter_arrived(int64_t offset)
{
	char text[20];

	snprintf(text, sizeof text, "%d", (int)offset);
	for (size_t i = 0; i < s->log_count; i++) {
		const struct header *place =
			record_header(&s->log[i].record, "__dlq.errors.offset");

		if (s->log[i].delivered && place && place->len == strlen(text) &&
			memcmp(place->value, text, place->len) == 0)
			return true;
	}
	return false;
}

static void check_stored(const struct world *w, const struct script_call *call)
{
	for (int64_t offset = 0; offset < call->offset; offset++)
		ck_assert_msg(w->scene_of[offset][0]
				      ? script_settled(s, w->scene_of[offset], offset)
				      : letter_arrived(offset),
			"world %llu: offset %d was passed and its outcome is not durable",
			(unsigned long long)seed, (int)offset);
}

static void take_all(struct world *w)
{
	struct script_call call;

	while (script_take_any(s, &call)) {
		if (call.kind == DO_STORE_OFFSET)
			check_stored(w, &call);
		else if (call.id && call.kind != DO_CANCEL)
			w->open[w->open_count++] = call;
	}
}

/* An item that is refused, or a scene that is gone, would rightly be given up. */
static enum outcome draw_fault(enum effect_kind kind)
{
	enum outcome outcome = (enum outcome)(1 + dice(OUTCOMES - 1));

	if (kind != DO_PRODUCE && (outcome == OUTCOME_ABSENT || outcome == OUTCOME_REFUSED))
		return OUTCOME_UNKNOWN;
	return outcome;
}

static void answer_any(struct world *w, unsigned faults)
{
	size_t i;
	struct script_call call;

	if (!w->open_count)
		return;
	i = dice((unsigned)w->open_count);
	call = w->open[i];
	w->open[i] = w->open[--w->open_count];
	if (dice(100) < faults)
		script_fail(s, &call, draw_fault(call.kind));
	else
		script_answer(s, &call);
}

static void feed_any(struct world *w)
{
	char id[SCENE_ID_SIZE], title[SCRIPT_TEXT], path[SCRIPT_TEXT];
	int64_t offset = s->next_offset;

	snprintf(id, sizeof id, "%u", 60 + dice(SCENES));
	snprintf(path, sizeof path, "/media/%s.mkv", id);
	snprintf(title, sizeof title, "Title %d", (int)offset);
	if (dice(10) == 0) {
		script_garbage(s, "garbage");
		return;
	}
	memcpy(w->scene_of[offset], id, sizeof id);
	script_replace(&s->stash, id, id, path, title);
	script_thin(s, id);
}

static void make_world(void)
{
	for (int i = 0; i < SCENES; i++) {
		char id[SCENE_ID_SIZE], key[SCENE_ID_SIZE], path[SCRIPT_TEXT];

		snprintf(id, sizeof id, "%d", 60 + i);
		snprintf(key, sizeof key, "%d", 160 + i);
		snprintf(path, sizeof path, "/media/%s.mkv", id);
		script_add(&s->stash, id, path, "");
		script_add(&s->plex, key, path, "");
	}
	s->options.limits.max_retries = 1000;
	s->options.seed = seed;
	script_start(s);
}

/* Nothing fails any more: all must come to its end, by the engine's own deadlines alone. */
static void finish(struct world *w)
{
	for (int turn = 0; turn < 2000 && (w->open_count || s->stored != RECORDS); turn++) {
		if (w->open_count)
			answer_any(w, 0);
		else
			script_pass(s, 10000);
		take_all(w);
	}
	ck_assert_msg(s->stored == RECORDS, "world %d: stored %d of %d", (int)s->options.seed,
		(int)s->stored, RECORDS);
}

START_TEST(passes_no_record_whose_outcome_is_not_durable_and_loses_none)
{
	struct world w = { .open_count = 0 };

	seed = (uint64_t)_i;
	make_world();
	while (s->next_offset < RECORDS) {
		unsigned what = dice(10);

		if (what < 3)
			feed_any(&w);
		else if (what < 9)
			answer_any(&w, (unsigned)_i % 3 * 10);
		else
			script_pass(s, dice(5000));
		take_all(&w);
	}
	finish(&w);
	for (int i = 0; i < SCENES; i++) {
		const struct script_thing *scene = &s->stash.items[1 + i];

		ck_assert_str_eq(s->plex.items[1 + i].title, scene->title);
	}
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
	tcase_add_loop_test(
		c, passes_no_record_whose_outcome_is_not_durable_and_loses_none, 0, WORLDS);
}

CHECK_MAIN("engine group", add_cases)
