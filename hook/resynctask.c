#include "hook/guard.h"
#include "hook/members.h"
#include "hook/progress.h"
#include "hook/tasks.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define SWEEPS "/v1/sweeps"
#define CURRENT "/v1/sweeps/current"
#define FAILURES 20 /* in a row, of asking how far it is; a producer may be restarted meanwhile */

struct sweep {
	char state[32], total[24], walked[24], published[24], detail[512], reason[512];
};

static bool read_sweep_at(const struct answer *answer, const char *const *path, struct sweep *s)
{
	struct member members[] = {
		MEMBER("state", s->state),
		MEMBER("total", s->total),
		MEMBER("walked", s->walked),
		MEMBER("published", s->published),
		MEMBER("detail", s->detail),
		MEMBER("reason", s->reason),
	};

	return members_read(answer->body, answer->body_len, path, members, ARRAY_LEN(members));
}

/* The sweep that runs, or, when none does, the last one. */
static bool read_sweep(const struct answer *answer, struct sweep *s)
{
	static const char *const top[] = { NULL }, *const last[] = { "last", NULL };

	return read_sweep_at(answer, top, s) &&
	       (strcmp(s->state, "idle") != 0 || read_sweep_at(answer, last, s));
}

/* 409 with this problem, not with another. */
static bool runs_already(const struct answer *answer)
{
	static const char *const top[] = { NULL };
	char type[128];
	struct member members[] = { MEMBER("type", type) };

	return answer->status == 409 &&
	       members_read(answer->body, answer->body_len, top, members, ARRAY_LEN(members)) &&
	       strcmp(type, "urn:plexsync:problem:sweep_running") == 0;
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 10);
}

/* One that runs already, perhaps ours of a moment ago, is followed, too. */
static bool start(const struct producer *producer, struct reply *reply)
{
	static struct answer answer;
	struct error err;

	if (producer_ask(producer, "POST", SWEEPS, "{\"mode\":\"full\"}",
		    http_now_ms() + TASK_NETWORK_MS, &answer, &err) != HTTP_ANSWERED) {
		reply_add(reply, "the resync was not started: %s", err.text);
		return false;
	}
	if (answer.status == 202 || runs_already(&answer)) {
		progress_say(answer.status != 202 ? "a resync is running already: following it"
						  : "the producer has started a full resync",
			producer->token);
		return true;
	}
	reply_problem(
		reply, "the resync was not started", answer.status, answer.body, answer.body_len);
	return false;
}

/* false: it could not be asked this time. */
static bool look(const struct producer *producer, struct sweep *ret_sweep, struct reply *ret_why)
{
	static struct answer answer;
	struct error err;

	*ret_why = (struct reply){ .ok = false };
	if (producer_ask(producer, "GET", CURRENT, NULL, http_now_ms() + TASK_NETWORK_MS, &answer,
		    &err) != HTTP_ANSWERED)
		reply_add(ret_why, "%s", err.text);
	else if (answer.status != 200 || !read_sweep(&answer, ret_sweep))
		reply_problem(ret_why, "its progress is not told", answer.status, answer.body,
			answer.body_len);
	else
		return true;
	return false;
}

static void conclude(const struct sweep *s, struct reply *reply)
{
	const char *why = s->detail[0] ? s->detail : s->reason;

	reply->ok = strcmp(s->state, "done") == 0;
	reply_add(reply, "the resync is %s: %s of %s scenes compared, %s announced%s%s",
		s->state[0] ? s->state : "in no known state", s->walked[0] ? s->walked : "?",
		s->total[0] ? s->total : "?", s->published[0] ? s->published : "?",
		why[0] ? "; " : "", why);
}

static void follow(const struct producer *producer, struct reply *reply)
{
	struct progress progress = { 0 };
	static struct sweep sweep;
	struct reply why;
	size_t failures = 0;

	while (failures < FAILURES) {
		guard_start(TASK_GUARD_MS);
		if (look(producer, &sweep, &why)) {
			failures = 0;
			progress_show(&progress, number(sweep.walked), number(sweep.total));
			if (strcmp(sweep.state, "running") != 0) {
				conclude(&sweep, reply);
				return;
			}
		} else {
			failures++;
		}
		(void)poll(NULL, 0, PROGRESS_MS);
	}
	reply_add(reply, "the resync was started, but how far it is, is not known: %s", why.text);
}

void task_resync(const struct producer *producer, const struct config *config, struct reply *reply)
{
	(void)config;
	if (start(producer, reply))
		follow(producer, reply);
}
