#include "consumer/stashcalls.h"

#include "common/process.h"
#include "common/stash.h"
#include "consumer/httpoutcome.h"

#include <stdlib.h>
#include <string.h>

/* One scene with its thousand files and names is far below. */
enum { MAX_ANSWER = 8 << 20 };

struct call {
	struct stashcalls *owner;
	call_id id;
	struct httpcall *http;
	struct call *next;
};

struct stashcalls {
	struct stashcalls_options options;
	char *url;
	char *headers[4];
	struct call *calls;
};

struct stashcalls *stashcalls_new(const struct stashcalls_options *o)
{
	struct stashcalls *s = xcalloc(1, sizeof *s);

	s->options = *o;
	s->url = xasprintf("%s/graphql", o->url);
	s->headers[0] = xstrdup("Content-Type: application/json");
	s->headers[1] = xstrdup("Accept: application/json");
	if (o->api_key[0])
		s->headers[2] = xasprintf("ApiKey: %s", o->api_key);
	return s;
}

static void remove_call(struct call *call)
{
	struct call **at = &call->owner->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	free(call);
}

void stashcalls_free(struct stashcalls *s)
{
	if (!s)
		return;
	while (s->calls) {
		httpclient_cancel(s->options.http, s->calls->http);
		remove_call(s->calls);
	}
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
	struct call *call = cookie;
	struct stashcalls *s = call->owner;
	struct scene scene = { .title = NULL };
	struct error err = { .text = "" };
	struct input input = {
		.kind = IN_SCENE,
		.call = call->id,
		.outcome = httpoutcome(answer),
		.retry_after_ms = answer->retry_after_ms,
		.detail = err.text,
		.fetched = { .scene = &scene, .observed_at_ms = observed_at(answer) },
	};

	remove_call(call);
	if (answer->transport == HTTP_ANSWERED)
		input.outcome =
			outcome_of_answer(stash_read_scene(answer->status, answer->content_type,
				answer->location, answer->body, answer->len, &scene, &err));
	else
		httpoutcome_describe(answer, "Stash", s->options.url, "stash_api_key", &err);
	s->options.on_input(s->options.cookie, &input);
	scene_done(&scene);
}

void stashcalls_start(struct stashcalls *s, const struct effect *effect)
{
	struct call *call = xcalloc(1, sizeof *call);
	auto_free char *body = stash_scene_request(effect->scene_id);

	*call = (struct call){ .owner = s, .id = effect->call, .next = s->calls };
	s->calls = call;
	call->http = httpclient_start(
		s->options.http, &(struct http_request){
					 .method = "POST",
					 .url = s->url,
					 .headers = (const char *const *)s->headers,
					 .body = body,
					 .body_len = strlen(body),
					 .timeout_ms = s->options.read_timeout_ms,
					 .max_bytes = MAX_ANSWER,
					 .on_done = on_done,
					 .cookie = call,
				 });
}

bool stashcalls_cancel(struct stashcalls *s, call_id id)
{
	for (struct call *call = s->calls; call; call = call->next) {
		if (call->id == id) {
			httpclient_cancel(s->options.http, call->http);
			remove_call(call);
			return true;
		}
	}
	return false;
}
