#include "producer/body.h"

#include "check_main.h"

#include <string.h>

#define NOW_MS INT64_C(1768118873000) /* 2026-01-11T08:07:53Z */
#define EVENT "{\"scene_id\":\"45\",\"action\":\"update\"}"
#define CE(data) \
	"{\"specversion\":\"1.0\",\"id\":\"i-1\",\"source\":\"/s\",\"type\":" \
	"\"plexsync.scene.created.v1\",\"time\":\"2026-01-01T00:00:00Z\",\"data\":" data "}"

static struct fault fault;
static unsigned status;

static struct ingest item(const struct body *b, size_t i)
{
	struct envelope e = { .now_ms = NOW_MS, .fresh_id = "fresh" };
	struct ingest one;

	body_event(b, i, &e, &one);
	return one;
}

static bool open_text(struct body *b, const char *json, enum body_form form)
{
	fault = (struct fault){ 0 };
	return body_open(b, json, strlen(json), form, &status, &fault);
}

START_TEST(a_list_has_its_events_in_order)
{
	struct body b;
	struct ingest i;

	ck_assert(open_text(
		&b, "[" EVENT ",7,{\"scene_id\":\"46\",\"action\":\"paint\"}]", BODY_PLAIN));
	ck_assert(b.is_list);
	ck_assert_uint_eq(b.count, 3);
	i = item(&b, 0);
	ck_assert_int_eq(i.outcome, INGEST_EVENT);
	ck_assert_str_eq(i.event.id, "fresh");
	ingest_done(&i);
	i = item(&b, 1);
	ck_assert_int_eq(i.outcome, INGEST_REFUSED);
	ck_assert_str_eq(i.fault.pointer, "/1");
	i = item(&b, 2);
	ck_assert_uint_eq(i.status, 422);
	ck_assert_str_eq(i.fault.pointer, "/2/action");
	ingest_done(&i);
	body_done(&b);
	ck_assert(open_text(&b, "[]", BODY_PLAIN));
	ck_assert_uint_eq(b.count, 0);
	body_done(&b);
}
END_TEST

START_TEST(a_cloudevent_says_who_sent_it_and_when)
{
	struct body b;
	struct ingest i;

	ck_assert(open_text(&b, CE("{\"scene_id\":\"45\"}"), BODY_CLOUDEVENT));
	i = item(&b, 0);
	ck_assert_int_eq(i.outcome, INGEST_EVENT);
	ck_assert_str_eq(i.event.id, "i-1");
	ck_assert_str_eq(i.event.source, "/s");
	ck_assert_int_eq(i.event.action, ACTION_CREATE);
	ck_assert_int_eq(i.event.time_ms, 1767225600000);
	ingest_done(&i);
	body_done(&b);
}
END_TEST

START_TEST(a_batch_names_places_in_the_whole)
{
	struct body b;
	struct ingest i;

	ck_assert(open_text(&b, "[" CE("{\"scene_id\":\"45\"}") "," CE("{\"scene_id\":\"x\"}") "]",
		BODY_CLOUDEVENTS));
	i = item(&b, 1);
	ck_assert_int_eq(i.outcome, INGEST_REFUSED);
	ck_assert_str_eq(i.fault.pointer, "/1/data/scene_id");
	ingest_done(&i);
	body_done(&b);
}
END_TEST

START_TEST(a_body_of_the_wrong_form_is_refused_whole)
{
	static const struct {
		const char *json;
		enum body_form form;
		unsigned status;
	} cases[] = {
		{ "", BODY_PLAIN, 400 },
		{ "[" EVENT, BODY_PLAIN, 400 },
		{ "[" EVENT "]x", BODY_PLAIN, 400 },
		{ "{\"a\":1,\"a\":2}", BODY_PLAIN, 422 },
		{ "[" EVENT "]", BODY_CLOUDEVENT, 422 },
		{ EVENT, BODY_CLOUDEVENTS, 422 },
	};
	struct body b;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_msg(!open_text(&b, cases[i].json, cases[i].form), "%s", cases[i].json);
		ck_assert_uint_eq(status, cases[i].status);
		ck_assert_uint_gt(strlen(fault.error.text), 5);
	}
}
END_TEST

START_TEST(a_list_may_have_500_events_and_an_event_one_mebibyte)
{
	auto_buf list, large;
	struct body b;

	buf_init(&list, BODY_LIST_BYTES);
	buf_puts(&list, "[0");
	for (int i = 1; i < BODY_EVENTS_MAX; i++)
		buf_puts(&list, ",0");
	buf_putc(&list, ']');
	ck_assert(open_text(&b, buf_text(&list), BODY_PLAIN));
	body_done(&b);
	list.len--;
	buf_puts(&list, ",0]");
	ck_assert(!open_text(&b, buf_text(&list), BODY_PLAIN));
	ck_assert_uint_eq(status, 413);
	buf_init(&large, BODY_LIST_BYTES);
	buf_puts(&large, "{\"x\":\"");
	while (large.len < BODY_EVENT_BYTES - 2)
		buf_putc(&large, 'x');
	buf_puts(&large, "\"}");
	ck_assert(open_text(&b, buf_text(&large), BODY_PLAIN));
	body_done(&b);
	buf_putc(&large, ' ');
	ck_assert(!open_text(&b, buf_text(&large), BODY_PLAIN));
	ck_assert_uint_eq(status, 413);
}
END_TEST

START_TEST(an_event_without_version_is_refused_only_where_one_is_needed)
{
	static const struct {
		const char *json;
		bool passes;
	} cases[] = {
		{ EVENT, false },
		{ "{\"scene_id\":\"45\",\"action\":\"create\"}", false },
		{ "{\"scene_id\":\"45\",\"action\":\"resync\"}", true },
		{ "{\"scene_id\":\"45\",\"action\":\"destroy\"}", true },
		{ "{\"scene_id\":\"45\",\"action\":\"update\",\"updated_at\":\"2026-01-01T00:00:"
		  "00Z\"}",
			true },
		{ "{\"scene_id\":\"45\",\"action\":\"update\",\"scene\":{\"updated_at\":\"2026-01-"
		  "01T00:00:00Z\"}}",
			true },
	};

	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		struct envelope e = {
			.now_ms = NOW_MS, .fresh_id = "fresh", .needs_version = true
		};
		struct ingest i;
		struct body b;

		ck_assert(open_text(&b, cases[n].json, BODY_PLAIN));
		body_event(&b, 0, &e, &i);
		ck_assert_msg((i.outcome == INGEST_EVENT) == cases[n].passes, "%s", cases[n].json);
		if (!cases[n].passes)
			ck_assert_str_eq(i.fault.pointer, "/updated_at");
		ingest_done(&i);
		body_done(&b);
	}
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, a_list_has_its_events_in_order);
	tcase_add_test(cases, a_cloudevent_says_who_sent_it_and_when);
	tcase_add_test(cases, a_batch_names_places_in_the_whole);
	tcase_add_test(cases, a_body_of_the_wrong_form_is_refused_whole);
	tcase_add_test(cases, a_list_may_have_500_events_and_an_event_one_mebibyte);
	tcase_add_test(cases, an_event_without_version_is_refused_only_where_one_is_needed);
}

CHECK_MAIN("body", add_cases)
