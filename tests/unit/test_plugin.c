#include "producer/plugin.h"
#include "producer/zip.h"
#include "tests/unit/check_main.h"

#include <string.h>

static const struct {
	const char *url;
	bool valid;
} URLS[] = {
	{ "http://nas:8590", true },
	{ "http://[::1]:8590", true },
	{ "http://nas/a/b%20c", true },
	{ "https://nas", false },
	{ "nas:8590", false },
	{ "http://", false },
	{ "http:///x", false },
	{ "http://user:pw@nas", false },
	{ "http://nas\nspool_dir=/", false },
	{ "http://nas/a b", false },
	{ "http://nas/\"", false },
};

START_TEST(takes_addresses_that_a_hook_can_use)
{
	struct error err;

	ck_assert_msg(plugin_url_valid(URLS[_i].url, &err) == URLS[_i].valid, "%s", URLS[_i].url);
}
END_TEST

START_TEST(makes_an_address_of_a_host)
{
	char url[PLUGIN_URL_SIZE] = "old", longest[PLUGIN_URL_SIZE];

	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	ck_assert(plugin_url_of_host("nas:8590", url));
	ck_assert_str_eq(url, "http://nas:8590");
	ck_assert(!plugin_url_of_host(NULL, url) && !plugin_url_of_host("", url));
	ck_assert(!plugin_url_of_host("nas/x", url) && !plugin_url_of_host(longest, url));
	ck_assert_str_eq(url, "http://nas:8590");
}
END_TEST

/* What Info-ZIP makes of the same: `printf hello`, at mode 0755, in 2026-01-02 03:04:06. */
START_TEST(writes_the_bytes_that_the_format_wants)
{
	static const unsigned char local[] = { 'P', 'K', 3, 4, 10, 0, 0, 0, 0, 0, 0x83, 0x18, 0x22,
		0x5c, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 'f', 'h', 'e',
		'l', 'l', 'o' };
	struct zip zip;
	auto_buf out;

	buf_init(&out, 4096);
	zip_begin(&zip, 1767323046, &out);
	zip_add(&zip, "f", true, "hello", 5);
	ck_assert(zip_end(&zip));
	ck_assert_uint_eq(out.len, sizeof local + 46 + 1 + 22);
	ck_assert_mem_eq(buf_text(&out), local, sizeof local);
	ck_assert_uint_eq((unsigned char)buf_text(&out)[sizeof local + 40], 0xed);
	ck_assert_uint_eq((unsigned char)buf_text(&out)[sizeof local + 41], 0x81);
}
END_TEST

START_TEST(says_when_there_is_no_room)
{
	static const char bytes[64];
	struct zip zip;
	auto_buf out;

	buf_init(&out, sizeof bytes);
	zip_begin(&zip, 0, &out);
	zip_add(&zip, "f", false, bytes, sizeof bytes);
	ck_assert(!zip_end(&zip));
}
END_TEST

START_TEST(has_a_hook_only_with_a_program)
{
	const struct plugin_file files[] = { { .name = "plexsync-hook.sh" },
		{ .name = "plexsync-hook-arm64" } };
	struct plugin_source source = { .files = files, .count = 1 };

	ck_assert(!plugin_has_hook(&source));
	source.count = 2;
	ck_assert(plugin_has_hook(&source));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, takes_addresses_that_a_hook_can_use, 0, ARRAY_LEN(URLS));
	tcase_add_test(cases, makes_an_address_of_a_host);
	tcase_add_test(cases, writes_the_bytes_that_the_format_wants);
	tcase_add_test(cases, says_when_there_is_no_room);
	tcase_add_test(cases, has_a_hook_only_with_a_program);
}

CHECK_MAIN("plugin", add_cases)
