#include "hook/line.h"
#include "tests/unit/check_main.h"

#include <jansson.h>
#include <string.h>

static char line[LINE_MAX_BYTES];

static const struct {
	const char *text, *json;
} CASES[] = {
	{ "", "{\"error\":\"\"}\n" },
	{ "a \"b\" \\ c", "{\"error\":\"a \\\"b\\\" \\\\ c\"}\n" },
	{ "one\ntwo\t\x01\x7f", "{\"error\":\"one two   \"}\n" },
	{ "caf\xc3\xa9 \xf0\x9f\x98\x80", "{\"error\":\"caf\xc3\xa9 \xf0\x9f\x98\x80\"}\n" },
	{ "\xe9 \xc3( \xed\xa0\x80 \xc0\xaf \xe2\x82", "{\"error\":\"? ?( ??? ?? ??\"}\n" },
	{ "token s3cret, s3cret", "{\"error\":\"token [redacted], [redacted]\"}\n" },
};

START_TEST(is_one_line_of_json_whatever_the_text)
{
	size_t len = line_json(line, "error", CASES[_i].text, "s3cret");

	ck_assert_str_eq(line, CASES[_i].json);
	ck_assert_uint_eq(len, strlen(line));
	json_t *value = json_loads(line, 0, NULL);
	ck_assert_ptr_nonnull(value);
	json_decref(value);
}
END_TEST

START_TEST(cuts_what_is_too_long_and_stays_valid)
{
	static char text[3 * LINE_MAX_BYTES + 1];

	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = "\"\xc3\xa9"[i % 3];
	size_t len = line_json(line, "output", text, "");
	ck_assert_uint_lt(len, LINE_MAX_BYTES);
	ck_assert_uint_gt(len, LINE_MAX_BYTES - 64);
	json_t *value = json_loads(line, 0, NULL);
	ck_assert_ptr_nonnull(value);
	json_decref(value);
}
END_TEST

START_TEST(speaks_the_log_protocol_of_stash)
{
	size_t len = line_log(line, 'e', "it said \"s3cret\"\nand left", "s3cret");

	ck_assert_str_eq(line, "\1e\2it said \"[redacted]\" and left\n");
	ck_assert_uint_eq(len, strlen(line));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, is_one_line_of_json_whatever_the_text, 0, ARRAY_LEN(CASES));
	tcase_add_test(cases, cuts_what_is_too_long_and_stays_valid);
	tcase_add_test(cases, speaks_the_log_protocol_of_stash);
}

CHECK_MAIN("hook_line", add_cases)
