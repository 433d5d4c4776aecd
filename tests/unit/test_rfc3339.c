#include "common/rfc3339.h"
#include "tests/unit/check_main.h"

START_TEST(reads_date_times)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-01-11T18:07:53+11:00", 1768115273000 },
		{ "2026-01-11t07:07:53z", 1768115273000 },
		{ "1994-11-06T08:49:37-00:00", 784111777000 },
		{ "2000-02-29T23:59:59.999Z", 951868799999 },
		{ "1969-12-31T23:59:59Z", -1000 },
		{ "1969-12-31T23:59:59.25Z", -750 },
		{ "1900-03-01T00:00:00Z", -2203891200000 },
		{ "2024-02-29T12:00:00-23:59", 1709294340000 },
		{ "1970-01-01T00:00:00.1Z", 100 },
		{ "1970-01-01T00:00:00.0129999999999999999999999999999999Z", 12 },
		{ "2016-12-31T23:59:60Z", 1483228799999 },
		{ "2016-12-31T23:59:60.7Z", 1483228799999 },
		{ "1990-12-31T15:59:60-08:00", 662687999999 },
		{ "0001-01-01T00:00:00Z", -62135596800000 },
		{ "9999-12-31T23:59:59.999Z", 253402300799999 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ms = -1;

		ck_assert_msg(rfc3339_parse(cases[i].text, &ms), "%s", cases[i].text);
		ck_assert_msg(ms == cases[i].ms, "%s: %jd", cases[i].text, (intmax_t)ms);
	}
}
END_TEST

START_TEST(refuses_what_is_not_a_date_time)
{
	static const char *const cases[] = {
		"",
		"2026-01-11",
		"2026-01-11T18:07:53",
		"2026-01-11 18:07:53Z",
		" 2026-01-11T18:07:53Z",
		"2026-01-11T18:07:53Z ",
		"2026-01-11T18:07:53Zz",
		"2026-1-11T18:07:53Z",
		"2026-01-11T8:07:53Z",
		"2026-01-11T18:07Z",
		"26-01-11T18:07:53Z",
		"+2026-01-11T18:07:53Z",
		"2026-01-11T18:07:53.Z",
		"2026-01-11T18:07:53,5Z",
		"2026-01-11T18:07:53+1100",
		"2026-01-11T18:07:53+11",
		"2026-01-11T18:07:53+24:00",
		"2026-01-11T18:07:53+11:60",
		"2026-01-11T18:07:53 +11:00",
		"2026-00-11T18:07:53Z",
		"2026-13-11T18:07:53Z",
		"2026-01-00T18:07:53Z",
		"2026-04-31T18:07:53Z",
		"2026-02-29T18:07:53Z",
		"1900-02-29T18:07:53Z",
		"2026-01-11T24:00:00Z",
		"2026-01-11T18:60:53Z",
		"2026-01-11T18:07:61Z",
		"2026-01-11T18:07:60Z",
		"0000-01-01T00:00:00Z",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ms = 42;

		ck_assert_msg(!rfc3339_parse(cases[i], &ms), "%s", cases[i]);
		ck_assert_int_eq(ms, 42);
	}
}
END_TEST

START_TEST(writes_what_it_reads)
{
	/* Some 36 days: meets every month and hour, and every kind of year. */
	for (int64_t ms = -62135596800000; ms <= 253402300799999; ms += 3155759999) {
		char text[RFC3339_SIZE];
		int64_t again;

		rfc3339_format(ms, text);
		ck_assert_msg(rfc3339_parse(text, &again), "%s", text);
		ck_assert_int_eq(again, ms);
	}
}
END_TEST

START_TEST(writes_utc_with_milliseconds)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 1768115273042, "2026-01-11T07:07:53.042Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ INT64_MIN, "0001-01-01T00:00:00.000Z" },
		{ INT64_MAX, "9999-12-31T23:59:59.999Z" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[RFC3339_SIZE];

		rfc3339_format(cases[i].ms, text);
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

START_TEST(reads_dates_of_which_the_end_is_unknown)
{
	static const struct {
		const char *text;
		struct partial_date date;
	} cases[] = {
		{ "2024", { 2024, 0, 0 } },
		{ "0001", { 1, 0, 0 } },
		{ "2024-02", { 2024, 2, 0 } },
		{ "2024-02-29", { 2024, 2, 29 } },
		{ "9999-12-31", { 9999, 12, 31 } },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct partial_date date;

		ck_assert_msg(date_parse(cases[i].text, &date), "%s", cases[i].text);
		ck_assert_int_eq(date.year, cases[i].date.year);
		ck_assert_int_eq(date.month, cases[i].date.month);
		ck_assert_int_eq(date.day, cases[i].date.day);
	}
}
END_TEST

START_TEST(refuses_days_that_never_were)
{
	static const char *const cases[] = { "", "202", "20244", "0000", "2024-", "2024-1",
		"2024-13", "2024-00", "2024-02-", "2024-02-0", "2024-02-00", "2023-02-29",
		"2024-02-30", "2024-02-29T", "2024-02-29T00:00:00Z", "2024/02/29", "20240229",
		" 2024", "2024 ", "-2024", "2024--1" };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct partial_date date = { .year = 42 };

		ck_assert_msg(!date_parse(cases[i], &date), "%s", cases[i]);
		ck_assert_int_eq(date.year, 42);
	}
}
END_TEST

START_TEST(reads_the_date_of_an_http_header)
{
	int64_t ms = 0;

	ck_assert(http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT", &ms));
	ck_assert_int_eq(ms, 784111777000);
	ck_assert(http_date_parse("Thu, 01 Jan 1970 00:00:00 GMT", &ms));
	ck_assert_int_eq(ms, 0);
	ck_assert(http_date_parse("Wed, 31 Dec 1969 23:59:59 GMT", &ms));
	ck_assert_int_eq(ms, -1000);
	ck_assert(http_date_parse("Sat, 31 Dec 2016 23:59:60 GMT", &ms));
	ck_assert_int_eq(ms, 1483228799999);
}
END_TEST

START_TEST(refuses_other_http_dates)
{
	static const char *const cases[] = { "", "Sun", "Mon, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, 6 Nov 1994 08:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt",
		"Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT", "Sun,06 Nov 1994 08:49:37 GMT" };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ms = 42;

		ck_assert_msg(!http_date_parse(cases[i], &ms), "%s", cases[i]);
		ck_assert_int_eq(ms, 42);
	}
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, reads_date_times);
	tcase_add_test(cases, refuses_what_is_not_a_date_time);
	tcase_add_test(cases, writes_what_it_reads);
	tcase_add_test(cases, writes_utc_with_milliseconds);
	tcase_add_test(cases, reads_dates_of_which_the_end_is_unknown);
	tcase_add_test(cases, refuses_days_that_never_were);
	tcase_add_test(cases, reads_the_date_of_an_http_header);
	tcase_add_test(cases, refuses_other_http_dates);
}

CHECK_MAIN("rfc3339", add_cases)
