#include "consumer/idmap.h"

#include "tests/unit/check_main.h"

enum { IDS = 4000 };

static struct idmap m;
static char values[IDS + 1]; /* their addresses are what is kept */

static void set_up(void)
{
	m = (struct idmap){ .count = 0 };
}

static void tear_down(void)
{
	idmap_done(&m);
}

START_TEST(knows_nothing_while_it_is_empty)
{
	size_t at = 0;

	ck_assert_ptr_null(idmap_get(&m, 1));
	ck_assert_ptr_null(idmap_next(&m, &at));
	idmap_remove(&m, 1);
	ck_assert_uint_eq(m.count, 0);
}
END_TEST

START_TEST(replaces_the_value_of_an_id)
{
	idmap_put(&m, 42, &values[1]);
	idmap_put(&m, 42, &values[2]);
	ck_assert_uint_eq(m.count, 1);
	ck_assert_ptr_eq(idmap_get(&m, 42), &values[2]);
}
END_TEST

START_TEST(holds_the_greatest_ids_there_are)
{
	idmap_put(&m, 999999999999999999, &values[1]);
	idmap_put(&m, INT64_MAX, &values[2]);
	ck_assert_ptr_eq(idmap_get(&m, 999999999999999999), &values[1]);
	ck_assert_ptr_eq(idmap_get(&m, INT64_MAX), &values[2]);
	ck_assert_ptr_null(idmap_get(&m, 1));
}
END_TEST

/* Ids next to each other, and ids far apart. */
static const int64_t strides[] = { 1, 16, 1 << 20, 1000003 };

START_TEST(finds_all_that_remain_whatever_is_removed)
{
	int64_t stride = strides[_i];

	for (int64_t i = 1; i <= IDS; i++)
		idmap_put(&m, i * stride, &values[i]);
	for (int64_t i = 1; i <= IDS; i++)
		if (i % 3)
			idmap_remove(&m, i * stride);
	ck_assert_uint_eq(m.count, IDS / 3);
	for (int64_t i = 1; i <= IDS; i++)
		ck_assert_ptr_eq(idmap_get(&m, i * stride), i % 3 ? NULL : &values[i]);
}
END_TEST

/* A table of sixteen that is as full as it may be, so that probes run over its end. */
START_TEST(finds_all_that_remain_in_a_small_full_table)
{
	for (int64_t first = 1; first <= 1000; first++) {
		for (int64_t i = 0; i < 12; i++)
			idmap_put(&m, first + i, &values[i + 1]);
		ck_assert_uint_eq(m.capacity, 16);
		for (int64_t gone = 0; gone < 12; gone++) {
			idmap_remove(&m, first + gone);
			for (int64_t i = 0; i < 12; i++)
				ck_assert_ptr_eq(
					idmap_get(&m, first + i), i > gone ? &values[i + 1] : NULL);
		}
		ck_assert_uint_eq(m.count, 0);
	}
}
END_TEST

START_TEST(gives_every_value_once)
{
	int seen[IDS + 1] = { 0 };
	size_t at = 0;
	const char *value;

	for (int64_t i = 1; i <= IDS; i++)
		idmap_put(&m, i, &values[i]);
	while ((value = idmap_next(&m, &at)))
		seen[value - values]++;
	for (int64_t i = 1; i <= IDS; i++)
		ck_assert_int_eq(seen[i], 1);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, knows_nothing_while_it_is_empty);
	tcase_add_test(c, replaces_the_value_of_an_id);
	tcase_add_test(c, holds_the_greatest_ids_there_are);
	tcase_add_loop_test(c, finds_all_that_remain_whatever_is_removed, 0, ARRAY_LEN(strides));
	tcase_add_test(c, finds_all_that_remain_in_a_small_full_table);
	tcase_add_test(c, gives_every_value_once);
}

CHECK_MAIN("idmap", add_cases)
