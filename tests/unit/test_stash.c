#include "common/stash.h"

#include "check_main.h"

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

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, asks_for_one_scene_by_variable);
	tcase_add_test(cases, never_asks_for_what_holds_the_api_key);
	tcase_add_loop_test(cases, reads_the_status_before_the_body, 0, (int)ARRAY_LEN(statuses));
	tcase_add_test(cases, leaves_the_scene_alone_when_there_is_none);
	tcase_add_test(cases, reads_an_empty_answer_as_down);
}

CHECK_MAIN("stash", add_cases)
