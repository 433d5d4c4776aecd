#include "common/buf.h"
#include "tests/sim/stashsim.h"
#include "tests/unit/check_main.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

#define KEY "the-key"
#define LIMIT ((size_t)1 << 20)

static const char scene_query[] =
	"query PlexsyncScene($id: ID!) {\n  findScene(id: $id) { id title details date rating100 "
	"organized "
	"updated_at files { path basename size duration } paths { screenshot } "
	"studio { name parent_studio { name } } performers { name } tags { name } "
	"groups { group { name } scene_index } }\n}";

static const char sweep_query[] =
	"query PlexsyncSweep($after: Int!, $n: Int!) {"
	" findScenes(scene_filter: { id: { value: $after, modifier: GREATER_THAN } },"
	" filter: { page: 1, per_page: $n, sort: \"id\", direction: ASC }) {"
	" count scenes { id updated_at files { path mod_time } } } }";

static struct stashsim *sim;

struct reply {
	CURLcode code;
	long status;
	struct buf head, body;
};

/* NULL for a header that the request shall not have, except that `method` NULL is GET or POST. */
struct ask {
	const char *path, *method, *key, *accept, *type, *body, *extra;
};

static void start(const char *api_key, bool login)
{
	struct stashsim_options options = {
		.api_key = api_key, .login = login, .data_file = STASHSIM_SCENES
	};
	struct error err;

	sim = stashsim_start(&options, &err);
	ck_assert_msg(sim != NULL, "%s", err.text);
}

static void stop(void)
{
	stashsim_stop(sim);
	sim = NULL;
}

static size_t collect(char *bytes, size_t size, size_t count, void *buf)
{
	return buf_put(buf, bytes, size * count) ? size * count : 0;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
	auto_free char *line = value ? xasprintf("%s: %s", name, value) : xasprintf("%s:", name);

	return curl_slist_append(list, line);
}

static struct reply ask(const struct ask *ask)
{
	CURL *easy = curl_easy_init();
	auto_free char *url = xasprintf("http://127.0.0.1:%u%s", stashsim_port(sim), ask->path);
	struct curl_slist *headers = add_header(NULL, "Accept", ask->accept);
	struct reply reply;

	buf_init(&reply.head, LIMIT);
	buf_init(&reply.body, LIMIT);
	headers = add_header(headers, "Content-Type", ask->type);
	headers = add_header(headers, "Expect", NULL);
	if (ask->key)
		headers = add_header(headers, "ApiKey", ask->key);
	if (ask->extra)
		headers = curl_slist_append(headers, ask->extra);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	if (ask->body)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, ask->body);
	if (str_equal(ask->method, "HEAD"))
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (ask->method)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, ask->method);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply.body);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, collect);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &reply.head);
	reply.code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply.status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(easy);
	return reply;
}

static void reply_done(struct reply *reply)
{
	buf_done(&reply->head);
	buf_done(&reply->body);
}

static bool has(const struct buf *text, const char *part)
{
	return strstr(buf_text(text), part) != NULL;
}

static struct reply graphql(const char *query, const char *variables)
{
	json_t *body = json_pack("{s:s}", "query", query);

	if (variables)
		json_object_set_new(body, "variables", json_loads(variables, 0, NULL));
	auto_free char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return ask(&(struct ask){ .path = "/graphql",
		.key = KEY,
		.accept = "application/json",
		.type = "application/json",
		.body = text });
}

/* Asks, and compares the status and a part of head or body; NULL and "" are in everything. */
static void expect(const struct ask *request, long status, const char *head, const char *body)
{
	struct reply reply = ask(request);

	ck_assert_int_eq(reply.status, status);
	ck_assert_msg(!head || has(&reply.head, head), "%s", buf_text(&reply.head));
	ck_assert_msg(!body || has(&reply.body, body), "%s", buf_text(&reply.body));
	reply_done(&reply);
}

static void expect_graphql(const char *query, const char *variables, long status, const char *body)
{
	struct reply reply = graphql(query, variables);

	ck_assert_int_eq(reply.status, status);
	ck_assert_msg(has(&reply.body, body), "%s", buf_text(&reply.body));
	reply_done(&reply);
}

START_TEST(answers_a_scene_as_stash_does)
{
	start(KEY, true);
	struct reply reply = graphql(scene_query, "{\"id\":\"45\"}");
	auto_free char *url = xasprintf("\"paths\":{\"screenshot\":\"http://127.0.0.1:%u/scene/45/"
					"screenshot?t=1768115273\"}",
		stashsim_port(sim));
	static const char start_of_it[] =
		"{\"data\":{\"findScene\":{\"id\":\"45\",\"title\":\"New "
		"title\",\"details\":\"First line of "
		"the details.\\nSecond line, with \\u003cangles\\u003e \\u0026 \\\"quotes\\\".\","
		"\"date\":\"2024-05-17\",\"rating100\":80,\"organized\":true,"
		"\"updated_at\":\"2026-01-11T18:07:53+11:00\",\"files\":[{\"path\":\"/data/studio/"
		"film.mp4\","
		"\"basename\":\"film.mp4\",\"size\":734003200,\"duration\":1805.44}],";

	ck_assert_int_eq(reply.status, 200);
	ck_assert_msg(strncmp(buf_text(&reply.body), start_of_it, strlen(start_of_it)) == 0, "%s",
		buf_text(&reply.body));
	ck_assert(has(&reply.body, url));
	ck_assert(has(&reply.body,
		"\"studio\":{\"name\":\"Some Studio\",\"parent_studio\":{\"name\":\"Parent\"}},"));
	ck_assert(has(&reply.body,
		"\"groups\":[{\"group\":{\"name\":\"Series\"},\"scene_index\":1}]}}}"));
	ck_assert(has(&reply.head, "Content-Type: application/json"));
	ck_assert(has(&reply.head, "Date: "));
	ck_assert(has(&reply.head, "Content-Length: "));
	reply_done(&reply);
	stop();
}
END_TEST

START_TEST(answers_what_is_unset_as_stash_does)
{
	start(KEY, true);
	expect_graphql("{ findScene(id: 48) { title details date rating100 studio { name } tags { "
		       "name } } }",
		NULL, 200,
		"{\"title\":\"\",\"details\":\"\",\"date\":null,\"rating100\":null,\"studio\":null,"
		"\"tags\":[]}");
	expect_graphql(
		"{ findScene(id: \"102\") { files { path } } }", NULL, 200, "{\"files\":[]}");
	expect_graphql(
		"{ findScene(id: 999) { id } }", NULL, 200, "{\"data\":{\"findScene\":null}}");
	expect_graphql("{ findScene(id: 47) { files { duration } } }", NULL, 200,
		"{\"duration\":1.2345675e+06}");
	stop();
}
END_TEST

START_TEST(pages_by_the_last_id)
{
	start(KEY, true);
	expect_graphql(sweep_query, "{\"after\":0,\"n\":2}", 200,
		"{\"data\":{\"findScenes\":{\"count\":7,\"scenes\":[{\"id\":\"2\",");
	expect_graphql(sweep_query, "{\"after\":47,\"n\":2}", 200,
		"{\"count\":3,\"scenes\":[{\"id\":\"48\",");
	expect_graphql(sweep_query, "{\"after\":102,\"n\":2}", 200, "{\"count\":0,\"scenes\":[]}");
	stop();
}
END_TEST

#define FILTERED(filter) \
	"query PlexsyncSweep { findScenes(scene_filter: { " filter " }, filter: { page: 1, " \
	"per_page: 9, sort: \"id\" }) { count scenes { id } } }"

static const struct {
	const char *query, *found;
} filters[] = {
	{ FILTERED("tags: { value: [\"21\"], modifier: INCLUDES, depth: 0 }"),
		"{\"count\":1,\"scenes\":[{\"id\":\"45\"}]}" },
	{ FILTERED("performers: { value: [\"9\"], modifier: INCLUDES }"),
		"{\"count\":2,\"scenes\":[{\"id\":\"45\"},{\"id\":\"46\"}]}" },
	{ FILTERED("studios: { value: [\"2\"], modifier: INCLUDES, depth: 0 }"),
		"{\"count\":0,\"scenes\":[]}" },
	{ FILTERED("studios: { value: [\"2\"], modifier: INCLUDES, depth: 1 }"),
		"{\"count\":2,\"scenes\":[{\"id\":\"45\"},{\"id\":\"46\"}]}" },
	{ FILTERED("groups: { value: [\"2\"], modifier: INCLUDES, depth: 0 }"),
		"{\"count\":1,\"scenes\":[{\"id\":\"45\"}]}" },
	{ FILTERED("id: { value: 45, modifier: GREATER_THAN }, performers: { value: [\"9\"], "
		   "modifier: INCLUDES }"),
		"{\"count\":1,\"scenes\":[{\"id\":\"46\"}]}" },
	{ FILTERED("title: { value: \"x\", modifier: EQUALS }"), "stashsim filters scenes by" },
};

START_TEST(finds_the_scenes_of_an_object)
{
	start(KEY, true);
	expect_graphql(filters[_i].query, NULL, 200, filters[_i].found);
	stop();
}
END_TEST

START_TEST(refuses_what_its_schema_does_not_have)
{
	start(KEY, true);
	expect_graphql("{ findMovie(id: 1) { id } }", NULL, 422,
		"Cannot query field \\\"findMovie\\\" on type \\\"Query\\\".");
	expect_graphql("{ findScene(id: 45) { id colour } }", NULL, 422, "on type \\\"Scene\\\".");
	expect_graphql("{ findScene(id: 45) { studio } }", NULL, 422, "must have a selection");
	expect_graphql(
		"{ findScene(id: 45) { id { x } } }", NULL, 422, "must not have a selection");
	expect_graphql(scene_query, NULL, 422, "$id must be defined");
	expect_graphql("{ findScene(id: 45) { id }", NULL, 422, "found \\u003cEOF\\u003e");
	expect_graphql("mutation { sceneDestroy(id: 45) { id } }", NULL, 422, "mutation");
	expect_graphql("{ findScene(id: \"x\") { id } }", NULL, 200,
		"{\"errors\":[{\"message\":\"strconv.Atoi: parsing \\\"x\\\": invalid syntax\","
		"\"path\":[\"findScene\"]}],\"data\":{\"findScene\":null}}");
	stop();
}
END_TEST

START_TEST(tells_a_malformed_body_from_a_wrong_query)
{
	struct ask post = { .path = "/graphql", .key = KEY, .type = "application/json" };

	start(KEY, true);
	post.body = "{\"query\":";
	expect(&post, 400, "application/json", "could not be decoded");
	post.body = "{\"query\":\"{ nonsense }\"}";
	expect(&post, 422, "Content-Type: application/json", NULL);
	post.accept = "*/*";
	expect(&post, 400, "Content-Type: application/graphql-response+json", NULL);
	post.type = "text/plain";
	expect(&post, 400, NULL, "transport not supported");
	stop();
}
END_TEST

START_TEST(treats_missing_and_wrong_keys_differently)
{
	struct ask post = { .path = "/graphql", .type = "application/json", .body = "{}" };
	struct ask cover = { .path = "/scene/45/screenshot" };

	start(KEY, true);
	expect(&post, 401, "WWW-Authenticate: FormBased", "");
	expect(&cover, 302, "Location: /login?returnURL=%2Fscene%2F45%2Fscreenshot", "");
	expect(&(struct ask){ .path = "/login?returnURL=x" }, 200, "text/html", "<html>");
	post.key = cover.key = "wrong";
	expect(&post, 401, NULL, NULL);
	expect(&cover, 401, NULL, NULL);
	expect(&(struct ask){ .path = "/healthz" }, 200, NULL, ".");
	expect(&(struct ask){ .path = "/scene/45/screenshot?apikey=" KEY }, 200, "image/jpeg",
		NULL);
	stop();
}
END_TEST

START_TEST(refuses_a_key_where_none_is_configured)
{
	struct ask cover = { .path = "/scene/45/screenshot" };

	start(NULL, false);
	expect(&cover, 200, "image/jpeg", NULL);
	cover.key = "any";
	expect(&cover, 401, NULL, NULL);
	cover.key = "";
	expect(&cover, 200, NULL, NULL);
	stop();
}
END_TEST

START_TEST(serves_covers_as_they_are)
{
	struct ask cover = { .path = "/scene/45/screenshot", .key = KEY };

	start(KEY, true);
	struct reply reply = ask(&cover);
	ck_assert_mem_eq(reply.body.data, "\xff\xd8\xff", 3);
	char *etag = strstr(buf_text(&reply.head), "ETag: ") + strlen("ETag: ");
	auto_free char *condition =
		xasprintf("If-None-Match: %.*s", (int)strcspn(etag, "\r\n"), etag);
	cover.extra = condition;
	expect(&cover, 304, NULL, NULL);
	cover.extra = NULL;
	cover.method = "HEAD";
	expect(&cover, 405, NULL, NULL);
	expect(&(struct ask){ .path = "/scene/48/screenshot", .key = KEY }, 200, "image/svg+xml",
		"<svg");
	expect(&(struct ask){ .path = "/scene/999/screenshot", .key = KEY }, 404, NULL, NULL);
	expect(&(struct ask){ .path = "/scene/x/screenshot", .key = KEY }, 400, NULL, NULL);
	reply_done(&reply);
	stop();
}
END_TEST

START_TEST(emits_invalid_utf8_raw)
{
	/* "/data/caf\xe9.mp4" */
	json_t *changes = json_pack("{s:[{s:s}]}", "files", "path_base64", "L2RhdGEvY2Fm6S5tcDQ=");

	start(KEY, true);
	ck_assert(stashsim_scene_put(sim, 45, changes, STASHSIM_EDIT, NULL));
	json_decref(changes);
	expect_graphql("{ findScene(id: 45) { files { path basename } } }", NULL, 200,
		"{\"path\":\"/data/caf\xe9.mp4\",\"basename\":\"caf\xe9.mp4\"}");
	stop();
}
END_TEST

START_TEST(chunks_long_answers)
{
	json_t *changes = json_object();
	char details[3001];

	memset(details, 'x', sizeof details - 1);
	details[sizeof details - 1] = '\0';
	json_object_set_new(changes, "details", json_string(details));
	start(KEY, true);
	ck_assert(stashsim_scene_put(sim, 45, changes, STASHSIM_EDIT, NULL));
	json_decref(changes);
	struct reply reply = graphql(scene_query, "{\"id\":\"45\"}");
	ck_assert(has(&reply.head, "Transfer-Encoding: chunked"));
	ck_assert(has(&reply.body, details));
	reply_done(&reply);
	stop();
}
END_TEST

static char *updated_at(void)
{
	json_t *scene = stashsim_scene(sim, 45);
	char *text = xstrdup(json_string_value(json_object_get(scene, "updated_at")));

	json_decref(scene);
	return text;
}

START_TEST(is_edited_through_the_control_api)
{
	struct ask put = { .path = "/_sim/scenes/45?keep_updated_at=1",
		.method = "PUT",
		.body = "{\"title\":\"Moved\"}" };

	start(KEY, true);
	expect(&put, 200, NULL, "\"title\":\"Moved\"");
	auto_free char *kept = updated_at();
	ck_assert_str_eq(kept, "2026-01-11T18:07:53+11:00");
	put.path = "/_sim/scenes/45";
	expect(&put, 200, NULL, "\"details\":\"First");
	auto_free char *bumped = updated_at();
	ck_assert_uint_eq(strlen(bumped), strlen("2026-01-11T07:07:53Z"));
	ck_assert_str_ne(bumped, kept);
	put.path = "/_sim/scenes/999";
	expect(&put, 404, NULL, "no such scene");
	expect(&(struct ask){ .path = "/_sim/scenes", .body = "{\"id\":\"45\"}" }, 409, NULL, NULL);
	expect(&(struct ask){ .path = "/_sim/scenes", .body = "{\"id\":\"300\"}" }, 201, NULL,
		"300");
	expect(&(struct ask){ .path = "/_sim/scenes/300", .method = "DELETE" }, 204, NULL, NULL);
	expect_graphql("{ findScene(id: 300) { id } }", NULL, 200, "{\"findScene\":null}");
	expect(&(struct ask){ .path = "/_sim/faults", .body = "{\"action\":\"x\"}" }, 400, NULL,
		"pass");
	stop();
}
END_TEST

START_TEST(goes_wrong_as_told)
{
	struct ask post = { .path = "/graphql",
		.key = KEY,
		.type = "application/json",
		.body = "{\"query\":\"{ findScene(id: 45) { id } }\"}" };
	struct stashsim_fault faults[] = {
		{ .path = "/scene/", .action = STASHSIM_STATUS, .status = 500 },
		{ .contains = "id: 46", .action = STASHSIM_ERRORS },
		{ .count = 1, .action = STASHSIM_STATUS, .status = 503 },
		{ .count = 1, .action = STASHSIM_HTML },
		{ .count = 1, .action = STASHSIM_DROP },
		{ .count = 1, .delay_ms = 20 },
	};

	start(KEY, true);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		ck_assert(stashsim_fault_add(sim, &faults[i]));
	expect(&post, 503, NULL, NULL);
	expect(&post, 200, "text/html", "<title>");
	struct reply dropped = ask(&post);
	ck_assert_int_eq(dropped.code, CURLE_GOT_NOTHING);
	reply_done(&dropped);
	expect(&post, 200, NULL, "\"id\":\"45\"");
	post.body = "{\"query\":\"{ findScene(id: 46) { id } }\"}";
	expect(&post, 200, "application/json", "{\"errors\":[");
	stashsim_faults_clear(sim);
	expect(&post, 200, NULL, "{\"data\":{\"findScene\":{\"id\":\"46\"}}}");
	stop();
}
END_TEST

static void *ask_title(void *reply)
{
	*(struct reply *)reply = graphql("{ findScene(id: 45) { title } }", NULL);
	return NULL;
}

START_TEST(holds_an_answer_that_grows_old)
{
	struct stashsim_fault hold = { .path = "/graphql", .count = 1, .hold = true };
	json_t *changes = json_pack("{s:s}", "title", "Later");
	struct timespec pause = { .tv_nsec = 1000000 };
	struct reply reply;
	pthread_t thread;

	start(KEY, true);
	ck_assert(stashsim_fault_add(sim, &hold));
	ck_assert_int_eq(pthread_create(&thread, NULL, ask_title, &reply), 0);
	for (int i = 0; i < 10000 && stashsim_held(sim) == 0; i++)
		nanosleep(&pause, NULL);
	ck_assert_uint_eq(stashsim_held(sim), 1);
	ck_assert(stashsim_scene_put(sim, 45, changes, STASHSIM_EDIT, NULL));
	json_decref(changes);
	stashsim_release(sim);
	pthread_join(thread, NULL);
	ck_assert(has(&reply.body, "\"title\":\"New title\""));
	reply_done(&reply);
	expect_graphql("{ findScene(id: 45) { title } }", NULL, 200, "\"title\":\"Later\"");
	stop();
}
END_TEST

START_TEST(logs_requests_without_the_key)
{
	start(KEY, true);
	expect_graphql("{ findScene(id: 45) { title } }", NULL, 200, "New title");
	expect(&(struct ask){ .path = "/scene/45/screenshot" }, 302, NULL, NULL);
	ck_assert_uint_eq(stashsim_requests_count(sim, "/graphql"), 1);
	ck_assert_uint_eq(stashsim_requests_count(sim, NULL), 2);
	json_t *requests = stashsim_requests(sim);
	auto_free char *text = json_dumps(requests, JSON_COMPACT);
	ck_assert_ptr_null(strstr(text, KEY));
	ck_assert_ptr_nonnull(strstr(text, "\"key\":true,\"status\":200"));
	ck_assert_ptr_nonnull(strstr(text, "\"key\":false,\"status\":302"));
	json_decref(requests);
	stashsim_requests_clear(sim);
	ck_assert_uint_eq(stashsim_requests_count(sim, NULL), 0);
	stop();
}
END_TEST

START_TEST(says_what_is_wrong_with_its_data)
{
	struct stashsim_options options = { .data_file = "/nonexistent.json" };
	struct error err;

	ck_assert_ptr_null(stashsim_start(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent.json"));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, answers_a_scene_as_stash_does);
	tcase_add_test(cases, answers_what_is_unset_as_stash_does);
	tcase_add_test(cases, pages_by_the_last_id);
	tcase_add_loop_test(cases, finds_the_scenes_of_an_object, 0, (int)ARRAY_LEN(filters));
	tcase_add_test(cases, refuses_what_its_schema_does_not_have);
	tcase_add_test(cases, tells_a_malformed_body_from_a_wrong_query);
	tcase_add_test(cases, treats_missing_and_wrong_keys_differently);
	tcase_add_test(cases, refuses_a_key_where_none_is_configured);
	tcase_add_test(cases, serves_covers_as_they_are);
	tcase_add_test(cases, emits_invalid_utf8_raw);
	tcase_add_test(cases, chunks_long_answers);
	tcase_add_test(cases, is_edited_through_the_control_api);
	tcase_add_test(cases, goes_wrong_as_told);
	tcase_add_test(cases, holds_an_answer_that_grows_old);
	tcase_add_test(cases, logs_requests_without_the_key);
	tcase_add_test(cases, says_what_is_wrong_with_its_data);
}

CHECK_MAIN("stashsim", add_cases)
