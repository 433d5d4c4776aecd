#include "consumer/idmap.h"

#include "tests/unit/check_main.h"

#include <stddef.h>

enum { IDS = 4000 };

static struct idmap m;
static struct thing {
	const char *name;
	int64_t id;
} things[IDS + 1];

static void set_up(void)
{
	idmap_init(&m, offsetof(struct thing, id));
}

static void tear_down(void)
{
	idmap_done(&m);
}

static void put(int64_t id, int i)
{
	things[i].id = id;
	idmap_put(&m, &things[i]);
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
	put(42, 1);
	put(42, 2);
	ck_assert_uint_eq(m.count, 1);
	ck_assert_ptr_eq(idmap_get(&m, 42), &things[2]);
}
END_TEST

START_TEST(holds_the_greatest_ids_there_are)
{
	put(999999999999999999, 1);
	put(INT64_MAX, 2);
	ck_assert_ptr_eq(idmap_get(&m, 999999999999999999), &things[1]);
	ck_assert_ptr_eq(idmap_get(&m, INT64_MAX), &things[2]);
	ck_assert_ptr_null(idmap_get(&m, 1));
}
END_TEST

/* Ids next to each other, and ids far apart. */
static const int64_t strides[] = { 1, 16, 1 << 20, 1000003 };

START_TEST(finds_all_that_remain_whatever_is_removed)
{
	int64_t stride = strides[_i];

	for (int64_t i = 1; i <= IDS; i++)
		put(i * stride, (int)(i));
	for (int64_t i = 1; i <= IDS; i++)
		if (i % 3)
			idmap_remove(&m, i * stride);
	ck_assert_uint_eq(m.count, IDS / 3);
	for (int64_t i = 1; i <= IDS; i++)
		ck_assert_ptr_eq(idmap_get(&m, i * stride), i % 3 ? NULL : &things[i]);
}
END_TEST

/* A table of sixteen that is as full as it may be, so that probes run over its end. */
START_TEST(finds_all_that_remain_in_a_small_full_table)
{
	for (int64_t first = 1; first <= 1000; first++) {
		for (int64_t i = 0; i < 12; i++)
			put(first + i, (int)(i + 1));
		ck_assert_uint_eq(m.capacity, 16);
		for (int64_t gone = 0; gone < 12; gone++) {
			idmap_remove(&m, first + gone);
			for (int64_t i = 0; i < 12; i++)
				ck_assert_ptr_eq(
					idmap_get(&m, first + i), i > gone ? &things[i + 1] : NULL);
		}
		ck_assert_uint_eq(m.count, 0);
	}
}
END_TEST

START_TEST(gives_every_value_once)
{
	int seen[IDS + 1] = { 0 };
	size_t at = 0;
	const struct thing *thing;

	for (int64_t i = 1; i <= IDS; i++)
		put(i, (int)(i));
	while ((thing = idmap_next(&m, &at)))
		seen[thing - things]++;
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
