#include "producer/gateway.h"

#include "common/log.h"
#include "common/process.h"
#include "producer/ingest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOOK_LIMIT ((size_t)64 * 1024 * 1024) /* covers travel in Stash's hooks, as base64 */
#define EVENT_LIMIT ((size_t)1024 * 1024)
#define ANSWER_LIMIT ((size_t)4096)
#define RETRY_AFTER_S 5
#define NO_SLOT SIZE_MAX
#define PROBLEM(name) "urn:plexsync:problem:" name

enum source { SOURCE_HOOK, SOURCE_API };

static const char *const source_names[] = { [SOURCE_HOOK] = "hook", [SOURCE_API] = "api" };

/* A request that waits for its delivery report; its place in the table is the record's id. */
struct parked {
	struct httprequest *request; /* NULL: the slot is free */
	size_t next_free;
	enum source source;
	int64_t sent_ms;
	char scene_id[SCENE_ID_SIZE];
	char *event_id;
};

struct gateway {
	struct publisher *publisher;
	const char *topic;
	struct parked *slots;
	size_t first_free;
	struct metric *requests, *events, *produce_seconds, *in_flight;
};

/* ---- life ---- */

static void open_metrics(struct gateway *g, struct metrics *metrics)
{
	static const double seconds[] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
		1, 2.5, 5, 10 };

	g->requests =
		metrics_counter(metrics, "http_requests_total", "route,code", "Requests answered.");
	g->events = metrics_counter(metrics, "events_total", "source,result",
		"Events that came in, by what became of them.");
	g->produce_seconds = metrics_histogram(metrics, "produce_seconds", "",
		"From handing a record to Kafka's client to its report.", seconds,
		ARRAY_LEN(seconds));
	g->in_flight = metrics_gauge(
		metrics, "events_in_flight", "", "Requests that wait for Kafka's acknowledgement.");
	for (size_t i = 0; i < ARRAY_LEN(source_names); i++)
		metric_add(g->events, 0, METRIC_LABELS(source_names[i], "accepted"));
}

struct gateway *gateway_new(const struct gateway_options *o)
{
	struct gateway *g = xcalloc(1, sizeof *g);

	g->topic = o->topic;
	g->slots = xcalloc(o->max_in_flight, sizeof *g->slots);
	for (size_t i = 0; i < o->max_in_flight; i++)
		g->slots[i].next_free = i + 1 < o->max_in_flight ? i + 1 : NO_SLOT;
	open_metrics(g, o->metrics);
	return g;
}

void gateway_free(struct gateway *g)
{
	if (!g)
		return;
	free(g->slots);
	free(g);
}

void gateway_set_publisher(struct gateway *g, struct publisher *publisher)
{
	g->publisher = publisher;
}

void gateway_answered(
	void *gateway, const char *method, const char *route, unsigned status, int64_t duration_ms)
{
	struct gateway *g = gateway;
	char code[16];

	snprintf(code, sizeof code, "%u", status);
	metric_add(g->requests, 1, METRIC_LABELS(route, code));
	log_debug("answered", "method=%s route=%s status=%u ms=%lld", method, route, status,
		(long long)duration_ms);
}

static void count_event(struct gateway *g, enum source source, const char *result)
{
	metric_add(g->events, 1, METRIC_LABELS(source_names[source], result));
}

/* ---- the table of those who wait ---- */

static size_t park(struct gateway *g, struct httprequest *request, enum source source,
	const struct event *event)
{
	size_t slot = g->first_free;
	struct parked *parked;

	if (slot == NO_SLOT)
		return NO_SLOT;
	parked = &g->slots[slot];
	g->first_free = parked->next_free;
	parked->request = request;
	parked->source = source;
	parked->sent_ms = process_mono_ms();
	memcpy(parked->scene_id, event->scene_id, sizeof parked->scene_id);
	parked->event_id = xstrdup(event->id);
	metric_add(g->in_flight, 1, NULL);
	return slot;
}

static void unpark(struct gateway *g, size_t slot)
{
	struct parked *parked = &g->slots[slot];

	free(parked->event_id);
	*parked = (struct parked){ .next_free = g->first_free };
	g->first_free = slot;
	metric_add(g->in_flight, -1, NULL);
}

/* ---- answers ---- */

/* None of the texts below needs an escape: ids are sane, topic and reasons are ours. */
static void answer_accepted(
	const struct gateway *g, const struct parked *parked, const struct delivery_report *report)
{
	auto_buf body;

	buf_init(&body, ANSWER_LIMIT);
	buf_printf(&body,
		"{\"status\":\"accepted\",\"event_id\":\"%s\",\"topic\":\"%s\","
		"\"partition\":%" PRId32 ",\"offset\":%" PRId64 "}",
		parked->event_id, g->topic, report->partition, report->offset);
	httpserver_reply(parked->request,
		&(struct httpreply){ .status = 202, .body = buf_text(&body), .len = body.len });
}

static void answer_skipped(struct httprequest *request, const char *reason)
{
	auto_buf body;

	buf_init(&body, ANSWER_LIMIT);
	buf_printf(&body, "{\"status\":\"skipped\",\"reason\":\"%s\"}", reason);
	httpserver_reply(request,
		&(struct httpreply){ .status = 200, .body = buf_text(&body), .len = body.len });
}

/* Why a good event is not on the topic for certain; it may be sent again in each case. */
enum trouble { TROUBLE_FULL, TROUBLE_STOPPING, TROUBLE_FAILED, TROUBLE_UNKNOWN };

static const struct {
	const char *outcome, *title, *detail;
} troubles[] = {
	[TROUBLE_FULL] = { "not_accepted", "Too many events wait for Kafka",
		"The event was not accepted, since the places for events that wait for Kafka's "
		"acknowledgement are all taken. Send it again later." },
	[TROUBLE_STOPPING] = { "not_accepted", "The producer is stopping",
		"The event was not accepted, since this producer is stopping. Send it again "
		"later." },
	[TROUBLE_FAILED] = { "not_accepted", "Kafka does not take the event",
		"The event was not accepted, since Kafka cannot be reached or did not take it in "
		"time; /readyz says more. Send it again later." },
	[TROUBLE_UNKNOWN] = { "unknown", "Kafka did not acknowledge the event",
		"The event was sent to Kafka, but no acknowledgement came in time: it may or may "
		"not be there. Sending it again later is safe." },
};

static void answer_unavailable(struct httprequest *request, enum trouble trouble)
{
	const char *outcome = troubles[trouble].outcome;
	auto_buf body;

	buf_init(&body, ANSWER_LIMIT);
	buf_printf(&body,
		"{\"type\":\"" PROBLEM("%s") "\",\"title\":\"%s\",\"status\":503,\"detail\":\"%s\","
					     "\"outcome\":\"%s\"}",
		outcome, troubles[trouble].title, troubles[trouble].detail, outcome);
	httpserver_reply(request, &(struct httpreply){
					  .status = 503,
					  .content_type = "application/problem+json",
					  .body = buf_text(&body),
					  .len = body.len,
					  .retry_after_s = RETRY_AFTER_S,
				  });
}

static void answer_refused(
	struct gateway *g, struct httprequest *request, enum source source, const struct ingest *i)
{
	bool is_json = i->status != 400;

	log_info("event_refused", "request=%s source=%s status=%u pointer=%s detail=%s",
		httprequest_id(request), source_names[source], i->status, i->fault.pointer,
		i->fault.error.text);
	httpserver_problem(request, i->status,
		is_json ? PROBLEM("invalid_event") : PROBLEM("malformed"),
		is_json ? "The body does not say what is needed" : "The body is not JSON",
		i->fault.error.text, i->fault.pointer);
	count_event(g, source, "refused");
}

/* ---- from request to record to answer ---- */

static void publish(struct gateway *g, struct httprequest *request, enum source source,
	const struct event *event)
{
	size_t slot = g->publisher ? park(g, request, source, event) : NO_SLOT;
	enum trouble trouble = g->publisher ? TROUBLE_FULL : TROUBLE_STOPPING;
	struct record record;

	event_write(event, &record);
	if (slot != NO_SLOT && publisher_send(g->publisher, &record, slot) == PUBLISH_QUEUED)
		return;
	record_done(&record);
	if (slot != NO_SLOT)
		unpark(g, slot);
	log_warn("event_not_accepted", "scene=%s request=%s reason=%s", event->scene_id,
		httprequest_id(request), troubles[trouble].title);
	count_event(g, source, "not_accepted");
	answer_unavailable(request, trouble);
}

static void settle(
	struct gateway *g, struct httprequest *request, enum source source, struct ingest *i)
{
	switch (i->outcome) {
	case INGEST_EVENT:
		publish(g, request, source, &i->event);
		break;
	case INGEST_SKIPPED:
		count_event(g, source, i->reason);
		answer_skipped(request, i->reason);
		break;
	case INGEST_REFUSED:
		answer_refused(g, request, source, i);
		break;
	}
	ingest_done(i);
}

static struct envelope envelope_of(const struct httprequest *request, char fresh_id[UUID_SIZE])
{
	process_uuid7(fresh_id);
	return (struct envelope){
		.now_ms = process_wall_ms(),
		.fresh_id = fresh_id,
		.client_id = httprequest_header(request, "ce-id"),
		.traceparent = httprequest_header(request, "traceparent"),
	};
}

static void on_hook(void *gateway, struct httprequest *request)
{
	char fresh_id[UUID_SIZE];
	struct envelope envelope = envelope_of(request, fresh_id);
	struct ingest i;

	ingest_hook(&i, httprequest_data(request), &envelope);
	settle(gateway, request, SOURCE_HOOK, &i);
}

static void on_event(void *gateway, struct httprequest *request)
{
	char fresh_id[UUID_SIZE];
	struct envelope envelope = envelope_of(request, fresh_id);
	struct ingest i;
	size_t len;
	const char *json = httprequest_body(request, &len);

	ingest_event(&i, json, len, &envelope);
	settle(gateway, request, SOURCE_API, &i);
}

static void log_failure(const struct parked *parked, const struct delivery_report *report)
{
	log_warn("event_not_accepted", "scene=%s event_id=%s request=%s reason=%s",
		parked->scene_id, parked->event_id, httprequest_id(parked->request),
		report->reason);
}

static void answer_delivered(
	struct gateway *g, const struct parked *parked, const struct delivery_report *report)
{
	switch (report->outcome) {
	case DELIVERY_DONE:
		log_info("event_accepted",
			"scene=%s event_id=%s source=%s partition=%d offset=%" PRId64,
			parked->scene_id, parked->event_id, source_names[parked->source],
			(int)report->partition, report->offset);
		count_event(g, parked->source, "accepted");
		answer_accepted(g, parked, report);
		return;
	case DELIVERY_REFUSED: /* we write nothing that is wrong, so it must be its size */
		log_failure(parked, report);
		count_event(g, parked->source, "refused");
		httpserver_problem(parked->request, 413, PROBLEM("too_large"),
			"Kafka refuses the event for ever", report->reason, NULL);
		return;
	case DELIVERY_FAILED:
		log_failure(parked, report);
		count_event(g, parked->source, "not_accepted");
		answer_unavailable(parked->request, TROUBLE_FAILED);
		return;
	case DELIVERY_UNKNOWN:
		log_failure(parked, report);
		count_event(g, parked->source, "unknown");
		answer_unavailable(parked->request, TROUBLE_UNKNOWN);
		return;
	}
}

void gateway_delivered(void *gateway, uint64_t id, const struct delivery_report *report)
{
	struct gateway *g = gateway;
	const struct parked *parked = &g->slots[id];

	metric_observe(
		g->produce_seconds, (double)(process_mono_ms() - parked->sent_ms) / 1000, NULL);
	answer_delivered(g, parked, report);
	unpark(g, (size_t)id);
}

/* ---- routes ---- */

static void *begin_hook(void *gateway)
{
	struct hookpayload *payload = xcalloc(1, sizeof *payload);

	(void)gateway;
	hookpayload_init(payload);
	return payload;
}

static void take_hook(void *payload, const char *bytes, size_t len)
{
	(void)hookpayload_feed(payload, bytes, len); /* its verdict comes at the end */
}

void gateway_routes(struct gateway *g, struct httproute ret[GATEWAY_ROUTES])
{
	ret[0] = (struct httproute){
		.method = "POST",
		.path = "/v1/hooks/stash",
		.body_limit = HOOK_LIMIT,
		.content_type = "application/json",
		.on_begin = begin_hook,
		.on_data = take_hook,
		.on_end = free,
		.on_request = on_hook,
		.cookie = g,
	};
	ret[1] = (struct httproute){
		.method = "POST",
		.path = "/v1/events",
		.body_limit = EVENT_LIMIT,
		.content_type = "application/json",
		.on_request = on_event,
		.cookie = g,
	};
}
