/*
 * A CloudEvent 1.0 as a client sends it by HTTP (https://github.com/cloudevents/spec, HTTP protocol
 * binding): its attributes in the JSON around the data (structured mode), or in headers (binary mode).
 */
#ifndef PRODUCER_CLOUDEVENT_H
#define PRODUCER_CLOUDEVENT_H

#include "producer/ingest.h"

struct cloudevent {
	char *id, *source, *type;
	char *traceparent; /* NULL: none */
	int64_t time_ms; /* 0: not said */
};

void cloudevent_done(struct cloudevent *e);

/*
 * Reads the attributes, strictly: specversion 1.0, an id and a source that are sane, a type, a time
 * that is not in the future of `now_ms`, data that is JSON. *ret_data is the member `data`,
 * borrowed. `pointer` is where the CloudEvent lies in the body.
 */
bool cloudevent_from_json(struct cloudevent *ret, json_t *value, const char *pointer,
	int64_t now_ms, json_t **ret_data, struct fault *fault) WARN_UNUSED;

/* The same from headers; `header` gives one by its name, or NULL. The fault's pointer is "". */
bool cloudevent_from_headers(struct cloudevent *ret,
	const char *(*header)(const void *cookie, const char *name), const void *cookie,
	int64_t now_ms, struct fault *fault) WARN_UNUSED;

/* Puts what the CloudEvent says of itself into the envelope; it must live as long. */
void cloudevent_address(const struct cloudevent *e, struct envelope *envelope);

/* Says the action in the data when it is not there and the type names one of ours. */
void cloudevent_complete(const struct cloudevent *e, json_t *data);

#endif
