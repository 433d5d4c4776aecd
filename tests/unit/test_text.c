#include "common/text.h"
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#define R "\xef\xbf\xbd" /* U+FFFD */

START_TEST(repairs_invalid_utf8_by_maximal_subparts)
{
	static const struct {
		const char *bytes, *scrubbed;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xef\xbf\xbf", "\xef\xbf\xbf" },
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		{ "a\x80z", "a" R "z" },
		{ "\xff\xfe", R R },
		{ "\xc0\xaf", R R }, /* overlong */
		{ "\xc1\xbf", R R },
		{ "\xe0\x9f\xbf", R R R },
		{ "\xf0\x8f\xbf\xbf", R R R R },
		{ "\xed\xa0\x80", R R R }, /* surrogate */
		{ "\xed\x9f\xbf", "\xed\x9f\xbf" },
		{ "\xf4\x90\x80\x80", R R R R }, /* above U+10FFFF */
		{ "\xf5\x80", R R },
		{ "\xe2\x82", R },
		{ "\xe2\x82z", R "z" },
		{ "\xe2\x82\xe2\x82\xac", R "\xe2\x82\xac" },
		{ "\xf0\x9f\x98", R },
		{ "\xc3", R },
		/* Unicode, table 3-11 */
		{ "\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64",
			"a" R R R "b" R "c" R R "d" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].bytes);
		auto_buf out;

		buf_init(&out, 100);
		ck_assert(text_scrub(&out, cases[i].bytes, len));
		ck_assert_msg(str_equal(buf_text(&out), cases[i].scrubbed), "case %zu", i);
		ck_assert_msg(text_valid(cases[i].bytes, len) ==
				      str_equal(cases[i].bytes, cases[i].scrubbed),
			"case %zu", i);
	}
}
END_TEST

START_TEST(scrubs_across_nul_and_within_its_limit)
{
	auto_buf out;

	buf_init(&out, 7);
	ck_assert(text_scrub(&out,
		"a\0\xff"
		"b",
		4));
	ck_assert_mem_eq(out.data, "a\0" R "b", 6);
	ck_assert(text_valid("a\0b", 3));
	ck_assert(!text_scrub(&out, "\xff", 1));
	ck_assert(out.overflowed);
}
END_TEST

START_TEST(composes)
{
	auto_buf out;

	buf_init(&out, 100);
	ck_assert(text_nfc(&out, "Ame\xcc\x81lie \xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab \xff"));
	ck_assert_str_eq(buf_text(&out), "Amélie 한 " R);
	buf_done(&out);
	buf_init(&out, 0);
	ck_assert(!text_nfc(&out, "x"));
}
END_TEST

START_TEST(folds_spellings_of_one_path_to_one_key)
{
	static const struct {
		const char *path, *key;
	} cases[] = {
		{ "/Media/A B.MP4", "/media/a b.mp4" },
		{ "D:\\Filme\\\\Gro\xc3\x9f.mkv", "d:/filme/gross.mkv" },
		{ "//media///x//", "/media/x/" },
		{ "/media\\/x", "/media/x" },
		{ "/E\xcc\x81t\xc3\xa9", "/été" },
		{ "/\xc3\x89T\xc3\x89", "/été" },
		{ "/\xff", "/" R },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf key, again;

		buf_init(&key, 100);
		buf_init(&again, 100);
		ck_assert(text_fold(&key, cases[i].path));
		ck_assert_str_eq(buf_text(&key), cases[i].key);
		ck_assert(text_fold(&again, buf_text(&key)));
		ck_assert_str_eq(buf_text(&again), buf_text(&key));
	}
}
END_TEST

START_TEST(cleans_without_losing_meaning)
{
	static const struct {
		const char *in, *out;
		enum text_shape shape;
		unsigned altered;
	} cases[] = {
		{ "plain  title", "plain  title", TEXT_LINE, 0 },
		{ "  trimmed\xc2\xa0\n", "trimmed", TEXT_LINE, 0 },
		{ " \n\t ", "", TEXT_LINE, 0 },
		{ "Ame\xcc\x81lie", "Amélie", TEXT_LINE, 0 },
		{ "line1\nline2", "line1 line2", TEXT_LINE, TEXT_CLEANED },
		{ "line1 \r\n\r\n  line2", "line1 line2", TEXT_LINE, TEXT_CLEANED },
		{ "a\xe2\x80\xa8"
		  "b\xc2\x85"
		  "c",
			"a b c", TEXT_LINE, TEXT_CLEANED },
		{ "a\tb", "a b", TEXT_LINE, TEXT_CLEANED },
		{ "a\n\nb\n", "a\n\nb", TEXT_BLOCK, 0 },
		{ "a\r\n\r\nb\rc", "a\n\nb\nc", TEXT_BLOCK, TEXT_CLEANED },
		{ "a\xe2\x80\xa9"
		  "b",
			"a\nb", TEXT_BLOCK, TEXT_CLEANED },
		{ "a\x01\x1b[0m\x7f"
		  "b",
			"a[0mb", TEXT_BLOCK, TEXT_CLEANED },
		/* zero-width space, byte order mark, soft hyphen, overrides, isolates */
		{ "a\xe2\x80\x8b"
		  "b\xef\xbb\xbf"
		  "c\xc2\xad"
		  "d",
			"abcd", TEXT_LINE, TEXT_CLEANED },
		{ "\xe2\x80\xaegnp.exe\xe2\x80\xac \xe2\x81\xa6x\xe2\x81\xa9", "gnp.exe x",
			TEXT_LINE, TEXT_CLEANED },
		{ "\xef\xbf\xbf\xef\xb7\x90x", "x", TEXT_LINE, TEXT_CLEANED },
		{ "\xff", R, TEXT_LINE, TEXT_CLEANED },
		/* family emoji and Persian need their joiners, England its tags */
		{ "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
			"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", TEXT_LINE, 0 },
		{ "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae",
			TEXT_LINE, 0 },
		{ "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xbf",
			"\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xbf",
			TEXT_LINE, 0 },
		{ "a\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2", "a", TEXT_LINE, TEXT_CLEANED },
		/* the Arabic number sign is a format character that is seen */
		{ "\xd8\x80\xd9\xa1", "\xd8\x80\xd9\xa1", TEXT_LINE, 0 },
		{ "\xe2\x9d\xa4\xef\xb8\x8f & <b> \"\xe2\x80\x9c\xe2\x80\xa6",
			"\xe2\x9d\xa4\xef\xb8\x8f & <b> \"\xe2\x80\x9c\xe2\x80\xa6", TEXT_LINE, 0 },
		/* what a removed character kept apart composes */
		{ "e\xe2\x80\x8b\xcc\x81", "é", TEXT_LINE, TEXT_CLEANED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf out, again;
		unsigned altered;

		buf_init(&out, 200);
		buf_init(&again, 200);
		altered = text_clean(&out, cases[i].in, cases[i].shape, 100);
		ck_assert_msg(str_equal(buf_text(&out), cases[i].out), "case %zu: '%s'", i,
			buf_text(&out));
		ck_assert_msg(altered == cases[i].altered, "case %zu: %u", i, altered);
		ck_assert_uint_eq(text_clean(&again, buf_text(&out), cases[i].shape, 100), 0);
		ck_assert_str_eq(buf_text(&again), buf_text(&out));
	}
}
END_TEST

START_TEST(cuts_before_a_word_or_a_grapheme)
{
	static const struct {
		const char *in;
		size_t max;
		const char *out;
	} cases[] = {
		{ "one two three", 13, "one two three" },
		{ "one two three", 12, "one two" },
		{ "one two three", 8, "one two" },
		{ "one two three", 7, "one two" },
		{ "one two three", 6, "one" },
		{ "one  two", 5, "one" },
		{ "one two  ", 7, "one two" },
		{ "incomprehensible", 5, "incom" },
		{ "a incomprehensible", 10, "a incompre" },
		{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 2, "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "abq\xcc\x83", 3, "ab" }, /* q with a tilde is never composed */
		{ "q\xcc\x83\xcc\x84\xcc\x85", 2, "q\xcc\x83" },
		{ "ab\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", 4, "ab" },
		{ "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", 3,
			"\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa" },
		{ "x", 0, "" },
		{ "", 0, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf out, whole;
		unsigned altered;

		buf_init(&out, 200);
		buf_init(&whole, 200);
		altered = text_clean(&out, cases[i].in, TEXT_LINE, cases[i].max);
		ck_assert_msg(str_equal(buf_text(&out), cases[i].out), "case %zu: '%s'", i,
			buf_text(&out));
		text_clean(&whole, cases[i].in, TEXT_LINE, 100);
		ck_assert_uint_eq(
			altered, str_equal(buf_text(&out), buf_text(&whole)) ? 0 : TEXT_CUT);
	}
}
END_TEST

START_TEST(cleans_nothing_into_a_buffer_that_is_too_small)
{
	auto_buf out;

	buf_init(&out, 3);
	text_clean(&out, "four", TEXT_LINE, 10);
	ck_assert(out.overflowed);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(cleaning_any_bytes_twice_changes_nothing_more)
{
	static const char *const pieces[] = { "a", " ", "\n", "\r", "\t", "\xcc\x81", "e",
		"\xe2\x80\x8b", "\xe2\x80\x8d", "\xf0\x9f\x91\xa8", "\xf3\xa0\x81\xa7",
		"\xf0\x9f\x8f\xb4", "\xff", "\xe2\x82", "\xe1\x84\x92", "\xe1\x85\xa1", "\xc2\xa0",
		"\x01", "\xf0\x9f\x87\xa9" };
	uint32_t seed = 1;

	for (int round = 0; round < 5000; round++) {
		auto_buf in, once, twice;
		enum text_shape shape = round % 2 ? TEXT_LINE : TEXT_BLOCK;
		size_t max = (size_t)round % 13;

		buf_init(&in, 200);
		buf_init(&once, 600);
		buf_init(&twice, 600);
		for (int i = 0; i < round % 17; i++) {
			seed = seed * 1664525 + 1013904223;
			buf_puts(&in, pieces[(seed >> 16) % ARRAY_LEN(pieces)]);
		}
		text_clean(&once, buf_text(&in), shape, max);
		ck_assert(text_valid(buf_text(&once), once.len));
		ck_assert_uint_eq(text_clean(&twice, buf_text(&once), shape, max), 0);
		ck_assert_str_eq(buf_text(&twice), buf_text(&once));
	}
}
END_TEST

START_TEST(compares_ascii_letters_without_case)
{
	ck_assert(text_equal_ascii("", ""));
	ck_assert(text_equal_ascii("Content-Type", "cONTENT-tYPE"));
	ck_assert(!text_equal_ascii("a", "ab"));
	ck_assert(!text_equal_ascii("ab", "a"));
	ck_assert(!text_equal_ascii("[", "{"));
	ck_assert(!text_equal_ascii("É", "é"));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, repairs_invalid_utf8_by_maximal_subparts);
	tcase_add_test(cases, scrubs_across_nul_and_within_its_limit);
	tcase_add_test(cases, composes);
	tcase_add_test(cases, folds_spellings_of_one_path_to_one_key);
	tcase_add_test(cases, cleans_without_losing_meaning);
	tcase_add_test(cases, cuts_before_a_word_or_a_grapheme);
	tcase_add_test(cases, cleans_nothing_into_a_buffer_that_is_too_small);
	tcase_add_test(cases, cleaning_any_bytes_twice_changes_nothing_more);
	tcase_add_test(cases, compares_ascii_letters_without_case);
}

CHECK_MAIN("text", add_cases)
