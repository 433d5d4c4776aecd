#include "consumer/pending.h"

#include "tests/unit/check_main.h"

#include <string.h>

enum { SCENES = 100 };

static struct misses m;

static void set_up(void)
{
	misses_init(&m);
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
		if (m.items[i]->id == id)
			return m.items[i];
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

/* ---- in the table of what is pending ---- */

static const struct now now = { .mono_ms = 1000, .wall_ms = 1700000000000 };

static void write_pending(struct record *ret)
{
	struct event event = { .action = ACTION_UPDATE, .scene_id = "42" };
	struct want want = { .any = true, .fetch = true, .event.scene_id = "42" };
	struct retry retry = { .reason = "not_found",
		.due_ms = now.wall_ms + 60000,
		.files = traces(7),
		.covers = { 1, 0 } };

	event_write(&event, &want.record);
	want.record.partition = 0;
	retry_write(ret, &want, &retry);
	ret->offset = 5;
	record_done(&want.record);
}

START_TEST(leaves_a_scene_awake_when_its_own_record_comes_by_again)
{
	struct pending *p = pending_new();
	struct record record, tombstone;
	struct fault fault;
	int64_t due_ms = 0;

	write_pending(&record);
	ck_assert_int_eq(pending_fold(p, &record, now, &fault), PENDING_TAKEN);
	ck_assert_uint_eq(pending_misses(p)->count, 1);
	ck_assert_uint_eq(pending_misses(p)->items[0]->files[0].tail, 7);
	ck_assert(pending_wake(p, 42, now.mono_ms));
	ck_assert_int_eq(pending_fold(p, &record, now, &fault), PENDING_TAKEN);
	ck_assert_ptr_nonnull(pending_first(p, true, &due_ms));
	ck_assert_int_eq(due_ms, now.mono_ms);

	retry_write_tombstone(&tombstone, "42", 0, (struct covers){ 1, 0 });
	tombstone.offset = 6;
	ck_assert_int_eq(pending_fold(p, &tombstone, now, &fault), PENDING_TAKEN);
	ck_assert_uint_eq(pending_misses(p)->count, 0);
	ck_assert(!pending_wake(p, 42, now.mono_ms));
	record_done(&tombstone);
	record_done(&record);
	pending_free(p);
}
END_TEST

START_TEST(wakes_no_scene_that_is_in_work)
{
	struct pending *p = pending_new();
	struct record record;
	struct fault fault;

	write_pending(&record);
	ck_assert_int_eq(pending_fold(p, &record, now, &fault), PENDING_TAKEN);
	pending_begin(p, "42");
	ck_assert(!pending_wake(p, 42, now.mono_ms));
	pending_resume(p, "42");
	ck_assert(pending_wake(p, 42, now.mono_ms));
	record_done(&record);
	pending_free(p);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_test(c, leaves_a_scene_awake_when_its_own_record_comes_by_again);
	tcase_add_test(c, wakes_no_scene_that_is_in_work);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, finds_each_scene_after_others_went);
	tcase_add_test(c, keeps_what_was_seen_for_the_same_files_only);
	tcase_add_test(c, ignores_what_was_seen_of_a_scene_that_does_not_wait);
}

CHECK_MAIN("misses", add_cases)
