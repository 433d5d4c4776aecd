/* The engine's questions to Stash, as GraphQL requests; the answers, as inputs. */
#ifndef CONSUMER_STASHCALLS_H
#define CONSUMER_STASHCALLS_H

#include "common/httpclient.h"
#include "consumer/effects.h"

struct stashcalls;

struct stashcalls_options {
	struct httpclient *http; /* borrowed */
	const char *url; /* without a final slash; borrowed, as the key */
	const char *api_key; /* "": none. A key that Stash has not configured is refused with 401 */
	int64_t read_timeout_ms;
	void (*on_input)(void *cookie, const struct input *input);
	void *cookie;
};

struct stashcalls *stashcalls_new(const struct stashcalls_options *o) WARN_UNUSED;
/* For the requests that start from now on. */
void stashcalls_set_api_key(struct stashcalls *s, const char *api_key);

void stashcalls_free(struct stashcalls *s);

/* Carries out DO_FETCH_SCENE. */
void stashcalls_start(struct stashcalls *s, const struct effect *effect);

/* false: it is none of the calls that are open here. */
bool stashcalls_cancel(struct stashcalls *s, call_id call);

#endif
