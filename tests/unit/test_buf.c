#include "common/buf.h"
#include "tests/unit/check_main.h"

START_TEST(never_grows_past_its_limit)
{
	auto_buf b;

	buf_init(&b, 5);
	ck_assert(buf_puts(&b, "abc"));
	ck_assert(!buf_puts(&b, "def"));
	ck_assert(b.overflowed);
	ck_assert_str_eq(buf_text(&b), "abc");
	ck_assert(buf_puts(&b, "de"));
	ck_assert_str_eq(buf_text(&b), "abcde");
}
END_TEST

START_TEST(remembers_a_refusal_until_cleared)
{
	auto_buf b;

	buf_init(&b, 4);
	ck_assert(!buf_printf(&b, "%d", 12345));
	ck_assert(b.overflowed);
	buf_clear(&b);
	ck_assert(buf_printf(&b, "%d", 1234));
	ck_assert_str_eq(buf_text(&b), "1234");
}
END_TEST

START_TEST(gives_its_bytes_away)
{
	struct buf b;

	buf_init(&b, 100);
	auto_free char *empty = buf_take(&b);
	ck_assert_str_eq(empty, "");
	buf_put(&b, "a\0b", 3);
	auto_free char *bytes = buf_take(&b);
	ck_assert_mem_eq(bytes, "a\0b", 4);
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, never_grows_past_its_limit);
	tcase_add_test(cases, remembers_a_refusal_until_cleared);
	tcase_add_test(cases, gives_its_bytes_away);
}

CHECK_MAIN("buf", add_cases)
