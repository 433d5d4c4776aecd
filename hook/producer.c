#include "hook/producer.h"

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

bool producer_init(struct producer *p, const struct config *config, struct error *err)
{
	p->token = config->token;
	return token_is_sane(config->token, err) && url_parse(config->producer_url, &p->url, err);
}

static enum http_outcome send_request(const struct producer *p, struct http_call *call,
	struct answer *ret_answer, struct error *err)
{
	call->peer = "the producer";
	call->advice = "start plexsync-producer, or give an address that Stash's machine knows in "
		       "PLEXSYNC_PRODUCER_URL";
	call->url = &p->url;
	call->secret_header = "Authorization: Bearer ";
	call->secret = p->token;
	return http_send(call, ret_answer, err);
}

enum http_outcome producer_ask(const struct producer *p, const char *method, const char *path,
	const char *body, int64_t deadline_ms, struct answer *ret_answer, struct error *err)
{
	struct http_call call = {
		.method = method,
		.path = path,
		.body = body,
		.body_len = body ? strlen(body) : 0,
		.deadline_ms = deadline_ms,
	};

	return send_request(p, &call, ret_answer, err);
}

void producer_announce(const struct producer *p, const char *subject, const char *body, size_t len,
	int64_t deadline_ms, struct reply *ret_reply)
{
	static struct answer answer;
	struct http_call call = {
		.method = "POST",
		.path = ROUTE,
		.body = body,
		.body_len = len,
		.deadline_ms = deadline_ms,
	};
	struct error err;

	*ret_reply = (struct reply){ .ok = false };
	switch (send_request(p, &call, &answer, &err)) {
	case HTTP_ANSWERED:
		reply_explain(ret_reply, subject, answer.status, answer.body, answer.body_len);
		break;
	case HTTP_NOT_SENT:
		reply_add(ret_reply, "%s was not announced: %s", subject, err.text);
		break;
	case HTTP_UNKNOWN:
		reply_add(
			ret_reply, "whether %s was announced is not known: %s", subject, err.text);
		break;
	}
}
