#include "consumer/dueheap.h"

#include "tests/unit/check_main.h"

enum { MANY = 500 };

static struct dueheap h;
static struct dueheap_node nodes[MANY];

static void set_up(void)
{
	h = (struct dueheap){ .count = 0 };
	for (size_t i = 0; i < MANY; i++)
		nodes[i] = (struct dueheap_node){ .place = 0 };
}

static void tear_down(void)
{
	dueheap_done(&h);
}

/* The same numbers in every run, all of them different. */
static int64_t shuffled(size_t i)
{
	return (int64_t)(i * 7919 % MANY);
}

static int64_t take_first(void)
{
	struct dueheap_node *first = dueheap_first(&h);

	dueheap_remove(&h, first);
	return first->due_ms;
}

START_TEST(has_no_first_while_it_is_empty)
{
	ck_assert_ptr_null(dueheap_first(&h));
	dueheap_put(&h, &nodes[0], 1);
	dueheap_remove(&h, &nodes[0]);
	ck_assert_ptr_null(dueheap_first(&h));
	ck_assert_uint_eq(nodes[0].place, 0);
}
END_TEST

START_TEST(gives_out_what_is_due_in_order)
{
	for (size_t i = 0; i < MANY; i++)
		dueheap_put(&h, &nodes[i], shuffled(i));
	for (int64_t due_ms = 0; due_ms < MANY; due_ms++)
		ck_assert_int_eq(take_first(), due_ms);
	ck_assert_uint_eq(h.count, 0);
}
END_TEST

START_TEST(moves_one_that_is_in_already)
{
	for (size_t i = 0; i < MANY; i++)
		dueheap_put(&h, &nodes[i], shuffled(i));
	for (size_t i = 0; i < MANY; i++)
		dueheap_put(&h, &nodes[i], MANY - shuffled(i));
	ck_assert_uint_eq(h.count, MANY);
	for (int64_t due_ms = 1; due_ms <= MANY; due_ms++)
		ck_assert_int_eq(take_first(), due_ms);
}
END_TEST

START_TEST(takes_any_one_out_and_keeps_the_order_of_the_rest)
{
	for (size_t i = 0; i < MANY; i++)
		dueheap_put(&h, &nodes[i], shuffled(i));
	for (size_t i = 0; i < MANY; i++)
		if (nodes[i].due_ms % 3)
			dueheap_remove(&h, &nodes[i]);
	for (int64_t due_ms = 0; due_ms < MANY; due_ms += 3)
		ck_assert_int_eq(take_first(), due_ms);
	ck_assert_uint_eq(h.count, 0);
}
END_TEST

START_TEST(ignores_the_removal_of_one_that_is_not_in)
{
	dueheap_put(&h, &nodes[0], 1);
	dueheap_remove(&h, &nodes[1]);
	ck_assert_uint_eq(h.count, 1);
	ck_assert_ptr_eq(dueheap_first(&h), &nodes[0]);
}
END_TEST

START_TEST(holds_the_earliest_and_the_latest_time_there_is)
{
	dueheap_put(&h, &nodes[0], INT64_MAX);
	dueheap_put(&h, &nodes[1], 0);
	dueheap_put(&h, &nodes[2], INT64_MIN);
	ck_assert(take_first() == INT64_MIN);
	ck_assert(take_first() == 0);
	ck_assert(take_first() == INT64_MAX);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, has_no_first_while_it_is_empty);
	tcase_add_test(c, gives_out_what_is_due_in_order);
	tcase_add_test(c, moves_one_that_is_in_already);
	tcase_add_test(c, takes_any_one_out_and_keeps_the_order_of_the_rest);
	tcase_add_test(c, ignores_the_removal_of_one_that_is_not_in);
	tcase_add_test(c, holds_the_earliest_and_the_latest_time_there_is);
}

CHECK_MAIN("dueheap", add_cases)
