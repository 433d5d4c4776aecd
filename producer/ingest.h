/*
 * What a request says: the event it is about, a reason to skip it, or a reason to refuse it.
 * Bytes and the time come in, nothing is sent from here.
 */
#ifndef PRODUCER_INGEST_H
#define PRODUCER_INGEST_H

#include "common/event.h"
#include "common/hookpayload.h"

#define INGEST_ID_MAX 128
#define INGEST_FUTURE_MS INT64_C(300000) /* how wrong a peer's clock may be; DESIGN "Versions" */

/* Fit for a header, a log line and a JSON string as it is: printable ASCII, no blank, quote, backslash. */
bool ingest_id_sane(const char *id);

/* What comes with an event beside its JSON; all borrowed. */
struct envelope {
	int64_t now_ms; /* wall clock */
	const char *fresh_id; /* the event's id unless the client gave one */
	const char *client_id; /* NULL: none. Not used unless it is sane */
	const char *traceparent; /* NULL: none. Not used unless well-formed */
	const char *source; /* the client's; NULL: ours */
	int64_t time_ms; /* when it happened, says the client; 0: now */
	bool needs_version; /* updated_at_fallback=reject; not for hooks, which never have one */
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

/*
 * An event as JSON, the value of a record (see common/event.h), that lies at `pointer` in the
 * body.
 */
void ingest_json(struct ingest *ret, const json_t *value, const char *pointer,
	const struct envelope *envelope);

/* A person's wish to have the scene looked at; `scene_id` is valid. */
void ingest_resync(struct ingest *ret, const char *scene_id, const struct envelope *envelope);

#endif
