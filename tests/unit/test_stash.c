#include "common/stash.h"

#include "check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(asks_for_one_scene_by_variable)
{
	auto_free char *body = stash_scene_request("45");
	json_auto_t *request = json_loads(body, 0, NULL);
	const char *query = json_string_value(json_object_get(request, "query"));
	const char *id =
		json_string_value(json_object_get(json_object_get(request, "variables"), "id"));

	ck_assert_ptr_nonnull(query);
	ck_assert_str_eq(id, "45");
	ck_assert_ptr_null(strstr(query, "45"));
	ck_assert_ptr_null(strchr(body, '\n'));
}
END_TEST

START_TEST(never_asks_for_what_holds_the_api_key)
{
	auto_free char *body = stash_scene_request("45");

	ck_assert_ptr_null(strstr(body, "stream"));
}
END_TEST

static const struct {
	long status;
	const char *location;
	enum stash_answer answer;
} statuses[] = {
	{ 301, "https://private.example/graphql?apikey=x", STASH_DOWN },
	{ 302, "/login?returnURL=%2Fgraphql", STASH_UNAUTHORISED },
	{ 302, "/prefix/login?returnURL=x", STASH_UNAUTHORISED },
	{ 400, "", STASH_DOWN },
	{ 401, "", STASH_UNAUTHORISED },
	{ 403, "", STASH_UNAUTHORISED },
	{ 404, "", STASH_DOWN },
	{ 422, "", STASH_DOWN },
	{ 429, "", STASH_DOWN },
	{ 500, "", STASH_DOWN },
	{ 503, NULL, STASH_DOWN },
};

START_TEST(reads_the_status_before_the_body)
{
	static const char body[] = "{\"data\":{\"findScene\":null}}";
	struct scene scene;
	struct error err = { 0 };

	ck_assert_int_eq(stash_read_scene(statuses[_i].status, NULL, statuses[_i].location, body,
				 strlen(body), &scene, &err),
		statuses[_i].answer);
	ck_assert_uint_gt(strlen(err.text), 20);
	ck_assert_ptr_null(strstr(err.text, "private"));
}
END_TEST

START_TEST(leaves_the_scene_alone_when_there_is_none)
{
	static const char body[] = "{\"data\":{\"findScene\":null}}";
	struct scene scene = { .rating100 = 7 };
	struct error err = { 0 };

	ck_assert_int_eq(
		stash_read_scene(200, "application/json", "", body, strlen(body), &scene, &err),
		STASH_ABSENT);
	ck_assert_int_eq(scene.rating100, 7);
	ck_assert_ptr_null(scene.title);
}
END_TEST

START_TEST(reads_an_empty_answer_as_down)
{
	struct scene scene;
	struct error err = { 0 };

	ck_assert_int_eq(stash_read_scene(200, "", "", "", 0, &scene, &err), STASH_DOWN);
	ck_assert_uint_gt(strlen(err.text), 20);
}
END_TEST

static void pack_page(char *ret, size_t size, const char *scenes)
{
	snprintf(ret, size, "{\"data\":{\"findScenes\":{\"count\":7,\"scenes\":[%s]}}}", scenes);
}

static enum stash_answer read_page(
	const char *scenes, struct stash_page *ret_page, struct error *err)
{
	char body[1024];

	pack_page(body, sizeof body, scenes);
	return stash_read_page(200, "application/json", "", body, strlen(body), ret_page, err);
}

START_TEST(asks_for_the_next_ids_in_their_order)
{
	auto_free char *body = stash_page_request(45, 100, STASH_ANY, NULL);
	json_auto_t *request = json_loads(body, 0, NULL);
	json_auto_t *wanted = json_loads("{\"scenes\":{\"id\":{\"value\":45,\"modifier\":"
					 "\"GREATER_THAN\"}},\"count\":100}",
		0, NULL);

	ck_assert(json_equal(json_object_get(request, "variables"), wanted));
	ck_assert_ptr_nonnull(strstr(body, "direction: ASC"));
}
END_TEST

static const struct {
	enum stash_object object;
	const char *criterion;
} objects[] = {
	{ STASH_TAG, "\"tags\":{\"value\":[\"12\"],\"modifier\":\"INCLUDES\",\"depth\":0}" },
	{ STASH_PERFORMER, "\"performers\":{\"value\":[\"12\"],\"modifier\":\"INCLUDES\"}" },
	{ STASH_STUDIO, "\"studios\":{\"value\":[\"12\"],\"modifier\":\"INCLUDES\",\"depth\":1}" },
	{ STASH_GROUP, "\"groups\":{\"value\":[\"12\"],\"modifier\":\"INCLUDES\",\"depth\":0}" },
};

START_TEST(asks_for_the_scenes_of_an_object)
{
	auto_free char *body = stash_page_request(0, 100, objects[_i].object, "12");

	ck_assert_ptr_nonnull(strstr(body, objects[_i].criterion));
	ck_assert_ptr_nonnull(strstr(body, "\"value\":0,\"modifier\":\"GREATER_THAN\""));
}
END_TEST

START_TEST(reads_a_page)
{
	struct stash_page page;
	struct error err;
	struct scene_file file = { .path = (char[]){ "/data/a.mp4" }, .size = -1 };
	struct scene scene = { .files = &file, .file_count = 1 };

	ck_assert_int_eq(read_page("{\"id\":\"3\",\"updated_at\":\"2026-01-11T18:07:53+11:00\","
				   "\"files\":[{\"path\":\"/data/a.mp4\"}]},"
				   "{\"id\":\"9\",\"updated_at\":7,\"files\":[]}",
				 &page, &err),
		STASH_SCENE);
	ck_assert_int_eq(page.remaining, 7);
	ck_assert_uint_eq(page.count, 2);
	ck_assert_int_eq(page.rows[0].id, 3);
	ck_assert(page.rows[0].readable);
	ck_assert_int_eq(page.rows[0].updated_at_ms, 1768115273000);
	ck_assert_uint_eq(page.rows[0].files_hash, scene_files_hash(&scene));
	ck_assert_int_eq(page.rows[1].id, 9);
	ck_assert(!page.rows[1].readable);
	stash_page_done(&page);
}
END_TEST

START_TEST(reads_an_empty_page_as_the_end)
{
	struct stash_page page;
	struct error err;

	ck_assert_int_eq(read_page("", &page, &err), STASH_SCENE);
	ck_assert_uint_eq(page.count, 0);
	stash_page_done(&page);
}
END_TEST

static const struct {
	const char *body;
	const char *says;
} bad_pages[] = {
	{ "", "not Stash's GraphQL" },
	{ "{\"data\":{\"findScene\":null}}", "not Stash's GraphQL" },
	{ "{\"data\":{\"findScenes\":null}}", "not as it should be" },
	{ "{\"data\":{\"findScenes\":{\"count\":-1,\"scenes\":[]}}}", "not as it should be" },
	{ "{\"data\":{\"findScenes\":{\"count\":1,\"scenes\":{}}}}", "not as it should be" },
	{ "{\"data\":{\"findScenes\":{\"count\":1,\"scenes\":[{}]}}}", "without an id" },
	{ "{\"data\":{\"findScenes\":{\"count\":1,\"scenes\":[7]}}}", "without an id" },
	{ "{\"errors\":[{\"message\":\"database is locked\"}],\"data\":null}",
		"cannot answer now" },
};

START_TEST(takes_no_page_for_one_that_is_not)
{
	struct stash_page page;
	struct error err = { 0 };

	ck_assert_int_eq(stash_read_page(200, "application/json", "", bad_pages[_i].body,
				 strlen(bad_pages[_i].body), &page, &err),
		STASH_DOWN);
	ck_assert_msg(strstr(err.text, bad_pages[_i].says) != NULL, "%s", err.text);
}
END_TEST

START_TEST(reads_the_status_before_the_page)
{
	struct stash_page page;
	struct error err = { 0 };
	char body[128];

	pack_page(body, sizeof body, "");
	ck_assert_int_eq(stash_read_page(statuses[_i].status, NULL, statuses[_i].location, body,
				 strlen(body), &page, &err),
		statuses[_i].answer);
	ck_assert_uint_gt(strlen(err.text), 20);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, asks_for_one_scene_by_variable);
	tcase_add_test(cases, never_asks_for_what_holds_the_api_key);
	tcase_add_loop_test(cases, reads_the_status_before_the_body, 0, (int)ARRAY_LEN(statuses));
	tcase_add_test(cases, leaves_the_scene_alone_when_there_is_none);
	tcase_add_test(cases, reads_an_empty_answer_as_down);
	tcase_add_test(cases, asks_for_the_next_ids_in_their_order);
	tcase_add_loop_test(cases, asks_for_the_scenes_of_an_object, 0, (int)ARRAY_LEN(objects));
	tcase_add_test(cases, reads_a_page);
	tcase_add_test(cases, reads_an_empty_page_as_the_end);
	tcase_add_loop_test(cases, takes_no_page_for_one_that_is_not, 0, (int)ARRAY_LEN(bad_pages));
	tcase_add_loop_test(cases, reads_the_status_before_the_page, 0, (int)ARRAY_LEN(statuses));
}

CHECK_MAIN("stash", add_cases)
