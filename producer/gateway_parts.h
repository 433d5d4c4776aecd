/* Inside the gateway only: what its resources, one in each file, share. */
#ifndef PRODUCER_GATEWAY_PARTS_H
#define PRODUCER_GATEWAY_PARTS_H

#include "common/process.h"
#include "producer/gateway.h"
#include "producer/ingest.h"

struct gateway {
	struct gateway_options o;
	struct metric *requests, *events;
};

#define GATEWAY_PROBLEM(name) "urn:plexsync:problem:" name
#define GATEWAY_RETRY_AFTER_S 5

enum gateway_source { GATEWAY_HOOK, GATEWAY_API };

/* An envelope for a request of now; `fresh_id` is filled, and borrowed as the headers are. */
struct envelope gateway_envelope(
	const struct gateway *g, const struct httprequest *request, char fresh_id[UUID_SIZE]);

/* Answers with a JSON text; `retry_after_s` 0: none. */
void gateway_reply(struct httprequest *request, unsigned status, const struct buf *body,
	int64_t retry_after_s);

/* Answers 503: the stamps are still being read. */
void gateway_reply_loading(struct httprequest *request);

/*
 * The events of one request (gateway_batch.c): each is taken in with its number, all are published at
 * once, and the request is answered when each has its answer.
 */
struct gateway_batch;

/* `is_list`: the answer is `{"results":[…]}`, else that of the one event. */
struct gateway_batch *gateway_batch_new(struct gateway *g, struct httprequest *request,
	enum gateway_source source, bool is_list, size_t count) WARN_UNUSED;

/* What the i-th event has become; it is taken over. */
void gateway_batch_take(struct gateway_batch *b, size_t i, struct ingest *take_ingest);

/* All were taken: the answer may leave, now or with the last report. Frees the batch then. */
void gateway_batch_end(struct gateway_batch *b);

/* The handlers in the table of routes; cookie: the gateway. */
void *gateway_begin_hook(void *gateway);
void gateway_take_hook(void *payload, const char *bytes, size_t len);
void gateway_on_hook(void *gateway, struct httprequest *request);
void gateway_on_events(void *gateway, struct httprequest *request);
void gateway_on_scene(void *gateway, struct httprequest *request);
void gateway_on_resync(void *gateway, struct httprequest *request);
void gateway_on_openapi(void *gateway, struct httprequest *request);
void gateway_on_sweep(void *gateway, struct httprequest *request);
void gateway_on_sweep_progress(void *gateway, struct httprequest *request);
void gateway_on_sweep_cancel(void *gateway, struct httprequest *request);

/*
 * A hook of what scenes show has the events of these scenes published: *i then says so. false: there is
 * no room for it, and the request is answered.
 */
bool gateway_fan_out(struct gateway *g, struct httprequest *request, struct ingest *i) WARN_UNUSED;

#endif
