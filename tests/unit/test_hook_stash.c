#include "hook/members.h"
#include "hook/stash.h"
#include "tests/unit/check_main.h"

#include <string.h>

#define CONNECTION \
	"{\"server_connection\":{\"Scheme\":\"http\",\"Host\":\"0.0.0.0\",\"Port\":9999," \
	"\"SessionCookie\":{\"Name\":\"session\",\"Value\":\"abc=\",\"x\":{\"Value\":\"no\"}}," \
	"\"Dir\":[{\"Host\":\"no\"}]},"

START_TEST(finds_the_session_at_its_place_only)
{
	static const char text[] = CONNECTION "\"args\":{\"Host\":\"no\",\"SessionCookie\":{"
					      "\"Value\":\"no\"},\"server_connection\":{\"Port\":1,"
					      "\"SessionCookie\":{\"Value\":\"no\"}}}}";
	static struct stash stash;

	stash_init(&stash);
	for (size_t i = 0; i < sizeof text - 1; i++)
		stash_feed(&stash, text + i, 1);
	ck_assert_str_eq(stash.scheme, "http");
	ck_assert_str_eq(stash.host, "0.0.0.0");
	ck_assert_str_eq(stash.port, "9999");
	ck_assert_str_eq(stash.cookie_name, "session");
	ck_assert_str_eq(stash.cookie, "abc=");
}
END_TEST

static const char *const NONE[] = { "", "[]", "{\"server_connection\":null}",
	"{\"server_connection\":[{\"Port\":1}]}",
	"{\"server_connection\":{\"SessionCookie\":null}}",
	"{\"x\":{\"server_connection\":{\"Port\":1}}}",
	"{\"server_connection\":{\"Port\":{\"Port\":1}}}" };

START_TEST(finds_nothing_where_nothing_is)
{
	static struct stash stash;

	stash_init(&stash);
	stash_feed(&stash, NONE[_i], strlen(NONE[_i]));
	ck_assert_str_eq(stash.port, "");
	ck_assert_str_eq(stash.cookie, "");
}
END_TEST

/* Each ends without a connection: the reason is told, and holds nothing of the session. */
static const char *const STRANGE[] = {
	"{\"server_connection\":{\"Scheme\":\"https\",\"Host\":\"a\",\"Port\":9999}}",
	"{\"server_connection\":{\"Scheme\":\"http\",\"Host\":\"a/b@\",\"Port\":9999}}",
	"{\"server_connection\":{\"Scheme\":\"http\",\"Host\":\"127.0.0.1\",\"Port\":1,"
	"\"SessionCookie\":{\"Name\":\"s\",\"Value\":\"canary\\r\\nX: y\"}}}",
	"{\"server_connection\":{\"Scheme\":\"http\",\"Host\":\"127.0.0.1\",\"Port\":1,"
	"\"SessionCookie\":{\"Name\":\"s: t\",\"Value\":\"canary\"}}}",
	"{}",
};

START_TEST(asks_no_stash_that_is_strange)
{
	static struct stash stash;
	static struct config config = { .producer_url = "http://p" };
	struct error why;

	stash_init(&stash);
	stash_feed(&stash, STRANGE[_i], strlen(STRANGE[_i]));
	stash_complete(&stash, &config, 0, &why);
	ck_assert_str_ne(why.text, "");
	ck_assert_ptr_null(strstr(why.text, "canary"));
	ck_assert_str_eq(config.producer_url, "http://p");
}
END_TEST

START_TEST(reads_members_of_a_nested_object_only)
{
	static const char *const path[] = { "a", "b", NULL }, *const top[] = { NULL };
	static const char text[] =
		"{\"b\":{\"k\":\"no\"},\"a\":{\"k\":\"no\",\"x\":{\"b\":{\"k\":\"no\"}},"
		"\"b\":{\"y\":[\"no\",{\"k\":\"no\"}],\"k\":\"yes\",\"n\":-1.5},\"k\":\"no\"},"
		"\"k\":\"t\"}";
	char k[8], n[8], small[3];
	struct member members[] = { MEMBER("k", k), MEMBER("n", n), MEMBER("k", small) };

	ck_assert(members_read(text, sizeof text - 1, path, members, 2));
	ck_assert_str_eq(k, "yes");
	ck_assert_str_eq(n, "-1.5");
	ck_assert(members_read(text, sizeof text - 1, path, members + 2, 1));
	ck_assert_str_eq(small, "");
	ck_assert(members_read(text, sizeof text - 1, top, members, 2));
	ck_assert_str_eq(k, "t");
	ck_assert_str_eq(n, "");
	ck_assert(!members_read(text, sizeof text - 2, top, members, 2));
	ck_assert_str_eq(k, "");
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, finds_the_session_at_its_place_only);
	tcase_add_loop_test(cases, finds_nothing_where_nothing_is, 0, ARRAY_LEN(NONE));
	tcase_add_loop_test(cases, asks_no_stash_that_is_strange, 0, ARRAY_LEN(STRANGE));
	tcase_add_test(cases, reads_members_of_a_nested_object_only);
}

CHECK_MAIN("hook_stash", add_cases)
