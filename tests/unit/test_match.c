#include "consumer/match.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

static struct pathindex *x;
static const char *const sections[] = { "1", "2" };

static void setup(void)
{
	x = pathindex_new();
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		pathindex_begin(x, sections[i]);
		pathindex_commit(x, sections[i]);
	}
}

static void teardown(void)
{
	pathindex_free(x);
}

/* A part as a row of a library; `size` and `duration_ms` as Plex has them, 0 for unknown. */
struct row {
	const char *section, *rating_key, *path;
	int64_t size, duration_ms;
};

static void add_item(const char *section, const char *rating_key, struct plex_part *parts, size_t n)
{
	auto_free char *key = xstrdup(rating_key);
	struct plex_item item = { .rating_key = key, .parts = parts, .part_count = n };

	ck_assert(pathindex_update(x, section, &item));
}

/* Rows of one item stand together. */
static void add_library(const struct row *rows, size_t max)
{
	struct plex_part parts[4];
	size_t count = 0;

	for (size_t i = 0; i < max && rows[i].path; i++) {
		bool last = i + 1 == max || !rows[i + 1].path ||
			    strcmp(rows[i].rating_key, rows[i + 1].rating_key) != 0 ||
			    strcmp(rows[i].section, rows[i + 1].section) != 0;

		parts[count++] = (struct plex_part){
			.file = xstrdup(rows[i].path),
			.size = rows[i].size ? rows[i].size : -1,
			.duration_ms = rows[i].duration_ms ? rows[i].duration_ms : -1,
		};
		if (last) {
			add_item(rows[i].section, rows[i].rating_key, parts, count);
			while (count > 0)
				free(parts[--count].file);
		}
	}
}

/* ---- tier × uniqueness × evidence × strictness × time ---- */

enum how { EXACT, ACCENTS, CASE, WINDOWS, TAIL, NAME };

static const struct {
	enum pathkey tier;
	const char *stash, *plex;
} ways[] = {
	[EXACT] = { PATHKEY_EXACT, "/m/dir/File.mp4", "/m/dir/File.mp4" },
	[ACCENTS] = { PATHKEY_FOLDED, "/m/caf\xc3\xa9/File.mp4", "/m/cafe\xcc\x81//File.mp4" },
	[CASE] = { PATHKEY_FOLDED, "/m/dir/File.mp4", "/M/Dir/file.mp4" },
	[WINDOWS] = { PATHKEY_FOLDED, "C:\\m\\dir\\File.mp4", "c:/M/dir/file.MP4" },
	[TAIL] = { PATHKEY_TAIL, "/m/dir/File.mp4", "/other/dir/FILE.mp4" },
	[NAME] = { PATHKEY_NAME, "/m/dir/File.mp4", "/other/place/file.mp4" },
};

enum { STASH_SIZE = 1000 };
enum evidence { SAME_SIZE = STASH_SIZE, OTHER_SIZE = 999, NO_SIZE = 0 };
enum uniqueness { ONE, TWICE, SEVERAL }; /* one item; one in both sections; an item in each */

/* H high, L low, A ambiguous, U unsure; in this order: */
static const struct match_policy policies[] = {
	{ .strict = true, .window_over = false },
	{ .strict = true, .window_over = true },
	{ .strict = false, .window_over = false },
	{ .strict = false, .window_over = true },
};

static const struct {
	enum how how;
	enum uniqueness uniqueness;
	enum evidence evidence;
	const char *kinds;
} table[] = {
	{ EXACT, ONE, SAME_SIZE, "HHHH" },
	{ EXACT, ONE, OTHER_SIZE, "HHHH" },
	{ EXACT, ONE, NO_SIZE, "HHHH" },
	{ EXACT, TWICE, SAME_SIZE, "HHHH" },
	{ EXACT, TWICE, OTHER_SIZE, "HHHH" },
	{ EXACT, TWICE, NO_SIZE, "HHHH" },
	{ EXACT, SEVERAL, SAME_SIZE, "AALL" },
	{ EXACT, SEVERAL, OTHER_SIZE, "AALL" },
	{ EXACT, SEVERAL, NO_SIZE, "AALL" },

	{ ACCENTS, ONE, SAME_SIZE, "HHHH" },
	{ ACCENTS, ONE, OTHER_SIZE, "HHHH" },
	{ ACCENTS, ONE, NO_SIZE, "HHHH" },
	{ ACCENTS, SEVERAL, SAME_SIZE, "AALL" },
	{ ACCENTS, SEVERAL, OTHER_SIZE, "AALL" },
	{ ACCENTS, SEVERAL, NO_SIZE, "AALL" },

	{ CASE, ONE, SAME_SIZE, "HHHH" },
	{ CASE, ONE, OTHER_SIZE, "UAUL" }, /* a.mp4 and A.mp4 can be two files */
	{ CASE, ONE, NO_SIZE, "UAUL" },
	{ CASE, TWICE, SAME_SIZE, "HHHH" },
	{ CASE, TWICE, OTHER_SIZE, "UAUL" },
	{ CASE, TWICE, NO_SIZE, "UAUL" },
	{ CASE, SEVERAL, SAME_SIZE, "AALL" },
	{ CASE, SEVERAL, OTHER_SIZE, "AALL" },
	{ CASE, SEVERAL, NO_SIZE, "AALL" },

	{ WINDOWS, ONE, SAME_SIZE, "HHHH" },
	{ WINDOWS, ONE, OTHER_SIZE, "HHHH" }, /* … but not on Windows */
	{ WINDOWS, ONE, NO_SIZE, "HHHH" },
	{ WINDOWS, SEVERAL, SAME_SIZE, "AALL" },
	{ WINDOWS, SEVERAL, OTHER_SIZE, "AALL" },
	{ WINDOWS, SEVERAL, NO_SIZE, "AALL" },

	{ TAIL, ONE, SAME_SIZE, "HHHH" },
	{ TAIL, ONE, OTHER_SIZE, "UAUL" },
	{ TAIL, ONE, NO_SIZE, "UAUL" },
	{ TAIL, TWICE, SAME_SIZE, "HHHH" },
	{ TAIL, TWICE, OTHER_SIZE, "UAUL" },
	{ TAIL, TWICE, NO_SIZE, "UAUL" },
	{ TAIL, SEVERAL, SAME_SIZE, "AALL" },
	{ TAIL, SEVERAL, OTHER_SIZE, "AALL" },
	{ TAIL, SEVERAL, NO_SIZE, "AALL" },

	{ NAME, ONE, SAME_SIZE, "HHHH" },
	{ NAME, ONE, OTHER_SIZE, "UAUL" },
	{ NAME, ONE, NO_SIZE, "UAUL" },
	{ NAME, TWICE, SAME_SIZE, "HHHH" },
	{ NAME, TWICE, OTHER_SIZE, "UAUL" },
	{ NAME, TWICE, NO_SIZE, "UAUL" },
	{ NAME, SEVERAL, SAME_SIZE, "AALL" },
	{ NAME, SEVERAL, OTHER_SIZE, "AALL" },
	{ NAME, SEVERAL, NO_SIZE, "AALL" },
};

static enum match_kind kind_of(char letter)
{
	switch (letter) {
	case 'H':
		return MATCH_HIGH;
	case 'L':
		return MATCH_LOW;
	case 'A':
		return MATCH_AMBIGUOUS;
	default:
		return MATCH_UNSURE;
	}
}

/* With an item of each looser tier beside it, all of the right size: they must not count. */
START_TEST(judges_by_tier_uniqueness_evidence_strictness_and_time)
{
	const char *path = ways[table[_i].how].plex;
	char stash_path[50];
	struct scene_file file = { .path = stash_path, .size = STASH_SIZE, .duration_ms = -1 };
	const struct row rows[] = {
		{ "1", "10", path, (int64_t)table[_i].evidence, 0 },
		{ "2", table[_i].uniqueness == TWICE ? "10" : "11", path,
			(int64_t)table[_i].evidence, 0 },
	};

	snprintf(stash_path, sizeof stash_path, "%s", ways[table[_i].how].stash);
	add_library(rows, table[_i].uniqueness == ONE ? 1 : 2);
	if (table[_i].how < TAIL)
		add_library(&(struct row){ "1", "20", "/z/dir/file.mp4", STASH_SIZE, 0 }, 1);
	if (table[_i].how < NAME)
		add_library(&(struct row){ "2", "21", "/z/y/file.mp4", STASH_SIZE, 0 }, 1);
	for (size_t p = 0; p < ARRAY_LEN(policies); p++) {
		struct match m;

		match_scene(&m, &file, 1, x, &policies[p]);
		ck_assert_int_eq(m.kind, kind_of(table[_i].kinds[p]));
		ck_assert_int_eq(m.tier, ways[table[_i].how].tier);
		ck_assert_uint_eq(m.total, table[_i].uniqueness == SEVERAL ? 2 : 1);
		ck_assert_str_eq(m.candidates[0].rating_key, "10");
		ck_assert_str_eq(m.candidates[0].path, path);
		ck_assert_int_eq(m.candidates[0].same_size, table[_i].evidence == SAME_SIZE);
		match_done(&m);
	}
}
END_TEST

/* ---- which candidate is the best, and why ---- */

static const struct {
	struct row rows[4];
	struct scene_file files[3]; /* size and duration_ms: 0 for unknown */
	const char *candidates; /* rating key@section file number path; … */
} orders[] = {
	/* size before duration, before the common end, before the key */
	{ { { "1", "2", "/a/b/f.mp4", 7, 5000 }, { "1", "3", "/q/r/f.mp4", 8, 0 } },
		{ { (char[]){ "/x/y/f.mp4" }, 8, 5000 } }, "3@1 0 /q/r/f.mp4;2@1 0 /a/b/f.mp4;" },
	{ { { "1", "2", "/x/b/f.mp4", 0, 2999 }, { "1", "3", "/q/r/f.mp4", 7, 3000 } },
		{ { (char[]){ "/x/y/f.mp4" }, 8, 5000 } }, "3@1 0 /q/r/f.mp4;2@1 0 /x/b/f.mp4;" },
	{ { { "1", "2", "/x/b/f.mp4", 0, 7001 }, { "1", "3", "/q/r/f.mp4", 7, 7000 } },
		{ { (char[]){ "/x/y/f.mp4" }, 8, 5000 } }, "3@1 0 /q/r/f.mp4;2@1 0 /x/b/f.mp4;" },
	{ { { "1", "2", "/a/n/d/f.mp4", 0, 0 }, { "1", "3", "/a/m/d/f.mp4", 0, 0 } },
		{ { (char[]){ "/x/m/d/f.mp4" }, 8, 5000 } },
		"3@1 0 /a/m/d/f.mp4;2@1 0 /a/n/d/f.mp4;" },
	/* keys by number, decimal ones first */
	{ { { "1", "10", "/f.mp4", 0, 0 }, { "1", "9", "/f.mp4", 0, 0 },
		  { "2", "009a", "/f.mp4", 0, 0 }, { "2", "0011", "/f.mp4", 0, 0 } },
		{ { (char[]){ "/f.mp4" }, 0, 0 } },
		"9@1 0 /f.mp4;10@1 0 /f.mp4;0011@2 0 /f.mp4;009a@2 0 /f.mp4;" },
	/* a rating key counts once, with its best part, in whatever section */
	{ { { "1", "5", "/f.mp4", 0, 0 }, { "2", "5", "/f.mp4", 0, 0 } },
		{ { (char[]){ "/f.mp4" }, 0, 0 } }, "5@1 0 /f.mp4;" },
	{ { { "1", "5", "/a/f.mp4", 7, 0 }, { "1", "5", "/b/f.mp4", 8, 0 } },
		{ { (char[]){ "/c/f.mp4" }, 8, 0 } }, "5@1 0 /b/f.mp4;" },
	/* all files of the scene; the tier of one decides for all */
	{ { { "1", "5", "/a/f.mp4", 0, 0 }, { "1", "6", "/b/g.mp4", 0, 0 } },
		{ { (char[]){ "/x/f.mp4" }, 0, 0 }, { (char[]){ "/b/g.mp4" }, 0, 0 } },
		"6@1 1 /b/g.mp4;" },
	{ { { "1", "5", "/a/f.mp4", 0, 0 }, { "2", "6", "/b/g.mp4", 0, 0 } },
		{ { (char[]){ "/b/g.mp4" }, 0, 0 }, { (char[]){ "/a/f.mp4" }, 0, 0 } },
		"5@1 1 /a/f.mp4;6@2 0 /b/g.mp4;" },
	{ { { "1", "5", "/a/f.mp4", 0, 0 } },
		{ { (char[]){ "/a/f.mp4" }, 0, 0 }, { (char[]){ "/a/f.mp4" }, 0, 0 } },
		"5@1 0 /a/f.mp4;" },
};

START_TEST(puts_the_best_candidate_first)
{
	struct scene_file files[3];
	size_t count = 0;
	struct match m;
	auto_buf got;

	add_library(orders[_i].rows, ARRAY_LEN(orders[_i].rows));
	for (; count < 3 && orders[_i].files[count].path; count++)
		files[count] = orders[_i].files[count];
	match_scene(&m, files, count, x, &policies[2]);
	buf_init(&got, 1000);
	for (size_t i = 0; i < m.count; i++)
		buf_printf(&got, "%s@%s %zu %s;", m.candidates[i].rating_key,
			m.candidates[i].section, m.candidates[i].file, m.candidates[i].path);
	ck_assert_str_eq(buf_text(&got), orders[_i].candidates);
	ck_assert_uint_eq(m.total, m.count);
	match_done(&m);
}
END_TEST

/* 150 items own the one path, and the same ones the other. */
START_TEST(counts_candidates_beyond_those_it_names)
{
	char path[] = "/m/x.mp4", other[] = "/m/y.mp4", key[16];
	struct plex_part parts[] = { { .file = path }, { .file = other } };
	struct scene_file files[] = { { .path = path }, { .path = other } };
	struct match m;

	for (int i = 149; i >= 0; i--) {
		snprintf(key, sizeof key, "%d", i);
		add_item("1", key, parts, ARRAY_LEN(parts));
	}
	match_scene(&m, files, ARRAY_LEN(files), x, &policies[0]);
	ck_assert_int_eq(m.kind, MATCH_AMBIGUOUS);
	ck_assert_uint_eq(m.count, MATCH_CANDIDATES);
	ck_assert_uint_eq(m.total, 150);
	ck_assert_str_eq(m.candidates[0].rating_key, "0");
	ck_assert_str_eq(m.candidates[99].rating_key, "99");
	match_done(&m);
}
END_TEST

START_TEST(finds_nothing_for_a_scene_without_files_or_with_a_strange_one)
{
	char path[] = "/m/x.mp4", directory[] = "/m/x/", none[] = "";
	struct scene_file files[] = { { .path = directory }, { .path = none } };
	struct plex_part parts[] = { { .file = path }, { .file = directory } };
	struct match m;

	add_item("1", "1", parts, 1);
	match_scene(&m, files, 0, x, &policies[0]);
	ck_assert_int_eq(m.kind, MATCH_NO_FILES);
	match_done(&m);
	match_scene(&m, files, ARRAY_LEN(files), x, &policies[0]);
	ck_assert_int_eq(m.kind, MATCH_NONE);
	match_done(&m);
}
END_TEST

/* ---- the item that was read ---- */

static const struct {
	enum match_kind kind;
	enum pathkey tier;
	const char *plex; /* the scene has /m/dir/File.mp4 */
	int64_t size;
	bool holds;
} readings[] = {
	{ MATCH_HIGH, PATHKEY_EXACT, "/m/dir/File.mp4", OTHER_SIZE, true },
	{ MATCH_HIGH, PATHKEY_EXACT, "/m/dir/file.mp4", STASH_SIZE, false },
	{ MATCH_HIGH, PATHKEY_EXACT, "/m/dir/other.mp4", STASH_SIZE, false },
	{ MATCH_HIGH, PATHKEY_FOLDED, "/m/dir/file.mp4", STASH_SIZE, true },
	{ MATCH_HIGH, PATHKEY_FOLDED, "/m/dir/file.mp4", OTHER_SIZE, false },
	{ MATCH_HIGH, PATHKEY_FOLDED, "/m//dir/File.mp4", OTHER_SIZE, true },
	{ MATCH_HIGH, PATHKEY_FOLDED, "/n/dir/file.mp4", STASH_SIZE, false },
	{ MATCH_HIGH, PATHKEY_NAME, "/n/o/file.mp4", STASH_SIZE, true },
	{ MATCH_HIGH, PATHKEY_NAME, "/n/o/file.mp4", OTHER_SIZE, false },
	{ MATCH_HIGH, PATHKEY_NAME, "/m/dir/File.mp4", OTHER_SIZE, true },
	{ MATCH_LOW, PATHKEY_NAME, "/n/o/file.mp4", OTHER_SIZE, true },
	{ MATCH_LOW, PATHKEY_TAIL, "/n/o/file.mp4", STASH_SIZE, false },
};

START_TEST(holds_while_the_item_gives_the_reason)
{
	char stash[] = "/m/dir/File.mp4", other[] = "/q/other", *plex = xstrdup(readings[_i].plex);
	struct scene_file files[] = { { .path = other, .size = 1 },
		{ .path = stash, .size = STASH_SIZE } };
	struct plex_part parts[] = { { .file = plex, .size = readings[_i].size } };
	struct plex_item item = { .parts = parts, .part_count = 1 }, empty = { .part_count = 0 };
	struct match m = { .kind = readings[_i].kind, .tier = readings[_i].tier };

	ck_assert_int_eq(match_holds(&m, &item, files, 2), readings[_i].holds);
	ck_assert(!match_holds(&m, &item, files, 1));
	ck_assert(!match_holds(&m, &empty, files, 2));
	free(plex);
}
END_TEST

START_TEST(names_every_tier)
{
	for (int tier = 0; tier < PATHKEYS; tier++)
		ck_assert_ptr_nonnull(match_tier_name((enum pathkey)tier));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(
		cases, judges_by_tier_uniqueness_evidence_strictness_and_time, 0, ARRAY_LEN(table));
	tcase_add_loop_test(cases, puts_the_best_candidate_first, 0, ARRAY_LEN(orders));
	tcase_add_test(cases, counts_candidates_beyond_those_it_names);
	tcase_add_test(cases, finds_nothing_for_a_scene_without_files_or_with_a_strange_one);
	tcase_add_loop_test(cases, holds_while_the_item_gives_the_reason, 0, ARRAY_LEN(readings));
	tcase_add_test(cases, names_every_tier);
}

CHECK_MAIN("match", add_cases)
