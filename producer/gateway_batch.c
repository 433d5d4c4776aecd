/* The events of one request: publishing each, collecting their answers. */
#include "common/httpproblem.h"
#include "common/jsonstring.h"
#include "common/log.h"
#include "common/process.h"
#include "producer/filter.h"
#include "producer/gateway_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_LIMIT ((size_t)4096)

static const char *const source_names[] = { [GATEWAY_HOOK] = "hook", [GATEWAY_API] = "api" };

struct item {
	struct gateway_batch *batch;
	char scene_id[SCENE_ID_SIZE];
	char *event_id; /* NULL: it was not published */
	unsigned status; /* 0: not answered yet */
	char *answer; /* a JSON object */
};

struct gateway_batch {
	struct gateway *gateway;
	struct httprequest *request;
	enum gateway_source source;
	bool is_list;
	size_t count, open; /* open: those without an answer */
	struct item items[];
};

struct gateway_batch *gateway_batch_new(struct gateway *g, struct httprequest *request,
	enum gateway_source source, bool is_list, size_t count)
{
	struct gateway_batch *b = xcalloc(1, sizeof *b + count * sizeof b->items[0]);

	b->gateway = g;
	b->request = request;
	b->source = source;
	b->is_list = is_list;
	b->count = b->open = count;
	for (size_t i = 0; i < count; i++)
		b->items[i].batch = b;
	return b;
}

/* ---- the answer of one event ---- */

static void settle(struct item *item, unsigned status, struct buf *answer, const char *result)
{
	struct gateway_batch *b = item->batch;

	item->status = status;
	item->answer = buf_take(answer);
	b->open--;
	metric_add(b->gateway->events, 1, METRIC_LABELS(source_names[b->source], result));
}

static void settle_accepted(struct item *item, const struct delivery_report *report)
{
	struct gateway_batch *b = item->batch;
	auto_buf answer;

	log_info("event_accepted",
		"scene=%s event_id=%s request=%s source=%s partition=%d offset=%" PRId64,
		item->scene_id, item->event_id, httprequest_id(b->request), source_names[b->source],
		(int)report->partition, report->offset);
	buf_init(&answer, ANSWER_LIMIT);
	buf_printf(&answer,
		"{\"status\":\"accepted\",\"event_id\":\"%s\",\"topic\":\"%s\","
		"\"partition\":%" PRId32 ",\"offset\":",
		item->event_id, b->gateway->o.topic, report->partition);
	if (report->offset < 0)
		buf_puts(&answer, "null}");
	else
		buf_printf(&answer, "%" PRId64 "}", report->offset);
	settle(item, 202, &answer, "accepted");
}

static void settle_skipped(struct item *item, const char *reason)
{
	auto_buf answer;

	buf_init(&answer, ANSWER_LIMIT);
	buf_printf(&answer, "{\"status\":\"skipped\",\"reason\":\"%s\"}", reason);
	settle(item, 200, &answer, reason);
}

/* Why a good event is not on the topic for certain; it may be sent again in each case. */
enum trouble {
	TROUBLE_FULL,
	TROUBLE_STOPPING,
	TROUBLE_AWAY,
	TROUBLE_FAILED,
	TROUBLE_REFUSED,
	TROUBLE_UNKNOWN,
};

static const struct {
	const char *outcome, *title, *detail;
} troubles[] = {
	[TROUBLE_FULL] = { "not_accepted", "Too many events wait for Kafka",
		"The event was not accepted, since the places for events that wait for Kafka's "
		"acknowledgement are all taken. Send it again later." },
	[TROUBLE_STOPPING] = { "not_accepted", "The producer is stopping",
		"The event was not accepted, since this producer is stopping. Send it again "
		"later." },
	[TROUBLE_AWAY] = { "not_accepted", "Kafka cannot be reached",
		"The event was not accepted, since no Kafka broker is connected and another event "
		"waits for one already; /readyz says more. Send it again later." },
	[TROUBLE_FAILED] = { "not_accepted", "Kafka does not take the event",
		"The event was not accepted, since Kafka cannot be reached or did not take it in "
		"time; /readyz says more. Send it again later." },
	[TROUBLE_REFUSED] = { "not_accepted", "Kafka refuses the event",
		"The event was not accepted, and its size is not the cause: compare the clocks of "
		"both machines, and look at the topic's settings. Send it again later." },
	[TROUBLE_UNKNOWN] = { "unknown", "Kafka did not acknowledge the event",
		"The event was sent to Kafka, but no acknowledgement came in time: it may or may "
		"not be there. Sending it again later is safe." },
};

/* `reason`: what Kafka's client said; NULL: it was not asked. */
static void settle_unavailable(struct item *item, enum trouble trouble, const char *reason)
{
	const char *outcome = troubles[trouble].outcome, *title = troubles[trouble].title;
	auto_buf answer;
	auto_buf detail;

	log_warn("event_not_accepted", "scene=%s event_id=%s request=%s reason=%s", item->scene_id,
		item->event_id, httprequest_id(item->batch->request), reason ? reason : title);
	buf_init(&answer, ANSWER_LIMIT);
	buf_init(&detail, ANSWER_LIMIT);
	buf_puts(&detail, troubles[trouble].detail);
	if (reason)
		buf_printf(&detail, " Kafka's client says: %s", reason);
	buf_printf(&answer,
		"{\"type\":\"" GATEWAY_PROBLEM(
			"%s") "\",\"title\":\"%s\",\"status\":503,\"detail\":",
		outcome, title);
	jsonstring_put(&answer, buf_text(&detail));
	buf_printf(&answer, ",\"outcome\":\"%s\"}", outcome);
	settle(item, 503, &answer, outcome);
}

static void settle_refused(struct item *item, unsigned status, const char *type, const char *title,
	const char *detail, const char *pointer)
{
	const struct gateway_batch *b = item->batch;
	auto_buf answer;

	log_info("event_refused", "request=%s source=%s status=%u pointer=%s detail=%s",
		httprequest_id(b->request), source_names[b->source], status, pointer ? pointer : "",
		detail);
	buf_init(&answer, ANSWER_LIMIT);
	httpproblem_print(&answer, status, type, title, detail, pointer);
	settle(item, status, &answer, "refused");
}

static void refuse_event(struct item *item, const struct ingest *i)
{
	bool is_json = i->status != 400;

	settle_refused(item, i->status,
		is_json ? GATEWAY_PROBLEM("invalid_event") : GATEWAY_PROBLEM("malformed"),
		is_json ? "The body does not say what is needed" : "The body is not JSON",
		i->fault.error.text, i->fault.pointer);
}

/* ---- the answer of the request ---- */

/* 202 and 200 when nothing is wrong, else what is worst: 503 before 422 before 413. */
static unsigned overall_status(const struct gateway_batch *b)
{
	unsigned status = 200;

	for (size_t i = 0; i < b->count; i++)
		if (b->items[i].status > status)
			status = b->items[i].status;
	return status;
}

/* `{"results":[{"code":202,"status":"accepted",…},…]}`: each answer, with its code put first. */
static void print_results(const struct gateway_batch *b, struct buf *out)
{
	buf_puts(out, "{\"results\":[");
	for (size_t i = 0; i < b->count; i++) {
		const char *answer = b->items[i].answer;

		buf_printf(out, "%s{\"code\":%u,", i ? "," : "", b->items[i].status);
		buf_put(out, answer + 1, strcspn(answer, "\n") - 1);
	}
	buf_puts(out, "]}\n");
}

static void reply(struct gateway_batch *b)
{
	unsigned status = overall_status(b);
	int64_t retry_after_s = status == 503 ? GATEWAY_RETRY_AFTER_S : 0;
	auto_buf body;

	buf_init(&body, (b->count + 1) * ANSWER_LIMIT);
	if (b->is_list)
		print_results(b, &body);
	else
		buf_puts(&body, b->items[0].answer);
	httpserver_reply(b->request,
		&(struct httpreply){
			.status = status,
			.content_type =
				b->is_list || status < 400 ? NULL : "application/problem+json",
			.body = buf_text(&body),
			.len = body.len,
			.retry_after_s = retry_after_s,
		});
}

void gateway_batch_end(struct gateway_batch *b)
{
	if (b->open)
		return;
	reply(b);
	for (size_t i = 0; i < b->count; i++) {
		free(b->items[i].event_id);
		free(b->items[i].answer);
	}
	free(b);
}

/* ---- from event to record to answer ---- */

static void on_report(void *cookie, const struct delivery_report *report)
{
	struct item *item = cookie;

	switch (report->outcome) {
	case DELIVERY_DONE:
		settle_accepted(item, report);
		break;
	case DELIVERY_REFUSED:
		if (report->too_large)
			settle_refused(item, 413, GATEWAY_PROBLEM("too_large"),
				"The event is larger than Kafka takes", report->reason, NULL);
		else
			settle_unavailable(item, TROUBLE_REFUSED, report->reason);
		break;
	case DELIVERY_FAILED:
		settle_unavailable(item, TROUBLE_FAILED, report->reason);
		break;
	case DELIVERY_UNKNOWN:
		settle_unavailable(item, TROUBLE_UNKNOWN, report->reason);
		break;
	}
	gateway_batch_end(item->batch);
}

static void log_altered(const struct item *item, const struct event *event)
{
	if (event->scene && *event->scene->altered)
		log_info("event_altered", "scene=%s event_id=%s request=%s fields=%s",
			item->scene_id, item->event_id, httprequest_id(item->batch->request),
			event->scene->altered);
}

static bool is_already_synced(const struct gateway *g, const struct event *event)
{
	struct synced_stamp stamp;

	return synced_get(tables_synced(g->o.tables), event->scene_id, &stamp) &&
	       filter_already_synced(event, &stamp);
}

static void publish(struct item *item, const struct event *event)
{
	struct gateway *g = item->batch->gateway;

	memcpy(item->scene_id, event->scene_id, sizeof item->scene_id);
	item->event_id = xstrdup(event->id);
	log_altered(item, event);
	if (is_already_synced(g, event)) {
		settle_skipped(item, "already_synced");
		return;
	}
	switch (outgoing_send(g->o.outgoing, event, on_report, item)) {
	case OUTGOING_SENT:
		break;
	case OUTGOING_FULL:
		settle_unavailable(item, TROUBLE_FULL, NULL);
		break;
	case OUTGOING_AWAY:
		settle_unavailable(item, TROUBLE_AWAY, NULL);
		break;
	case OUTGOING_STOPPING:
		settle_unavailable(item, TROUBLE_STOPPING, NULL);
		break;
	}
}

void gateway_batch_take(struct gateway_batch *b, size_t i, struct ingest *take_ingest)
{
	struct item *item = &b->items[i];

	switch (take_ingest->outcome) {
	case INGEST_EVENT:
		publish(item, &take_ingest->event);
		break;
	case INGEST_SKIPPED:
		settle_skipped(item, take_ingest->reason);
		break;
	case INGEST_REFUSED:
		refuse_event(item, take_ingest);
		break;
	}
	ingest_done(take_ingest);
}
