#include "consumer/verdict.h"

#include "tests/unit/check_main.h"

#include <string.h>

static const struct verdict_limits limits = {
	.not_found_min_ms = 30000,
	.not_found_max_ms = 600000,
	.not_found_window_ms = 7200000,
	.retry_min_ms = 5000,
	.retry_max_ms = 80000,
	.max_retries = 5,
};

/* H: hold, R: retry, D: dead; a space: the job knows what to do. In the order of enum outcome. */
static const char *const table[VERDICT_CALLS] = {
	[CALL_FETCH_SCENE] = "  RHHRHHH",
	[CALL_READ_ITEM] = "  DHHRHHH",
	[CALL_EDIT_ITEM] = "  DHH H  ",
	[CALL_INTEND] = " HHHHHHHH",
};

START_TEST(judges_every_answer_to_every_call)
{
	for (enum verdict_call call = 0; call < VERDICT_CALLS; call++) {
		for (enum outcome outcome = OUTCOME_ABSENT; outcome < OUTCOMES; outcome++) {
			struct input answer = {
				.outcome = outcome, .detail = "why", .retry_after_ms = 7
			};
			struct verdict v;
			char kind;

			verdict_of_call(&v, call, &answer);
			kind = v.kind == VERDICT_HOLD    ? 'H'
			       : v.kind == VERDICT_RETRY ? 'R'
			       : v.kind == VERDICT_DEAD  ? 'D'
							 : ' ';
			ck_assert_msg(kind == table[call][outcome], "call %d, outcome %d: %c",
				(int)call, (int)outcome, kind);
			ck_assert(kind == ' ' || v.reason);
			ck_assert_str_eq(v.detail, "why");
			ck_assert_int_eq(v.after_ms, 7);
		}
	}
}
END_TEST

START_TEST(never_makes_a_dead_letter_of_a_dependency_that_is_down)
{
	for (enum verdict_call call = 0; call < VERDICT_CALLS; call++) {
		for (enum outcome outcome = OUTCOME_ABSENT; outcome < OUTCOMES; outcome++) {
			struct verdict v;

			verdict_of_call(&v, call, &(struct input){ .outcome = outcome });
			ck_assert(!verdict_blames_service(outcome) || !verdict_final(v.kind));
		}
	}
}
END_TEST

START_TEST(backs_off_with_jitter_until_attempts_are_spent)
{
	static const int64_t delays[] = { 5000, 10000, 20000, 40000, 80000 };
	struct verdict v;

	for (uint64_t dice = 0; dice < 2000; dice += 7) {
		for (int attempt = 1; attempt <= 5; attempt++) {
			int64_t ms;

			verdict_set(&v, VERDICT_RETRY, "plex_error", "");
			ms = verdict_retry_ms(&v, &limits, attempt, 0, dice);
			ck_assert_int_ge(ms, delays[attempt - 1] * 4 / 5);
			ck_assert_int_le(ms, delays[attempt - 1] * 6 / 5);
		}
	}
	ck_assert_int_eq(verdict_retry_ms(&v, &limits, 6, 0, 0), -1);
	ck_assert_int_eq(v.kind, VERDICT_DEAD);
	ck_assert_str_eq(v.reason, "exhausted");
}
END_TEST

START_TEST(waits_as_long_as_the_other_side_asks_for)
{
	struct verdict v;

	verdict_set(&v, VERDICT_RETRY, "plex_error", "");
	v.after_ms = 90000;
	ck_assert_int_eq(verdict_retry_ms(&v, &limits, 1, 0, 0), 90000);
}
END_TEST

START_TEST(keeps_the_class_of_a_scene_that_stash_cannot_resolve)
{
	struct verdict v;

	verdict_set(&v, VERDICT_RETRY, "unresolvable", "");
	ck_assert_int_eq(verdict_retry_ms(&v, &limits, 6, 0, 0), -1);
	ck_assert_str_eq(v.reason, "unresolvable");
}
END_TEST

START_TEST(waits_for_an_item_until_the_end_of_its_window)
{
	struct verdict v;

	verdict_set(&v, VERDICT_RETRY, "not_found", "");
	ck_assert_int_ge(verdict_retry_ms(&v, &limits, 100, 0, 0), 480000);
	ck_assert_int_le(verdict_retry_ms(&v, &limits, 100, 0, 999), 720000);
	ck_assert_int_eq(verdict_retry_ms(&v, &limits, 100, 7199999, 0), 1);
	ck_assert_int_eq(v.kind, VERDICT_RETRY);
	ck_assert_int_eq(verdict_retry_ms(&v, &limits, 2, 7200000, 0), -1);
	ck_assert_int_eq(v.kind, VERDICT_DEAD);
	ck_assert_str_eq(v.reason, "not_found");
}
END_TEST

START_TEST(skips_a_scene_that_plex_lacks_where_that_is_wanted)
{
	struct verdict_limits skipping = limits;
	struct verdict v;

	skipping.skip_not_found = true;
	verdict_set(&v, VERDICT_RETRY, "not_found", "");
	ck_assert_int_eq(verdict_retry_ms(&v, &skipping, 2, 7200000, 0), -1);
	ck_assert_int_eq(v.kind, VERDICT_SKIPPED);
	ck_assert_str_eq(v.reason, "not_in_plex");
}
END_TEST

START_TEST(cuts_a_long_detail_between_characters)
{
	char detail[600];
	struct verdict v;

	for (size_t pad = 0; pad < 3; pad++) {
		size_t len = pad;

		memset(detail, 'x', pad);
		for (; len + 3 < sizeof detail; len += 3)
			memcpy(detail + len, "\xe2\x82\xac", 3); /* a euro sign */
		detail[len] = '\0';
		verdict_set(&v, VERDICT_DEAD, "ambiguous", detail);
		ck_assert_uint_ge(strlen(v.detail), sizeof v.detail - 4);
		ck_assert_uint_eq((strlen(v.detail) - pad) % 3, 0);
	}
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_test(c, judges_every_answer_to_every_call);
	tcase_add_test(c, never_makes_a_dead_letter_of_a_dependency_that_is_down);
	tcase_add_test(c, cuts_a_long_detail_between_characters);
	tcase_add_test(c, backs_off_with_jitter_until_attempts_are_spent);
	tcase_add_test(c, waits_as_long_as_the_other_side_asks_for);
	tcase_add_test(c, keeps_the_class_of_a_scene_that_stash_cannot_resolve);
	tcase_add_test(c, waits_for_an_item_until_the_end_of_its_window);
	tcase_add_test(c, skips_a_scene_that_plex_lacks_where_that_is_wanted);
}

CHECK_MAIN("verdict", add_cases)
