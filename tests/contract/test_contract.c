/*
 * Each directory is a test; a new case needs no C.
 *
 * events/<case>/  value.json or value.bin   the record's value
 *                 headers.txt (optional)    lines `name: value`; the name `@key` is the record's key
 *                 expect.json               what event_read() makes of it, as describe() says it; or
 *                 error.txt                 the fault's pointer, and a part of its sentence
 * stash/<case>/   answer.json or answer.bin the body that Stash gave
 *                 status.txt (optional)     lines `status: 302`, `content-type: …`, `location: …`
 *                 expect.json               the scene, as scene_to_json() says it; or
 *                 expect.txt                the name of the answer, and a part of its sentence
 */
#include "common/event.h"
#include "common/rfc3339.h"
#include "common/stash.h"
#include "common/text.h"

#include "tests/unit/check_main.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS_MIN = 40, STASH_MIN = 20, FILE_MAX = 2 * 1024 * 1024 };

static struct dirent **event_cases, **stash_cases;
static int event_count, stash_count;

static int is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* false when there is no such file. */
static bool read_file(struct buf *ret, const char *kind, const char *name, const char *file)
{
	auto_free char *path = xasprintf(CASES "/%s/%s/%s", kind, name, file);
	FILE *stream = fopen(path, "rb");
	char chunk[4096];
	size_t len;

	buf_init(ret, FILE_MAX);
	if (!stream)
		return false;
	while ((len = fread(chunk, 1, sizeof chunk, stream)) > 0)
		ck_assert(buf_put(ret, chunk, len));
	fclose(stream);
	return true;
}

/* Cuts the next line off; NULL at the end. */
static char *next_line(char **rest)
{
	char *line = strsep(rest, "\n");

	return line && *line ? line : NULL;
}

/* Cuts `name: value` in two. */
static const char *cut_value(char *line)
{
	char *colon = strstr(line, ": ");

	ck_assert_msg(colon != NULL, "no `name: value`: %s", line);
	*colon = '\0';
	return colon + 2;
}

static void read_record(struct record *ret, const char *name)
{
	auto_buf value, headers;
	char *rest, *line;

	*ret = (struct record){ .topic = TOPIC_EVENTS, .partition = 3, .offset = 17 };
	if (!read_file(&value, "events", name, "value.json"))
		ck_assert_msg(read_file(&value, "events", name, "value.bin"), "no value");
	record_set_value(ret, buf_text(&value), value.len);
	if (!read_file(&headers, "events", name, "headers.txt"))
		return;
	rest = headers.data;
	while ((line = next_line(&rest))) {
		const char *text = cut_value(line);

		if (strcmp(line, "@key") == 0)
			record_set_key(ret, text, strlen(text));
		else
			record_add_text_header(ret, line, text);
	}
}

/* What the headers say, and the value as event_write() writes it. */
static json_t *describe(const struct event *e, const struct record *written)
{
	char time[RFC3339_SIZE] = "";
	json_t *object = json_object();

	if (e->time_ms)
		rfc3339_format(e->time_ms, time);
	json_object_set_new(object, "id", json_string(e->id));
	json_object_set_new(object, "source", json_string(e->source));
	json_object_set_new(object, "time", json_string(time));
	if (e->traceparent)
		json_object_set_new(object, "traceparent", json_string(e->traceparent));
	if (e->replays)
		json_object_set_new(object, "replays", json_integer(e->replays));
	json_object_set_new(object, "value",
		json_loadb(written->value, written->value_len, JSON_REJECT_DUPLICATES, NULL));
	return object;
}

static void assert_json(json_t *actual, const struct buf *expected)
{
	json_auto_t *wanted = json_loadb(buf_text(expected), expected->len, 0, NULL);
	auto_free char *text = json_dumps(actual, JSON_INDENT(2) | JSON_REAL_PRECISION(15));

	ck_assert_msg(wanted != NULL, "expect.json is not valid JSON");
	ck_assert_msg(json_equal(actual, wanted), "is:\n%s\nand should be:\n%s", text,
		buf_text(expected));
}

/* Its first line is exactly `first`, its second a part of `sentence`. */
static void assert_lines(struct buf *expected, const char *first, const char *sentence)
{
	char *rest = expected->data;
	const char *wanted = strsep(&rest, "\n"), *part = rest ? strsep(&rest, "\n") : NULL;

	ck_assert_msg(wanted && part && *part, "two lines are needed");
	ck_assert_str_eq(first, wanted);
	ck_assert_msg(
		strstr(sentence, part) != NULL, "\"%s\" does not hold \"%s\"", sentence, part);
	ck_assert(text_valid(sentence, strlen(sentence)));
}

static void assert_round_trip(const struct record *written)
{
	struct event again;
	struct record second;
	struct fault fault;

	ck_assert_ptr_null(memchr(written->value, '\n', written->value_len));
	ck_assert_msg(event_read(&again, written, &fault), "%s", fault.error.text);
	event_write(&again, &second);
	ck_assert_str_eq(second.value, written->value);
	ck_assert_mem_eq(second.key, written->key, written->key_len + 1);
	ck_assert_uint_eq(second.header_count, written->header_count);
	for (size_t i = 0; i < second.header_count; i++) {
		ck_assert_str_eq(second.headers[i].name, written->headers[i].name);
		ck_assert_pstr_eq(second.headers[i].value, written->headers[i].value);
	}
	record_done(&second);
	event_done(&again);
}

START_TEST(reads_an_event_as_the_contract_says)
{
	const char *name = event_cases[_i]->d_name;
	auto_buf json, error;
	bool good = read_file(&json, "events", name, "expect.json");
	bool bad = read_file(&error, "events", name, "error.txt");
	struct fault fault = { 0 };
	struct record record, written;
	struct event event;

	ck_assert_msg(good != bad, "%s: either expect.json or error.txt", name);
	read_record(&record, name);
	if (!event_read(&event, &record, &fault)) {
		ck_assert_msg(bad, "%s: refused: %s", name, fault.error.text);
		assert_lines(&error, fault.pointer, fault.error.text);
	} else {
		event_write(&event, &written);
		json_auto_t *actual = describe(&event, &written);

		ck_assert_msg(good, "%s: accepted", name);
		assert_json(actual, &json);
		if (*event.source)
			assert_round_trip(&written);
		record_done(&written);
		event_done(&event);
	}
	record_done(&record);
}
END_TEST

static const char *const answer_names[] = {
	[STASH_SCENE] = "SCENE",
	[STASH_ABSENT] = "ABSENT",
	[STASH_UNRESOLVABLE] = "UNRESOLVABLE",
	[STASH_UNAUTHORISED] = "UNAUTHORISED",
	[STASH_DOWN] = "DOWN",
};

struct http {
	long status;
	const char *content_type, *location;
};

/* Borrows from `lines`. */
static struct http read_status(struct buf *lines)
{
	struct http http = { 200, "application/json", "" };
	char *rest = lines->data, *line;

	while ((line = next_line(&rest))) {
		const char *value = cut_value(line);

		if (strcmp(line, "status") == 0)
			http.status = strtol(value, NULL, 10);
		else if (strcmp(line, "content-type") == 0)
			http.content_type = value;
		else if (strcmp(line, "location") == 0)
			http.location = value;
		else
			ck_abort_msg("unknown line: %s", line);
	}
	return http;
}

START_TEST(reads_an_answer_of_stash)
{
	const char *name = stash_cases[_i]->d_name;
	auto_buf body, status, json, text;
	bool good = read_file(&json, "stash", name, "expect.json");
	bool bad = read_file(&text, "stash", name, "expect.txt");
	struct error err = { 0 };
	struct scene scene;
	struct http http;
	enum stash_answer answer;

	ck_assert_msg(good != bad, "%s: either expect.json or expect.txt", name);
	read_file(&status, "stash", name, "status.txt");
	http = read_status(&status);
	if (!read_file(&body, "stash", name, "answer.json"))
		ck_assert_msg(read_file(&body, "stash", name, "answer.bin"), "%s: no answer", name);
	answer = stash_read_scene(http.status, http.content_type, http.location, buf_text(&body),
		body.len, &scene, &err);
	if (answer != STASH_SCENE) {
		ck_assert_msg(bad, "%s: %s: %s", name, answer_names[answer], err.text);
		assert_lines(&text, answer_names[answer], err.text);
		return;
	}
	json_auto_t *actual = scene_to_json(&scene);

	scene_done(&scene);
	ck_assert_msg(good, "%s: a scene", name);
	assert_json(actual, &json);
}
END_TEST

START_TEST(finds_its_cases)
{
	ck_assert_int_ge(event_count, EVENTS_MIN);
	ck_assert_int_ge(stash_count, STASH_MIN);
}
END_TEST

static void free_cases(struct dirent **cases, int count)
{
	for (int i = 0; i < count; i++)
		free(cases[i]);
	free(cases);
}

static void free_all_cases(void)
{
	free_cases(event_cases, event_count);
	free_cases(stash_cases, stash_count);
}

static void add_cases(TCase *cases)
{
	event_count = scandir(CASES "/events", &event_cases, is_case, alphasort);
	stash_count = scandir(CASES "/stash", &stash_cases, is_case, alphasort);
	atexit(free_all_cases);
	tcase_add_test(cases, finds_its_cases);
	tcase_add_loop_test(cases, reads_an_event_as_the_contract_says, 0, event_count);
	tcase_add_loop_test(cases, reads_an_answer_of_stash, 0, stash_count);
}

CHECK_MAIN("contract", add_cases)
