#include "producer/cloudevent.h"

#include "check_main.h"

#include <string.h>

#define NOW_MS INT64_C(1768118873000) /* 2026-01-11T08:07:53Z */

static struct fault fault;

static bool from_json(struct cloudevent *ret, const char *text)
{
	json_t *value = json_loads(text, 0, NULL), *data = NULL;
	bool ok;

	ck_assert_ptr_nonnull(value);
	fault = (struct fault){ 0 };
	ok = cloudevent_from_json(ret, value, "/3", NOW_MS, &data, &fault);
	json_decref(value);
	return ok;
}

#define REST ",\"data\":{}}"
#define GOOD "{\"specversion\":\"1.0\",\"id\":\"a-1\",\"source\":\"/my/tool\",\"type\":\"t\""

START_TEST(reads_the_attributes)
{
	struct cloudevent e;
	struct envelope envelope = { .client_id = "x", .traceparent = "kept" };

	ck_assert(from_json(&e, GOOD ",\"time\":\"2026-01-11T08:07:53.5Z\",\"subject\":\"9\","
				     "\"datacontenttype\":\"application/json; charset=utf-8\","
				     "\"ownextension\":1" REST));
	ck_assert_str_eq(e.id, "a-1");
	ck_assert_str_eq(e.source, "/my/tool");
	ck_assert_str_eq(e.type, "t");
	ck_assert_int_eq(e.time_ms, NOW_MS + 500);
	cloudevent_address(&e, &envelope);
	ck_assert_str_eq(envelope.client_id, "a-1");
	ck_assert_str_eq(envelope.source, "/my/tool");
	ck_assert_int_eq(envelope.time_ms, NOW_MS + 500);
	ck_assert_str_eq(envelope.traceparent, "kept");
	cloudevent_done(&e);
}
END_TEST

START_TEST(names_the_place_of_a_mistake)
{
	static const struct {
		const char *json, *pointer;
	} cases[] = {
		{ "[]", "/3" },
		{ "{\"id\":\"a\",\"source\":\"s\",\"type\":\"t\"" REST, "/3/specversion" },
		{ "{\"specversion\":\"0.3\",\"id\":\"a\",\"source\":\"s\",\"type\":\"t\"" REST,
			"/3/specversion" },
		{ "{\"specversion\":1.0,\"id\":\"a\",\"source\":\"s\",\"type\":\"t\"" REST,
			"/3/specversion" },
		{ "{\"specversion\":\"1.0\",\"source\":\"s\",\"type\":\"t\"" REST, "/3/id" },
		{ "{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"s\",\"type\":\"t\"" REST,
			"/3/id" },
		{ "{\"specversion\":\"1.0\",\"id\":\"a b\",\"source\":\"s\",\"type\":\"t\"" REST,
			"/3/id" },
		{ "{\"specversion\":\"1.0\",\"id\":5,\"source\":\"s\",\"type\":\"t\"" REST,
			"/3/id" },
		{ "{\"specversion\":\"1.0\",\"id\":\"a\",\"type\":\"t\"" REST, "/3/source" },
		{ "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"a\\nb\",\"type\":\"t\"" REST,
			"/3/source" },
		{ "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"s\"" REST, "/3/type" },
		{ GOOD ",\"time\":\"yesterday\"" REST, "/3/time" },
		{ GOOD ",\"time\":\"2026-01-11T08:12:53.001Z\"" REST, "/3/time" },
		{ GOOD ",\"datacontenttype\":\"application/xml\"" REST, "/3/datacontenttype" },
		{ GOOD "}", "/3/data" },
		{ GOOD ",\"data\":null}", "/3/data" },
		{ GOOD ",\"data\":\"{}\"}", "/3/data" },
		{ GOOD ",\"data_base64\":\"e30=\"}", "/3/data" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cloudevent e;

		ck_assert_msg(!from_json(&e, cases[i].json), "%s", cases[i].json);
		ck_assert_str_eq(fault.pointer, cases[i].pointer);
		ck_assert_uint_gt(strlen(fault.error.text), 5);
	}
}
END_TEST

/* "name\0value\0…", as a request has them. */
static const char *header(const void *headers, const char *name)
{
	for (const char *h = headers; *h;) {
		const char *value = h + strlen(h) + 1;

		if (strcmp(h, name) == 0)
			return value;
		h = value + strlen(value) + 1;
	}
	return NULL;
}

START_TEST(reads_them_from_headers)
{
	static const char headers[] = "ce-specversion\0"
				      "1.0\0ce-id\0a%2D1\0ce-source\0%2fmy%zz\0ce-type\0t\0"
				      "content-type\0application/json\0traceparent\0tp\0";
	struct cloudevent e;

	ck_assert(cloudevent_from_headers(&e, header, headers, NOW_MS, &fault));
	ck_assert_str_eq(e.id, "a-1");
	ck_assert_str_eq(e.source, "/my%zz");
	ck_assert_str_eq(e.traceparent, "tp");
	ck_assert_int_eq(e.time_ms, 0);
	cloudevent_done(&e);
}
END_TEST

START_TEST(names_a_header_that_is_wrong)
{
	static const struct {
		const char *headers, *name;
	} cases[] = {
		{ "ce-specversion\0"
		  "2\0",
			"ce-specversion" },
		{ "ce-specversion\0"
		  "1.0\0ce-source\0s\0ce-type\0t\0",
			"ce-id" },
		{ "ce-specversion\0"
		  "1.0\0ce-id\0%0a\0ce-source\0s\0ce-type\0t\0",
			"ce-id" },
		{ "ce-specversion\0"
		  "1.0\0ce-id\0a\0ce-source\0s\0ce-type\0t\0ce-time\0now\0",
			"ce-time" },
		{ "ce-specversion\0"
		  "1.0\0ce-id\0a\0ce-source\0s\0ce-type\0t\0content-type\0text/plain\0",
			"content-type" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cloudevent e;

		fault = (struct fault){ 0 };
		ck_assert(!cloudevent_from_headers(&e, header, cases[i].headers, NOW_MS, &fault));
		ck_assert_msg(strstr(fault.error.text, cases[i].name), "%s", fault.error.text);
		ck_assert_str_eq(fault.pointer, "");
	}
}
END_TEST

START_TEST(the_type_says_the_action_that_is_missing)
{
	struct cloudevent e = { .type = xstrdup("plexsync.scene.resync.v1") };
	json_t *without = json_object(), *with = json_pack("{s:s}", "action", "update");

	cloudevent_complete(&e, without);
	cloudevent_complete(&e, with);
	ck_assert_str_eq(json_string_value(json_object_get(without, "action")), "resync");
	ck_assert_str_eq(json_string_value(json_object_get(with, "action")), "update");
	json_decref(without);
	without = json_object();
	free(e.type);
	e.type = xstrdup("other");
	cloudevent_complete(&e, without);
	ck_assert_uint_eq(json_object_size(without), 0);
	json_decref(without);
	json_decref(with);
	cloudevent_done(&e);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, reads_the_attributes);
	tcase_add_test(cases, names_the_place_of_a_mistake);
	tcase_add_test(cases, reads_them_from_headers);
	tcase_add_test(cases, names_a_header_that_is_wrong);
	tcase_add_test(cases, the_type_says_the_action_that_is_missing);
}

CHECK_MAIN("cloudevent", add_cases)
