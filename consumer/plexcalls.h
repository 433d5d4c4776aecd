/* The engine's calls to Plex, as HTTP requests; their answers, as inputs. */
#ifndef CONSUMER_PLEXCALLS_H
#define CONSUMER_PLEXCALLS_H

#include "common/httpclient.h"
#include "consumer/effects.h"

struct plexcalls;

struct plexcalls_options {
	struct httpclient *http; /* borrowed */
	const char *url; /* without a final slash; borrowed, as the token */
	const char *token;
	const char *client_identifier; /* stable: Plex lists a device for each */
	int64_t read_timeout_ms, edit_timeout_ms;
	int64_t silence_timeout_ms; /* of the event stream */
	void (*on_input)(void *cookie, const struct input *input);
	void *cookie;
};

struct plexcalls *plexcalls_new(const struct plexcalls_options *o) WARN_UNUSED;
/* For the requests that start from now on. */
void plexcalls_set_token(struct plexcalls *p, const char *token);

void plexcalls_free(struct plexcalls *p);

/* Carries out everything that Plex is asked for. */
void plexcalls_start(struct plexcalls *p, const struct effect *effect);

/* false: it is none of the calls that are open here. */
bool plexcalls_cancel(struct plexcalls *p, call_id call);

#endif
