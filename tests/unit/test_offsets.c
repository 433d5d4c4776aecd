#include "consumer/offsets.h"

#include "tests/unit/check_main.h"

static struct offsets o;

static void set_up(void)
{
	offsets_init(&o);
}

static void tear_down(void)
{
	offsets_done(&o);
}

static int64_t store(void)
{
	int64_t offset = -1;

	return offsets_store(&o, &offset) ? offset : -1;
}

START_TEST(stores_nothing_before_anything_is_settled)
{
	ck_assert_int_eq(store(), -1);
	offsets_receive(&o, 7);
	ck_assert_int_eq(store(), -1);
}
END_TEST

START_TEST(stores_one_past_what_is_settled_once)
{
	offsets_receive(&o, 0);
	offsets_settle(&o, 0);
	ck_assert_int_eq(store(), 1);
	ck_assert_int_eq(store(), -1);
}
END_TEST

START_TEST(never_passes_an_unsettled_record)
{
	offsets_receive(&o, 5);
	offsets_receive(&o, 6);
	offsets_receive(&o, 7);
	offsets_settle(&o, 7);
	offsets_settle(&o, 6);
	ck_assert_int_eq(store(), -1);
	ck_assert_uint_eq(offsets_open(&o), 3);
	offsets_settle(&o, 5);
	ck_assert_int_eq(store(), 8);
	ck_assert_uint_eq(offsets_open(&o), 0);
}
END_TEST

START_TEST(steps_over_holes)
{
	offsets_receive(&o, 5);
	offsets_receive(&o, 90);
	offsets_settle(&o, 5);
	ck_assert_int_eq(store(), 6);
	offsets_settle(&o, 90);
	ck_assert_int_eq(store(), 91);
}
END_TEST

START_TEST(ignores_what_was_not_received)
{
	offsets_receive(&o, 5);
	offsets_settle(&o, 4);
	offsets_settle(&o, 6);
	ck_assert_int_eq(store(), -1);
	offsets_settle(&o, 5);
	offsets_settle(&o, 5);
	ck_assert_int_eq(store(), 6);
}
END_TEST

/* A window of at most 1000 open records slides over 50000: memory is used again. */
START_TEST(settles_in_any_order_over_a_long_time)
{
	enum { RECORDS = 50000, WINDOW = 1000 };
	static bool settled[RECORDS];
	uint64_t seed = 1;
	int64_t watermark = 0;

	for (int received = 0; watermark < RECORDS;) {
		int64_t stored, pick;

		if (received < RECORDS && received - watermark < WINDOW)
			offsets_receive(&o, received++);
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		pick = watermark + (int64_t)((seed >> 33) % (uint64_t)(received - watermark));
		if (received == RECORDS || seed % 3 == 0)
			pick = watermark;
		settled[pick] = true;
		offsets_settle(&o, pick);
		while (watermark < RECORDS && settled[watermark])
			watermark++;
		stored = store();
		ck_assert(stored == -1 || stored == watermark);
		ck_assert_uint_eq(offsets_open(&o), (size_t)(received - watermark));
	}
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, stores_nothing_before_anything_is_settled);
	tcase_add_test(c, stores_one_past_what_is_settled_once);
	tcase_add_test(c, never_passes_an_unsettled_record);
	tcase_add_test(c, steps_over_holes);
	tcase_add_test(c, ignores_what_was_not_received);
	tcase_add_test(c, settles_in_any_order_over_a_long_time);
}

CHECK_MAIN("offsets", add_cases)
