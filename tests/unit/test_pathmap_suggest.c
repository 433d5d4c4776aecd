#include "consumer/pathmap_suggest.h"

#include "common/buf.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *stash[8], *plex[8];
	const char
		*expected; /* rule matched/samples, ? where ambiguous; … unmapped+by rules of all */
} layouts[] = {
	{ { NULL }, { NULL }, "0/0" },
	{ { "/data/a.mp4", "/data/b.mp4" }, { NULL }, "0/2" },
	{ { "/data/a.mp4", "/data/b.mp4" }, { "/data/a.mp4", "/data/b.mp4" }, "2/2" },
	/* roots that have nothing in common, and those that differ in depth */
	{ { "/data/s/a.mp4", "/data/t/b.mp4" }, { "/media/s/a.mp4", "/media/t/b.mp4" },
		"/data:/media 2/2;2/2" },
	{ { "/data/s/a.mp4", "/data/t/b.mp4" }, { "/s/a.mp4", "/t/b.mp4" }, "/data:/ 2/2;2/2" },
	{ { "/s/a.mp4", "/t/b.mp4" }, { "/m/x/s/a.mp4", "/m/x/t/b.mp4" }, "/:/m/x 2/2;2/2" },
	{ { "/data/a.mp4", "/data/b.mp4", "/data/c.mp4" }, { "/m/a.mp4", "/m/c.mp4" },
		"/data:/m 2/3;2/3" },
	/* several roots */
	{ { "/data/a.mp4", "/data/b.mp4", "/new/c.mp4", "/new/d.mp4", "/new/e.mp4" },
		{ "/m/a.mp4", "/m/b.mp4", "/n/c.mp4", "/n/d.mp4", "/n/e.mp4" },
		"/new:/n 3/3;/data:/m 2/2;5/5" },
	/* case, direction of slashes, separators twice */
	{ { "/Data/S/A.mp4", "/Data/b.mp4" }, { "/data/s/a.mp4", "/data//b.mp4" }, "2/2" },
	{ { "C:\\v\\S\\a.mp4", "C:\\v\\b.mp4" }, { "/media/s/a.mp4", "/media/b.mp4" },
		"C:\\v:/media 2/2;2/2" },
	{ { "C:\\s\\a.mp4", "C:\\b.mp4" }, { "/media/s/a.mp4", "/media/b.mp4" },
		"C:\\:/media 2/2;2/2" },
	{ { "/data/s/a.mp4", "/data/b.mp4" }, { "\\\\nas\\v\\s\\a.mp4", "\\\\nas\\v\\b.mp4" },
		"/data:\\\\nas\\v 2/2;2/2" },
	{ { "/d//s//a.mp4", "/d//b.mp4" }, { "/m/s/a.mp4", "/m/b.mp4" }, "/d:/m 2/2;2/2" },
	{ { "/x/caf\xc3\xa9/a.mp4", "/x/b.mp4" }, { "/y/cafe\xcc\x81/a.mp4", "/y/b.mp4" },
		"/x:/y 2/2;2/2" },
	/* two libraries with the same files */
	{ { "/data/a.mp4", "/data/b.mp4" }, { "/m/a.mp4", "/m/b.mp4", "/n/a.mp4", "/n/b.mp4" },
		"/data:/m 2/2?;/data:/n 2/2?;0/2" },
	{ { "/data/a.mp4", "/data/b.mp4", "/data/c.mp4" },
		{ "/m/a.mp4", "/m/b.mp4", "/m/c.mp4", "/n/c.mp4" }, "/data:/m 3/3;3/3" },
	/* one file is a coincidence, and so are names that everything has */
	{ { "/data/a.mp4", "/data/b.mp4" }, { "/m/a.mp4" }, "0/2" },
	{ { "/d/1/v.mp4", "/d/2/v.mp4", "/d/3/v.mp4", "/d/4/v.mp4" },
		{ "/m/5/v.mp4", "/m/6/v.mp4", "/m/7/v.mp4" }, "0/4" },
	/* what path_map needs escaped, and what it cannot express */
	{ { "/a,b/x.mp4", "/a,b/y.mp4" }, { "/c,d/x.mp4", "/c,d/y.mp4" }, "/a\\,b:/c\\,d 2/2;2/2" },
	{ { "/a:b/x.mp4", "/a:b/y.mp4" }, { "/c/x.mp4", "/c/y.mp4" }, "0/2" },
	{ { "data/x.mp4", "data/y.mp4" }, { "/c/x.mp4", "/c/y.mp4" }, "0/2" },
};

static size_t count_paths(const char *const *paths)
{
	size_t count = 0;

	while (count < 8 && paths[count])
		count++;
	return count;
}

START_TEST(suggests_rules_from_the_ends_of_paths)
{
	struct pathmap_suggestions s;
	auto_buf got;

	pathmap_suggest(&s, layouts[_i].stash, count_paths(layouts[_i].stash), layouts[_i].plex,
		count_paths(layouts[_i].plex));
	buf_init(&got, 1000);
	for (size_t i = 0; i < s.count; i++)
		buf_printf(&got, "%s %zu/%zu%s;", s.items[i].rule, s.items[i].matched,
			s.items[i].samples, s.items[i].ambiguous ? "?" : "");
	buf_printf(&got, "%zu/%zu", s.matched, s.samples);
	ck_assert_str_eq(buf_text(&got), layouts[_i].expected);
	pathmap_suggestions_done(&s);
}
END_TEST

START_TEST(gives_the_rate_of_many_samples)
{
	enum { SAMPLES = 200 };
	char *stash[SAMPLES], *plex[SAMPLES];
	struct pathmap_suggestions s;

	for (int i = 0; i < SAMPLES; i++) {
		stash[i] = xasprintf("/data/studio %d/scene %d.mp4", i % 7, i);
		plex[i] = xasprintf(
			"/media/adult/studio %d/scene %d.mp4", i % 7, i % 50 ? i : i + SAMPLES);
	}
	pathmap_suggest(
		&s, (const char *const *)stash, SAMPLES, (const char *const *)plex, SAMPLES);
	ck_assert_uint_eq(s.count, 1);
	ck_assert_str_eq(s.items[0].rule, "/data:/media/adult");
	ck_assert_uint_eq(s.items[0].matched, SAMPLES - 4);
	ck_assert_uint_eq(s.items[0].samples, SAMPLES);
	pathmap_suggestions_done(&s);
	for (int i = 0; i < SAMPLES; i++) {
		free(stash[i]);
		free(plex[i]);
	}
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_loop_test(c, suggests_rules_from_the_ends_of_paths, 0, ARRAY_LEN(layouts));
	tcase_add_test(c, gives_the_rate_of_many_samples);
}

CHECK_MAIN("pathmap_suggest", add_cases)
