#include "hook/reply.h"

#include "common/jsonscan.h"

#include <stdio.h>
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
	{ 429, "save the scene again in a while, or wait for the producer's next sweep" },
	{ 503, "save the scene again in a while, or wait for the producer's next sweep" },
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

void reply_explain(
	struct reply *ret_reply, const char *id, int status, const char *body, size_t len)
{
	struct members m = { .status = "" };
	bool readable = read_members(body, len, &m);

	ret_reply->ok = true;
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
