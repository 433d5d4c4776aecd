#include "consumer/misses.h"

#include "tests/unit/check_main.h"

enum { SCENES = 100 };

static struct misses m;

static void set_up(void)
{
	m = (struct misses){ .count = 0 };
}

static void tear_down(void)
{
	misses_done(&m);
}

static struct pathtraces traces(uint64_t tail)
{
	return (struct pathtraces){ .items = { { .tail = tail, .name = 1 } }, .count = 1 };
}

static void put(int64_t id, uint64_t tail)
{
	struct pathtraces t = traces(tail);

	misses_put(&m, id, &t);
}

static const struct miss *find(int64_t id)
{
	for (size_t i = 0; i < m.count; i++)
		if (m.items[i].id == id)
			return &m.items[i];
	return NULL;
}

START_TEST(finds_each_scene_after_others_went)
{
	for (int64_t id = 1; id <= SCENES; id++)
		put(id, (uint64_t)id);
	for (int64_t id = 2; id <= SCENES; id += 2)
		misses_remove(&m, id);
	misses_remove(&m, 2);
	ck_assert_uint_eq(m.count, SCENES / 2);
	for (int64_t id = 1; id <= SCENES; id += 2) {
		misses_note(&m, id, (uint64_t)id * 7);
		ck_assert_ptr_nonnull(find(id));
		ck_assert_uint_eq(find(id)->seen, (uint64_t)id * 7);
		ck_assert_uint_eq(find(id)->files[0].tail, (uint64_t)id);
	}
}
END_TEST

START_TEST(keeps_what_was_seen_for_the_same_files_only)
{
	put(42, 1);
	misses_note(&m, 42, 7);
	put(42, 1);
	ck_assert_uint_eq(find(42)->seen, 7);
	put(42, 2);
	ck_assert_uint_eq(find(42)->seen, 0);
	ck_assert_uint_eq(m.count, 1);
}
END_TEST

START_TEST(ignores_what_was_seen_of_a_scene_that_does_not_wait)
{
	misses_note(&m, 42, 7);
	ck_assert_uint_eq(m.count, 0);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, finds_each_scene_after_others_went);
	tcase_add_test(c, keeps_what_was_seen_for_the_same_files_only);
	tcase_add_test(c, ignores_what_was_seen_of_a_scene_that_does_not_wait);
}

CHECK_MAIN("misses", add_cases)
