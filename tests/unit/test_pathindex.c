#include "consumer/pathindex.h"
#include "consumer/pathtable.h"

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
	ck_assert_str_ne(hits[0].rating_key, hits[1].rating_key);
	ck_assert_str_eq(hits[0].section, "1");
}
END_TEST

START_TEST(takes_the_last_of_a_rating_key_and_a_path_of_an_item_once)
{
	pathindex_begin(x, "1");
	add("1", "55", "/data/a.mp4", "/data/a.mp4");
	add("1", "55", "/data/a.mp4", "/data/c.mp4");
	pathindex_commit(x, "1");
	ck_assert_uint_eq(count("/data/a.mp4"), 1);
	ck_assert_uint_eq(count("/data/c.mp4"), 1);
	ck_assert_uint_eq(pathindex_paths(x), 2);
	pathindex_begin(x, "1");
	add("1", "55", "/data/b.mp4", "/data/b.mp4");
	add("1", "55", "/data/c.mp4", NULL); /* it moved between two pages */
	add("1", "56", "/data/d.mp4", "/data/d.mp4");
	pathindex_commit(x, "1");
	ck_assert_uint_eq(count("/data/d.mp4"), 1);
	ck_assert_uint_eq(count("/data/b.mp4"), 0);
	ck_assert_uint_eq(count("/data/c.mp4"), 1);
	ck_assert_uint_eq(pathindex_paths(x), 2);
}
END_TEST

static const struct {
	const char *plex, *stash;
	enum pathkey strictest; /* by which they meet; PATHKEYS: by none */
} spellings[] = {
	{ "/data/a.mp4", "/data/a.mp4", PATHKEY_EXACT },
	{ "/data/a.mp4", "/Data//A.MP4", PATHKEY_FOLDED },
	{ "/data/caf\xc3\xa9.mp4", "/data/cafe\xcc\x81.mp4", PATHKEY_FOLDED },
	{ "/data/CAFE\xcc\x81.mp4", "/data/caf\xc3\xa9.mp4", PATHKEY_FOLDED },
	{ "C:\\v\\a.mp4", "c:/V/a.mp4", PATHKEY_FOLDED },
	{ "\\\\nas\\v\\a.mp4", "//NAS/v/a.mp4", PATHKEY_FOLDED },
	{ "/data/a\xff.mp4", "/data/a\xef\xbf\xbd.mp4", PATHKEY_FOLDED },
	{ "/media/dir/a.mp4", "/data/Dir/a.mp4", PATHKEY_TAIL },
	{ "D:\\media\\dir\\a.mp4", "/data/dir/a.mp4", PATHKEY_TAIL },
	{ "/media/\xc3\x89t\xc3\xa9/a.mp4", "/e\xcc\x81te\xcc\x81/a.mp4", PATHKEY_TAIL },
	{ "/media/dir/a.mp4", "/data/other/A.mp4", PATHKEY_NAME },
	{ "/a.mp4", "/data/a.mp4", PATHKEY_NAME },
	{ "a.mp4", "/data/a.mp4", PATHKEY_NAME },
	{ "/media/dir/a.mp4", "/media/dir/b.mp4", PATHKEYS },
	{ "/media/dir/a.mp4", "/media/dir/xa.mp4", PATHKEYS },
	{ "/media/dir/", "/data/dir/", PATHKEYS },
};

START_TEST(finds_a_path_by_its_keys)
{
	struct pathindex_hit hit;

	pathindex_begin(x, "1");
	add("1", "55", spellings[_i].plex, NULL);
	pathindex_commit(x, "1");
	for (int key = 0; key < PATHKEYS; key++) {
		size_t found =
			pathindex_find_by(x, (enum pathkey)key, spellings[_i].stash, &hit, 1);

		ck_assert_uint_eq(found, key >= (int)spellings[_i].strictest);
		if (found)
			ck_assert_str_eq(hit.path, spellings[_i].plex);
	}
	ck_assert_int_eq(pathindex_has_name(x, pathindex_name_hash(spellings[_i].stash)),
		spellings[_i].strictest < PATHKEYS || !strcmp(spellings[_i].plex, "/media/dir/"));
}
END_TEST

/* Longer than what is folded without the heap, in ASCII and beyond. */
START_TEST(finds_paths_of_any_length)
{
	static const char *const fillings[] = { "A", "\xc3\x89" };
	auto_buf plex, stash;

	buf_init(&plex, 100000);
	buf_init(&stash, 100000);
	for (int i = 0; i < 5000; i++) {
		buf_puts(&plex, fillings[_i]);
		buf_puts(&stash, _i ? "e\xcc\x81" : "a");
	}
	pathindex_begin(x, "1");
	add("1", "55", buf_text(&plex), NULL);
	pathindex_commit(x, "1");
	ck_assert_uint_eq(count(buf_text(&stash)), 0);
	ck_assert_uint_eq(pathindex_find_by(x, PATHKEY_FOLDED, buf_text(&stash), NULL, 0), 1);
}
END_TEST

/* They stand in Kafka: another value would be another path. */
START_TEST(gives_hashes_that_never_change)
{
	ck_assert_uint_eq(pathindex_path_hash("/data/Caf\xc3\xa9/a.mp4"), 0x4f180686a383d49u);
	ck_assert_uint_eq(pathindex_path_hash(""), 0);
	ck_assert_uint_eq(pathindex_name_hash("C:\\x\\Cafe\xcc\x81.MP4"), 0xbd4cf7dacd4475a0u);
	ck_assert_uint_eq(pathindex_name_hash("/y/caf\xc3\xa9.mp4"), 0xbd4cf7dacd4475a0u);
}
END_TEST

START_TEST(finds_by_hashes)
{
	struct pathindex_hit hits[2];

	pathindex_begin(x, "1");
	add("1", "55", "/data/a.mp4", "/data/b.mp4");
	add("1", "56", "/data/a.mp4", NULL);
	pathindex_commit(x, "1");
	ck_assert_uint_eq(pathindex_find_hash(x, pathindex_path_hash("/data/a.mp4"), hits, 2), 2);
	ck_assert_uint_eq(pathindex_find_hash(x, pathindex_path_hash("/data/b.mp4"), hits, 2), 1);
	ck_assert_str_eq(hits[0].rating_key, "55");
	ck_assert_uint_eq(pathindex_find_hash(x, pathindex_path_hash("/data/A.mp4"), hits, 2), 0);
	ck_assert(pathindex_has_name(x, pathindex_name_hash("/other/A.mp4")));
	ck_assert(!pathindex_has_name(x, pathindex_name_hash("/data/c.mp4")));
}
END_TEST

static uint64_t survey(const char *path)
{
	struct pathtrace trace;

	pathkey_trace(path, &trace);
	return pathindex_survey(x, &trace);
}

START_TEST(gives_another_number_when_what_could_match_a_path_changes)
{
	static const struct {
		const char *section, *key, *path;
		bool changes;
	} adds[] = {
		{ "1", "55", "/data/b.mp4", false },
		{ "1", "56", "/else/A.mp4", true }, /* the first with the name */
		{ "1", "57", "/more/a.mp4", false },
		{ "2", "58", "/x/data/a.mp4", true }, /* the tail */
		{ "1", "59", "/data/a.mp4", true },
		{ "1", "60", "/data/a.mp4", true },
	};
	uint64_t seen = survey("/data/a.mp4");

	ck_assert_uint_eq(seen, 0);
	pathindex_begin(x, "1");
	pathindex_commit(x, "1");
	pathindex_begin(x, "2");
	pathindex_commit(x, "2");
	for (size_t i = 0; i < ARRAY_LEN(adds); i++) {
		char *path = xstrdup(adds[i].path);
		struct plex_part part = { .file = path, .size = 1 };
		char *key = xstrdup(adds[i].key);
		struct plex_item item = { .rating_key = key, .parts = &part, .part_count = 1 };
		uint64_t now;

		ck_assert(pathindex_update(x, adds[i].section, &item));
		now = survey("/data/a.mp4");
		ck_assert_msg((now != seen) == adds[i].changes, "%s", adds[i].key);
		seen = now;
		free(key);
		free(path);
	}
	ck_assert(pathindex_drop(x, "1", "60"));
	ck_assert_uint_ne(survey("/data/a.mp4"), seen);
}
END_TEST

START_TEST(knows_items_without_parts)
{
	char key[] = "57";
	struct plex_item item = { .rating_key = key };

	ck_assert(!pathindex_has_item(x, "57"));
	pathindex_begin(x, "1");
	pathindex_commit(x, "1");
	ck_assert(pathindex_update(x, "1", &item));
	ck_assert(!pathindex_update(x, "1", &item));
	ck_assert(pathindex_has_item(x, "57"));
	ck_assert(!pathindex_has_item(x, "5"));
	ck_assert(pathindex_drop(x, "1", "57"));
	ck_assert(!pathindex_drop(x, "1", "57"));
	ck_assert(!pathindex_has_item(x, "57"));
}
END_TEST

/* News that come while a listing runs are in what it leads to. */
START_TEST(brings_news_into_the_generation_that_is_filled)
{
	char key[] = "55", file[] = "/new.mp4";
	struct plex_part part = { .file = file };
	struct plex_item item = { .rating_key = key, .parts = &part, .part_count = 1 };

	ck_assert(!pathindex_update(x, "1", &item));
	pathindex_begin(x, "1");
	add("1", "55", "/old.mp4", NULL);
	add("1", "56", "/gone.mp4", NULL);
	ck_assert(!pathindex_update(x, "1", &item));
	ck_assert(!pathindex_drop(x, "1", "56"));
	ck_assert(!pathindex_has_item(x, "55"));
	pathindex_commit(x, "1");
	ck_assert_uint_eq(count("/new.mp4"), 1);
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

START_TEST(holds_no_more_garbage_than_what_is_alive)
{
	char key[] = "0", file[] = "/a/file.mp4";
	struct plex_part part = { .file = file };
	const struct plex_item item = { .rating_key = key, .parts = &part, .part_count = 1 };
	struct pathtable t;
	size_t live;

	pathtable_init(&t, 0);
	for (key[0] = '0'; key[0] <= '9'; key[0]++)
		ck_assert(pathtable_put(&t, &item));
	live = t.len;
	for (int i = 1; i < 1000; i++) {
		key[0] = (char)('0' + i % 10);
		part.size = i;
		ck_assert(pathtable_put(&t, &item));
		ck_assert_uint_le(t.len, 2 * live + live / 10);
	}
	ck_assert_uint_eq(t.items, 10);
	for (key[0] = '0'; key[0] <= '9'; key[0]++)
		ck_assert(pathtable_drop(&t, key));
	ck_assert_uint_le(t.len, live / 10);
	ck_assert_uint_eq(t.parts, 0);
	pathtable_done(&t);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, finds_every_part_by_its_exact_path);
	tcase_add_test(cases, finds_nothing_in_an_empty_index);
	tcase_add_test(cases, finds_all_owners_of_a_path_in_all_sections);
	tcase_add_test(cases, takes_the_last_of_a_rating_key_and_a_path_of_an_item_once);
	tcase_add_test(cases, keeps_the_old_generation_until_the_new_one_is_complete);
	tcase_add_test(cases, drops_a_generation_that_is_aborted);
	tcase_add_test(cases, forgets_a_section_that_is_removed);
	tcase_add_test(cases, finds_each_of_many_paths);
	tcase_add_loop_test(cases, finds_a_path_by_its_keys, 0, ARRAY_LEN(spellings));
	tcase_add_loop_test(cases, finds_paths_of_any_length, 0, 2);
	tcase_add_test(cases, gives_hashes_that_never_change);
	tcase_add_test(cases, finds_by_hashes);
	tcase_add_test(cases, gives_another_number_when_what_could_match_a_path_changes);
	tcase_add_test(cases, knows_items_without_parts);
	tcase_add_test(cases, holds_no_more_garbage_than_what_is_alive);
	tcase_add_test(cases, brings_news_into_the_generation_that_is_filled);
}

CHECK_MAIN("pathindex", add_cases)
