#include "common/setting.h"
#include "common/spelling.h"
#include "tests/unit/check_main.h"

struct values {
	char *text;
	bool flag;
	int64_t number, wait_ms;
	int choice;
	struct setting_list list;
};

static const char *const words[] = { "low", "High", "off", NULL };

static const struct setting table[] = {
	SETTING_TEXT(struct values, text, "t", "A text."),
	SETTING_BOOL(struct values, flag, "true", "A flag."),
	SETTING_INT(struct values, number, "5", -3, 500, "A number."),
	SETTING_DURATION(struct values, wait, "2s", 0, 3600000, "A duration."),
	SETTING_CHOICE(struct values, choice, "low", words, "A choice."),
	SETTING_LIST(struct values, list, "", "A list."),
	SETTING_INT(struct values, number, "5", INT64_MIN, INT64_MAX, "Any number."),
	SETTING_DURATION(struct values, wait, "0", 1500, 90 * 60000, "Odd bounds."),
};

enum { TEXT, FLAG, NUMBER, WAIT, CHOICE, LIST, ANY_NUMBER, ODD_WAIT };

START_TEST(reads_flags_in_any_case)
{
	static const struct {
		const char *text;
		int flag; /* -1: refused */
	} cases[] = { { "true", 1 }, { "TRUE", 1 }, { "1", 1 }, { "Yes", 1 }, { "on", 1 },
		{ "false", 0 }, { "False", 0 }, { "0", 0 }, { "no", 0 }, { "OFF", 0 }, { "", -1 },
		{ "2", -1 }, { "y", -1 }, { "truee", -1 }, { " true", -1 }, { "01", -1 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct values v = { .flag = cases[i].flag != 1 };
		bool stored = setting_store(&table[FLAG], cases[i].text, &v);

		ck_assert_msg(stored == (cases[i].flag >= 0), "'%s'", cases[i].text);
		ck_assert_msg(!stored || v.flag == (cases[i].flag == 1), "'%s'", cases[i].text);
	}
}
END_TEST

START_TEST(reads_whole_numbers_and_durations_in_their_range)
{
	static const struct {
		int row;
		const char *text;
		int64_t value;
	} good[] = {
		{ NUMBER, "0", 0 },
		{ NUMBER, "-3", -3 },
		{ NUMBER, "500", 500 },
		{ NUMBER, "007", 7 },
		{ ANY_NUMBER, "-9223372036854775808", INT64_MIN },
		{ ANY_NUMBER, "9223372036854775807", INT64_MAX },
		{ WAIT, "0", 0 },
		{ WAIT, "2", 2000 },
		{ WAIT, "250ms", 250 },
		{ WAIT, "2s", 2000 },
		{ WAIT, "60m", 3600000 },
		{ WAIT, "1h", 3600000 },
		{ WAIT, "0d", 0 },
	};
	static const struct {
		int row;
		const char *text;
	} bad[] = { { NUMBER, "" }, { NUMBER, "-" }, { NUMBER, "-4" }, { NUMBER, "501" },
		{ NUMBER, "+5" }, { NUMBER, " 5" }, { NUMBER, "5 " }, { NUMBER, "5x" },
		{ NUMBER, "0x5" }, { NUMBER, "5.0" }, { NUMBER, "1e2" }, { NUMBER, "--1" },
		{ ANY_NUMBER, "9223372036854775808" }, { ANY_NUMBER, "-9223372036854775809" },
		{ ANY_NUMBER, "18446744073709551617" }, { WAIT, "" }, { WAIT, "s" },
		{ WAIT, "2 s" }, { WAIT, "2S" }, { WAIT, "2sec" }, { WAIT, "1.5s" },
		{ WAIT, "-1s" }, { WAIT, "1h30m" }, { WAIT, "3600001ms" }, { WAIT, "2h" },
		{ WAIT, "9223372036854775807d" }, { WAIT, "18446744073709552s" },
		{ ODD_WAIT, "1s" } };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct values v = { .number = 42, .wait_ms = 42 };

		ck_assert_msg(
			setting_store(&table[good[i].row], good[i].text, &v), "'%s'", good[i].text);
		ck_assert_int_eq(table[good[i].row].type == SETTING_IS_INT ? v.number : v.wait_ms,
			good[i].value);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct values v = { .number = 42, .wait_ms = 42 };

		ck_assert_msg(
			!setting_store(&table[bad[i].row], bad[i].text, &v), "'%s'", bad[i].text);
		ck_assert_int_eq(v.number, 42);
		ck_assert_int_eq(v.wait_ms, 42);
	}
}
END_TEST

START_TEST(reads_choices_by_their_index)
{
	struct values v = { .choice = -1 };

	ck_assert(setting_store(&table[CHOICE], "high", &v));
	ck_assert_int_eq(v.choice, 1);
	ck_assert(setting_store(&table[CHOICE], "OFF", &v));
	ck_assert_int_eq(v.choice, 2);
	ck_assert(!setting_store(&table[CHOICE], "", &v));
	ck_assert(!setting_store(&table[CHOICE], "hig", &v));
	ck_assert_int_eq(v.choice, 2);
}
END_TEST

START_TEST(splits_lists_at_commas_that_are_not_escaped)
{
	static const struct {
		const char *text;
		const char *items[4];
	} cases[] = {
		{ "", { 0 } },
		{ " , ,", { 0 } },
		{ "one", { "one" } },
		{ " My Movies ,7,, three ", { "My Movies", "7", "three" } },
		{ "a\\,b,c", { "a,b", "c" } },
		{ "\\,", { "," } },
		{ "C:\\Filme\\x:/media,/b:/c", { "C:\\Filme\\x:/media", "/b:/c" } },
		{ "end\\", { "end\\" } },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct values v = { 0 };
		size_t count = 0;

		ck_assert(setting_store(&table[LIST], cases[i].text, &v));
		for (; cases[i].items[count]; count++) {
			ck_assert_msg(count < v.list.count, "'%s'", cases[i].text);
			ck_assert_str_eq(v.list.items[count], cases[i].items[count]);
		}
		ck_assert_uint_eq(v.list.count, count);
		setting_clear(&table[LIST], &v);
		ck_assert_uint_eq(v.list.count, 0);
	}
}
END_TEST

START_TEST(keeps_text_as_it_is)
{
	struct values v = { 0 };

	ck_assert(setting_store(&table[TEXT], " any, text ", &v));
	ck_assert_str_eq(v.text, " any, text ");
	setting_clear(&table[TEXT], &v);
	ck_assert_ptr_null(v.text);
}
END_TEST

START_TEST(says_what_is_allowed)
{
	static const struct {
		int row;
		const char *allowed;
	} cases[] = {
		{ NUMBER, "a whole number from -3 to 500" },
		{ WAIT, "a duration from 0s to 1h (units ms, s, m, h, d)" },
		{ ODD_WAIT, "a duration from 1500ms to 90m (units ms, s, m, h, d)" },
		{ CHOICE, "low, High or off" },
		{ FLAG, "true, false, 1, 0, yes, no, on or off" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf out;

		buf_init(&out, 200);
		setting_put_allowed(&table[cases[i].row], &out);
		ck_assert_str_eq(buf_text(&out), cases[i].allowed);
	}
}
END_TEST

START_TEST(measures_how_far_names_are_apart)
{
	ck_assert_uint_eq(spelling_distance("", ""), 0);
	ck_assert_uint_eq(spelling_distance("", "abc"), 3);
	ck_assert_uint_eq(spelling_distance("abc", ""), 3);
	ck_assert_uint_eq(spelling_distance("kitten", "sitting"), 3);
	ck_assert_uint_eq(spelling_distance("max_tag", "max_tags"), 1);
	ck_assert(spelling_near("max_tag", 2));
	ck_assert(!spelling_near("max_tag", 3));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, reads_flags_in_any_case);
	tcase_add_test(cases, reads_whole_numbers_and_durations_in_their_range);
	tcase_add_test(cases, reads_choices_by_their_index);
	tcase_add_test(cases, splits_lists_at_commas_that_are_not_escaped);
	tcase_add_test(cases, keeps_text_as_it_is);
	tcase_add_test(cases, says_what_is_allowed);
	tcase_add_test(cases, measures_how_far_names_are_apart);
}

CHECK_MAIN("setting", add_cases)
