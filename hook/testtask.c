#include "hook/guard.h"
#include "hook/members.h"
#include "hook/progress.h"
#include "hook/tasks.h"

#include <string.h>

/* A hook of no scene: it needs the token, and is ignored. */
#define NO_EVENT "{\"id\":1,\"type\":\"Plexsync.Test.Post\",\"input\":null}"

static bool is_ready(const struct producer *producer, struct reply *reply)
{
	static struct answer answer;
	struct error err;

	if (producer_ask(producer, "GET", "/readyz", NULL, http_now_ms() + TASK_NETWORK_MS, &answer,
		    &err) != HTTP_ANSWERED) {
		reply_add(reply, "the connection does not work: %s", err.text);
		return false;
	}
	if (answer.status == 200)
		return true;
	reply_problem(reply, "the producer is reached, but it is not ready", answer.status,
		answer.body, answer.body_len);
	return false;
}

static bool takes_hooks(const struct producer *producer, struct reply *reply)
{
	static struct answer answer;
	static const char *const top[] = { NULL };
	char reason[64];
	struct member members[] = { MEMBER("reason", reason) };
	struct error err;

	if (producer_ask(producer, "POST", "/v1/hooks/stash", NO_EVENT,
		    http_now_ms() + TASK_NETWORK_MS, &answer, &err) != HTTP_ANSWERED) {
		reply_add(reply, "the producer is ready, but it takes no hooks: %s", err.text);
		return false;
	}
	if (answer.status == 200 &&
		members_read(answer.body, answer.body_len, top, members, ARRAY_LEN(members)) &&
		strcmp(reason, "ignored_type") == 0)
		return true;
	reply_problem(reply, "the producer is ready, but it takes no hooks from here",
		answer.status, answer.body, answer.body_len);
	return false;
}

void task_test(const struct producer *producer, const struct config *config, struct reply *reply)
{
	struct progress progress = { 0 };

	progress_show(&progress, 0, 2);
	if (!is_ready(producer, reply))
		return;
	progress_say("the producer is reached and ready", config->token);
	guard_start(TASK_GUARD_MS);
	if (!takes_hooks(producer, reply))
		return;
	reply->ok = true;
	reply_add(reply, "all is well: the producer at %s is ready, and takes hooks%s",
		producer->url.authority, config->token[0] ? " with this token" : "");
}
