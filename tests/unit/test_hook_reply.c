#include "hook/reply.h"
#include "tests/unit/check_main.h"

#include <string.h>

static const struct {
	int status;
	const char *body;
	bool ok, final;
	const char *says;
} CASES[] = {
	{ 202,
		"{\"status\":\"accepted\",\"event_id\":\"x\",\"topic\":\"plexsync.scene-events\","
		"\"partition\":3,\"offset\":17}",
		true, true,
		"accepted: scene 45 is in plexsync.scene-events, partition 3, offset 17" },
	{ 200, "{\"status\":\"skipped\",\"reason\":\"not_sync_worthy\"}", true, true,
		"skipped: scene 45, not_sync_worthy" },
	{ 200, "{\"status\":\"skipped\",\"reason\":\"fan_out\"}", true, true,
		"accepted: the scenes that show scene 45 will be looked at" },
	{ 202, "{\"x\":{\"status\":\"accepted\"}}", false, false,
		"(HTTP 202) is not a plexsync-producer's" },
	{ 202, "{\"status\":\"accepted\"", false, false, "is not a plexsync-producer's" },
	{ 202, "[\"status\",\"accepted\"]", false, false, "is not a plexsync-producer's" },
	{ 202, "", false, false, "is not a plexsync-producer's" },
	{ 200, "<html>welcome</html>", false, false, "is not a plexsync-producer's" },
	{ 400, "{\"title\":\"Bad Request\",\"status\":400,\"detail\":\"id must be a number\"}",
		false, true, "the producer says id must be a number (HTTP 400)" },
	{ 415, "{\"title\":\"Unsupported\"}", false, false,
		"the producer says Unsupported (HTTP 415)" },
	{ 422, "{\"title\":\"No\",\"status\":422}", false, true, "says No (HTTP 422)" },
	{ 422, "{\"title\":\"No\",\"status\":500}", false, false, "says No (HTTP 422)" },
	{ 401, "{\"detail\":\"no token\"}", false, false, "PLEXSYNC_API_TOKEN" },
	{ 403, "", false, false, "PLEXSYNC_API_TOKEN" },
	{ 404, "not found", false, false, "must be the address of a plexsync-producer" },
	{ 503, "{\"detail\":\"the broker is away\"}", false, false,
		"says the broker is away (HTTP 503); the producer's log" },
	{ 599, "{}", false, false, "says no (HTTP 599)" },
};

START_TEST(says_what_the_answer_means)
{
	const char *body = CASES[_i].body;
	struct reply reply;

	reply_explain(&reply, "scene 45", CASES[_i].status, body, strlen(body));
	ck_assert_msg(reply.ok == CASES[_i].ok, "%s", reply.text);
	ck_assert_msg(reply.final == CASES[_i].final, "%s", reply.text);
	ck_assert_msg(strstr(reply.text, CASES[_i].says) != NULL, "%s", reply.text);
	ck_assert_ptr_nonnull(strstr(reply.text, "scene 45"));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, says_what_the_answer_means, 0, ARRAY_LEN(CASES));
}

CHECK_MAIN("hook_reply", add_cases)
