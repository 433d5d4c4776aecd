/* Carries out one sweep: asks Stash, publishes the events, and gives the answers back to it. */
#ifndef PRODUCER_SWEEPRUN_H
#define PRODUCER_SWEEPRUN_H

#include "common/httpclient.h"
#include "producer/outgoing.h"
#include "producer/sweep.h"

#define SWEEPRUN_HEADERS 4

/* Stash as the settings say; everything is borrowed. */
struct sweeprun_stash {
	struct httpclient *http;
	const char *url; /* "http://host:9999": for messages */
	const char *graphql_url;
	const char *headers[SWEEPRUN_HEADERS]; /* ended by NULL */
	int64_t read_timeout_ms;
};

struct sweeprun;

struct sweeprun *sweeprun_new(const struct sweeprun_stash *stash, struct outgoing *outgoing,
	const struct sweep_options *sweep) WARN_UNUSED;

/* Ends it, whatever it is doing. Reports that are open are still taken, and ignored. */
void sweeprun_free(struct sweeprun *r);

/* Does what is due. */
void sweeprun_dispatch(struct sweeprun *r);
int64_t sweeprun_deadline_ms(const struct sweeprun *r); /* monotonic; INT64_MAX: none */

/* Whether an answer of Stash is awaited. */
bool sweeprun_is_asking(const struct sweeprun *r);

void sweeprun_cancel(struct sweeprun *r);
bool sweeprun_ended(const struct sweeprun *r);
void sweeprun_progress(const struct sweeprun *r, struct sweep_progress *ret);

#endif
