#include "producer/body.h"
#include "tests/unit/check_main.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1768118873000) /* 2026-01-11T08:07:53Z */
#define FRESH_ID "019bacb9-0000-7000-8000-000000000001"
#define TRACE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static struct envelope envelope(void)
{
	return (struct envelope){ .now_ms = NOW_MS, .fresh_id = FRESH_ID };
}

static struct ingest hook_of(const char *bytes, size_t len)
{
	struct hookpayload payload;
	struct envelope e = envelope();
	struct ingest i;

	hookpayload_init(&payload);
	hookpayload_feed(&payload, bytes, len);
	ingest_hook(&i, &payload, &e);
	return i;
}

static struct ingest hook(const char *json)
{
	return hook_of(json, strlen(json));
}

static struct ingest event_with(const char *json, const struct envelope *e)
{
	struct ingest i = { .outcome = INGEST_REFUSED };
	struct body body;

	if (!body_open(&body, json, strlen(json), BODY_PLAIN, &i.status, &i.fault))
		return i;
	ck_assert(!body.is_list);
	body_event(&body, 0, e, &i);
	body_done(&body);
	return i;
}

static struct ingest event(const char *json)
{
	struct envelope e = envelope();

	return event_with(json, &e);
}

static void expect_refused(struct ingest i, unsigned status, const char *pointer, const char *words)
{
	ck_assert_int_eq(i.outcome, INGEST_REFUSED);
	ck_assert_uint_eq(i.status, status);
	ck_assert_str_eq(i.fault.pointer, pointer);
	ck_assert_msg(strstr(i.fault.error.text, words), "%s", i.fault.error.text);
	ingest_done(&i);
}

static void expect_skipped(struct ingest i, const char *reason)
{
	ck_assert_int_eq(i.outcome, INGEST_SKIPPED);
	ck_assert_str_eq(i.reason, reason);
	ingest_done(&i);
}

/* ---- every payload of Stash ---- */

static size_t read_file(const char *path, char *ret, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t len;

	ck_assert_msg(file != NULL, "%s", path);
	len = fread(ret, 1, size, file);
	fclose(file);
	ck_assert_uint_lt(len, size);
	return len;
}

/* Independent of the scanner: what the file's own name says, and the names it lists. */
static enum ingest_outcome expected_outcome(const char *path, const json_t *context)
{
	const char *type = json_string_value(json_object_get(context, "type"));
	const json_t *fields = json_object_get(context, "inputFields");
	size_t worthy = 0;

	if (!context)
		return INGEST_REFUSED;
	ck_assert_ptr_nonnull(type);
	if (strncmp(type, "Scene.", 6) != 0)
		return INGEST_SKIPPED;
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const char *name = json_string_value(json_array_get(fields, i));

		worthy += strcmp(name, "id") != 0 && strcmp(name, "ids") != 0 &&
			  strcmp(name, "o_counter") != 0 && strcmp(name, "url") != 0 &&
			  strcmp(name, "urls") != 0 && strcmp(name, "clientMutationId") != 0 &&
			  strcmp(name, "play_count") != 0 && strcmp(name, "code") != 0 &&
			  strcmp(name, "director") != 0 && strcmp(name, "stash_ids") != 0 &&
			  strcmp(name, "gallery_ids") != 0 && strcmp(name, "resume_time") != 0 &&
			  strcmp(name, "play_duration") != 0;
	}
	ck_assert_msg(!fields || worthy, "no fixture is unworthy: %s", path);
	return INGEST_EVENT;
}

static void expect_event(const struct event *e, const json_t *context)
{
	const char *type = json_string_value(json_object_get(context, "type"));
	const json_t *fields = json_object_get(context, "inputFields");
	char verb[16] = "", id[32];

	snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT,
		json_integer_value(json_object_get(context, "id")));
	ck_assert_str_eq(e->scene_id, id);
	snprintf(verb, sizeof verb, ".%s", action_name(e->action));
	ck_assert(verb[1] == 'c' || verb[1] == 'u' || verb[1] == 'd');
	verb[1] = (char)(verb[1] - 'a' + 'A');
	ck_assert_msg(strstr(type, verb), "%s %s", type, verb);
	ck_assert_str_eq(e->id, FRESH_ID);
	ck_assert_str_eq(e->source, "/plexsync/hook");
	ck_assert_int_eq(e->time_ms, NOW_MS);
	ck_assert_int_eq(e->updated_at_ms, 0);
	ck_assert_ptr_null(e->scene);
	ck_assert_uint_eq(e->changed.count, json_array_size(fields));
	if (e->action == ACTION_DESTROY) {
		const json_t *input = json_object_get(context, "input");
		const char *path = json_string_value(json_object_get(input, "path"));

		ck_assert_str_eq(e->path ? e->path : "", path);
	}
}

START_TEST(every_payload_of_stash_is_decided_rightly)
{
	size_t counts[INGEST_REFUSED + 1] = { 0 };
	static char bytes[1 << 16];
	glob_t files;

	ck_assert_int_eq(glob(FIXTURES "/stash-hooks/*.json", 0, NULL, &files), 0);
	ck_assert_int_eq(glob(FIXTURES "/stash-captured/*.json", GLOB_APPEND, NULL, &files), 0);
	ck_assert_uint_eq(files.gl_pathc, 18 + 131);
	for (size_t f = 0; f < files.gl_pathc; f++) {
		size_t len = read_file(files.gl_pathv[f], bytes, sizeof bytes);
		json_t *root = json_loadb(bytes, len, 0, NULL);
		const json_t *context =
			json_object_get(json_object_get(root, "args"), "hookContext");
		struct ingest i = hook_of(bytes, len);

		ck_assert_msg(i.outcome == expected_outcome(files.gl_pathv[f], context), "%s",
			files.gl_pathv[f]);
		if (i.outcome == INGEST_EVENT)
			expect_event(&i.event, context);
		if (i.outcome == INGEST_SKIPPED)
			ck_assert_str_eq(i.reason, "ignored_type");
		if (i.outcome == INGEST_REFUSED)
			ck_assert_uint_eq(i.status, 422);
		counts[i.outcome]++;
		ingest_done(&i);
		json_decref(root);
	}
	globfree(&files);
	ck_assert_uint_gt(counts[INGEST_EVENT], 90);
	ck_assert_uint_gt(counts[INGEST_SKIPPED], 30);
	ck_assert_uint_gt(counts[INGEST_REFUSED], 9);
}
END_TEST

/* ---- hooks ---- */

START_TEST(a_hook_context_alone_is_a_hook)
{
	struct ingest i = hook("{\"id\":45,\"type\":\"Scene.Update.Post\",\"input\":{},"
			       "\"inputFields\":[\"title\",\"id\"]}");

	ck_assert_int_eq(i.outcome, INGEST_EVENT);
	ck_assert_int_eq(i.event.action, ACTION_UPDATE);
	ck_assert_str_eq(i.event.scene_id, "45");
	ck_assert_uint_eq(i.event.changed.count, 2);
	ck_assert_str_eq(i.event.changed.items[0], "title");
	ingest_done(&i);
}
END_TEST

START_TEST(a_destroyed_scene_keeps_what_identifies_it)
{
	struct ingest i = hook("{\"id\":7,\"type\":\"Scene.Destroy.Post\",\"input\":{\"path\":"
			       "\"/data/a.mp4\",\"oshash\":\"0f\",\"checksum\":\"\"}}");

	ck_assert_int_eq(i.outcome, INGEST_EVENT);
	ck_assert_int_eq(i.event.action, ACTION_DESTROY);
	ck_assert_str_eq(i.event.path, "/data/a.mp4");
	ck_assert_str_eq(i.event.oshash, "0f");
	ck_assert_ptr_null(i.event.checksum);
	ingest_done(&i);
}
END_TEST

START_TEST(a_play_count_is_not_sync_worthy)
{
	expect_skipped(hook("{\"id\":45,\"type\":\"Scene.Update.Post\",\"input\":{},"
			    "\"inputFields\":[\"play_count\",\"id\"]}"),
		"not_sync_worthy");
}
END_TEST

START_TEST(an_empty_field_name_counts_as_not_known)
{
	struct ingest i = hook("{\"id\":45,\"type\":\"Scene.Update.Post\",\"input\":{},"
			       "\"inputFields\":[\"url\",\"\",\"id\"]}");

	ck_assert_int_eq(i.outcome, INGEST_EVENT);
	ck_assert_uint_eq(i.event.changed.count, 0);
	ingest_done(&i);
}
END_TEST

START_TEST(a_hook_of_another_kind_is_ignored)
{
	expect_skipped(
		hook("{\"id\":3,\"type\":\"Tag.Merge.Post\",\"input\":null}"), "ignored_type");
	expect_skipped(hook("{\"id\":3,\"type\":\"Anything\"}"), "ignored_type");
}
END_TEST

START_TEST(a_task_is_refused_as_one)
{
	expect_refused(hook("{\"args\":{\"mode\":\"resync\"}}"), 422, "/args", "a task");
}
END_TEST

START_TEST(a_hook_that_is_no_json_is_told_from_one_that_means_nothing)
{
	expect_refused(hook(""), 400, "", "no JSON text");
	expect_refused(hook("{\"id\":45,\"type\":\"Scene.Upd"), 400, "", "byte 26");
	expect_refused(hook("{\"id\":45,\"type\":\"\xff\"}"), 400, "", "UTF-8");
	expect_refused(hook("{\"type\":\"Scene.Update.Post\"}"), 422, "", "no id");
	expect_refused(
		hook("{\"id\":45,\"id\":46,\"type\":\"Scene.Update.Post\"}"), 422, "/id", "twice");
	expect_refused(hook("{\"id\":\"-1\",\"type\":\"Scene.Update.Post\"}"), 422, "/id",
		"positive whole number");
	expect_refused(hook("[]"), 422, "", "");
}
END_TEST

/* ---- events ---- */

START_TEST(a_thin_event_gets_what_an_event_must_have)
{
	struct ingest i = event("{\"scene_id\":\"45\",\"action\":\"resync\"}");

	ck_assert_int_eq(i.outcome, INGEST_EVENT);
	ck_assert_str_eq(i.event.id, FRESH_ID);
	ck_assert_str_eq(i.event.source, "/plexsync/api");
	ck_assert_int_eq(i.event.time_ms, NOW_MS);
	ck_assert_ptr_null(i.event.traceparent);
	ingest_done(&i);
}
END_TEST

START_TEST(an_event_may_bring_the_scene)
{
	struct ingest i =
		event("{\"scene_id\":\"45\",\"action\":\"update\",\"scene\":{\"id\":\"45\","
		      "\"title\":\"T\",\"files\":[{\"path\":\"/data/a.mp4\"}]}}");

	ck_assert_int_eq(i.outcome, INGEST_EVENT);
	ck_assert_ptr_nonnull(i.event.scene);
	ck_assert_str_eq(i.event.scene->title, "T");
	ingest_done(&i);
}
END_TEST

START_TEST(only_an_update_that_nobody_asked_for_is_filtered)
{
	static const char *const wanted[] = {
		"{\"scene_id\":\"45\",\"action\":\"update\",\"changed\":[\"code\",\"date\"]}",
		"{\"scene_id\":\"45\",\"action\":\"update\",\"changed\":[\"code\"],\"force\":true}",
		"{\"scene_id\":\"45\",\"action\":\"update\",\"changed\":[\"code\"],\"rating_key\":"
		"\"9\"}",
		"{\"scene_id\":\"45\",\"action\":\"resync\",\"changed\":[\"code\"]}",
		"{\"scene_id\":\"45\",\"action\":\"create\",\"changed\":[\"code\"]}",
		"{\"scene_id\":\"45\",\"action\":\"destroy\",\"changed\":[\"code\"]}",
	};

	for (size_t n = 0; n < ARRAY_LEN(wanted); n++) {
		struct ingest i = event(wanted[n]);

		ck_assert_msg(i.outcome == INGEST_EVENT, "%s", wanted[n]);
		ingest_done(&i);
	}
	expect_skipped(event("{\"scene_id\":\"45\",\"action\":\"update\",\"changed\":[\"code\"]}"),
		"not_sync_worthy");
}
END_TEST

START_TEST(a_sane_id_and_trace_of_the_client_are_carried)
{
	struct envelope e = envelope();
	struct ingest i;

	e.client_id = "order:17/a";
	e.traceparent = TRACE;
	i = event_with("{\"scene_id\":\"45\",\"action\":\"update\"}", &e);
	ck_assert_str_eq(i.event.id, "order:17/a");
	ck_assert_str_eq(i.event.traceparent, TRACE);
	ingest_done(&i);
}
END_TEST

START_TEST(an_id_that_is_not_sane_is_replaced)
{
	char too_long[130];
	const char *const bad[] = { "", "a b", "a\"b", "a\\b", "a\nb", "\xc3\xa9", too_long };

	memset(too_long, 'x', sizeof too_long - 1);
	too_long[sizeof too_long - 1] = '\0';
	for (size_t n = 0; n < ARRAY_LEN(bad); n++) {
		struct envelope e = envelope();
		struct ingest i;

		e.client_id = bad[n];
		i = event_with("{\"scene_id\":\"45\",\"action\":\"update\"}", &e);
		ck_assert_str_eq(i.event.id, FRESH_ID);
		ingest_done(&i);
	}
}
END_TEST

START_TEST(a_malformed_trace_is_dropped)
{
	static const char *const bad[] = { "", "00", TRACE "0", TRACE "-00",
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
		"00-4bf92f3577b34da6a3ce929d0e0e47-600f067aa0ba902b7-001" };

	for (size_t n = 0; n < ARRAY_LEN(bad); n++) {
		struct envelope e = envelope();
		struct ingest i;

		e.traceparent = bad[n];
		i = event_with("{\"scene_id\":\"45\",\"action\":\"update\"}", &e);
		ck_assert_msg(!i.event.traceparent, "%s", bad[n]);
		ingest_done(&i);
	}
}
END_TEST

START_TEST(a_version_from_the_future_is_refused)
{
	struct ingest i = event("{\"scene_id\":\"45\",\"action\":\"update\","
				"\"updated_at\":\"2026-01-11T08:12:53Z\"}");

	ck_assert_int_eq(i.outcome, INGEST_EVENT); /* exactly five minutes */
	ingest_done(&i);
	expect_refused(event("{\"scene_id\":\"45\",\"action\":\"update\","
			     "\"updated_at\":\"2026-01-11T08:12:53.001Z\"}"),
		422, "/updated_at", "future");
	expect_refused(event("{\"scene_id\":\"45\",\"action\":\"update\",\"scene\":{\"id\":\"45\","
			     "\"updated_at\":\"2027-01-11T08:12:53Z\"}}"),
		422, "/updated_at", "future");
}
END_TEST

START_TEST(an_event_that_is_no_json_is_a_400)
{
	char deep[200];

	memset(deep, '[', sizeof deep - 1);
	deep[sizeof deep - 1] = '\0';
	expect_refused(event(""), 400, "", "no JSON text");
	expect_refused(event("{\"scene_id\":\"45\""), 400, "", "ends too early");
	expect_refused(event("{'scene_id':45}"), 400, "", "byte 1");
	expect_refused(event("{\"scene_id\":\"4\xff\"}"), 400, "", "UTF-8");
	expect_refused(event("{} x"), 400, "", "byte 3");
	expect_refused(event(deep), 400, "", "byte 64");
}
END_TEST

START_TEST(an_event_that_means_nothing_is_a_422_with_its_place)
{
	expect_refused(event("7"), 422, "", "object");
	expect_refused(event("{\"action\":\"update\"}"), 422, "/scene_id", "missing");
	expect_refused(event("{\"scene_id\":\"45\",\"action\":\"paint\"}"), 422, "/action", "must");
	expect_refused(event("{\"scene_id\":\"45\",\"scene_id\":\"46\",\"action\":\"update\"}"),
		422, "", "duplicate");
	expect_refused(event("{\"scene_id\":\"45\",\"action\":\"update\",\"force\":1}"), 422,
		"/force", "must");
	expect_refused(event("{\"scene_id\":\"45\",\"action\":\"update\","
			     "\"updated_at\":\"yesterday\"}"),
		422, "/updated_at", "must");
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, every_payload_of_stash_is_decided_rightly);
	tcase_add_test(cases, a_hook_context_alone_is_a_hook);
	tcase_add_test(cases, a_destroyed_scene_keeps_what_identifies_it);
	tcase_add_test(cases, a_play_count_is_not_sync_worthy);
	tcase_add_test(cases, an_empty_field_name_counts_as_not_known);
	tcase_add_test(cases, a_hook_of_another_kind_is_ignored);
	tcase_add_test(cases, a_task_is_refused_as_one);
	tcase_add_test(cases, a_hook_that_is_no_json_is_told_from_one_that_means_nothing);
	tcase_add_test(cases, a_thin_event_gets_what_an_event_must_have);
	tcase_add_test(cases, an_event_may_bring_the_scene);
	tcase_add_test(cases, only_an_update_that_nobody_asked_for_is_filtered);
	tcase_add_test(cases, a_sane_id_and_trace_of_the_client_are_carried);
	tcase_add_test(cases, an_id_that_is_not_sane_is_replaced);
	tcase_add_test(cases, a_malformed_trace_is_dropped);
	tcase_add_test(cases, a_version_from_the_future_is_refused);
	tcase_add_test(cases, an_event_that_is_no_json_is_a_400);
	tcase_add_test(cases, an_event_that_means_nothing_is_a_422_with_its_place);
}

CHECK_MAIN("ingest", add_cases)
