#include "hook/reply.h"

#include "common/jsonscan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The members at the top of the producer's answers; "" what is not there. */
struct members {
	char status[64], reason[64], topic[256], partition[32], offset[32], title[256], detail[512];
};

#define MEMBER(name) \
	{ \
#name, offsetof(struct members, name), sizeof((struct members *)0)->name \
	}

static const struct {
	const char *key;
	size_t at, size;
} MEMBERS[] = {
	MEMBER(status),
	MEMBER(reason),
	MEMBER(topic),
	MEMBER(partition),
	MEMBER(offset),
	MEMBER(title),
	MEMBER(detail),
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

/* What does not fit is left out; a member that is given twice counts the last time. */
static void take_member(struct members *members, size_t index, const struct jsonscan *scan)
{
	if (index < ARRAY_LEN(MEMBERS) && scan->text_whole && scan->text_len < MEMBERS[index].size)
		memcpy((char *)members + MEMBERS[index].at, scan->text, scan->text_len + 1);
}

static size_t member_index(const struct jsonscan *scan)
{
	size_t i = 0;

	while (i < ARRAY_LEN(MEMBERS) &&
		!(scan->text_whole && strcmp(MEMBERS[i].key, scan->text) == 0))
		i++;
	return i;
}

/* false if the body is no JSON object. */
static bool read_members(const char *body, size_t len, struct members *ret_members)
{
	static struct jsonscan scan;
	struct members members = { .status = "" };
	size_t index = ARRAY_LEN(MEMBERS);
	enum jsonscan_event event;
	bool object = false;

	jsonscan_init(&scan);
	while ((event = jsonscan_next(&scan, &body, &len)) > JSONSCAN_MORE) {
		if (event == JSONSCAN_OBJECT && scan.depth == 1)
			object = true;
		if (event == JSONSCAN_KEY)
			index = scan.depth == 1 ? member_index(&scan) : ARRAY_LEN(MEMBERS);
		else if (scan.depth == 1 && (event == JSONSCAN_STRING || event == JSONSCAN_NUMBER))
			take_member(&members, index, &scan);
	}
	if (!object || !jsonscan_finish(&scan))
		return false;
	*ret_members = members;
	return true;
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

void reply_explain(
	struct reply *ret_reply, const char *id, int status, const char *body, size_t len)
{
	struct members m = { .status = "" };
	bool readable = read_members(body, len, &m);

	*ret_reply = (struct reply){ .ok = true, .final = true };
	if (status == 202 && strcmp(m.status, "accepted") == 0) {
		snprintf(ret_reply->text, sizeof ret_reply->text,
			"accepted: scene %s is in %s, partition %s, offset %s", id, m.topic,
			m.partition, m.offset);
		return;
	}
	if (status == 200 && strcmp(m.status, "skipped") == 0) {
		snprintf(ret_reply->text, sizeof ret_reply->text, "skipped: scene %s, %s", id,
			m.reason);
		return;
	}
	ret_reply->ok = false;
	ret_reply->final = readable && is_refusal(status, &m);
	if (status < 300 || !readable)
		snprintf(ret_reply->text, sizeof ret_reply->text,
			"scene %s was not announced: the answer (HTTP %d) is not a "
			"plexsync-producer's; %s",
			id, status, advice_for(status));
	else
		snprintf(ret_reply->text, sizeof ret_reply->text,
			"scene %s was not announced: the producer says %s (HTTP %d); %s", id,
			m.detail[0]  ? m.detail
			: m.title[0] ? m.title
				     : "no",
			status, advice_for(status));
}

void reply_add(struct reply *reply, const char *format, ...)
{
	size_t len = strlen(reply->text);
	va_list args;

	va_start(args, format);
	vsnprintf(reply->text + len, sizeof reply->text - len, format, args);
	va_end(args);
}
