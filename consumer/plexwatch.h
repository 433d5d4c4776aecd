/* Plex's event stream: one GET that never ends, and the news in it, as inputs. */
#ifndef CONSUMER_PLEXWATCH_H
#define CONSUMER_PLEXWATCH_H

#include "common/httpclient.h"
#include "consumer/inputs.h"

struct plexwatch;

struct plexwatch_options {
	struct httpclient *http; /* borrowed, as everything here */
	const char *url; /* of Plex, without a final slash */
	const char *const *headers; /* with the token; NULL-terminated */
	int64_t silence_timeout_ms; /* no byte for so long: the stream died */
	void (*on_input)(void *cookie, const struct input *input);
	void *cookie;
};

struct plexwatch *plexwatch_new(const struct plexwatch_options *o) WARN_UNUSED;
void plexwatch_free(struct plexwatch *w);

/* Carries out DO_WATCH. One stream at a time. */
void plexwatch_start(struct plexwatch *w, call_id call);

/* false: it is not the stream that is open. */
bool plexwatch_cancel(struct plexwatch *w, call_id call);

#endif
