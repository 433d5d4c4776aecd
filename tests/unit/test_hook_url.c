#include "hook/url.h"
#include "tests/unit/check_main.h"

#include <string.h>

static const struct {
	const char *text, *host, *port, *authority, *prefix;
} GOOD[] = {
	{ "http://127.0.0.1:8590", "127.0.0.1", "8590", "127.0.0.1:8590", "" },
	{ "http://producer", "producer", "80", "producer:80", "" },
	{ "HTTP://my_host-1.example/", "my_host-1.example", "80", "my_host-1.example:80", "" },
	{ "http://[::1]:8590/", "::1", "8590", "[::1]:8590", "" },
	{ "http://[fe80::1]", "fe80::1", "80", "[fe80::1]:80", "" },
	{ "http://h:65535/a/b//", "h", "65535", "h:65535", "/a/b" },
};

static const struct {
	const char *text, *says;
} BAD[] = {
	{ "", "must begin with http://" },
	{ "127.0.0.1:8590", "must begin with http://" },
	{ "ftp://h", "must begin with http://" },
	{ "https://h", "https" },
	{ "http://", "must name a host" },
	{ "http:///x", "must name a host" },
	{ "http://:80", "must name a host" },
	{ "http://h host", "must name a host" },
	{ "http://h\r\nX: y", "must name a host" },
	{ "http://::1:80", "must name a host" },
	{ "http://[::1", "must name a host" },
	{ "http://[::g]", "must name a host" },
	{ "http://[1.2.3.4]", "must name a host" },
	{ "http://[fe80::1%eth0]", "must name a host" },
	{ "http://[::1]x", "must name a host" },
	{ "http://h?x", "must name a host" },
	{ "http://user:secret@h", "no user name or password" },
	{ "http://h:", "port" },
	{ "http://h:0", "port" },
	{ "http://h:65536", "port" },
	{ "http://h:123456", "port" },
	{ "http://h:80a", "port" },
	{ "http://h:-1", "port" },
	{ "http://h/a b", "path" },
	{ "http://h/a?b", "path" },
	{ "http://h/a#b", "path" },
	{ "http://h/\r\nX: y", "path" },
};

START_TEST(takes_an_address_apart)
{
	struct error err = { "" };
	struct url url;

	ck_assert_msg(url_parse(GOOD[_i].text, &url, &err), "%s: %s", GOOD[_i].text, err.text);
	ck_assert_str_eq(url.host, GOOD[_i].host);
	ck_assert_str_eq(url.port, GOOD[_i].port);
	ck_assert_str_eq(url.authority, GOOD[_i].authority);
	ck_assert_str_eq(url.prefix, GOOD[_i].prefix);
}
END_TEST

START_TEST(refuses_what_is_no_plain_address)
{
	struct error err = { "" };
	struct url url = { .host = "untouched" };

	ck_assert_msg(!url_parse(BAD[_i].text, &url, &err), "%s", BAD[_i].text);
	ck_assert_msg(strstr(err.text, BAD[_i].says) != NULL, "%s: %s", BAD[_i].text, err.text);
	ck_assert_ptr_null(strstr(err.text, "secret"));
	ck_assert_str_eq(url.host, "untouched");
}
END_TEST

START_TEST(refuses_a_host_and_a_path_that_are_too_long)
{
	char text[1024] = "http://";
	struct url url;

	memset(text + 7, 'h', 255);
	ck_assert(url_parse(text, &url, NULL));
	memset(text + 7, 'h', 256);
	ck_assert(!url_parse(text, &url, NULL));
	memset(text + 8, '/', 1);
	memset(text + 9, 'p', 511);
	ck_assert(!url_parse(text, &url, NULL));
	text[9 + 510] = '\0';
	ck_assert(url_parse(text, &url, NULL));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, takes_an_address_apart, 0, ARRAY_LEN(GOOD));
	tcase_add_loop_test(cases, refuses_what_is_no_plain_address, 0, ARRAY_LEN(BAD));
	tcase_add_test(cases, refuses_a_host_and_a_path_that_are_too_long);
}

CHECK_MAIN("hook_url", add_cases)
