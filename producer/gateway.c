/* The table of routes, and what all resources share. */
#include "producer/gateway_parts.h"

#include "common/log.h"
#include "common/process.h"
#include "producer/body.h"

#include <stdio.h>
#include <stdlib.h>

#define HOOK_LIMIT ((size_t)64 * 1024 * 1024) /* covers travel in Stash's hooks, as base64 */

#define SWEEP_LIMIT ((size_t)4096)

/* Without the cookie. A new resource is a file gateway_RESOURCE.c and its rows here. */
static const struct httproute routes[] = {
	{
		.method = "POST",
		.path = "/v1/hooks/stash",
		.body_limit = HOOK_LIMIT,
		.content_type = "application/json",
		.on_begin = gateway_begin_hook,
		.on_data = gateway_take_hook,
		.on_end = free,
		.on_request = gateway_on_hook,
	},
	{
		.method = "POST",
		.path = "/v1/events",
		.body_limit = BODY_LIST_BYTES,
		.content_type = "application/json|application/cloudevents+json|"
				"application/cloudevents-batch+json",
		.on_request = gateway_on_events,
	},
	{ .method = "GET", .path = "/v1/scenes/{id}", .on_request = gateway_on_scene },
	{ .method = "POST", .path = "/v1/scenes/{id}/resync", .on_request = gateway_on_resync },
	{
		.method = "POST",
		.path = "/v1/sweeps",
		.body_limit = SWEEP_LIMIT,
		.content_type = "application/json",
		.on_request = gateway_on_sweep,
	},
	{
		.method = "GET",
		.path = "/openapi.json",
		.open = true,
		.on_request = gateway_on_openapi,
	},
	{
		.method = "GET",
		.path = "/v1/sweeps/current",
		.on_request = gateway_on_sweep_progress,
	},
	{
		.method = "DELETE",
		.path = "/v1/sweeps/current",
		.on_request = gateway_on_sweep_cancel,
	},
};

_Static_assert(ARRAY_LEN(routes) <= GATEWAY_ROUTES_MAX, "raise GATEWAY_ROUTES_MAX");

size_t gateway_routes(struct gateway *g, struct httproute ret[GATEWAY_ROUTES_MAX])
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		ret[i] = routes[i];
		ret[i].cookie = g;
	}
	return ARRAY_LEN(routes);
}

struct gateway *gateway_new(const struct gateway_options *o)
{
	struct gateway *g = xcalloc(1, sizeof *g);

	g->o = *o;
	g->requests = metrics_counter(
		o->metrics, "http_requests_total", "route,code", "Requests answered.");
	g->events = metrics_counter(o->metrics, "events_total", "source,result",
		"Events that came in, by what became of them.");
	metric_add(g->events, 0, METRIC_LABELS("hook", "accepted"));
	metric_add(g->events, 0, METRIC_LABELS("api", "accepted"));
	return g;
}

void gateway_free(struct gateway *g)
{
	free(g);
}

void gateway_answered(void *gateway, const struct httpanswer *answer)
{
	struct gateway *g = gateway;
	char code[16];

	snprintf(code, sizeof code, "%u", answer->status);
	metric_add(g->requests, 1, METRIC_LABELS(answer->route, code));
	log_debug("answered", "request=%s method=%s route=%s status=%u ms=%lld", answer->request_id,
		answer->method, answer->route, answer->status, (long long)answer->duration_ms);
}

struct envelope gateway_envelope(
	const struct gateway *g, const struct httprequest *request, char fresh_id[UUID_SIZE])
{
	process_uuid7(fresh_id);
	return (struct envelope){
		.now_ms = process_wall_ms(),
		.fresh_id = fresh_id,
		.client_id = httprequest_header(request, "ce-id"),
		.traceparent = httprequest_header(request, "traceparent"),
		.needs_version = g->o.needs_version,
	};
}

void gateway_reply(
	struct httprequest *request, unsigned status, const struct buf *body, int64_t retry_after_s)
{
	httpserver_reply(
		request, &(struct httpreply){
				 .status = status,
				 .content_type = status >= 400 ? "application/problem+json" : NULL,
				 .body = buf_text(body),
				 .len = body->len,
				 .retry_after_s = retry_after_s,
			 });
}

void gateway_reply_loading(struct httprequest *request)
{
	struct httpreply reply = { .status = 503, .retry_after_s = GATEWAY_RETRY_AFTER_S };

	httpserver_reply_problem(request, &reply, GATEWAY_PROBLEM("loading"),
		"The producer has just started",
		"What is known of the scenes is still being read from Kafka; /readyz says when it "
		"is there.",
		NULL);
}
