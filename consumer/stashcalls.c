#include "consumer/stashcalls.h"

#include "common/process.h"
#include "common/stash.h"
#include "consumer/httpoutcome.h"
#include "consumer/opencalls.h"
#include "consumer/verdict.h"

#include <stdlib.h>
#include <string.h>

/* One scene with its thousand files and names is far below. */
enum { MAX_ANSWER = 8 << 20 };

struct stashcalls {
	struct stashcalls_options options;
	char *url;
	char *headers[4];
	struct opencalls calls;
};

struct stashcalls *stashcalls_new(const struct stashcalls_options *o)
{
	struct stashcalls *s = xcalloc(1, sizeof *s);

	s->options = *o;
	s->calls.http = o->http;
	s->url = xasprintf("%s/graphql", o->url);
	s->headers[0] = xstrdup("Content-Type: application/json");
	s->headers[1] = xstrdup("Accept: application/json");
	if (o->api_key[0])
		stashcalls_set_api_key(s, o->api_key);
	return s;
}

void stashcalls_set_api_key(struct stashcalls *s, const char *api_key)
{
	free(s->headers[2]);
	s->headers[2] = xasprintf("ApiKey: %s", api_key);
}

void stashcalls_free(struct stashcalls *s)
{
	if (!s)
		return;
	opencalls_cancel_all(&s->calls);
	for (size_t i = 0; i < ARRAY_LEN(s->headers); i++)
		free(s->headers[i]);
	free(s->url);
	free(s);
}

static enum outcome outcome_of_answer(enum stash_answer answer)
{
	switch (answer) {
	case STASH_SCENE:
		return OUTCOME_DONE;
	case STASH_ABSENT:
		return OUTCOME_ABSENT;
	case STASH_UNRESOLVABLE:
		return OUTCOME_FAILED;
	case STASH_UNAUTHORISED:
		return OUTCOME_UNAUTHORISED;
	case STASH_DOWN:
		break;
	}
	return OUTCOME_BUSY;
}

/* The state is at least as new as the moment the request left us, by Stash's clock when it tells. */
static int64_t observed_at(const struct http_answer *answer)
{
	int64_t answered_ms = answer->date_ms ? answer->date_ms : process_wall_ms();

	return answered_ms - answer->duration_ms;
}

static void on_done(void *cookie, const struct http_answer *answer)
{
	struct opencall *call = cookie;
	struct stashcalls *s = call->owner;
	struct scene scene = { .title = NULL };
	struct error err = { .text = "" };
	struct input input = {
		.kind = IN_SCENE,
		.call = call->id,
		.outcome = httpoutcome(answer),
		.retry_after_ms = httpoutcome_retry_after_ms(answer),
		.detail = err.text,
		.fetched = { .scene = &scene, .observed_at_ms = observed_at(answer) },
	};

	if (call->kind == DO_PROBE)
		input.kind = IN_PROBED;
	opencall_end(call);
	if (answer->transport == HTTP_ANSWERED)
		input.outcome =
			outcome_of_answer(stash_read_scene(answer->status, answer->content_type,
				answer->location, answer->body, answer->len, &scene, &err));
	else
		httpoutcome_describe(answer, "Stash", s->options.url, "stash_api_key", &err);
	/* A probe asks for any scene: that there is none, or that it is broken, is an answer as well. */
	if (input.kind == IN_PROBED && !verdict_blames_service(input.outcome))
		input.outcome = OUTCOME_DONE;
	s->options.on_input(s->options.cookie, &input);
	scene_done(&scene);
}

void stashcalls_start(struct stashcalls *s, const struct effect *effect)
{
	struct opencall *call = opencalls_add(&s->calls, s, effect);
	auto_free char *body =
		stash_scene_request(effect->kind == DO_PROBE ? "1" : effect->scene_id);
	struct http_request request = {
		.method = "POST",
		.url = s->url,
		.headers = (const char *const *)s->headers,
		.body = body,
		.body_len = strlen(body),
		.timeout_ms = s->options.read_timeout_ms,
		.max_bytes = MAX_ANSWER,
		.on_done = on_done,
		.cookie = call,
	};

	call->http = httpclient_start(s->options.http, &request);
}

bool stashcalls_cancel(struct stashcalls *s, call_id id)
{
	return opencalls_cancel(&s->calls, id);
}
