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

#define SWEEPS_MAX \
	5 /* in a row: another kind of sweep, or a producer that was restarted, comes first */

struct sweep {
	char state[32], mode[32], total[24], walked[24], published[24], detail[512];
};

static bool read_sweep_at(const struct answer *answer, const char *const *path, struct sweep *s)
{
	struct member members[] = {
		MEMBER("state", s->state),
		MEMBER("mode", s->mode),
		MEMBER("total", s->total),
		MEMBER("walked", s->walked),
		MEMBER("published", s->published),
		MEMBER("detail", s->detail),
	};

	return members_read(answer->body, answer->body_len, path, members, ARRAY_LEN(members));
}

/*
 * The sweep that runs, or, when none does, the last one. A producer that was restarted knows of
 * neither: then all is empty.
 */
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
		progress_say(answer.status != 202 ? "a sweep is running already: following it"
						  : "the producer has started a full sweep",
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

static bool is_running(const struct sweep *s)
{
	return strcmp(s->state, "running") == 0 || strcmp(s->state, "waiting") == 0;
}

static bool is_full(const struct sweep *s)
{
	return strcmp(s->mode, "full") == 0;
}

static void conclude(const struct sweep *s, struct reply *reply)
{
	reply->ok = strcmp(s->state, "done") == 0;
	reply_add(reply, "the resync is %s: %s of %s scenes compared, %s announced%s%s", s->state,
		s->walked[0] ? s->walked : "?", s->total[0] ? s->total : "?",
		s->published[0] ? s->published : "?", s->detail[0] ? "; " : "", s->detail);
}

/* Why it waits, once for each reason. */
static void tell_wait(const struct sweep *s, char told[sizeof s->detail], const char *secret)
{
	if (strcmp(s->state, "waiting") != 0 || strcmp(told, s->detail) == 0)
		return;
	progress_say(s->detail, secret);
	memcpy(told, s->detail, sizeof s->detail);
}

/* To the end of the sweep. false: it is not known any more, and *reply says why. */
static bool follow(const struct producer *producer, struct sweep *ret_sweep, struct reply *reply)
{
	struct progress progress = { 0 };
	char told[sizeof ret_sweep->detail] = "";
	struct reply why;
	size_t failures = 0;

	while (failures < FAILURES) {
		guard_start(TASK_GUARD_MS);
		if (look(producer, ret_sweep, &why)) {
			failures = 0;
			progress_show(
				&progress, number(ret_sweep->walked), number(ret_sweep->total));
			if (!is_running(ret_sweep))
				return true;
			tell_wait(ret_sweep, told, producer->token);
		} else {
			failures++;
		}
		(void)poll(NULL, 0, PROGRESS_MS);
	}
	reply_add(reply, "the resync was started, but how far it is, is not known: %s", why.text);
	return false;
}

void task_resync(const struct producer *producer, const struct config *config, struct reply *reply)
{
	static struct sweep sweep;

	(void)config;
	for (size_t i = 0; i < SWEEPS_MAX; i++) {
		if (!start(producer, reply) || !follow(producer, &sweep, reply))
			return;
		if (is_full(&sweep)) {
			conclude(&sweep, reply);
			return;
		}
	}
	reply_add(reply, "the resync was not started: other sweeps run all the time; see the "
			 "producer's log");
}
