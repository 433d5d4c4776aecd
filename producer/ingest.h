/*
 * What a request says: the event it is about, a reason to skip it, or a reason to refuse it.
 * Bytes and the time come in, nothing is sent from here.
 */
#ifndef PRODUCER_INGEST_H
#define PRODUCER_INGEST_H

#include "common/event.h"
#include "common/hookpayload.h"

/* What comes with a request beside its body; all borrowed. */
struct envelope {
	int64_t now_ms; /* wall clock */
	const char *fresh_id; /* the event's id unless the client gave one */
	const char *client_id; /* header `ce-id`; NULL: none. Not used unless it is sane */
	const char *traceparent; /* header of that name; NULL: none. Not used unless well-formed */
};

enum ingest_outcome { INGEST_EVENT, INGEST_SKIPPED, INGEST_REFUSED };

struct ingest {
	enum ingest_outcome outcome;
	struct event event; /* whole, with INGEST_EVENT */
	const char *reason; /* with INGEST_SKIPPED: "ignored_type", "not_sync_worthy" */
	unsigned status; /* with INGEST_REFUSED: 400 this is no JSON, 422 the JSON is not right */
	struct fault fault; /* with INGEST_REFUSED */
};

void ingest_done(struct ingest *i);

/*
 * A hook of Stash, of which the whole body went through hookpayload_feed(). Scenes become thin
 * events (facts of Stash v0.30.1: a hook carries no version of the scene).
 */
void ingest_hook(struct ingest *ret, struct hookpayload *payload, const struct envelope *envelope);

/* An event as JSON: the value of a record, see common/event.h. */
void ingest_event(
	struct ingest *ret, const char *json, size_t len, const struct envelope *envelope);

#endif
