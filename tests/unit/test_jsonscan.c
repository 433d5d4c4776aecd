#include "common/jsonscan.h"
#include "tests/unit/check_main.h"

#include <jansson.h>
#include <string.h>

static bool accepts(const char *text, size_t len, struct jsonscan *s)
{
	enum jsonscan_event event;

	jsonscan_init(s);
	do {
		event = jsonscan_next(s, &text, &len);
	} while (event != JSONSCAN_MORE && event != JSONSCAN_BAD);
	return jsonscan_finish(s);
}

static const char *const GOOD[] = {
	"{}",
	" \t\r\n[ ] ",
	"[true,false,null]",
	"[0,-0,1,-1,10,1.5,0.25,1e5,1E+5,2.5e-3,-0.0e-0]",
	"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\ud83d\\ude00\"",
	"\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbd \xf4\x8f\xbf\xbf \xed\x9f\xbf\"",
	"{\"\":{\"a\":[{},[]]},\"b\":1}",
	"\"\x7f\"",
};

static const char *const BAD[] = {
	"",
	" ",
	"[",
	"{",
	"]",
	"}",
	"[1,]",
	"[,1]",
	"[1 2]",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{\"a\" 1}",
	"{a:1}",
	"{1:1}",
	"{'a':1}",
	"[1}",
	"{\"a\":1]",
	"[tru]",
	"[True]",
	"[nul",
	"[nulll]",
	"[NaN]",
	"[Infinity]",
	"[01]",
	"[-]",
	"[-a]",
	"[+1]",
	"[.5]",
	"[1.]",
	"[1.e3]",
	"[1e]",
	"[1e+]",
	"[0x1]",
	"[1a]",
	"[--1]",
	"\"",
	"\"a",
	"\"a\nb\"",
	"\"a\tb\"",
	"\"\\x\"",
	"\"\\u12\"",
	"\"\\u12g4\"",
	"\"\\ud800\"",
	"\"\\ud800x\"",
	"\"\\ud800\\n\"",
	"\"\\ud800\\u0041\"",
	"\"\\udc00\"",
	"\"\\ud800\\ud800\"",
	"\"\x80\"",
	"\"\xc0\xaf\"",
	"\"\xc3\"",
	"\"\xe2\x82\"",
	"\"\xed\xa0\x80\"",
	"\"\xf4\x90\x80\x80\"",
	"\"\xf5\x80\x80\x80\"",
	"\"\xff\"",
	"\xef\xbb\xbf{}",
	"{}x",
	"{}{}",
	"[] ,",
	"/* */{}",
};

START_TEST(accepts_what_the_rfc_accepts)
{
	struct jsonscan s;

	ck_assert_msg(accepts(GOOD[_i], strlen(GOOD[_i]), &s), "%s: %s", GOOD[_i], s.fault);
	json_t *value = json_loads(GOOD[_i], JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(value);
	json_decref(value);
}
END_TEST

START_TEST(refuses_what_the_rfc_refuses)
{
	struct jsonscan s;

	ck_assert_msg(!accepts(BAD[_i], strlen(BAD[_i]), &s), "%s", BAD[_i]);
	ck_assert_ptr_nonnull(s.fault);
	ck_assert_uint_le(s.offset, strlen(BAD[_i]));
	ck_assert_ptr_null(json_loads(BAD[_i], JSON_DECODE_ANY, NULL));
}
END_TEST

START_TEST(refuses_a_nul_byte)
{
	struct jsonscan s;

	ck_assert(!accepts("[\"a\0\"]", 7, &s));
	ck_assert(!accepts("[\0]", 3, &s));
	ck_assert(!accepts("[1\0]", 4, &s));
	ck_assert(!accepts("[\"\\\0\"]", 7, &s));
}
END_TEST

START_TEST(stops_at_sixty_four_containers)
{
	char text[200];
	struct jsonscan s;

	memset(text, '[', 65);
	memset(text + 64, ']', 64);
	ck_assert(accepts(text, 128, &s));
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	ck_assert(!accepts(text, 130, &s));
	ck_assert_uint_eq(s.offset, 64);
}
END_TEST

START_TEST(tells_a_key_from_a_value_and_decodes_both)
{
	const char *bytes = "{\"\\u0061b\":[\"\\ud83d\\ude00\\n\",-1.5e3]}";
	size_t len = strlen(bytes);
	struct jsonscan s;

	jsonscan_init(&s);
	ck_assert_int_eq(jsonscan_next(&s, &bytes, &len), JSONSCAN_OBJECT);
	ck_assert_uint_eq(s.depth, 1);
	ck_assert_int_eq(jsonscan_next(&s, &bytes, &len), JSONSCAN_KEY);
	ck_assert_str_eq(s.text, "ab");
	ck_assert_uint_eq(s.value_offset, 1);
	ck_assert_int_eq(jsonscan_next(&s, &bytes, &len), JSONSCAN_ARRAY);
	ck_assert_uint_eq(s.depth, 2);
	ck_assert_int_eq(jsonscan_next(&s, &bytes, &len), JSONSCAN_STRING);
	ck_assert_str_eq(s.text, "\xf0\x9f\x98\x80\n");
	ck_assert_int_eq(jsonscan_next(&s, &bytes, &len), JSONSCAN_NUMBER);
	ck_assert_str_eq(s.text, "-1.5e3");
	ck_assert_int_eq(jsonscan_next(&s, &bytes, &len), JSONSCAN_END);
	ck_assert_int_eq(jsonscan_next(&s, &bytes, &len), JSONSCAN_END);
	ck_assert_int_eq(jsonscan_next(&s, &bytes, &len), JSONSCAN_MORE);
	ck_assert(jsonscan_finish(&s));
}
END_TEST

START_TEST(does_not_vouch_for_text_that_is_longer_than_its_room)
{
	char bytes[JSONSCAN_TEXT + 10];
	struct jsonscan s;

	memset(bytes, 'x', sizeof bytes);
	bytes[0] = '"';
	bytes[JSONSCAN_TEXT + 1] = '"';
	ck_assert(accepts(bytes, JSONSCAN_TEXT + 2, &s));
	ck_assert(s.text_whole);
	ck_assert_uint_eq(s.text_len, JSONSCAN_TEXT);
	bytes[JSONSCAN_TEXT + 1] = 'x';
	bytes[JSONSCAN_TEXT + 2] = '"';
	ck_assert(accepts(bytes, JSONSCAN_TEXT + 3, &s));
	ck_assert(!s.text_whole);
	ck_assert(accepts("\"a\\u0000b\"", 10, &s));
	ck_assert(!s.text_whole);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, accepts_what_the_rfc_accepts, 0, ARRAY_LEN(GOOD));
	tcase_add_loop_test(cases, refuses_what_the_rfc_refuses, 0, ARRAY_LEN(BAD));
	tcase_add_test(cases, refuses_a_nul_byte);
	tcase_add_test(cases, stops_at_sixty_four_containers);
	tcase_add_test(cases, tells_a_key_from_a_value_and_decodes_both);
	tcase_add_test(cases, does_not_vouch_for_text_that_is_longer_than_its_room);
}

CHECK_MAIN("jsonscan", add_cases)
