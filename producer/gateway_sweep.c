/* /v1/sweeps, and hooks of what scenes show. */
#include "producer/gateway_parts.h"
#include "producer/sweepjson.h"

#include <string.h>

#define ANSWER_LIMIT ((size_t)8192)

static void reply_progress(
	struct httprequest *request, unsigned status, const struct sweep_progress *progress)
{
	static const char *const headers[] = { "Location: /v1/sweeps/current", NULL };
	auto_buf body;

	buf_init(&body, ANSWER_LIMIT);
	sweepjson_put(&body, progress);
	httpserver_reply(request, &(struct httpreply){
					  .status = status,
					  .body = buf_text(&body),
					  .len = body.len,
					  .headers = status == 202 ? headers : NULL,
				  });
}

static void reply_started(const struct gateway *g, struct httprequest *request)
{
	struct sweep_progress progress;

	(void)sweeper_show(g->o.sweeper, &progress);
	reply_progress(request, 202, &progress);
}

static void start(
	struct gateway *g, struct httprequest *request, const struct sweepjson_order *order)
{
	switch (sweeper_start(g->o.sweeper, order->mode, order->max_vanished)) {
	case SWEEPER_STARTED:
		reply_started(g, request);
		break;
	case SWEEPER_BUSY:
		httpserver_problem(request, 409, GATEWAY_PROBLEM("sweep_running"),
			"A sweep is running",
			"There is one sweep at a time: wait for its end, which GET "
			"/v1/sweeps/current tells, or end it with DELETE.",
			NULL);
		break;
	case SWEEPER_NO_STASH:
		httpserver_problem(request, 409, GATEWAY_PROBLEM("no_stash"),
			"There is no Stash to sweep",
			"This producer does not know Stash's address: set stash_url.", NULL);
		break;
	case SWEEPER_LOADING:
		gateway_reply_loading(request);
		break;
	}
}

void gateway_on_sweep(void *gateway, struct httprequest *request)
{
	struct sweepjson_order order;
	struct fault fault;
	unsigned status;
	size_t len;
	const char *json = httprequest_body(request, &len);

	if (sweepjson_read(&order, json, len, &status, &fault))
		start(gateway, request, &order);
	else
		httpserver_problem(request, status,
			status == 400 ? GATEWAY_PROBLEM("malformed")
				      : GATEWAY_PROBLEM("invalid_sweep"),
			status == 400 ? "The body is not JSON"
				      : "The body does not say what is needed",
			fault.error.text, fault.pointer);
}

void gateway_on_sweep_progress(void *gateway, struct httprequest *request)
{
	const struct gateway *g = gateway;
	struct sweep_progress progress;
	enum sweeper_shown shown = sweeper_show(g->o.sweeper, &progress);
	auto_buf body;

	buf_init(&body, ANSWER_LIMIT);
	if (shown == SWEEPER_CURRENT)
		sweepjson_put(&body, &progress);
	else
		sweepjson_put_idle(&body, shown == SWEEPER_LAST ? &progress : NULL);
	gateway_reply(request, 200, &body, 0);
}

void gateway_on_sweep_cancel(void *gateway, struct httprequest *request)
{
	const struct gateway *g = gateway;
	struct sweep_progress progress;

	if (!sweeper_cancel(g->o.sweeper)) {
		httpserver_problem(request, 404, GATEWAY_PROBLEM("no_sweep"), "No sweep is running",
			"There is nothing to end: no sweep is running.", NULL);
		return;
	}
	(void)sweeper_show(g->o.sweeper, &progress);
	reply_progress(request, 200, &progress);
}

bool gateway_fan_out(struct gateway *g, struct httprequest *request, struct ingest *i)
{
	struct httpreply reply = { .status = 503, .retry_after_s = GATEWAY_RETRY_AFTER_S };

	if (i->outcome != INGEST_SKIPPED || strcmp(i->reason, "ignored_type") != 0)
		return true;
	switch (sweeper_hook(g->o.sweeper, httprequest_data(request))) {
	case SWEEPER_IGNORED:
		break;
	case SWEEPER_QUEUED:
		i->reason = "fan_out";
		break;
	case SWEEPER_FULL:
		httpserver_reply_problem(request, &reply, GATEWAY_PROBLEM("not_accepted"),
			"Too many changes wait for their scenes",
			"The change was not accepted, since the scenes of too many other objects "
			"are still to be published. Send it again later.",
			NULL);
		return false;
	}
	return true;
}
