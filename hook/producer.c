#include "hook/producer.h"

#include "hook/post.h"

#include <string.h>

#define ROUTE "/v1/hooks/stash"

/* In a header, a line break would begin another header. */
static bool token_is_sane(const char *token, struct error *err)
{
	for (const char *c = token; *c; c++) {
		if (*c <= ' ' || *c > '~')
			return error_set(err,
				"PLEXSYNC_API_TOKEN holds a space, a line break or another "
				"character that no token has");
	}
	return true;
}

bool producer_init(struct producer *p, const struct environment *env, struct error *err)
{
	p->token = env->token;
	return token_is_sane(env->token, err) && url_parse(env->producer_url, &p->url, err);
}

void producer_announce(const struct producer *p, const char *id, const char *body, size_t len,
	int64_t deadline_ms, struct reply *ret_reply)
{
	static struct answer answer;
	const struct post post = {
		.url = &p->url,
		.path = ROUTE,
		.token = p->token,
		.body = body,
		.body_len = len,
		.deadline_ms = deadline_ms,
	};
	struct error err;

	*ret_reply = (struct reply){ .ok = false };
	switch (post_send(&post, &answer, &err)) {
	case POST_ANSWERED:
		reply_explain(ret_reply, id, answer.status, answer.body, answer.body_len);
		break;
	case POST_NOT_SENT:
		reply_add(ret_reply, "scene %s was not announced: %s", id, err.text);
		break;
	case POST_UNKNOWN:
		reply_add(ret_reply,
			"whether scene %s was announced is not known: the producer at %s", id,
			err.text);
		break;
	}
}
