#include "consumer/gate.h"

#include "tests/unit/check_main.h"

/* What a scene has, by commas; NULL: nothing. It has a title and is organized unless it says otherwise. */
static const struct {
	const char *tags, *studio, *parent_studio, *paths, *title, *details;
	bool loose; /* not organized */
	unsigned known;
	/* the policy */
	bool disabled, organized_only;
	const char *include_tags, *exclude_tags, *exclude_studios, *exclude_paths;
	const char *reason;
} scenes[] = {
	{ .paths = "/d/a.mp4", .reason = NULL },
	{ .paths = "/d/a.mp4", .disabled = true, .reason = "disabled" },
	{ .reason = "no_files" },
	{ .known = GATE_PINNED, .reason = NULL },
	{ .paths = "/d/a.mp4", .organized_only = true, .reason = NULL },
	{ .paths = "/d/a.mp4", .organized_only = true, .loose = true, .reason = "not_organized" },
	{ .paths = "/d/a.mp4", .loose = true, .reason = NULL },
	/* tags */
	{ .paths = "/d/a.mp4", .tags = "A,B", .exclude_tags = "b", .reason = "excluded_tag" },
	{ .paths = "/d/a.mp4", .tags = "A", .exclude_tags = "B", .reason = NULL },
	{ .paths = "/d/a.mp4",
		.tags = "ÉTÉ",
		.exclude_tags = "e\xCC\x81te\xCC\x81",
		.reason = "excluded_tag" },
	{ .paths = "/d/a.mp4", .tags = "A,B", .include_tags = "X,b", .reason = NULL },
	{ .paths = "/d/a.mp4", .tags = "A", .include_tags = "X", .reason = "excluded_tag" },
	{ .paths = "/d/a.mp4", .include_tags = "X", .reason = "excluded_tag" },
	{ .paths = "/d/a.mp4",
		.tags = "A,B",
		.include_tags = "A",
		.exclude_tags = "B",
		.reason = "excluded_tag" },
	/* studios */
	{ .paths = "/d/a.mp4", .studio = "S", .exclude_studios = "s", .reason = "excluded_studio" },
	{ .paths = "/d/a.mp4",
		.studio = "T",
		.parent_studio = "S",
		.exclude_studios = "S",
		.reason = "excluded_studio" },
	{ .paths = "/d/a.mp4", .exclude_studios = "S", .reason = NULL },
	/* paths */
	{ .paths = "/d/p/a.mp4", .exclude_paths = "/d/p", .reason = "excluded_path" },
	{ .paths = "/d/p/a.mp4", .exclude_paths = "/d/p/", .reason = "excluded_path" },
	{ .paths = "/d/pq/a.mp4", .exclude_paths = "/d/p", .reason = NULL },
	{ .paths = "/d/x/p/y/a.mp4", .exclude_paths = "*/p/*", .reason = "excluded_path" },
	{ .paths = "/d/a.MP4", .exclude_paths = "*.[mM]P4", .reason = "excluded_path" },
	{ .paths = "C:\\v\\p\\a.mp4", .exclude_paths = "C:\\v\\p", .reason = "excluded_path" },
	{ .paths = "C:\\v\\p\\a.mp4", .exclude_paths = "C:\\v\\*", .reason = "excluded_path" },
	{ .paths = "/d/p/a.mp4,/e/a.mp4", .exclude_paths = "/d", .reason = NULL },
	{ .paths = "/d/p/a.mp4,/e/a.mp4", .exclude_paths = "/d,/e", .reason = "excluded_path" },
	/* nothing is known of it */
	{ .paths = "/d/a.mp4", .title = "", .reason = "low_quality" },
	{ .paths = "/d/a.mp4", .title = "a", .reason = "low_quality" },
	{ .paths = "/d/a.mp4", .title = "a.mp4", .reason = "low_quality" },
	{ .paths = "/d/a.b.mp4", .title = "a", .reason = NULL },
	{ .paths = "/d/x.mp4,/e/a.mp4", .title = "a", .reason = "low_quality" },
	{ .paths = "/d/a.mp4", .title = "", .details = "D", .reason = NULL },
	{ .paths = "/d/a.mp4", .title = "", .studio = "S", .reason = NULL },
	{ .paths = "/d/a.mp4", .title = "", .tags = "A", .reason = NULL },
	{ .paths = "/d/a.mp4", .title = "", .known = GATE_SYNCED, .reason = NULL },
	/* the first that holds */
	{ .disabled = true, .exclude_tags = "A", .tags = "A", .reason = "disabled" },
	{ .paths = "/d/a.mp4",
		.tags = "A",
		.exclude_tags = "A",
		.exclude_paths = "*",
		.reason = "excluded_tag" },
};

static void add_each(const char *list, void (*add)(void *to, const char *item), void *to)
{
	while (list && *list) {
		size_t len = 0;

		while (list[len] && list[len] != ',')
			len++;
		auto_free char *item = xstrndup(list, len);

		add(to, item);
		list += len + (list[len] == ',');
	}
}

static void add_name(void *to, const char *item)
{
	string_list_add(to, item);
}

static void add_setting(void *to, const char *item)
{
	struct setting_list *list = to;

	list->items = xrealloc(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = xstrdup(item);
}

static void add_file(void *to, const char *item)
{
	struct scene *scene = to;

	scene->files = xrealloc(scene->files, scene->file_count + 1, sizeof *scene->files);
	scene->files[scene->file_count++] = (struct scene_file){ .path = xstrdup(item) };
}

static void clear(struct setting_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
}

START_TEST(drops_a_scene_for_the_first_reason_that_holds)
{
	struct scene scene = { .organized = !scenes[_i].loose };
	struct gate_policy policy = { .enabled = !scenes[_i].disabled,
		.organized_only = scenes[_i].organized_only };
	const char *reason;

	scene.title = xstrdup(scenes[_i].title ? scenes[_i].title : "Title");
	scene.details = xstrdup_or_null(scenes[_i].details);
	scene.studio = xstrdup_or_null(scenes[_i].studio);
	scene.parent_studio = xstrdup_or_null(scenes[_i].parent_studio);
	scene_complete(&scene);
	add_each(scenes[_i].tags, add_name, &scene.tags);
	add_each(scenes[_i].paths, add_file, &scene);
	add_each(scenes[_i].include_tags, add_setting, &policy.include_tags);
	add_each(scenes[_i].exclude_tags, add_setting, &policy.exclude_tags);
	add_each(scenes[_i].exclude_studios, add_setting, &policy.exclude_studios);
	add_each(scenes[_i].exclude_paths, add_setting, &policy.exclude_paths);
	reason = gate_check(&policy, &scene, scenes[_i].known);
	ck_assert_msg(str_equal(reason, scenes[_i].reason), "case %d: %s, not %s", _i,
		reason ? reason : "passed", scenes[_i].reason ? scenes[_i].reason : "passed");
	clear(&policy.include_tags);
	clear(&policy.exclude_tags);
	clear(&policy.exclude_studios);
	clear(&policy.exclude_paths);
	scene_done(&scene);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(
		cases, drops_a_scene_for_the_first_reason_that_holds, 0, ARRAY_LEN(scenes));
}

CHECK_MAIN("gate", add_cases)
