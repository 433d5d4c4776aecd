#include "hook/config.h"
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

START_TEST(reads_names_and_values_with_blanks_and_comments)
{
	struct config config = { .producer_url = "http://old" };

	config_parse(&config,
		"# a comment = no setting\n\n  producer_url =  http://nas:8590 "
		"\r\napi_token=a=b#c\n"
		"spool_dir = /var/lib/a b",
		"f");
	ck_assert_str_eq(config.producer_url, "http://nas:8590");
	ck_assert_str_eq(config.token, "a=b#c");
	ck_assert_str_eq(config.spool_dir, "/var/lib/a b");
	ck_assert(config.url_given && config.token_given);
	ck_assert_str_eq(config.fault.text, "");
}
END_TEST

START_TEST(an_empty_token_is_given_too)
{
	struct config config = { .token = "old" };

	config_parse(&config, "api_token =\n", "f");
	ck_assert_str_eq(config.token, "");
	ck_assert(config.token_given && !config.url_given);
}
END_TEST

static const char *const WRONG[] = { "\nproducer-url = x\n", "\nfoo\n", "\n= x\n",
	"\napi_tokens = x", "\napi_token : x" };

START_TEST(names_the_line_that_is_wrong_and_goes_on)
{
	struct config config = { .token = "" };
	char text[128];

	snprintf(text, sizeof text, "%s\nspool_dir=/s\n", WRONG[_i]);
	config_parse(&config, text, "the file");
	ck_assert_msg(
		strstr(config.fault.text, "line 2 of the file") != NULL, "%s", config.fault.text);
	ck_assert_str_eq(config.spool_dir, "/s");
	ck_assert(!config.token_given && !config.url_given);
}
END_TEST

START_TEST(refuses_a_value_that_is_too_long)
{
	static char text[CONFIG_TEXT + 32];
	struct config config = { .token = "" };

	memcpy(text, "api_token=", 10);
	memset(text + 10, 'x', CONFIG_TEXT);
	config_parse(&config, text, "f");
	ck_assert_str_eq(config.token, "");
	ck_assert_str_ne(config.fault.text, "");
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, reads_names_and_values_with_blanks_and_comments);
	tcase_add_test(cases, an_empty_token_is_given_too);
	tcase_add_loop_test(cases, names_the_line_that_is_wrong_and_goes_on, 0, ARRAY_LEN(WRONG));
	tcase_add_test(cases, refuses_a_value_that_is_too_long);
}

CHECK_MAIN("hook_config", add_cases)
