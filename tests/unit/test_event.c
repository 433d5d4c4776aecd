#include "common/event.h"

#include "check_main.h"

#include <string.h>

static struct event sample(void)
{
	struct event e = {
		.id = xstrdup("0190-a"),
		.source = xstrdup("/plexsync/api"),
		.traceparent = xstrdup("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
		.time_ms = 1768115274123,
		.scene_id = "45",
		.action = ACTION_UPDATE,
		.updated_at_ms = 1768115273000,
		.rating_key = xstrdup("101"),
		.force = true,
		.replays = 2,
	};
	json_auto_t *scene =
		json_loads("{\"title\":\"\\u00e9\\u2028 \\\"q\\\"\",\"details\":\"a\\nb\","
			   "\"files\":[{\"path\":\"/a\",\"duration\":1805.44}],"
			   "\"updated_at\":\"2026-01-11T07:07:53Z\",\"id\":\"45\"}",
			0, NULL);

	string_list_add(&e.changed, "title");
	string_list_add(&e.changed, "details");
	e.scene = xcalloc(1, sizeof *e.scene);
	ck_assert(scene_parse(e.scene, scene, "", NULL));
	return e;
}

static void assert_header(const struct record *r, const char *name, const char *value)
{
	auto_free char *text = record_header_text(r, name, 200);

	ck_assert_pstr_eq(text, value);
}

START_TEST(writes_cloudevents_headers)
{
	struct event e = sample();
	struct record r;

	event_write(&e, &r);
	ck_assert_int_eq(r.topic, TOPIC_EVENTS);
	ck_assert_int_eq(r.partition, -1);
	ck_assert_mem_eq(r.key, "45", 3);
	assert_header(&r, "ce_specversion", "1.0");
	assert_header(&r, "ce_id", "0190-a");
	assert_header(&r, "ce_type", "plexsync.scene.updated.v1");
	assert_header(&r, "ce_source", "/plexsync/api");
	assert_header(&r, "ce_time", "2026-01-11T07:07:54.123Z");
	assert_header(&r, "ce_subject", "45");
	assert_header(&r, "content-type", "application/json");
	assert_header(&r, "traceparent", e.traceparent);
	assert_header(&r, "plexsync-replays", "2");
	record_done(&r);
	event_done(&e);
}
END_TEST

START_TEST(writes_one_minified_line)
{
	struct event e = sample();
	struct record r;

	event_write(&e, &r);
	ck_assert_ptr_null(memchr(r.value, '\n', r.value_len));
	ck_assert_ptr_null(strstr(r.value, ": "));
	ck_assert_ptr_nonnull(strstr(r.value, "\"duration\":1805.44}"));
	ck_assert_int_eq(strncmp(r.value, "{\"scene_id\":\"45\",\"action\":\"update\",", 34), 0);
	record_done(&r);
	event_done(&e);
}
END_TEST

START_TEST(reads_back_what_it_wrote)
{
	struct event e = sample(), copy, back;
	struct record first, second;

	event_write(&e, &first);
	event_copy(&copy, &e);
	event_done(&e);
	ck_assert(event_read(&back, &first, NULL));
	event_write(&back, &second);
	ck_assert_str_eq(back.id, copy.id);
	ck_assert_str_eq(back.source, copy.source);
	ck_assert_str_eq(back.traceparent, copy.traceparent);
	ck_assert_int_eq(back.time_ms, copy.time_ms);
	ck_assert_int_eq(back.action, copy.action);
	ck_assert_int_eq(back.updated_at_ms, copy.updated_at_ms);
	ck_assert_uint_eq(back.changed.count, 2);
	ck_assert_str_eq(back.scene->title, copy.scene->title);
	ck_assert_uint_eq(scene_content_hash(back.scene), scene_content_hash(copy.scene));
	ck_assert_str_eq(back.rating_key, "101");
	ck_assert(back.force);
	ck_assert_int_eq(back.replays, 2);
	ck_assert_str_eq(second.value, first.value);
	ck_assert_uint_eq(second.header_count, first.header_count);
	for (size_t i = 0; i < first.header_count; i++)
		ck_assert_str_eq(second.headers[i].value, first.headers[i].value);
	event_done(&copy);
	event_done(&back);
	record_done(&first);
	record_done(&second);
}
END_TEST

static struct record bare(enum topic topic)
{
	struct record r = { .topic = topic, .partition = 3, .offset = 17 };

	record_set_value(&r, "{\"scene_id\":\"5\",\"action\":\"create\"}", 34);
	return r;
}

START_TEST(names_a_record_without_headers_by_its_first_place)
{
	struct record r = bare(TOPIC_EVENTS);
	struct event e;

	record_add_text_header(&r, "plexsync-source", "1/2");
	ck_assert(event_read(&e, &r, NULL));
	ck_assert_str_eq(e.id, "scene-events/3/17");
	ck_assert_str_eq(e.source, "");
	ck_assert_int_eq(e.time_ms, 0);
	ck_assert_ptr_null(e.traceparent);
	event_done(&e);

	r.topic = TOPIC_RETRIES;
	ck_assert(event_read(&e, &r, NULL));
	ck_assert_str_eq(e.id, "scene-events/1/2");
	event_done(&e);

	r.topic = TOPIC_DLQ;
	record_add_text_header(&r, "__dlq.errors.partition", "4");
	record_add_text_header(&r, "__dlq.errors.offset", "9");
	ck_assert(event_read(&e, &r, NULL));
	ck_assert_str_eq(e.id, "scene-events/4/9");
	event_done(&e);
	record_done(&r);
}
END_TEST

START_TEST(refuses_a_tombstone)
{
	struct record r = { 0 };
	struct event e;
	struct fault fault;

	ck_assert(!event_read(&e, &r, &fault));
	ck_assert_str_eq(fault.error.text, "The record has no value");
}
END_TEST

START_TEST(refuses_a_key_that_is_not_the_scene_id)
{
	static const char *const keys[] = { "6", "55", "05" };
	struct record r = bare(TOPIC_EVENTS);
	struct event e;
	struct fault fault;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		record_set_key(&r, keys[i], strlen(keys[i]));
		ck_assert(!event_read(&e, &r, &fault));
		ck_assert_str_eq(fault.pointer, "/scene_id");
	}
	record_set_key(&r, "5", 1);
	ck_assert(event_read(&e, &r, &fault));
	event_done(&e);
	record_done(&r);
}
END_TEST

START_TEST(reads_a_member_of_a_list_at_its_pointer)
{
	json_auto_t *value = json_loads("{\"scene_id\":1,\"action\":\"edit\"}", 0, NULL);
	struct event e = { 0 };
	struct fault fault;

	ck_assert(!event_from_json(&e, value, "/3", &fault));
	ck_assert_str_eq(fault.pointer, "/3/action");
	event_done(&e);
}
END_TEST

START_TEST(orders_versions_by_update_then_observation_then_offset)
{
	static const struct version ascending[] = {
		{ 0, 0, 0 },
		{ 0, 0, 1 },
		{ 0, 1, 0 },
		{ 1, 0, 0 },
		{ 1, 0, 5 },
		{ 1, 2, 3 },
		{ INT64_MAX, -1, -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(ascending); i++)
		for (size_t j = 0; j < ARRAY_LEN(ascending); j++)
			ck_assert_int_eq(
				version_compare(ascending[i], ascending[j]), (i > j) - (i < j));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, writes_cloudevents_headers);
	tcase_add_test(cases, writes_one_minified_line);
	tcase_add_test(cases, reads_back_what_it_wrote);
	tcase_add_test(cases, names_a_record_without_headers_by_its_first_place);
	tcase_add_test(cases, refuses_a_tombstone);
	tcase_add_test(cases, refuses_a_key_that_is_not_the_scene_id);
	tcase_add_test(cases, reads_a_member_of_a_list_at_its_pointer);
	tcase_add_test(cases, orders_versions_by_update_then_observation_then_offset);
}

CHECK_MAIN("event", add_cases)
