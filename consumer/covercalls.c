#include "consumer/covercalls.h"

#include "consumer/httpoutcome.h"
#include "consumer/opencalls.h"
#include "consumer/poster.h"

#include <stdlib.h>

struct covercalls {
	struct covercalls_options options;
	char *key_header; /* NULL: none */
	struct opencalls calls;
};

struct covercalls *covercalls_new(const struct covercalls_options *o)
{
	struct covercalls *c = xcalloc(1, sizeof *c);

	c->options = *o;
	c->calls.http = o->http;
	if (o->stash_api_key[0])
		covercalls_set_stash_api_key(c, o->stash_api_key);
	return c;
}

void covercalls_set_stash_api_key(struct covercalls *c, const char *api_key)
{
	free(c->key_header);
	c->key_header = xasprintf("ApiKey: %s", api_key);
}

void covercalls_free(struct covercalls *c)
{
	if (!c)
		return;
	opencalls_cancel_all(&c->calls);
	free(c->key_header);
	free(c);
}

/* Whether what came can be judged by its bytes; else its status says enough. */
static bool is_picture_answer(const struct http_answer *answer)
{
	return answer->transport == HTTP_TOO_LARGE ||
	       (answer->transport == HTTP_ANSWERED && answer->status >= 200 &&
		       answer->status < 400);
}

static void judge(struct input *input, const struct http_answer *answer,
	char ret_sha1[POSTER_SHA1_SIZE], struct error *err)
{
	static const enum outcome outcomes[] = {
		[POSTER_GOOD] = OUTCOME_DONE,
		[POSTER_NONE_YET] = OUTCOME_ABSENT,
		[POSTER_NO_ACCESS] = OUTCOME_UNAUTHORISED,
		[POSTER_REFUSED] = OUTCOME_REFUSED,
	};
	const struct poster_answer picture = {
		.status = answer->status,
		.location = answer->location,
		.content_type = answer->content_type,
		.bytes = answer->body,
		.len = answer->len,
		.too_large = answer->transport == HTTP_TOO_LARGE,
	};

	input->outcome = outcomes[poster_judge(&picture, ret_sha1, &input->cover.type, err)];
	input->cover.sha1 = ret_sha1;
	input->cover.bytes = answer->body;
	input->cover.len = answer->len;
}

static void on_done(void *cookie, const struct http_answer *answer)
{
	struct opencall *call = cookie;
	struct covercalls *c = call->owner;
	char sha1[POSTER_SHA1_SIZE] = "";
	struct error err = { .text = "" };
	struct input input = {
		.kind = IN_COVER,
		.call = call->id,
		.outcome = httpoutcome(answer),
		.retry_after_ms = httpoutcome_retry_after_ms(answer),
		.detail = err.text,
		.cover = { .stash = call->stash },
	};

	opencall_end(call);
	if (is_picture_answer(answer))
		judge(&input, answer, sha1, &err);
	else
		httpoutcome_describe(
			answer, "The cover's server", "its address", "stash_api_key", &err);
	c->options.on_input(c->options.cookie, &input);
}

void covercalls_start(struct covercalls *c, const struct effect *effect)
{
	struct opencall *call = opencalls_add(&c->calls, c, effect);
	const char *const headers[] = { effect->stash ? c->key_header : NULL, NULL };
	struct http_request request = {
		.method = "GET",
		.url = effect->url,
		.headers = headers,
		.timeout_ms = c->options.read_timeout_ms,
		.max_bytes = POSTER_SIZE_MAX,
		.on_done = on_done,
		.cookie = call,
	};

	call->http = httpclient_start(c->options.http, &request);
}

bool covercalls_cancel(struct covercalls *c, call_id id)
{
	return opencalls_cancel(&c->calls, id);
}
