#include "consumer/xmltext.h"

#include "tests/unit/check_main.h"

#include <string.h>

#define R "\xEF\xBF\xBD"

static const struct {
	const char *body, *scrubbed;
} cases_of_scrub[] = {
	{ "", "" },
	{ "plain \t\r\n é 😀", "plain \t\r\n é 😀" },
	{ "a\x01z\x1F", "a" R "z" R },
	{ "\xFF", R },
	{ "a\xE2\x82", "a" R },
	{ "\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD", R R R },
	{ "&#4;&#0;&#x1f;&#xFFFF;&#xD800;&#1114112;", R R R R R R },
	{ "&#9;&#10;&#13;&#32;&#xE9;&#x10FFFF;", "&#9;&#10;&#13;&#32;&#xE9;&#x10FFFF;" },
	{ "&#99999999999999999999;", R },
	{ "&amp;&#;&#x;&#4&#q;&#xg;&", "&amp;&#;&#x;&#4&#q;&#xg;&" },
};

START_TEST(replaces_what_is_no_character_of_xml)
{
	auto_buf out;

	buf_init(&out, 1000);
	ck_assert(xmltext_scrub(&out, cases_of_scrub[_i].body, strlen(cases_of_scrub[_i].body)));
	ck_assert_str_eq(buf_text(&out), cases_of_scrub[_i].scrubbed);
}
END_TEST

START_TEST(replaces_a_nul)
{
	auto_buf out;

	buf_init(&out, 1000);
	ck_assert(xmltext_scrub(&out, "a\0b", 3));
	ck_assert_str_eq(buf_text(&out), "a" R "b");
}
END_TEST

START_TEST(says_when_the_result_does_not_fit)
{
	auto_buf tight, tighter;

	buf_init(&tight, 3);
	ck_assert(!xmltext_scrub(&tight, "ab\x04", 3));
	buf_init(&tighter, 2);
	ck_assert(!xmltext_scrub(&tighter, "abc", 3));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(
		cases, replaces_what_is_no_character_of_xml, 0, ARRAY_LEN(cases_of_scrub));
	tcase_add_test(cases, replaces_a_nul);
	tcase_add_test(cases, says_when_the_result_does_not_fit);
}

CHECK_MAIN("xmltext", add_cases)
