/* Covers, as HTTP requests; what came, as inputs. They are Stash's, or wherever a full event says. */
#ifndef CONSUMER_COVERCALLS_H
#define CONSUMER_COVERCALLS_H

#include "common/httpclient.h"
#include "consumer/effects.h"

struct covercalls;

struct covercalls_options {
	struct httpclient *http; /* borrowed */
	const char *stash_api_key; /* "": none. Goes to Stash only */
	int64_t read_timeout_ms;
	void (*on_input)(void *cookie, const struct input *input);
	void *cookie;
};

struct covercalls *covercalls_new(const struct covercalls_options *o) WARN_UNUSED;
/* For the requests that start from now on. */
void covercalls_set_stash_api_key(struct covercalls *c, const char *api_key);

void covercalls_free(struct covercalls *c);

/* Carries out DO_FETCH_COVER. */
void covercalls_start(struct covercalls *c, const struct effect *effect);

/* false: it is none of the calls that are open here. */
bool covercalls_cancel(struct covercalls *c, call_id call);

#endif
