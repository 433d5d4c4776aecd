#include "consumer/options.h"
#include "consumer/pathmap.h"

#include "tests/unit/check_main.h"

#include <string.h>

/* The rules as a person writes them: through the row of the setting. */
static void read_rules(struct consumer_options *o, const char *text)
{
	for (size_t i = 0; i < consumer_settings_count; i++)
		if (str_equal(consumer_settings[i].name, "path_map"))
			ck_assert(setting_store(&consumer_settings[i], text, o));
}

static void drop_rules(struct consumer_options *o)
{
	for (size_t i = 0; i < o->path_map.count; i++)
		free(o->path_map.items[i]);
	free(o->path_map.items);
}

static const struct {
	const char *rules, *stash, *plex;
} paths[] = {
	/* nothing to map */
	{ "", "/data/a.mp4", "/data/a.mp4" },
	{ " , ", "/data/a.mp4", "/data/a.mp4" },
	{ "/data:/media", "", "" },
	{ "/data:/media", "/other/a.mp4", "/other/a.mp4" },
	{ "/data:/media", "data/a.mp4", "data/a.mp4" },
	{ "/data:/media", "/mnt/data/a.mp4", "/mnt/data/a.mp4" },

	/* a prefix, at component boundaries */
	{ "/data:/media", "/data/a.mp4", "/media/a.mp4" },
	{ "/data:/media", "/data/x/data/a.mp4", "/media/x/data/a.mp4" },
	{ "/data:/media", "/database/a.mp4", "/database/a.mp4" },
	{ "/data:/media", "/dat/a.mp4", "/dat/a.mp4" },
	{ "/data:/media", "/Data/a.mp4", "/Data/a.mp4" },
	{ "/data:/media", "/data", "/media" },
	{ "/data:/media", "/data/", "/media/" },
	{ "/data/x y:/m", "/data/x y/a.mp4", "/m/a.mp4" },

	/* separators at the end do not count */
	{ "/data/:/media", "/data/a.mp4", "/media/a.mp4" },
	{ "/data:/media/", "/data/a.mp4", "/media/a.mp4" },
	{ "/data//:/media//", "/data/a.mp4", "/media/a.mp4" },
	{ "/data/:/media", "/database/a.mp4", "/database/a.mp4" },
	{ "C:\\v\\:/media", "C:\\v\\a.mp4", "/media/a.mp4" },
	{ "/data:D:\\media\\", "/data/a.mp4", "D:\\media\\a.mp4" },

	/* roots */
	{ "/:/media", "/data/a.mp4", "/media/data/a.mp4" },
	{ "/:/media", "//nas/a.mp4", "//nas/a.mp4" },
	{ "/:/media", "C:\\a.mp4", "C:\\a.mp4" },
	{ "/:/media", "", "" },
	{ "/data:/", "/data/a.mp4", "/a.mp4" },
	{ "/data:/", "/data", "/" },
	{ "C:\\:/media", "C:\\a\\b.mp4", "/media/a/b.mp4" },
	{ "/data:D:\\", "/data/a/b.mp4", "D:\\a\\b.mp4" },
	{ "/data:D:\\", "/data", "D:\\" },

	/* the longest first, and one of them only */
	{ "/data:/a,/data/new:/b", "/data/new/x.mp4", "/b/x.mp4" },
	{ "/data/new:/b,/data:/a", "/data/new/x.mp4", "/b/x.mp4" },
	{ "/data/new:/b,/data:/a", "/data/newer/x.mp4", "/a/newer/x.mp4" },
	{ "/:/r,/data:/a", "/data/x.mp4", "/a/x.mp4" },
	{ "/data:/media,/media:/other", "/data/x.mp4", "/media/x.mp4" },

	/* drives */
	{ "C:\\videos:/media", "C:\\videos\\s\\a.mp4", "/media/s/a.mp4" },
	{ "C:/videos:/media", "C:\\videos\\s\\a.mp4", "/media/s/a.mp4" },
	{ "C:\\videos:/media", "C:/videos/s/a.mp4", "/media/s/a.mp4" },
	{ "C:\\videos:/media", "c:\\videos\\a.mp4", "/media/a.mp4" },
	{ "c:\\videos:/media", "C:\\videos\\a.mp4", "/media/a.mp4" },
	{ "C:\\videos:/media", "C:\\videos2\\a.mp4", "C:\\videos2\\a.mp4" },
	{ "C:\\videos:/media", "D:\\videos\\a.mp4", "D:\\videos\\a.mp4" },
	{ "/data:D:\\media", "/data/s/a.mp4", "D:\\media\\s\\a.mp4" },
	{ "/data:D:/media", "/data/s/a.mp4", "D:\\media\\s\\a.mp4" },
	{ "C:\\v:D:\\m", "C:\\v\\s\\a.mp4", "D:\\m\\s\\a.mp4" },
	{ "C:\\v:D:\\m", "C:\\v/s/a.mp4", "D:\\m\\s\\a.mp4" },
	{ "C:\\v:D:\\m,E:/v:F:/m", "E:\\v\\a.mp4", "F:\\m\\a.mp4" },

	/* UNC */
	{ "\\\\nas\\v:/media", "\\\\nas\\v\\s\\a.mp4", "/media/s/a.mp4" },
	{ "//nas/v:/media", "\\\\nas\\v\\s\\a.mp4", "/media/s/a.mp4" },
	{ "\\\\nas\\v:/media", "//nas/v/s/a.mp4", "/media/s/a.mp4" },
	{ "/data:\\\\nas\\v", "/data/s/a.mp4", "\\\\nas\\v\\s\\a.mp4" },
	{ "/data://nas/v/", "/data/s/a.mp4", "\\\\nas\\v\\s\\a.mp4" },
	{ "\\\\nas\\v:Z:\\", "\\\\nas\\v\\a.mp4", "Z:\\a.mp4" },
	{ "\\\\nas\\v:/media", "\\\\nas\\video\\a.mp4", "\\\\nas\\video\\a.mp4" },

	/* elsewhere a backslash is a character */
	{ "/data:/media", "/data/a\\b.mp4", "/media/a\\b.mp4" },
	{ "/data:/media", "/data\\b.mp4", "/data\\b.mp4" },

	/* commas, colons and letters beyond ASCII */
	{ "/a\\,b:/c\\,d", "/a,b/x.mp4", "/c,d/x.mp4" },
	{ "/a:/b,/c:/d", "/c/x,y:z.mp4", "/d/x,y:z.mp4" },
	{ "/vidéos/日本:/médias/本", "/vidéos/日本/é.mp4", "/médias/本/é.mp4" },
	{ "/vid\xc3\xa9os:/m", "/vide\xcc\x81os/a.mp4", "/vide\xcc\x81os/a.mp4" },
};

START_TEST(maps_a_path)
{
	struct consumer_options o = { .path_map = { .count = 0 } };
	struct error err = { .text = "" };
	struct pathmap *map;

	read_rules(&o, paths[_i].rules);
	map = pathmap_new(&o.path_map, &err);
	ck_assert_msg(map != NULL, "%s", err.text);
	auto_free char *plex = pathmap_apply(map, paths[_i].stash);
	ck_assert_str_eq(plex, paths[_i].plex);
	pathmap_free(map);
	drop_rules(&o);
}
END_TEST

START_TEST(leaves_paths_alone_without_a_map)
{
	const char *rule = "a rule";
	auto_free char *plex = pathmap_apply(NULL, "/data/a.mp4");
	auto_free char *explained = pathmap_explain(NULL, "/data/a.mp4", &rule);

	ck_assert_str_eq(plex, "/data/a.mp4");
	ck_assert_str_eq(explained, "/data/a.mp4");
	ck_assert_ptr_null(rule);
}
END_TEST

START_TEST(explains_by_which_rule_a_path_is_mapped)
{
	static const struct {
		const char *path, *rule, *plex;
	} cases[] = {
		{ "/data/new/x.mp4", "/data/new/:/b", "/b/x.mp4" },
		{ "/data/x.mp4", "/data:/a", "/a/x.mp4" },
		{ "/else/x.mp4", NULL, "/else/x.mp4" },
	};
	struct consumer_options o = { .path_map = { .count = 0 } };
	struct error err;
	struct pathmap *map;

	read_rules(&o, "/data:/a,/data/new/:/b");
	map = pathmap_new(&o.path_map, &err);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *rule;
		auto_free char *plex = pathmap_explain(map, cases[i].path, &rule);

		ck_assert(str_equal(rule, cases[i].rule));
		ck_assert_str_eq(plex, cases[i].plex);
	}
	pathmap_free(map);
	drop_rules(&o);
}
END_TEST

static const struct {
	const char *rules, *rule, *cure;
} wrong[] = {
	{ "/data", "\"/data\"", "/data:/media" },
	{ "C:\\data", "\"C:\\data\"", "/data:/media" },
	{ "/a:/b,/data", "\"/data\"", "/data:/media" },
	{ "/data:/media:ro", "\"/data:/media:ro\"", "one colon" },
	{ "/a:D:\\m\\,/b:/c", "\"/a:D:\\m,/b:/c\"", "no \\ before that comma" },
	{ "data:/media", "\"data\"", "not an absolute path" },
	{ "/data:media", "\"media\"", "not an absolute path" },
	{ "/data:", "\"\"", "not an absolute path" },
	{ ":/media", "\"\"", "not an absolute path" },
	{ ":", "\"\"", "not an absolute path" },
	{ "/data:D:", "\"/data:D:\"", "one colon" },
	{ "\\\\:/media", "\"\\\\\"", "not an absolute path" },
	{ "/data:/a,/data/:/b", "\"/data/:/b\"", "keep one" },
	{ "/:/a,/:/b", "\"/:/b\"", "keep one" },
	{ "C:\\v:/a,c:/v/:/b", "\"c:/v/:/b\"", "keep one" },
};

START_TEST(refuses_a_wrong_rule_by_name_and_says_the_cure)
{
	static char url[] = "http://plex", token[] = "token", none[] = "";
	struct consumer_options o = { .plex_url = url, .plex_token = token, .stash_url = none };
	struct error err = { .text = "" };

	read_rules(&o, wrong[_i].rules);
	ck_assert(!consumer_options_validate(&o, &err));
	ck_assert_msg(strncmp(err.text, "path_map: ", 10) == 0, "%s", err.text);
	ck_assert_msg(strstr(err.text, wrong[_i].rule) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.text, wrong[_i].cure) != NULL, "%s", err.text);
	drop_rules(&o);
}
END_TEST

START_TEST(shortens_a_rule_of_any_length_in_its_error)
{
	struct consumer_options o = { .path_map = { .count = 0 } };
	struct error err = { .text = "" };
	char rule[5000];

	memset(rule, 'x', sizeof rule);
	rule[4000] = ':';
	rule[sizeof rule - 1] = '\0';
	read_rules(&o, rule);
	ck_assert(!pathmap_new(&o.path_map, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "server\\share."));
	drop_rules(&o);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_loop_test(c, maps_a_path, 0, ARRAY_LEN(paths));
	tcase_add_test(c, leaves_paths_alone_without_a_map);
	tcase_add_test(c, explains_by_which_rule_a_path_is_mapped);
	tcase_add_loop_test(c, refuses_a_wrong_rule_by_name_and_says_the_cure, 0, ARRAY_LEN(wrong));
	tcase_add_test(c, shortens_a_rule_of_any_length_in_its_error);
}

CHECK_MAIN("pathmap", add_cases)
