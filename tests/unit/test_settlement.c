/* What becomes of an attempt that is over: an engine without its inputs, and jobs without their steps. */
#include "consumer/settlement.h"

#include "consumer/scheduler.h"
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#define WALL_MS 1768115273000
enum { NOW_MS = 1000000, PROBE_MIN_MS = 5000 };

static struct engine *e;
static struct effect *taken;

static void set_up(void)
{
	static const int32_t ours[] = { 0 };
	struct engine_options options = {
		.gate = { .enabled = true },
		.limits = {
			.not_found_min_ms = 30000,
			.not_found_max_ms = 600000,
			.not_found_window_ms = 7200000,
			.retry_min_ms = 5000,
			.retry_max_ms = 80000,
			.max_retries = 5,
		},
		.breaker = { .failures = 5, .probe_min_ms = PROBE_MIN_MS, .probe_max_ms = 60000 },
		.group = "group",
		.events_topic = "scene-events",
		.topic_partitions = 1,
		.seed = 1,
	};

	e = engine_new(&options);
	e->now = (struct now){ .mono_ms = NOW_MS, .wall_ms = WALL_MS };
	e->group = GROUP_RUNNING;
	partitions_assign(&e->partitions, ours, 1);
	partition_raise(partitions_find(&e->partitions, 0), WALL_MS);
	taken = NULL;
}

static void tear_down(void)
{
	effect_free(taken);
	engine_free(e);
}

/* A full event of scene 42 comes in. */
static struct lane *receive(int64_t offset)
{
	struct event event = { .id = xstrdup("e-1"), .source = xstrdup("/t"), .scene_id = "42" };
	struct record record;
	struct lane *lane;

	event.scene = xcalloc(1, sizeof *event.scene);
	snprintf(event.scene->id, sizeof event.scene->id, "42");
	scene_complete(event.scene);
	event_write(&event, &record);
	record.partition = 0;
	record.offset = offset;
	offsets_receive(&partitions_find(&e->partitions, 0)->offsets, offset);
	lane = lanes_add(e->lanes, &record, &event, e->now.mono_ms, 0);
	record_done(&record);
	return lane;
}

/* The lane's job, at its end, before anybody looked at its verdict. */
static struct job *begin(struct lane *lane)
{
	struct job_world world = engine_job_world(e);
	struct job_options options = { .scene_id = lane->scene_id,
		.partition = lane->partition,
		.take_want = &lane->want,
		.fresh_since_ms = INT64_MIN,
		.hold_reason = "plex_down",
		.hold_detail = "Plex is away." };

	pending_begin(e->pending, lane->scene_id);
	lanes_begin(e->lanes, lane, job_new(&options, &world));
	e->running[e->running_count++] = lane;
	return lane->job;
}

static void end(struct lane *lane, enum verdict_kind kind, const char *reason)
{
	verdict_set(&lane->job->verdict, kind, reason, "Because.");
	settlement_follow_up(e, lane);
}

/* The next effect that is no report, which must be a record for that topic. */
static const struct record *take_record(enum topic topic)
{
	do {
		effect_free(taken);
		taken = effects_take(&e->effects);
		ck_assert_ptr_nonnull(taken);
	} while (taken->kind == DO_REPORT);
	ck_assert_int_eq(taken->kind, DO_PRODUCE);
	ck_assert_int_eq(taken->record.topic, topic);
	return &taken->record;
}

static void assert_quiet(void)
{
	struct effect *effect;

	while ((effect = effects_take(&e->effects))) {
		ck_assert_int_eq(effect->kind, DO_REPORT);
		effect_free(effect);
	}
}

/* Kafka took it. */
static void deliver(void)
{
	static int64_t own = 100;
	struct input answer = { .kind = IN_DELIVERED, .call = taken->call };

	answer.offset = own++;
	scheduler_feed(e, scheduler_lane_of(e, taken->call), &answer);
}

static struct retry read_retry(const struct record *record)
{
	struct retry retry;
	struct want want;
	struct fault fault;

	ck_assert(retry_read(record, &want, &retry, &fault));
	want_done(&want);
	return retry;
}

/* Ends an attempt without an outcome, and returns what is pending then. */
static struct retry pend(struct lane *lane, enum verdict_kind kind, const char *reason)
{
	struct retry retry;

	end(lane, kind, reason);
	retry = read_retry(take_record(TOPIC_RETRIES));
	deliver();
	return retry;
}

static int64_t stored(void)
{
	int64_t offset = -1;

	return offsets_store(&partitions_find(&e->partitions, 0)->offsets, &offset) ? offset : -1;
}

/* What the scheduler does for a scene that is due. */
static struct lane *take_up_again(void)
{
	struct lane *lane = lanes_find(e->lanes, "42");
	struct pending_state state;
	struct want want;

	if (!lane)
		lane = lanes_open(e->lanes, "42", 0, e->now.mono_ms);
	ck_assert(pending_get(e->pending, "42", &want, &state));
	want_merge(&lane->want, &want);
	lane->attempts = state.retry.attempts;
	lane->misses = state.retry.misses;
	lane->first_failed_ms = state.first_failed_ms;
	lane->tried_ms = state.tried_ms;
	retry_done(&state.retry);
	begin(lane);
	return lane;
}

/* ---- the order of writes ---- */

START_TEST(writes_letter_stamp_tombstone_and_then_settles)
{
	struct lane *lane = receive(7);

	begin(lane);
	pend(lane, VERDICT_RETRY, "plex_error");
	ck_assert_int_eq(stored(), 8);
	receive(8);
	lane = take_up_again();
	end(lane, VERDICT_DEAD, "rejected_by_plex");
	take_record(TOPIC_DLQ);
	assert_quiet();
	deliver();
	take_record(TOPIC_STAMPS);
	assert_quiet();
	deliver();
	ck_assert(pending_has(e->pending, "42"));
	ck_assert_ptr_null(take_record(TOPIC_RETRIES)->value);
	assert_quiet();
	ck_assert_int_eq(stored(), -1);
	deliver();
	assert_quiet();
	ck_assert(!pending_has(e->pending, "42"));
	ck_assert_int_eq(stored(), 9);
	ck_assert_uint_eq(e->running_count, 0);
	ck_assert_uint_eq(lanes_count(e->lanes), 0);
}
END_TEST

START_TEST(writes_no_tombstone_where_nothing_is_pending)
{
	struct lane *lane = receive(7);

	begin(lane);
	end(lane, VERDICT_SKIPPED, "no_files");
	take_record(TOPIC_STAMPS);
	deliver();
	assert_quiet();
	ck_assert_int_eq(stored(), 8);
}
END_TEST

START_TEST(settles_nothing_before_what_is_pending_is_durable)
{
	struct lane *lane = receive(7);

	begin(lane);
	end(lane, VERDICT_HOLD, "plex_down");
	take_record(TOPIC_RETRIES);
	assert_quiet();
	ck_assert_int_eq(stored(), -1);
	deliver();
	ck_assert_int_eq(stored(), 8);
	ck_assert(pending_has(e->pending, "42"));
}
END_TEST

/* ---- attempts ---- */

START_TEST(spends_nothing_on_a_hold)
{
	struct lane *lane = receive(7);
	struct retry retry;

	begin(lane);
	for (int i = 0; i < 20; i++) {
		retry = pend(lane, VERDICT_HOLD, "plex_down");
		ck_assert_int_eq(retry.attempts + retry.misses, 0);
		ck_assert_int_eq(retry.due_ms, WALL_MS + PROBE_MIN_MS);
		ck_assert_int_eq(retry.first_failed_ms, 0);
		lane = take_up_again();
	}
}
END_TEST

START_TEST(holds_for_as_long_as_the_service_asks)
{
	struct lane *lane = receive(7);

	begin(lane);
	verdict_set(&lane->job->verdict, VERDICT_HOLD, "plex_down", "Busy.");
	lane->job->verdict.after_ms = 90000;
	settlement_follow_up(e, lane);
	ck_assert_int_eq(read_retry(take_record(TOPIC_RETRIES)).due_ms, WALL_MS + 90000);
}
END_TEST

START_TEST(spends_attempts_and_then_asks_a_person)
{
	struct lane *lane = receive(7);

	begin(lane);
	for (int spent = 1; spent <= 5; spent++) {
		struct retry retry = pend(lane, VERDICT_RETRY, "plex_error");

		ck_assert_int_eq(retry.attempts, spent);
		ck_assert_int_eq(retry.misses, 0);
		ck_assert_int_eq(retry.first_failed_ms, WALL_MS);
		lane = take_up_again();
	}
	end(lane, VERDICT_RETRY, "plex_error");
	ck_assert_ptr_nonnull(record_header(take_record(TOPIC_DLQ), "__dlq.errors.offset"));
	ck_assert_int_eq(lane->job->verdict.kind, VERDICT_DEAD);
}
END_TEST

START_TEST(counts_misses_apart_from_failures)
{
	struct lane *lane = receive(7);
	struct retry retry;

	begin(lane);
	for (int i = 0; i < 20; i++) { /* more than there are attempts: misses have a window */
		retry = pend(lane, VERDICT_RETRY, "not_found");
		lane = take_up_again();
	}
	ck_assert_int_eq(retry.misses, 20);
	ck_assert_int_eq(retry.attempts, 0);
	retry = pend(lane, VERDICT_RETRY, "plex_error");
	ck_assert_int_eq(retry.misses, 20);
	ck_assert_int_eq(retry.attempts, 1);
}
END_TEST

START_TEST(starts_anew_with_an_event_that_came_meanwhile_and_writes_nothing)
{
	static const enum verdict_kind kinds[] = { VERDICT_RETRY, VERDICT_HOLD };
	struct lane *lane = receive(7);

	begin(lane);
	receive(8);
	end(lane, kinds[_i], "plex_error");
	assert_quiet();
	ck_assert_ptr_null(lane->job);
	ck_assert_ptr_eq(lanes_first(e->lanes), lane);
	ck_assert_int_eq(lane->want.covers, 8);
	ck_assert_uint_eq(e->running_count, 0);
	ck_assert_int_eq(stored(), -1);
}
END_TEST

/* ---- debts ---- */

START_TEST(keeps_what_a_job_owes_whatever_its_verdict)
{
	struct lane *lane = receive(7);
	struct retry retry;

	begin(lane);
	lane->job->owed_until_ms = NOW_MS + 60000;
	lane->job->read_ms = NOW_MS;
	end(lane, VERDICT_SKIPPED, "no_files");
	take_record(TOPIC_STAMPS);
	deliver();
	retry = read_retry(take_record(TOPIC_RETRIES));
	ck_assert_str_eq(retry.reason, "verify");
	ck_assert_int_eq(retry.due_ms, WALL_MS + 60000);
	ck_assert_int_eq(retry.verify_until_ms, WALL_MS + 60000);
	deliver();
	ck_assert_int_eq(pending_owed_until_ms(e->pending, "42"), NOW_MS + 60000);
	ck_assert_int_eq(stored(), 8);
}
END_TEST

START_TEST(pays_a_debt_only_with_a_read_that_began_when_it_was_due)
{
	struct lane *lane = receive(7);

	pending_owe(e->pending, "42", 0, NOW_MS - 10);
	begin(lane);
	lane->job->read_ms = NOW_MS - 10 - _i;
	end(lane, VERDICT_SKIPPED, "no_files");
	take_record(TOPIC_STAMPS);
	deliver();
	if (_i) {
		ck_assert_str_eq(read_retry(take_record(TOPIC_RETRIES)).reason, "verify");
		return;
	}
	assert_quiet();
	ck_assert(pending_owed_until_ms(e->pending, "42") == INT64_MIN);
}
END_TEST

/* ---- whose fault a time-out is ---- */

static void serve(const char *scene_id, enum input_kind kind, int64_t at_ms)
{
	struct input answer = { .kind = kind, .outcome = OUTCOME_DONE };

	dependency_note(&e->plex, (struct now){ .mono_ms = at_ms, .wall_ms = WALL_MS }, &answer,
		scene_id, &e->effects);
}

/* Scene 42 timed out, now and some seconds ago. */
static struct retry time_out(void)
{
	struct lane *lane = receive(7);

	begin(lane);
	lane->tried_ms = NOW_MS - 8000;
	lane->job->started_ms = NOW_MS - 2000;
	lane->job->verdict.timed_out = true;
	settlement_follow_up(e, lane);
	return read_retry(take_record(TOPIC_RETRIES));
}

START_TEST(spends_an_attempt_on_a_time_out_while_others_are_served)
{
	serve("43", IN_ITEM, NOW_MS - 4000);
	ck_assert_int_eq(time_out().attempts, 1);
}
END_TEST

START_TEST(blames_the_service_when_nobody_was_served_since_the_try_before)
{
	serve("43", IN_ITEM, NOW_MS - 9000);
	ck_assert_int_eq(time_out().attempts, 0);
}
END_TEST

START_TEST(blames_the_service_when_only_the_scene_itself_was_served)
{
	serve("42", IN_ITEM, NOW_MS - 4000);
	ck_assert_int_eq(time_out().attempts, 0);
}
END_TEST

START_TEST(blames_the_service_for_edits_when_only_reads_are_served)
{
	struct lane *lane = receive(7);

	serve("43", IN_ITEM, NOW_MS - 100);
	begin(lane);
	lane->job->started_ms = NOW_MS - 2000;
	lane->job->verdict.timed_out = true;
	lane->job->trouble = xstrdup("The edit timed out.");
	settlement_follow_up(e, lane);
	ck_assert_int_eq(read_retry(take_record(TOPIC_RETRIES)).attempts, 0);
}
END_TEST

/* Half-open, with scene 42 as its try: it times out, and another scene may try at once. */
START_TEST(lets_no_poisoned_scene_keep_the_breaker_half_open)
{
	struct breaker *breaker = &e->plex.breaker;
	struct lane *lane = receive(7);

	for (int i = 0; i < 5; i++)
		breaker_fail(breaker, e->now, OUTCOME_DOWN, "Away.", -1);
	breaker_probe(breaker);
	breaker_probed(breaker);
	begin(lane);
	lane->plex_try = breaker_start(breaker);
	ck_assert(!breaker_admits(breaker));
	end(lane, VERDICT_RETRY, "plex_error");
	ck_assert(breaker_admits(breaker));
	ck_assert_uint_eq(lane->plex_try, 0);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, writes_letter_stamp_tombstone_and_then_settles);
	tcase_add_test(c, writes_no_tombstone_where_nothing_is_pending);
	tcase_add_test(c, settles_nothing_before_what_is_pending_is_durable);
	tcase_add_test(c, spends_nothing_on_a_hold);
	tcase_add_test(c, holds_for_as_long_as_the_service_asks);
	tcase_add_test(c, spends_attempts_and_then_asks_a_person);
	tcase_add_test(c, counts_misses_apart_from_failures);
	tcase_add_loop_test(
		c, starts_anew_with_an_event_that_came_meanwhile_and_writes_nothing, 0, 2);
	tcase_add_test(c, keeps_what_a_job_owes_whatever_its_verdict);
	tcase_add_loop_test(c, pays_a_debt_only_with_a_read_that_began_when_it_was_due, 0, 2);
	tcase_add_test(c, spends_an_attempt_on_a_time_out_while_others_are_served);
	tcase_add_test(c, blames_the_service_when_nobody_was_served_since_the_try_before);
	tcase_add_test(c, blames_the_service_when_only_the_scene_itself_was_served);
	tcase_add_test(c, blames_the_service_for_edits_when_only_reads_are_served);
	tcase_add_test(c, lets_no_poisoned_scene_keep_the_breaker_half_open);
}

CHECK_MAIN("settlement", add_cases)
