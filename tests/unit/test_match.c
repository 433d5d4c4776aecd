#include "consumer/match.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

/* A library: which item owns which path. */
static const struct {
	const char *section, *rating_key, *path;
} library[] = {
	{ "1", "10", "/m/a.mp4" },
	{ "1", "11", "/m/b.mp4" },
	{ "1", "12", "/m/b-again.mp4" },
	{ "1", "13", "/m/twice.mp4" },
	{ "1", "14", "/m/twice.mp4" },
	{ "2", "20", "/m/b.mp4" },
	{ "2", "21", "/m/only2.mp4" },
};

static struct pathindex *index_of_library(void)
{
	static const char *const sections[] = { "1", "2" };
	struct pathindex *x = pathindex_new();

	for (size_t s = 0; s < ARRAY_LEN(sections); s++) {
		pathindex_begin(x, sections[s]);
		for (size_t i = 0; i < ARRAY_LEN(library); i++) {
			char *key = xstrdup(library[i].rating_key),
			     *file = xstrdup(library[i].path);
			struct plex_part part = { .file = file };
			struct plex_item item = {
				.rating_key = key, .parts = &part, .part_count = 1
			};

			if (str_equal(library[i].section, sections[s]))
				pathindex_add(x, sections[s], &item);
			free(key);
			free(file);
		}
		pathindex_commit(x, sections[s]);
	}
	return x;
}

static const struct {
	const char *files[3];
	enum match_kind kind;
	const char *candidates; /* rating key@section path, … */
} table[] = {
	{ { NULL }, MATCH_NO_FILES, "" },
	{ { "/m/none.mp4" }, MATCH_NONE, "" },
	{ { "/m/A.mp4" }, MATCH_NONE, "" },
	{ { "/m/a.mp4" }, MATCH_HIGH, "10@1 /m/a.mp4;" },
	{ { "/m/none.mp4", "/m/only2.mp4" }, MATCH_HIGH, "21@2 /m/only2.mp4;" },
	{ { "/m/a.mp4", "/m/a.mp4" }, MATCH_HIGH, "10@1 /m/a.mp4;" },
	{ { "/m/b.mp4" }, MATCH_AMBIGUOUS, "11@1 /m/b.mp4;20@2 /m/b.mp4;" },
	{ { "/m/twice.mp4" }, MATCH_AMBIGUOUS, "13@1 /m/twice.mp4;14@1 /m/twice.mp4;" },
	{ { "/m/only2.mp4", "/m/b.mp4", "/m/a.mp4" }, MATCH_AMBIGUOUS,
		"21@2 /m/only2.mp4;11@1 /m/b.mp4;20@2 /m/b.mp4;10@1 /m/a.mp4;" },
};

START_TEST(judges_the_files_of_a_scene)
{
	struct pathindex *x = index_of_library();
	struct scene_file files[3];
	size_t count = 0;
	struct match m;
	auto_buf got;

	for (; count < 3 && table[_i].files[count]; count++)
		files[count] = (struct scene_file){ .path = xstrdup(table[_i].files[count]) };
	match_scene(&m, files, count, x);
	buf_init(&got, 1000);
	for (size_t i = 0; i < m.count; i++)
		buf_printf(&got, "%s@%s %s;", m.candidates[i].rating_key, m.candidates[i].section,
			m.candidates[i].path);
	ck_assert_int_eq(m.kind, table[_i].kind);
	ck_assert_str_eq(buf_text(&got), table[_i].candidates);
	ck_assert_uint_eq(m.total, m.count);
	match_done(&m);
	pathindex_free(x);
	for (size_t i = 0; i < count; i++)
		free(files[i].path);
}
END_TEST

/* 150 items own the one path, and the same ones the other. */
START_TEST(counts_candidates_beyond_those_it_names)
{
	char path[] = "/m/x.mp4", other[] = "/m/y.mp4", key[16];
	struct pathindex *x = pathindex_new();
	struct plex_part parts[] = { { .file = path }, { .file = other } };
	struct plex_item item = { .rating_key = key, .parts = parts, .part_count = 2 };
	struct scene_file files[] = { { .path = path }, { .path = other } };
	struct match m;

	pathindex_begin(x, "1");
	for (int i = 0; i < 150; i++) {
		snprintf(key, sizeof key, "%d", i);
		pathindex_add(x, "1", &item);
	}
	pathindex_commit(x, "1");
	match_scene(&m, files, ARRAY_LEN(files), x);
	ck_assert_int_eq(m.kind, MATCH_AMBIGUOUS);
	ck_assert_uint_eq(m.count, MATCH_CANDIDATES);
	ck_assert_uint_eq(m.total, 150);
	ck_assert_str_eq(m.candidates[0].rating_key, "0");
	ck_assert_str_eq(m.candidates[99].rating_key, "99");
	match_done(&m);
	pathindex_free(x);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, judges_the_files_of_a_scene, 0, ARRAY_LEN(table));
	tcase_add_test(cases, counts_candidates_beyond_those_it_names);
}

CHECK_MAIN("match", add_cases)
