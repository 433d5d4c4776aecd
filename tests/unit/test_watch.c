#include "consumer/watch.h"

#include "tests/unit/check_main.h"

static struct watch watch;
static struct effects effects;
static struct now now;

static void set_up(void)
{
	now = (struct now){ .mono_ms = 1000 };
	effects_init(&effects);
	watch_init(&watch, true);
}

static void tear_down(void)
{
	effects_done(&effects);
}

static void open_stream(void)
{
	ck_assert(watch_due(&watch, now));
	watch_start(&watch, now, &effects);
	ck_assert(!watch_due(&watch, now));
	ck_assert_int_eq(watch_deadline_ms(&watch), INT64_MAX);
}

/* How long it waits after this end, at most. */
static int64_t wait_after(enum outcome outcome)
{
	watch_ended(&watch, now, outcome, UINT64_MAX);
	return watch_deadline_ms(&watch) - now.mono_ms;
}

START_TEST(is_due_at_once_or_never)
{
	ck_assert(watch_due(&watch, now));
	watch_init(&watch, false);
	ck_assert(!watch_due(&watch, now));
	ck_assert_int_eq(watch_deadline_ms(&watch), INT64_MAX);
}
END_TEST

START_TEST(backs_off_from_a_second_to_a_minute_and_throws_half_of_it)
{
	static const int64_t waits_ms[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };

	for (size_t i = 0; i < ARRAY_LEN(waits_ms); i++) {
		int64_t wait_ms;

		open_stream();
		watch_ended(&watch, now, OUTCOME_DOWN, (uint64_t)i * 7919);
		wait_ms = watch_deadline_ms(&watch) - now.mono_ms;
		ck_assert_int_ge(wait_ms, waits_ms[i] / 2);
		ck_assert_int_le(wait_ms, waits_ms[i]);
		now.mono_ms += wait_ms - 1;
		ck_assert(!watch_due(&watch, now));
		now.mono_ms++;
	}
}
END_TEST

START_TEST(forgets_the_back_off_after_a_stream_that_lasted)
{
	for (int i = 0; i < 5; i++) {
		open_stream();
		watch_listens(&watch);
		now.mono_ms += 59999;
		now.mono_ms += wait_after(OUTCOME_UNKNOWN);
	}
	open_stream();
	watch_listens(&watch);
	now.mono_ms += 60000;
	ck_assert_int_le(wait_after(OUTCOME_UNKNOWN), 1000);
}
END_TEST

START_TEST(seldom_asks_a_plex_that_has_no_stream)
{
	open_stream();
	ck_assert_int_eq(wait_after(OUTCOME_ABSENT), 3600000);
}
END_TEST

START_TEST(tells_once_that_it_is_away_and_once_that_it_is_back)
{
	open_stream();
	ck_assert(watch_listens(&watch));
	ck_assert(!watch_listens(&watch));
	ck_assert(watch_ended(&watch, now, OUTCOME_DONE, 0));
	now.mono_ms += 60000;
	open_stream();
	ck_assert(!watch_ended(&watch, now, OUTCOME_DOWN, 0));
	now.mono_ms += 60000;
	open_stream();
	ck_assert(watch_listens(&watch));
	ck_assert(watch_ended(&watch, now, OUTCOME_DONE, 0));
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, is_due_at_once_or_never);
	tcase_add_test(c, backs_off_from_a_second_to_a_minute_and_throws_half_of_it);
	tcase_add_test(c, forgets_the_back_off_after_a_stream_that_lasted);
	tcase_add_test(c, seldom_asks_a_plex_that_has_no_stream);
	tcase_add_test(c, tells_once_that_it_is_away_and_once_that_it_is_back);
}

CHECK_MAIN("watch", add_cases)
