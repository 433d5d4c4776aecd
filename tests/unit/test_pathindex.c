#include "consumer/pathindex.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

static struct pathindex *x;

static void setup(void)
{
	x = pathindex_new();
}

static void teardown(void)
{
	pathindex_free(x);
}

/* An item with up to two paths. */
static void add(const char *section, const char *rating_key, const char *path, const char *other)
{
	char *key = xstrdup(rating_key), *files[] = { xstrdup(path), xstrdup(other ? other : "") };
	struct plex_part parts[] = { { .file = files[0], .size = 10, .duration_ms = 20 },
		{ .file = files[1], .size = -1, .duration_ms = -1 } };
	const struct plex_item item = {
		.rating_key = key, .parts = parts, .part_count = other ? 2 : 1
	};

	pathindex_add(x, section, &item);
	free(key);
	free(files[0]);
	free(files[1]);
}

static size_t count(const char *path)
{
	return pathindex_find(x, path, NULL, 0);
}

START_TEST(finds_every_part_by_its_exact_path)
{
	struct pathindex_hit hit;

	pathindex_begin(x, "1");
	add("1", "55", "/data/a.mp4", "/data/b.mp4");
	pathindex_commit(x, "1");
	ck_assert_uint_eq(pathindex_find(x, "/data/a.mp4", &hit, 1), 1);
	ck_assert_str_eq(hit.rating_key, "55");
	ck_assert_str_eq(hit.section, "1");
	ck_assert_int_eq(hit.size, 10);
	ck_assert_int_eq(hit.duration_ms, 20);
	ck_assert_uint_eq(pathindex_find(x, "/data/b.mp4", &hit, 1), 1);
	ck_assert_str_eq(hit.rating_key, "55");
	ck_assert_int_eq(hit.size, -1);
	ck_assert_uint_eq(count("/data/A.mp4"), 0);
	ck_assert_uint_eq(count("/data/a.mp"), 0);
	ck_assert_uint_eq(count(""), 0);
	ck_assert_uint_eq(pathindex_paths(x), 2);
}
END_TEST

START_TEST(finds_nothing_in_an_empty_index)
{
	ck_assert_uint_eq(count("/data/a.mp4"), 0);
	ck_assert_uint_eq(pathindex_paths(x), 0);
	pathindex_begin(x, "1");
	pathindex_commit(x, "1");
	ck_assert_uint_eq(count("/data/a.mp4"), 0);
}
END_TEST

START_TEST(finds_all_owners_of_a_path_in_all_sections)
{
	struct pathindex_hit hits[2];

	for (int section = 1; section <= 2; section++) {
		const char *name = section == 1 ? "1" : "2";

		pathindex_begin(x, name);
		add(name, section == 1 ? "10" : "20", "/data/a.mp4", NULL);
		add(name, section == 1 ? "11" : "21", "/data/a.mp4", NULL);
		pathindex_commit(x, name);
	}
	ck_assert_uint_eq(pathindex_find(x, "/data/a.mp4", hits, 2), 4);
	ck_assert_str_eq(hits[0].rating_key, "10");
	ck_assert_str_eq(hits[1].rating_key, "11");
}
END_TEST

START_TEST(counts_a_rating_key_and_a_path_of_an_item_once)
{
	pathindex_begin(x, "1");
	add("1", "55", "/data/a.mp4", "/data/a.mp4");
	add("1", "55", "/data/a.mp4", "/data/c.mp4");
	pathindex_commit(x, "1");
	ck_assert_uint_eq(count("/data/a.mp4"), 1);
	ck_assert_uint_eq(count("/data/c.mp4"), 0);
	ck_assert_uint_eq(pathindex_paths(x), 1);
}
END_TEST

START_TEST(keeps_the_old_generation_until_the_new_one_is_complete)
{
	pathindex_begin(x, "1");
	add("1", "55", "/old.mp4", NULL);
	pathindex_commit(x, "1");

	pathindex_begin(x, "1");
	add("1", "56", "/half.mp4", NULL);
	ck_assert_uint_eq(count("/old.mp4"), 1);
	ck_assert_uint_eq(count("/half.mp4"), 0);
	pathindex_begin(x, "1"); /* again from its start */
	add("1", "56", "/new.mp4", NULL);
	pathindex_commit(x, "1");
	ck_assert_uint_eq(count("/old.mp4"), 0);
	ck_assert_uint_eq(count("/half.mp4"), 0);
	ck_assert_uint_eq(count("/new.mp4"), 1);
}
END_TEST

START_TEST(drops_a_generation_that_is_aborted)
{
	pathindex_begin(x, "1");
	add("1", "55", "/old.mp4", NULL);
	pathindex_commit(x, "1");
	pathindex_begin(x, "1");
	add("1", "56", "/new.mp4", NULL);
	pathindex_abort(x, "1");
	pathindex_commit(x, "1"); /* nothing is open */
	add("1", "57", "/late.mp4", NULL);
	pathindex_abort(x, "9");
	pathindex_remove(x, "9");
	ck_assert_uint_eq(count("/old.mp4"), 1);
	ck_assert_uint_eq(count("/new.mp4"), 0);
	ck_assert_uint_eq(count("/late.mp4"), 0);
}
END_TEST

START_TEST(forgets_a_section_that_is_removed)
{
	static const char *const names[] = { "1", "2", "3" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		pathindex_begin(x, names[i]);
		add(names[i], names[i], "/data/a.mp4", NULL);
		pathindex_commit(x, names[i]);
	}
	pathindex_remove(x, "1");
	ck_assert_uint_eq(count("/data/a.mp4"), 2);
	pathindex_remove(x, "3");
	pathindex_remove(x, "2");
	ck_assert_uint_eq(count("/data/a.mp4"), 0);
}
END_TEST

/* Against the plain truth: item n owns /dir/(n mod 7000) and /own/n. */
START_TEST(finds_each_of_many_paths)
{
	enum { ITEMS = 20000, SHARED = 7000 };
	struct pathindex_hit hits[3];
	char path[64], key[16];

	pathindex_begin(x, "1");
	for (int i = 0; i < ITEMS; i++) {
		char own[64];

		snprintf(key, sizeof key, "%d", i);
		snprintf(path, sizeof path, "/dir/%d.mp4", i % SHARED);
		snprintf(own, sizeof own, "/own/%d.mp4", i);
		add("1", key, path, own);
	}
	pathindex_commit(x, "1");
	ck_assert_uint_eq(pathindex_paths(x), 2 * ITEMS);
	for (int i = 0; i < ITEMS; i++) {
		snprintf(key, sizeof key, "%d", i);
		snprintf(path, sizeof path, "/own/%d.mp4", i);
		ck_assert_uint_eq(pathindex_find(x, path, hits, 3), 1);
		ck_assert_str_eq(hits[0].rating_key, key);
		snprintf(path, sizeof path, "/dir/%d.mp4", i % SHARED);
		ck_assert_uint_eq(
			pathindex_find(x, path, hits, 3), i % SHARED < ITEMS - 2 * SHARED ? 3 : 2);
	}
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, finds_every_part_by_its_exact_path);
	tcase_add_test(cases, finds_nothing_in_an_empty_index);
	tcase_add_test(cases, finds_all_owners_of_a_path_in_all_sections);
	tcase_add_test(cases, counts_a_rating_key_and_a_path_of_an_item_once);
	tcase_add_test(cases, keeps_the_old_generation_until_the_new_one_is_complete);
	tcase_add_test(cases, drops_a_generation_that_is_aborted);
	tcase_add_test(cases, forgets_a_section_that_is_removed);
	tcase_add_test(cases, finds_each_of_many_paths);
}

CHECK_MAIN("pathindex", add_cases)
