#include "consumer/dependency.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#define WALL_MS 1768115273000

static struct dependency d;
static struct effects effects;
static struct effect *taken;

static void set_up(void)
{
	dependency_init(&d, "plex",
		&(struct breaker_options){
			.failures = 3, .probe_min_ms = 5000, .probe_max_ms = 60000 });
	effects_init(&effects);
	taken = NULL;
}

static void tear_down(void)
{
	effect_free(taken);
	effects_done(&effects);
}

static struct now at(int64_t ms)
{
	return (struct now){ .mono_ms = ms, .wall_ms = WALL_MS + ms };
}

/* The next effect, which must be of that kind. */
static const struct effect *take(enum effect_kind kind)
{
	effect_free(taken);
	taken = effects_take(&effects);
	ck_assert_ptr_nonnull(taken);
	ck_assert_int_eq(taken->kind, kind);
	return taken;
}

static void assert_quiet(void)
{
	ck_assert_ptr_null(effects.first);
}

static void note(int64_t ms, const char *scene_id, enum input_kind kind, enum outcome outcome)
{
	struct input answer = { .kind = kind,
		.outcome = outcome,
		.detail = "Plex does not answer.",
		.retry_after_ms = -1 };

	dependency_note(&d, at(ms), &answer, scene_id, &effects);
}

static void fall_at(int64_t ms)
{
	for (int i = 0; i < 3; i++)
		note(ms, "42", IN_ITEM, OUTCOME_DOWN);
	ck_assert_str_eq(take(DO_REPORT)->report.verdict, "down");
}

/* The probe that is due then is sent; its call. */
static call_id probe_at(int64_t ms)
{
	dependency_probe(&d, at(ms - 1), &effects);
	assert_quiet();
	dependency_probe(&d, at(ms), &effects);
	ck_assert_str_eq(take(DO_PROBE)->dependency, "plex");
	return taken->call;
}

static bool answer_probe(int64_t ms, call_id call, enum outcome outcome)
{
	struct input answer = { .kind = IN_PROBED,
		.call = call,
		.outcome = outcome,
		.detail = "Still nothing.",
		.retry_after_ms = -1 };

	return dependency_feed(&d, at(ms), &answer, &effects);
}

START_TEST(says_once_that_it_went_away_and_once_that_it_is_back)
{
	fall_at(1000);
	ck_assert_int_eq(taken->report.kind, REPORT_DEPENDENCY);
	ck_assert_str_eq(taken->report.reason, "plex");
	ck_assert_str_eq(taken->report.detail, "Plex does not answer.");
	ck_assert(taken->report.trouble);
	note(2000, "42", IN_ITEM, OUTCOME_BUSY);
	assert_quiet();
	answer_probe(6000, probe_at(6000), OUTCOME_DONE);
	assert_quiet(); /* only a scene proves that it is */
	note(7000, "42", IN_ITEM, OUTCOME_DONE);
	ck_assert_str_eq(take(DO_REPORT)->report.verdict, "up");
	ck_assert_int_eq(taken->report.duration_ms, 6000);
	ck_assert(!taken->report.trouble);
	note(8000, "42", IN_ITEM, OUTCOME_DONE);
	assert_quiet();
}
END_TEST

START_TEST(sends_one_probe_at_a_time)
{
	call_id probe;

	fall_at(0);
	probe = probe_at(5000);
	dependency_probe(&d, at(100000), &effects);
	assert_quiet();
	ck_assert(!answer_probe(100000, probe + 1, OUTCOME_DONE));
	ck_assert(!breaker_admits(&d.breaker));
	ck_assert(answer_probe(100000, probe, OUTCOME_DONE));
	ck_assert(breaker_admits(&d.breaker));
	ck_assert_msg(!answer_probe(100000, probe, OUTCOME_DONE), "it was answered already");
	ck_assert(!answer_probe(100000, 0, OUTCOME_DONE));
}
END_TEST

START_TEST(probes_less_and_less_often_while_probes_fail)
{
	static const int64_t waits_ms[] = { 5000, 10000, 20000, 40000, 60000, 60000 };
	int64_t now_ms = 0;

	fall_at(0);
	for (size_t i = 0; i < ARRAY_LEN(waits_ms); i++) {
		now_ms += waits_ms[i];
		ck_assert(answer_probe(now_ms, probe_at(now_ms), OUTCOME_DOWN));
	}
	assert_quiet();
	ck_assert_uint_eq(d.outage_count, 1);
}
END_TEST

/* An answer to a probe that would be a scene's own fault says nothing good of the service either. */
START_TEST(stays_away_whatever_a_probe_says_but_done)
{
	static const enum outcome outcomes[] = { OUTCOME_ABSENT, OUTCOME_REFUSED,
		OUTCOME_UNAUTHORISED, OUTCOME_FAILED, OUTCOME_UNKNOWN, OUTCOME_GARBLED };

	fall_at(0);
	answer_probe(5000, probe_at(5000), outcomes[_i]);
	ck_assert(!breaker_admits(&d.breaker));
	ck_assert_int_eq(breaker_deadline_ms(&d.breaker), 15000);
}
END_TEST

START_TEST(stays_half_open_for_one_scene_after_another_until_one_succeeds)
{
	uint64_t try;

	fall_at(0);
	answer_probe(5000, probe_at(5000), OUTCOME_DONE);
	try = breaker_start(&d.breaker);
	ck_assert(!breaker_admits(&d.breaker));
	note(5000, NULL, IN_ITEM, OUTCOME_DOWN);
	ck_assert(!breaker_admits(&d.breaker));
	breaker_release(&d.breaker, try);
	ck_assert_int_eq(breaker_deadline_ms(&d.breaker), 15000);
	assert_quiet(); /* it is the same outage */
}
END_TEST

/* ---- answers ---- */

START_TEST(takes_an_answer_that_is_a_scenes_own_fault_for_a_sign_of_life)
{
	static const enum outcome own[] = { OUTCOME_DONE, OUTCOME_ABSENT, OUTCOME_REFUSED,
		OUTCOME_FAILED };

	for (int i = 0; i < 10; i++) {
		note(0, "42", IN_ITEM, OUTCOME_DOWN);
		note(0, "42", IN_ITEM, OUTCOME_UNKNOWN);
		note(0, "42", IN_ITEM, own[_i]);
	}
	ck_assert(breaker_admits(&d.breaker));
	assert_quiet();
}
END_TEST

START_TEST(knows_whether_other_scenes_are_served)
{
	ck_assert(!dependency_serves_others(&d.reads, "42", 0));
	note(100, "42", IN_ITEM, OUTCOME_DONE);
	ck_assert(!dependency_serves_others(&d.reads, "42", 0));
	ck_assert(dependency_serves_others(&d.reads, "43", 99));
	ck_assert(!dependency_serves_others(&d.reads, "43", 100)); /* not later than that */
	note(200, "43", IN_ITEM, OUTCOME_DONE);
	ck_assert(dependency_serves_others(&d.reads, "42", 199));
	ck_assert(dependency_serves_others(&d.reads, "43", 99));
	ck_assert(!dependency_serves_others(&d.reads, "43", 100));
	note(300, "43", IN_ITEM, OUTCOME_DONE); /* its own again */
	ck_assert(dependency_serves_others(&d.reads, "43", 99));
	ck_assert(!dependency_serves_others(&d.reads, "43", 100));
}
END_TEST

START_TEST(knows_reads_from_edits)
{
	note(100, "42", IN_ITEM, OUTCOME_DONE);
	ck_assert(!dependency_serves_others(&d.edits, "43", 0));
	note(200, "42", IN_EDITED, OUTCOME_DONE);
	ck_assert(dependency_serves_others(&d.edits, "43", 199));
	ck_assert(!dependency_serves_others(&d.reads, "43", 100));
}
END_TEST

START_TEST(takes_only_what_was_done_for_a_scene_for_service)
{
	note(100, "42", IN_ITEM, OUTCOME_FAILED);
	note(100, "42", IN_ITEM, OUTCOME_ABSENT);
	note(100, NULL, IN_ROWS, OUTCOME_DONE);
	ck_assert(!dependency_serves_others(&d.reads, "43", 0));
}
END_TEST

/* ---- history ---- */

START_TEST(keeps_the_newest_outages_with_begin_end_and_cause)
{
	enum { OUTAGES = OUTAGES_KEPT + 3 };

	ck_assert_ptr_null(dependency_outage(&d, 0));
	for (int i = 0; i < OUTAGES; i++) {
		fall_at(i * 100000);
		ck_assert_int_eq(dependency_outage(&d, 0)->until_wall_ms, 0);
		note(i * 100000 + 50 + i, "42", IN_ITEM, OUTCOME_DONE);
		take(DO_REPORT);
	}
	for (int i = 0; i < OUTAGES_KEPT; i++) {
		const struct outage *o = dependency_outage(&d, (size_t)i);
		int number = OUTAGES - 1 - i;

		ck_assert_int_eq(o->since_wall_ms, WALL_MS + number * 100000);
		ck_assert_int_eq(o->until_wall_ms - o->since_wall_ms, 50 + number);
		ck_assert_str_eq(o->reason, "Plex does not answer.");
	}
	ck_assert_ptr_null(dependency_outage(&d, OUTAGES_KEPT));
	ck_assert_ptr_null(dependency_outage(&d, SIZE_MAX));
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, says_once_that_it_went_away_and_once_that_it_is_back);
	tcase_add_test(c, sends_one_probe_at_a_time);
	tcase_add_test(c, probes_less_and_less_often_while_probes_fail);
	tcase_add_loop_test(c, stays_away_whatever_a_probe_says_but_done, 0, 6);
	tcase_add_test(c, stays_half_open_for_one_scene_after_another_until_one_succeeds);
	tcase_add_loop_test(c, takes_an_answer_that_is_a_scenes_own_fault_for_a_sign_of_life, 0, 4);
	tcase_add_test(c, knows_whether_other_scenes_are_served);
	tcase_add_test(c, knows_reads_from_edits);
	tcase_add_test(c, takes_only_what_was_done_for_a_scene_for_service);
	tcase_add_test(c, keeps_the_newest_outages_with_begin_end_and_cause);
}

CHECK_MAIN("dependency", add_cases)
