#include "consumer/breaker.h"

#include "tests/unit/check_main.h"

static struct breaker b;

static void set_up(void)
{
	breaker_init(&b, &(struct breaker_options){
				 .failures = 3, .probe_min_ms = 5000, .probe_max_ms = 60000 });
}

static struct now at(int64_t ms)
{
	return (struct now){ .mono_ms = ms, .wall_ms = 1700000000000 + ms };
}

static bool fail_at(int64_t ms, enum outcome outcome)
{
	return breaker_fail(&b, at(ms), outcome, "It is away.", -1);
}

static void open_at(int64_t ms)
{
	fail_at(ms, OUTCOME_DOWN);
	fail_at(ms, OUTCOME_DOWN);
	ck_assert(fail_at(ms, OUTCOME_DOWN));
}

START_TEST(opens_after_some_failures_in_a_row)
{
	ck_assert(!fail_at(0, OUTCOME_DOWN));
	ck_assert(!fail_at(0, OUTCOME_DOWN));
	ck_assert(breaker_admits(&b));
	ck_assert(fail_at(0, OUTCOME_DOWN));
	ck_assert(!breaker_admits(&b));
	ck_assert_str_eq(b.reason, "It is away.");
}
END_TEST

START_TEST(counts_only_failures_in_a_row)
{
	for (int i = 0; i < 10; i++) {
		ck_assert(!fail_at(0, OUTCOME_BUSY));
		ck_assert(!fail_at(0, OUTCOME_UNKNOWN));
		ck_assert(!breaker_succeed(&b));
	}
	ck_assert(breaker_admits(&b));
}
END_TEST

START_TEST(opens_at_once_when_credentials_are_refused)
{
	ck_assert(fail_at(0, OUTCOME_UNAUTHORISED));
	ck_assert(!breaker_admits(&b));
}
END_TEST

/* The probe that is due is sent and answered: half-open. */
static void probe_at(int64_t ms)
{
	ck_assert(!breaker_probe_due(&b, at(ms - 1)));
	ck_assert(breaker_probe_due(&b, at(ms)));
	breaker_probe(&b);
	ck_assert(!breaker_probe_due(&b, at(ms)));
	breaker_probed(&b);
}

START_TEST(lets_one_try_through_when_a_probe_was_answered)
{
	open_at(1000);
	ck_assert_int_eq(breaker_deadline_ms(&b), 6000);
	ck_assert(!breaker_admits(&b));
	probe_at(6000);
	ck_assert(breaker_admits(&b));
	ck_assert_uint_ne(breaker_start(&b), 0);
	ck_assert(!breaker_admits(&b));
	ck_assert(breaker_deadline_ms(&b) == INT64_MAX);
	ck_assert(breaker_succeed(&b));
	ck_assert(breaker_admits(&b));
	ck_assert_uint_eq(breaker_start(&b), 0);
}
END_TEST

START_TEST(doubles_the_back_off_up_to_its_limit)
{
	static const int64_t delays[] = { 10000, 20000, 40000, 60000, 60000 };

	open_at(0);
	for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
		int64_t now_ms = breaker_deadline_ms(&b);

		breaker_probe(&b);
		ck_assert(!fail_at(now_ms, OUTCOME_DOWN)); /* it was open already */
		ck_assert_int_eq(breaker_deadline_ms(&b) - now_ms, delays[i]);
	}
}
END_TEST

START_TEST(is_not_put_off_by_what_was_on_its_way_when_it_opened)
{
	open_at(0);
	fail_at(3000, OUTCOME_UNKNOWN);
	ck_assert_int_eq(breaker_deadline_ms(&b), 5000);
}
END_TEST

START_TEST(probes_at_once_when_it_is_hurried)
{
	open_at(0);
	breaker_hurry(&b, at(10));
	probe_at(10);
	ck_assert(breaker_admits(&b));
}
END_TEST

START_TEST(waits_as_long_as_the_service_asks_for)
{
	fail_at(0, OUTCOME_BUSY);
	fail_at(0, OUTCOME_BUSY);
	breaker_fail(&b, at(0), OUTCOME_BUSY, NULL, 30000);
	ck_assert_int_eq(breaker_deadline_ms(&b), 30000);
}
END_TEST

START_TEST(admits_another_try_when_one_never_asked)
{
	open_at(0);
	probe_at(5000);
	breaker_release(&b, breaker_start(&b));
	ck_assert(breaker_admits(&b));
}
END_TEST

START_TEST(keeps_the_try_under_way_when_an_older_one_is_released)
{
	uint64_t first;

	open_at(0);
	probe_at(5000);
	first = breaker_start(&b);
	fail_at(6000, OUTCOME_DOWN);
	probe_at(16000);
	ck_assert_uint_ne(breaker_start(&b), first);
	breaker_release(&b, first);
	breaker_release(&b, 0);
	ck_assert(!breaker_admits(&b));
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, NULL);
	tcase_add_test(c, opens_after_some_failures_in_a_row);
	tcase_add_test(c, counts_only_failures_in_a_row);
	tcase_add_test(c, opens_at_once_when_credentials_are_refused);
	tcase_add_test(c, lets_one_try_through_when_a_probe_was_answered);
	tcase_add_test(c, is_not_put_off_by_what_was_on_its_way_when_it_opened);
	tcase_add_test(c, probes_at_once_when_it_is_hurried);
	tcase_add_test(c, doubles_the_back_off_up_to_its_limit);
	tcase_add_test(c, waits_as_long_as_the_service_asks_for);
	tcase_add_test(c, admits_another_try_when_one_never_asked);
	tcase_add_test(c, keeps_the_try_under_way_when_an_older_one_is_released);
}

CHECK_MAIN("breaker", add_cases)
