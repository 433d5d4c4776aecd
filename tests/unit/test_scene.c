#include "common/scene.h"

#include "check_main.h"

#include <string.h>

static struct scene parse(const char *text)
{
	json_auto_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct fault fault = { 0 };
	struct scene scene = { 0 };

	ck_assert_ptr_nonnull(value);
	if (!scene_parse(&scene, value, "", &fault))
		ck_abort_msg("%s: %s", fault.pointer, fault.error.text);
	return scene;
}

static const char whole[] =
	"{\"id\":45,\"title\":\"New title\",\"details\":\"one\\r\\ntwo\",\"date\":\"2024-05\","
	"\"rating100\":80,\"organized\":true,\"updated_at\":\"2026-01-11T18:07:53+11:00\","
	"\"files\":[{\"path\":\"/data/b.mp4\",\"size\":734003200,\"duration\":1805.44},"
	"{\"path\":\"/data/a.mp4\"}],"
	"\"studio\":{\"name\":\"S\",\"parent_studio\":{\"name\":\"P\"}},"
	"\"performers\":[{\"name\":\"X\"},{\"name\":\"Y\"}],\"tags\":[{\"name\":\"T\"}],"
	"\"groups\":[{\"group\":{\"name\":\"G\"},\"scene_index\":1}],"
	"\"paths\":{\"screenshot\":\"http://stash/scene/45/screenshot?t=1\"},\"code\":\"\"}";

START_TEST(reads_every_field)
{
	struct scene s = parse(whole);

	ck_assert_str_eq(s.id, "45");
	ck_assert_str_eq(s.title, "New title");
	ck_assert_str_eq(s.details, "one\ntwo");
	ck_assert_str_eq(s.date, "2024-05");
	ck_assert_int_eq(s.rating100, 80);
	ck_assert(s.organized);
	ck_assert_int_eq(s.updated_at_ms, 1768115273000);
	ck_assert_uint_eq(s.file_count, 2);
	ck_assert_str_eq(s.files[0].path, "/data/b.mp4");
	ck_assert_int_eq(s.files[0].size, 734003200);
	ck_assert_int_eq(s.files[0].duration_ms, 1805440);
	ck_assert_int_eq(s.files[1].size, -1);
	ck_assert_int_eq(s.files[1].duration_ms, -1);
	ck_assert_str_eq(s.studio, "S");
	ck_assert_str_eq(s.parent_studio, "P");
	ck_assert_uint_eq(s.performers.count, 2);
	ck_assert_str_eq(s.performers.items[1], "Y");
	ck_assert_str_eq(s.tags.items[0], "T");
	ck_assert_str_eq(s.groups.items[0], "G");
	ck_assert_str_eq(s.screenshot, "http://stash/scene/45/screenshot?t=1");
	scene_done(&s);
}
END_TEST

START_TEST(says_empty_text_for_what_is_null_or_missing)
{
	struct scene s = parse("{\"title\":null,\"rating100\":null,\"files\":null,\"paths\":null}");

	ck_assert_str_eq(s.id, "");
	ck_assert_str_eq(s.title, "");
	ck_assert_str_eq(s.details, "");
	ck_assert_str_eq(s.date, "");
	ck_assert_str_eq(s.studio, "");
	ck_assert_str_eq(s.parent_studio, "");
	ck_assert_str_eq(s.screenshot, "");
	ck_assert_str_eq(s.altered, "");
	ck_assert_int_eq(s.rating100, 0);
	ck_assert_int_eq(s.updated_at_ms, 0);
	ck_assert_uint_eq(s.file_count, 0);
	scene_done(&s);
}
END_TEST

static const struct {
	const char *text, *pointer;
} wrong[] = {
	{ "[]", "/scene" },
	{ "{\"id\":\"045\"}", "/scene/id" },
	{ "{\"id\":0}", "/scene/id" },
	{ "{\"id\":4.0}", "/scene/id" },
	{ "{\"id\":\"1234567890123456789\"}", "/scene/id" },
	{ "{\"title\":1}", "/scene/title" },
	{ "{\"date\":\"2024-02-30\"}", "/scene/date" },
	{ "{\"rating100\":101}", "/scene/rating100" },
	{ "{\"rating100\":\"80\"}", "/scene/rating100" },
	{ "{\"organized\":1}", "/scene/organized" },
	{ "{\"updated_at\":\"yesterday\"}", "/scene/updated_at" },
	{ "{\"files\":{}}", "/scene/files" },
	{ "{\"files\":[{\"path\":\"/a\"},{\"size\":1}]}", "/scene/files/1/path" },
	{ "{\"files\":[{\"path\":\"/a\",\"size\":-1}]}", "/scene/files/0/size" },
	{ "{\"files\":[{\"path\":\"/a\",\"duration\":-0.5}]}", "/scene/files/0/duration" },
	{ "{\"studio\":\"S\"}", "/scene/studio" },
	{ "{\"studio\":{}}", "/scene/studio/name" },
	{ "{\"studio\":{\"name\":\"S\",\"parent_studio\":[]}}", "/scene/studio/parent_studio" },
	{ "{\"performers\":[\"X\"]}", "/scene/performers/0" },
	{ "{\"tags\":[{\"name\":\"T\"},null]}", "/scene/tags/1" },
	{ "{\"groups\":[{\"name\":\"G\"}]}", "/scene/groups/0/group" },
	{ "{\"paths\":{\"screenshot\":false}}", "/scene/paths/screenshot" },
};

START_TEST(names_the_place_of_what_is_wrong)
{
	json_auto_t *value = json_loads(wrong[_i].text, 0, NULL);
	struct fault fault = { 0 };
	struct scene untouched = { .rating100 = 7 };

	ck_assert(!scene_parse(&untouched, value, "/scene", &fault));
	ck_assert_str_eq(fault.pointer, wrong[_i].pointer);
	ck_assert_uint_gt(strlen(fault.error.text), 10);
	ck_assert_int_eq(untouched.rating100, 7);
	ck_assert_ptr_null(untouched.title);
	ck_assert(!scene_parse(&untouched, value, "/scene", NULL));
}
END_TEST

START_TEST(says_what_sanitising_altered)
{
	struct scene s = parse("{\"title\":\"a\\nb\\u0007\",\"details\":\"a\\nb\","
			       "\"tags\":[{\"name\":\"T\"},{\"name\":\"T\"},{\"name\":\" \"}]}");

	ck_assert_str_eq(s.title, "a b");
	ck_assert_str_eq(s.details, "a\nb");
	ck_assert_uint_eq(s.tags.count, 1);
	ck_assert_str_eq(s.altered, "title");
	ck_assert_int_eq(scene_sanitise(&s), 0);
	scene_done(&s);
}
END_TEST

START_TEST(cuts_what_is_too_long)
{
	struct scene s = { 0 };
	char title[3 * 300 + 1];

	for (int i = 0; i < 300; i++)
		memcpy(title + (ptrdiff_t)3 * i, "\xe2\x82\xac", 4);
	s.title = xstrdup(title);
	s.details = xcalloc(10002, 1);
	memset(s.details, 'x', 10001);
	for (int i = 0; i < 501; i++) {
		auto_free char *name = xasprintf("%d", i);

		string_list_add(&s.tags, name);
	}
	s.file_count = 1001;
	s.files = xcalloc(s.file_count, sizeof *s.files);
	for (size_t i = 0; i < s.file_count; i++)
		s.files[i].path = xstrdup("/a");
	ck_assert_int_eq(scene_sanitise(&s), 4);
	ck_assert_str_eq(s.altered, "title,details,tags,files");
	ck_assert_uint_eq(strlen(s.title), 3 * 255);
	ck_assert_uint_eq(strlen(s.details), 10000);
	ck_assert_uint_eq(s.tags.count, 500);
	ck_assert_uint_eq(s.file_count, 1000);
	scene_done(&s);
}
END_TEST

START_TEST(leaves_paths_as_they_are)
{
	struct scene s = parse("{\"files\":[{\"path\":\"/e\\u0301 \\u0007\"}]}");

	ck_assert_str_eq(s.files[0].path, "/e\xcc\x81 \x07");
	scene_done(&s);
}
END_TEST

START_TEST(writes_what_it_reads)
{
	struct scene s = parse(whole), copy, again = { 0 };
	json_auto_t *first = scene_to_json(&s), *second = NULL;

	scene_copy(&copy, &s);
	scene_done(&s);
	ck_assert(scene_parse(&again, first, "", NULL));
	second = scene_to_json(&copy);
	ck_assert(json_equal(first, second));
	ck_assert_uint_eq(scene_content_hash(&copy), scene_content_hash(&again));
	ck_assert_str_eq(json_string_value(json_object_get(first, "updated_at")),
		"2026-01-11T07:07:53.000Z");
	scene_done(&copy);
	scene_done(&again);
}
END_TEST

START_TEST(hashes_content_but_not_version_or_id)
{
	struct scene a = parse(whole), b;
	uint64_t hash = scene_content_hash(&a);

	scene_copy(&b, &a);
	memcpy(b.id, "46", 3);
	b.updated_at_ms++;
	b.organized = false;
	ck_assert_uint_eq(scene_content_hash(&b), hash);
	b.rating100 = 81;
	ck_assert_uint_ne(scene_content_hash(&b), hash);
	b.rating100 = 80;
	b.details[0] = 'O';
	ck_assert_uint_ne(scene_content_hash(&b), hash);
	scene_done(&a);
	scene_done(&b);
}
END_TEST

START_TEST(hashes_files_in_any_order)
{
	struct scene a = parse("{\"files\":[{\"path\":\"/a\"},{\"path\":\"/b\"}]}");
	struct scene b = parse("{\"files\":[{\"path\":\"/b\"},{\"path\":\"/a\",\"size\":1}]}");
	struct scene c = parse("{\"files\":[{\"path\":\"/a/b\"}]}");
	struct scene none = { 0 };

	ck_assert_uint_eq(scene_files_hash(&a), scene_files_hash(&b));
	ck_assert_uint_ne(scene_files_hash(&a), scene_files_hash(&c));
	ck_assert_uint_ne(scene_files_hash(&none), 0);
	scene_done(&a);
	scene_done(&b);
	scene_done(&c);
}
END_TEST

START_TEST(knows_a_scene_id)
{
	ck_assert(scene_id_valid("1"));
	ck_assert(scene_id_valid("999999999999999999"));
	ck_assert(!scene_id_valid("1000000000000000000"));
	ck_assert(!scene_id_valid(""));
	ck_assert(!scene_id_valid("0"));
	ck_assert(!scene_id_valid("01"));
	ck_assert(!scene_id_valid("-1"));
	ck_assert(!scene_id_valid("+1"));
	ck_assert(!scene_id_valid(" 1"));
	ck_assert(!scene_id_valid("1 "));
	ck_assert(!scene_id_valid("1a"));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, reads_every_field);
	tcase_add_test(cases, says_empty_text_for_what_is_null_or_missing);
	tcase_add_loop_test(cases, names_the_place_of_what_is_wrong, 0, (int)ARRAY_LEN(wrong));
	tcase_add_test(cases, says_what_sanitising_altered);
	tcase_add_test(cases, cuts_what_is_too_long);
	tcase_add_test(cases, leaves_paths_as_they_are);
	tcase_add_test(cases, writes_what_it_reads);
	tcase_add_test(cases, hashes_content_but_not_version_or_id);
	tcase_add_test(cases, hashes_files_in_any_order);
	tcase_add_test(cases, knows_a_scene_id);
}

CHECK_MAIN("scene", add_cases)
