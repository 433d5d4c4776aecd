#include "common/hookpayload.h"
#include "tests/fuzz/fuzz_hookpayload.h"
#include "tests/unit/check_main.h"

#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct fixture {
	char *bytes;
	size_t len;
};

static glob_t fixtures;

static void find_fixtures(void)
{
	ck_assert_int_eq(glob(FIXTURES "/stash-hooks/*.json", 0, NULL, &fixtures), 0);
	ck_assert_int_eq(glob(FIXTURES "/stash-captured/*.json", GLOB_APPEND, NULL, &fixtures), 0);
	ck_assert_uint_eq(fixtures.gl_pathc, 18 + 131);
}

static void forget_fixtures(void)
{
	globfree(&fixtures);
}

static struct fixture read_fixture(const char *path)
{
	struct fixture fixture = { NULL, 0 };
	FILE *file = fopen(path, "rb");

	ck_assert_msg(file != NULL, "%s", path);
	fixture.bytes = xcalloc(1 << 16, 1);
	fixture.len = fread(fixture.bytes, 1, 1 << 16, file);
	fclose(file);
	ck_assert_uint_lt(fixture.len, 1 << 16);
	return fixture;
}

static bool read_pieces(
	struct hookpayload *p, const char *bytes, size_t len, size_t piece, struct error *err)
{
	hookpayload_init(p);
	for (size_t at = 0; at < len; at += piece) {
		size_t rest = len - at;

		if (hookpayload_feed(p, bytes + at, rest < piece ? rest : piece) == HOOKPAYLOAD_BAD)
			break;
	}
	return hookpayload_finish(p, err);
}

static bool read_text(struct hookpayload *p, const char *text, struct error *err)
{
	return read_pieces(p, text, strlen(text), strlen(text) + 1, err);
}

/* ---- against an independent reading ---- */

static const char *text_or_empty(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void expect_fields(const struct hookpayload *p, const json_t *fields)
{
	ck_assert(!p->fields_cut);
	ck_assert_uint_eq(p->field_count, json_array_size(fields));
	for (size_t i = 0; i < p->field_count; i++)
		ck_assert_str_eq(p->fields[i], json_string_value(json_array_get(fields, i)));
}

static void expect_hook(const struct hookpayload *p, const json_t *context)
{
	const json_t *input = json_object_get(context, "input");
	char id[32];

	snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT,
		json_integer_value(json_object_get(context, "id")));
	ck_assert(!p->is_task);
	ck_assert_str_eq(p->id, id);
	ck_assert_str_eq(p->type, text_or_empty(context, "type"));
	ck_assert_int_eq(p->input == HOOKPAYLOAD_INPUT_ABSENT, !input);
	ck_assert_int_eq(p->input == HOOKPAYLOAD_INPUT_NULL, json_is_null(input));
	ck_assert_int_eq(p->input == HOOKPAYLOAD_INPUT_ARRAY, json_is_array(input));
	ck_assert_int_eq(p->input == HOOKPAYLOAD_INPUT_OBJECT, json_is_object(input));
	ck_assert_str_eq(p->path, text_or_empty(input, "path"));
	ck_assert_str_eq(p->oshash, text_or_empty(input, "oshash"));
	ck_assert_str_eq(p->checksum, text_or_empty(input, "checksum"));
	expect_fields(p, json_object_get(context, "inputFields"));
}

static void expect_payload(const struct hookpayload *p, const json_t *root)
{
	const json_t *args = json_object_get(root, "args");
	const json_t *context = json_object_get(args, "hookContext");

	ck_assert_str_eq(p->mode, text_or_empty(args, "mode"));
	if (context) {
		expect_hook(p, context);
		return;
	}
	ck_assert(p->is_task);
	ck_assert_str_eq(p->type, "");
	ck_assert_int_eq(hookpayload_scene_action(p), HOOKPAYLOAD_NO_SCENE);
}

START_TEST(reads_every_fixture_whole_and_byte_by_byte)
{
	static struct hookpayload p;
	struct error err = { "" };

	for (size_t i = 0; i < fixtures.gl_pathc; i++) {
		struct fixture f = read_fixture(fixtures.gl_pathv[i]);
		json_t *root = json_loadb(f.bytes, f.len, 0, NULL);

		ck_assert_ptr_nonnull(root);
		ck_assert_msg(read_pieces(&p, f.bytes, f.len, f.len, &err), "%s: %s",
			fixtures.gl_pathv[i], err.text);
		expect_payload(&p, root);
		ck_assert(read_pieces(&p, f.bytes, f.len, 1, &err));
		expect_payload(&p, root);
		json_decref(root);
		free(f.bytes);
	}
}
END_TEST

START_TEST(writes_no_more_than_the_producer_needs)
{
	static struct hookpayload p;
	static char text[HOOKPAYLOAD_WRITTEN];

	for (size_t i = 0; i < fixtures.gl_pathc; i++) {
		struct fixture f = read_fixture(fixtures.gl_pathv[i]);

		ck_assert(read_pieces(&p, f.bytes, f.len, f.len, NULL));
		if (!p.is_task) {
			ck_assert_uint_gt(hookpayload_write(&p, text, sizeof text), 0);
			ck_assert_ptr_null(strstr(text, "Cookie"));
			ck_assert_ptr_null(strstr(text, "cover_image\":"));
			ck_assert_ptr_null(strstr(text, "title\":"));
		}
		free(f.bytes);
	}
}
END_TEST

START_TEST(survives_the_fuzz_target_on_every_fixture)
{
	for (size_t i = 0; i < fixtures.gl_pathc; i++) {
		struct fixture f = read_fixture(fixtures.gl_pathv[i]);

		LLVMFuzzerTestOneInput((const uint8_t *)f.bytes, f.len);
		free(f.bytes);
	}
	LLVMFuzzerTestOneInput(NULL, 0);
}
END_TEST

START_TEST(refuses_every_truncation)
{
	static struct hookpayload p;
	struct error err;

	for (size_t i = 0; i < 18; i++) {
		struct fixture f = read_fixture(fixtures.gl_pathv[i]);

		for (size_t len = 0; len < f.len; len++) {
			ck_assert(!read_pieces(&p, f.bytes, len, f.len, &err));
			ck_assert_ptr_nonnull(strchr(err.text, ':'));
		}
		free(f.bytes);
	}
}
END_TEST

/* Every byte replaced in turn; the fuzz target compares pieces, another parser and the output. */
START_TEST(holds_its_promises_under_every_mutation)
{
	static const char bytes[] = { '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '\0',
		'\n', '\x80', '\xc3', '\xff' };

	for (size_t i = 1; i < 12; i += 5) {
		struct fixture f = read_fixture(fixtures.gl_pathv[i]);

		for (size_t at = 0; at < f.len; at++) {
			char was = f.bytes[at];

			f.bytes[at] = bytes[at % sizeof bytes];
			LLVMFuzzerTestOneInput((const uint8_t *)f.bytes, f.len);
			f.bytes[at] = was;
		}
		free(f.bytes);
	}
}
END_TEST

/* ---- what is refused, and how that is said ---- */

#define HOOK(context) "{\"args\":{\"hookContext\":" context "}}"

static const struct {
	const char *text, *pointer, *says;
} REFUSED[] = {
	{ "", "", "at byte 0: there is no JSON text" },
	{ "nonsense", "", "none of true, false and null" },
	{ "[]", "", "must be a JSON object" },
	{ "5", "", "neither args nor" },
	{ "{}", "", "at byte 2: it has neither args nor the keys" },
	{ "{\"hookContext\":{\"id\":1,\"type\":\"A\"}}", "", "neither args nor" },
	{ "{\"args\":[]}", "/args", "args must be an object" },
	{ "{\"args\":7}", "/args", "args must be an object" },
	{ "{\"args\":{},\"args\":{}}", "/args", "given twice" },
	{ HOOK("null"), "/args/hookContext", "must be an object" },
	{ HOOK("[]"), "/args/hookContext", "must be an object" },
	{ HOOK("{}"), "/args/hookContext", "has no type" },
	{ HOOK("{\"id\":1}"), "/args/hookContext", "has no type" },
	{ HOOK("{\"type\":\"A\"}"), "/args/hookContext", "has no id" },
	{ "{\"type\":\"A\"}", "", "has no id" },
	{ HOOK("{\"input\":{\"id\":1},\"type\":\"A\"}"), "/args/hookContext", "has no id" },
	{ HOOK("{\"input\":[{\"id\":1}],\"type\":\"A\"}"), "/args/hookContext", "has no id" },
	{ HOOK("{\"id\":0,\"type\":\"A\"}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":-4,\"type\":\"A\"}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":4.0,\"type\":\"A\"}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":4e1,\"type\":\"A\"}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":1234567890123456789}"), "/args/hookContext/id", "1 to 18 digits" },
	{ HOOK("{\"id\":\"\"}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":\"007\"}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":\"4 \"}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":\"4\\u0000\"}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":null}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":true}"), "/args/hookContext/id", "positive whole number" },
	{ HOOK("{\"id\":[4]}"), "/args/hookContext/id", "positive whole number" },
	{ "{\"id\":0}", "/id", "at byte 6 /id: id must be" },
	{ HOOK("{\"id\":4,\"id\":4}"), "/args/hookContext/id", "given twice" },
	{ HOOK("{\"id\":4,\"\\u0069d\":4}"), "/args/hookContext/id", "given twice" },
	{ HOOK("{\"type\":5}"), "/args/hookContext/type", "text of 1 to 64 bytes" },
	{ HOOK("{\"type\":\"\"}"), "/args/hookContext/type", "text of 1 to 64 bytes" },
	{ HOOK("{\"type\":\"Scene.Update.Post\\u0000\"}"), "/args/hookContext/type", "text of" },
	{ HOOK("{\"input\":\"x\"}"), "/args/hookContext/input", "an object, an array or null" },
	{ HOOK("{\"input\":true}"), "/args/hookContext/input", "an object, an array or null" },
	{ HOOK("{\"input\":{\"path\":\"a\",\"path\":\"b\"}}"), "/args/hookContext/input/path",
		"given twice" },
	{ HOOK("{\"inputFields\":\"x\"}"), "/args/hookContext/inputFields", "must be an array" },
	{ HOOK("{\"inputFields\":{}}"), "/args/hookContext/inputFields", "must be an array" },
	{ HOOK("{\"inputFields\":[\"a\",7]}"), "/args/hookContext/inputFields/1",
		"nothing but text" },
	{ HOOK("{\"inputFields\":[null]}"), "/args/hookContext/inputFields/0", "nothing but text" },
	{ "{\"inputFields\":[[]]}", "/inputFields/0", "nothing but text" },
	{ HOOK("{\"id\":4,\"type\":\"Scene.Destroy.Post\",\"input\":{\"path\":[]}}"),
		"/args/hookContext/input/path", "path must be text or null" },
	{ HOOK("{\"id\":4,\"input\":{\"oshash\":1},\"type\":\"Scene.Destroy.Post\"}"),
		"/args/hookContext/input/oshash", "oshash must be text or null" },
	{ "{\"args\":{},\"id\":4}", "", "beside a bare hookContext" },
	{ "{\"id\":4,\"args\":{}}", "", "beside a bare hookContext" },
	{ "{\"id\":4,\"type\":\"A\"} x", "", "at byte 20: something follows" },
	{ "{\"id\":4,\"type\":\"A\"}{}", "", "something follows" },
	{ "{\"id\":4,\"type\":\"A\",\"x\":\"\xff\"}", "", "not valid UTF-8" },
	{ "{\"id\":4,\"type\":\"A\",\"x\":\"\\ud800\"}", "", "half a surrogate pair" },
};

START_TEST(refuses_and_names_the_place)
{
	static struct hookpayload p;
	struct error err = { "" };

	ck_assert_msg(!read_text(&p, REFUSED[_i].text, &err), "%s", REFUSED[_i].text);
	ck_assert_msg(
		strstr(err.text, REFUSED[_i].says) != NULL, "%s: %s", REFUSED[_i].text, err.text);
	ck_assert_str_eq(p.pointer, REFUSED[_i].pointer);
	LLVMFuzzerTestOneInput((const uint8_t *)REFUSED[_i].text, strlen(REFUSED[_i].text));
}
END_TEST

START_TEST(stays_bad_once_it_is_bad)
{
	static struct hookpayload p;

	hookpayload_init(&p);
	ck_assert_int_eq(hookpayload_feed(&p, "{\"id\":0", 7), HOOKPAYLOAD_MORE);
	ck_assert_int_eq(hookpayload_feed(&p, "}", 1), HOOKPAYLOAD_BAD);
	ck_assert_int_eq(hookpayload_feed(&p, "{\"id\":4,\"type\":\"A\"}", 19), HOOKPAYLOAD_BAD);
	ck_assert(!hookpayload_finish(&p, NULL));
}
END_TEST

/* ---- what is accepted ---- */

START_TEST(tells_the_scene_hooks_from_the_others)
{
	static const struct {
		const char *type;
		enum hookpayload_action action;
	} cases[] = {
		{ "Scene.Create.Post", HOOKPAYLOAD_CREATE },
		{ "Scene.Update.Post", HOOKPAYLOAD_UPDATE },
		{ "Scene.Destroy.Post", HOOKPAYLOAD_DESTROY },
		{ "SceneMarker.Update.Post", HOOKPAYLOAD_NO_SCENE },
		{ "scene.update.post", HOOKPAYLOAD_NO_SCENE },
		{ "Scene.Update.Post ", HOOKPAYLOAD_NO_SCENE },
		{ "Tag.Merge.Post", HOOKPAYLOAD_NO_SCENE },
	};
	static struct hookpayload p;
	char text[128];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(text, sizeof text, "{\"id\":\"9\",\"type\":\"%s\"}", cases[i].type);
		ck_assert(read_text(&p, text, NULL));
		ck_assert_int_eq(hookpayload_scene_action(&p), cases[i].action);
		ck_assert_str_eq(p.id, "9");
	}
}
END_TEST

START_TEST(takes_a_key_only_in_its_place)
{
	static struct hookpayload p;
	struct error err = { "" };

	ck_assert_msg(
		read_text(&p,
			"{\"server_connection\":{\"args\":{\"hookContext\":{\"id\":1}},\"id\":2},"
			"\"args\":{\"id\":3,\"type\":\"B\",\"path\":\"/p\",\"hookContext\":"
			"{\"input\":{\"id\":4,\"type\":\"C\",\"inputFields\":[1],"
			"\"x\":{\"path\":\"/q\"},\"input\":{\"path\":\"/r\"}},"
			"\"path\":\"/s\",\"type\":\"Scene.Destroy.Post\",\"id\":45}}}",
			&err),
		"%s", err.text);
	ck_assert_str_eq(p.id, "45");
	ck_assert_str_eq(p.type, "Scene.Destroy.Post");
	ck_assert_str_eq(p.path, "");
	ck_assert_uint_eq(p.field_count, 0);
}
END_TEST

START_TEST(does_not_mind_a_foreign_path_of_another_type)
{
	static struct hookpayload p;

	ck_assert(read_text(&p,
		"{\"id\":1,\"type\":\"Gallery.Update.Post\",\"input\":{\"path\":[{\"path\":1}]}}",
		NULL));
	ck_assert_str_eq(p.path, "");
}
END_TEST

START_TEST(knows_a_task)
{
	static struct hookpayload p;

	ck_assert(read_text(&p, "{\"args\":{\"mode\":\"resync\"}}", NULL));
	ck_assert(p.is_task);
	ck_assert_str_eq(p.mode, "resync");
	ck_assert(read_text(&p, "{\"args\":{\"mode\":5}}", NULL));
	ck_assert(p.is_task);
	ck_assert_str_eq(p.mode, "");
	ck_assert(read_text(&p, "{\"args\":null}", NULL));
	ck_assert(p.is_task);
}
END_TEST

static void put_fields(struct hookpayload *p, unsigned count, const char *name)
{
	hookpayload_init(p);
	hookpayload_feed(p, "{\"id\":1,\"type\":\"Scene.Update.Post\",\"inputFields\":[", 50);
	for (unsigned i = 0; i < count; i++) {
		hookpayload_feed(p, i ? ",\"" : "\"", i ? 2 : 1);
		hookpayload_feed(p, name, strlen(name));
		hookpayload_feed(p, "\"", 1);
	}
	hookpayload_feed(p, "]}", 2);
	ck_assert(hookpayload_finish(p, NULL));
}

START_TEST(does_not_know_what_changed_when_names_are_too_many_or_too_long)
{
	static struct hookpayload p;
	char *names[HOOKPAYLOAD_FIELDS];
	char text[512], name[HOOKPAYLOAD_NAME + 2];

	put_fields(&p, HOOKPAYLOAD_FIELDS, "id");
	ck_assert_uint_eq(hookpayload_changed(&p, names), HOOKPAYLOAD_FIELDS);
	ck_assert_str_eq(names[63], "id");
	put_fields(&p, HOOKPAYLOAD_FIELDS + 1, "id");
	ck_assert_uint_eq(hookpayload_changed(&p, names), 0);
	ck_assert_uint_gt(hookpayload_write(&p, text, sizeof text), 0);
	ck_assert_str_eq(text, "{\"id\":1,\"type\":\"Scene.Update.Post\"}");

	memset(name, 'x', sizeof name);
	name[HOOKPAYLOAD_NAME] = '\0';
	put_fields(&p, 1, name);
	ck_assert_uint_eq(hookpayload_changed(&p, names), 1);
	name[HOOKPAYLOAD_NAME] = 'x';
	name[HOOKPAYLOAD_NAME + 1] = '\0';
	put_fields(&p, 1, name);
	ck_assert_uint_eq(hookpayload_changed(&p, names), 0);
	put_fields(&p, 2, "a\\u0000");
	ck_assert_uint_eq(hookpayload_changed(&p, names), 0);
}
END_TEST

START_TEST(drops_a_path_that_is_too_long)
{
	static struct hookpayload p;

	for (size_t len = HOOKPAYLOAD_PATH; len <= HOOKPAYLOAD_PATH + 1; len++) {
		hookpayload_init(&p);
		hookpayload_feed(
			&p, "{\"id\":1,\"type\":\"Scene.Destroy.Post\",\"input\":{\"path\":\"", 53);
		for (size_t i = 0; i < len; i++)
			hookpayload_feed(&p, "/", 1);
		hookpayload_feed(&p, "\"}}", 3);
		ck_assert(hookpayload_finish(&p, NULL));
		ck_assert_uint_eq(strlen(p.path), len > HOOKPAYLOAD_PATH ? 0 : len);
	}
}
END_TEST

START_TEST(writes_the_identifiers_of_a_destroyed_scene_only)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "{\"id\":1,\"type\":\"Scene.Destroy.Post\",\"input\":{\"id\":\"1\",\"checksum\":"
		  "\"\","
		  "\"oshash\":\"ab\",\"path\":\"/a\\\"\\\\\\n\\u00e9\"}}",
			"{\"id\":1,\"type\":\"Scene.Destroy.Post\",\"input\":{"
			"\"path\":\"/a\\\"\\\\\\u000a\xc3\xa9\",\"oshash\":\"ab\"}}" },
		{ "{\"id\":1,\"type\":\"Scene.Update.Post\",\"input\":{\"path\":\"/a\"},"
		  "\"inputFields\":[\"a\",\"b\\n\"]}",
			"{\"id\":1,\"type\":\"Scene.Update.Post\",\"input\":{},"
			"\"inputFields\":[\"a\",\"b\\u000a\"]}" },
		{ "{\"id\":1,\"type\":\"Scene.Update.Post\",\"input\":[{}]}",
			"{\"id\":1,\"type\":\"Scene.Update.Post\",\"input\":{}}" },
		{ "{\"id\":1,\"type\":\"Scene.Create.Post\",\"input\":null}",
			"{\"id\":1,\"type\":\"Scene.Create.Post\",\"input\":null}" },
	};
	static struct hookpayload p;
	char text[512];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert(read_text(&p, cases[i].in, NULL));
		ck_assert_uint_eq(hookpayload_write(&p, text, sizeof text), strlen(cases[i].out));
		ck_assert_str_eq(text, cases[i].out);
	}
}
END_TEST

START_TEST(fits_its_own_limit_in_the_worst_case)
{
	static struct hookpayload p;
	static char text[HOOKPAYLOAD_WRITTEN];

	ck_assert(read_text(&p, "{\"id\":1,\"type\":\"Scene.Destroy.Post\",\"input\":{}}", NULL));
	memset(p.path, '\1', HOOKPAYLOAD_PATH);
	memset(p.oshash, '\1', HOOKPAYLOAD_NAME);
	memset(p.checksum, '\1', HOOKPAYLOAD_NAME);
	for (p.field_count = 0; p.field_count < HOOKPAYLOAD_FIELDS; p.field_count++)
		memset(p.fields[p.field_count], '\1', HOOKPAYLOAD_NAME);
	ck_assert_uint_gt(hookpayload_write(&p, text, sizeof text), 0);
}
END_TEST

START_TEST(lets_a_cover_of_sixty_megabytes_pass_by)
{
	static const char before[] =
		"{\"args\":{\"hookContext\":{\"id\":45,\"input\":{\"cover_image\":\"";
	static const char after[] =
		"\"},\"inputFields\":[\"cover_image\"],\"type\":\"Scene.Update.Post\"}}}";
	static struct hookpayload p;
	static char block[1 << 16];

	memset(block, 'A', sizeof block);
	hookpayload_init(&p);
	ck_assert_int_eq(hookpayload_feed(&p, before, sizeof before - 1), HOOKPAYLOAD_MORE);
	for (int i = 0; i < 960; i++)
		ck_assert_int_eq(hookpayload_feed(&p, block, sizeof block), HOOKPAYLOAD_MORE);
	ck_assert_int_eq(hookpayload_feed(&p, after, sizeof after - 1), HOOKPAYLOAD_MORE);
	ck_assert(hookpayload_finish(&p, NULL));
	ck_assert_str_eq(p.fields[0], "cover_image");
	ck_assert_int_eq(hookpayload_scene_action(&p), HOOKPAYLOAD_UPDATE);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_unchecked_fixture(cases, find_fixtures, forget_fixtures);
	tcase_add_test(cases, reads_every_fixture_whole_and_byte_by_byte);
	tcase_add_test(cases, writes_no_more_than_the_producer_needs);
	tcase_add_test(cases, survives_the_fuzz_target_on_every_fixture);
	tcase_add_test(cases, refuses_every_truncation);
	tcase_add_test(cases, holds_its_promises_under_every_mutation);
	tcase_add_loop_test(cases, refuses_and_names_the_place, 0, ARRAY_LEN(REFUSED));
	tcase_add_test(cases, stays_bad_once_it_is_bad);
	tcase_add_test(cases, tells_the_scene_hooks_from_the_others);
	tcase_add_test(cases, takes_a_key_only_in_its_place);
	tcase_add_test(cases, does_not_mind_a_foreign_path_of_another_type);
	tcase_add_test(cases, knows_a_task);
	tcase_add_test(cases, does_not_know_what_changed_when_names_are_too_many_or_too_long);
	tcase_add_test(cases, drops_a_path_that_is_too_long);
	tcase_add_test(cases, writes_the_identifiers_of_a_destroyed_scene_only);
	tcase_add_test(cases, fits_its_own_limit_in_the_worst_case);
	tcase_add_test(cases, lets_a_cover_of_sixty_megabytes_pass_by);
}

CHECK_MAIN("hookpayload", add_cases)
