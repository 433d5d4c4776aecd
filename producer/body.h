/* The body of POST /v1/events: one event or a list of them, plain or as CloudEvents. */
#ifndef PRODUCER_BODY_H
#define PRODUCER_BODY_H

#include "producer/cloudevent.h"

enum body_form {
	BODY_PLAIN, /* application/json: an event, or an array of events */
	BODY_CLOUDEVENT, /* application/cloudevents+json: one, structured */
	BODY_CLOUDEVENTS, /* application/cloudevents-batch+json: an array of structured ones */
};

#define BODY_EVENTS_MAX 500
#define BODY_EVENT_BYTES ((size_t)1024 * 1024) /* of a single event */
#define BODY_LIST_BYTES ((size_t)8 * 1024 * 1024)

struct body {
	enum body_form form;
	json_t *root;
	bool is_list;
	size_t count; /* of events */
};

/*
 * Takes a whole body apart. false, and only then *ret_status, the status to refuse it with (400 no JSON, 413 too large or too
 * many, 422 not what the form promises) and why.
 */
bool body_open(struct body *ret, const char *json, size_t len, enum body_form form,
	unsigned *ret_status, struct fault *fault) WARN_UNUSED;
void body_done(struct body *b);

/* The event of that number. What a CloudEvent says of itself goes before what the envelope says. */
void body_event(
	const struct body *b, size_t i, const struct envelope *envelope, struct ingest *ret);

#endif
