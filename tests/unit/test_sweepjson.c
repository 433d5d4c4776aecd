#include "producer/sweepjson.h"

#include "check_main.h"

#include <string.h>

static const struct {
	const char *json;
	enum sweep_mode mode;
	size_t max_vanished;
} good[] = {
	{ "", SWEEP_CHANGED, 0 },
	{ "{}", SWEEP_CHANGED, 0 },
	{ "{\"mode\":null,\"max_vanished\":null,\"unknown\":1}", SWEEP_CHANGED, 0 },
	{ "{\"mode\":\"changed\",\"max_vanished\":0}", SWEEP_CHANGED, 0 },
	{ "{\"mode\":\"full\",\"max_vanished\":140}", SWEEP_FULL, 140 },
};

START_TEST(reads_what_a_person_wants)
{
	struct sweepjson_order order;
	struct fault fault;
	unsigned status;

	ck_assert(sweepjson_read(&order, good[_i].json, strlen(good[_i].json), &status, &fault));
	ck_assert_int_eq(order.mode, good[_i].mode);
	ck_assert_uint_eq(order.max_vanished, good[_i].max_vanished);
}
END_TEST

static const struct {
	const char *json;
	unsigned status;
	const char *pointer;
} bad[] = {
	{ "{", 400, "" },
	{ "{}{}", 400, "" },
	{ "[]", 422, "" },
	{ "\"full\"", 422, "" },
	{ "{\"mode\":\"touched\"}", 422, "/mode" },
	{ "{\"mode\":\"FULL\"}", 422, "/mode" },
	{ "{\"mode\":1}", 422, "/mode" },
	{ "{\"max_vanished\":-1}", 422, "/max_vanished" },
	{ "{\"max_vanished\":1.5}", 422, "/max_vanished" },
};

START_TEST(says_where_an_order_is_wrong)
{
	struct sweepjson_order order;
	struct fault fault;
	unsigned status = 0;

	ck_assert(!sweepjson_read(&order, bad[_i].json, strlen(bad[_i].json), &status, &fault));
	ck_assert_uint_eq(status, bad[_i].status);
	if (status == 422)
		ck_assert_str_eq(fault.pointer, bad[_i].pointer);
	ck_assert_uint_gt(strlen(fault.error.text), 10);
}
END_TEST

static const struct sweep_progress progress = {
	.state = SWEEP_WAITING,
	.mode = SWEEP_FULL,
	.started_wall_ms = 1767323045678,
	.duration_ms = 12345,
	.total = 100,
	.walked = 50,
	.published = 9,
	.destroyed = 2,
	.refused = 1,
	.vanished = 3,
	.skipped = { 41, 1, 1 },
	.rate = 4.05,
	.eta_ms = -1,
	.detail = "a \"quoted\" reason",
};

#define PROGRESS \
	"{\"state\":\"waiting\",\"mode\":\"full\",\"started_at\":\"2026-01-02T03:04:05.678Z\"," \
	"\"duration_s\":12.345,\"total\":100,\"walked\":50,\"published\":9,\"destroyed\":2," \
	"\"refused\":1,\"vanished\":3," \
	"\"skipped\":{\"unchanged\":41,\"unreadable\":1,\"still_there\":1}," \
	"\"rate\":4.0,\"eta_s\":null,\"detail\":\"a \\\"quoted\\\" reason\"}"

START_TEST(tells_how_far_a_sweep_is)
{
	auto_buf out;

	buf_init(&out, 4096);
	sweepjson_put(&out, &progress);
	ck_assert_str_eq(buf_text(&out), PROGRESS);
}
END_TEST

START_TEST(tells_how_the_last_one_ended)
{
	auto_buf out;

	buf_init(&out, 4096);
	sweepjson_put_idle(&out, &progress);
	ck_assert_str_eq(buf_text(&out), "{\"state\":\"idle\",\"last\":" PROGRESS "}");
	buf_clear(&out);
	sweepjson_put_idle(&out, NULL);
	ck_assert_str_eq(buf_text(&out), "{\"state\":\"idle\",\"last\":null}");
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, reads_what_a_person_wants, 0, (int)ARRAY_LEN(good));
	tcase_add_loop_test(cases, says_where_an_order_is_wrong, 0, (int)ARRAY_LEN(bad));
	tcase_add_test(cases, tells_how_far_a_sweep_is);
	tcase_add_test(cases, tells_how_the_last_one_ended);
}

CHECK_MAIN("sweepjson", add_cases)
