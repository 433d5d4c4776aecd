#include "hook/reply.h"

#include "hook/members.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The members at the top of the producer's answers; "" what is not there. */
struct members {
	char status[64], reason[64], topic[256], partition[32], offset[32], title[256], detail[512];
};

/* What to do about it; the last row is for every other status. */
static const struct {
	int status;
	const char *advice;
} ADVICE[] = {
	{ 401, "give Stash's environment the producer's api_token as PLEXSYNC_API_TOKEN" },
	{ 403, "give Stash's environment the producer's api_token as PLEXSYNC_API_TOKEN" },
	{ 404, "PLEXSYNC_PRODUCER_URL must be the address of a plexsync-producer" },
	{ 405, "PLEXSYNC_PRODUCER_URL must be the address of a plexsync-producer" },
	{ 429, "the producer's log and /readyz show why" },
	{ 503, "the producer's log and /readyz show why" },
	{ 0, "the producer's log and PLEXSYNC_PRODUCER_URL show why" },
};

/* false if the body is no JSON object. */
static bool read_members(const char *body, size_t len, struct members *m)
{
	static const char *const top[] = { NULL };
	struct member members[] = {
		MEMBER("status", m->status),
		MEMBER("reason", m->reason),
		MEMBER("topic", m->topic),
		MEMBER("partition", m->partition),
		MEMBER("offset", m->offset),
		MEMBER("title", m->title),
		MEMBER("detail", m->detail),
	};

	return members_read(body, len, top, members, ARRAY_LEN(members));
}

static const char *advice_for(int status)
{
	size_t i = 0;

	while (ADVICE[i].status && ADVICE[i].status != status)
		i++;
	return ADVICE[i].advice;
}

/* A problem document (RFC 9457) that blames the event itself: not a proxy's or a stranger's page. */
static bool is_refusal(int status, const struct members *m)
{
	bool blames = status == 400 || status == 413 || status == 415 || status == 422;

	return blames && strtol(m->status, NULL, 10) == status;
}

void reply_problem(struct reply *reply, const char *what, int status, const char *body, size_t len)
{
	struct members m;

	if (!read_members(body, len, &m) || status < 300)
		reply_add(reply, "%s: the answer (HTTP %d) is not a plexsync-producer's; %s", what,
			status, advice_for(status));
	else
		reply_add(reply, "%s: the producer says %s (HTTP %d); %s", what,
			m.detail[0]  ? m.detail
			: m.title[0] ? m.title
				     : "no",
			status, advice_for(status));
}

void reply_explain(
	struct reply *ret_reply, const char *subject, int status, const char *body, size_t len)
{
	struct members m = { .status = "" };
	bool readable = read_members(body, len, &m);
	char what[64];

	*ret_reply = (struct reply){ .ok = true, .final = true };
	if (status == 202 && strcmp(m.status, "accepted") == 0) {
		snprintf(ret_reply->text, sizeof ret_reply->text,
			"accepted: %s is in %s, partition %s, offset %s", subject, m.topic,
			m.partition, m.offset);
		return;
	}
	if (status == 200 && strcmp(m.status, "skipped") == 0) {
		if (strcmp(m.reason, "fan_out") == 0)
			reply_add(ret_reply, "accepted: the scenes that show %s will be looked at",
				subject);
		else
			reply_add(ret_reply, "skipped: %s, %s", subject, m.reason);
		return;
	}
	*ret_reply = (struct reply){ .ok = false, .final = readable && is_refusal(status, &m) };
	snprintf(what, sizeof what, "%s was not announced", subject);
	reply_problem(ret_reply, what, status, body, len);
}

void reply_add(struct reply *reply, const char *format, ...)
{
	size_t len = strlen(reply->text);
	va_list args;

	va_start(args, format);
	vsnprintf(reply->text + len, sizeof reply->text - len, format, args);
	va_end(args);
}
