/* POST /v1/hooks/stash and POST /v1/events. */
#include "common/httpguard.h"
#include "common/process.h"
#include "producer/body.h"
#include "producer/gateway_parts.h"

void *gateway_begin_hook(void *gateway)
{
	struct hookpayload *payload = xcalloc(1, sizeof *payload);

	(void)gateway;
	hookpayload_init(payload);
	return payload;
}

void gateway_take_hook(void *payload, const char *bytes, size_t len)
{
	(void)hookpayload_feed(payload, bytes, len); /* its verdict comes at the end */
}

static void take_one(struct gateway *g, struct httprequest *request, enum gateway_source source,
	struct ingest *take_ingest)
{
	struct gateway_batch *b = gateway_batch_new(g, request, source, false, 1);

	gateway_batch_take(b, 0, take_ingest);
	gateway_batch_end(b);
}

void gateway_on_hook(void *gateway, struct httprequest *request)
{
	char fresh_id[UUID_SIZE];
	struct envelope envelope = gateway_envelope(gateway, request, fresh_id);
	struct ingest i;

	ingest_hook(&i, httprequest_data(request), &envelope);
	if (gateway_fan_out(gateway, request, &i))
		take_one(gateway, request, GATEWAY_HOOK, &i);
}

static enum body_form form_of(const struct httprequest *request)
{
	const char *type = httprequest_header(request, "Content-Type");

	if (httpguard_media_type(type, "application/cloudevents+json"))
		return BODY_CLOUDEVENT;
	if (httpguard_media_type(type, "application/cloudevents-batch+json"))
		return BODY_CLOUDEVENTS;
	return BODY_PLAIN;
}

static const char *header_of(const void *request, const char *name)
{
	return httprequest_header(request, name);
}

/* Reads all events of the body; `binary` is what the headers say, or NULL. */
static void take_all(struct gateway *g, struct httprequest *request, const struct body *body,
	const struct cloudevent *binary)
{
	struct gateway_batch *b =
		gateway_batch_new(g, request, GATEWAY_API, body->is_list, body->count);

	for (size_t i = 0; i < body->count; i++) {
		char fresh_id[UUID_SIZE];
		struct envelope envelope = gateway_envelope(g, request, fresh_id);
		struct ingest one;

		if (body->is_list) /* the header cannot be the id of them all */
			envelope.client_id = NULL;
		if (binary)
			cloudevent_address(binary, &envelope);
		body_event(body, i, &envelope, &one);
		gateway_batch_take(b, i, &one);
	}
	gateway_batch_end(b);
}

/* Binary mode: the attributes are in the headers, the body is the event alone. */
static bool read_binary(const struct httprequest *request, const struct body *body,
	struct cloudevent *ret, struct fault *fault)
{
	if (body->is_list)
		return fault_set(fault, "",
			"the headers say that the body is one CloudEvent, but it is a list");
	if (!cloudevent_from_headers(ret, header_of, request, process_wall_ms(), fault))
		return false;
	cloudevent_complete(ret, body->root);
	return true;
}

void gateway_on_events(void *gateway, struct httprequest *request)
{
	struct ingest refusal = { .outcome = INGEST_REFUSED, .status = 422 };
	struct cloudevent attributes = { 0 };
	enum body_form form = form_of(request);
	bool binary = form == BODY_PLAIN && httprequest_header(request, "ce-specversion");
	struct body body;
	size_t len;
	const char *json = httprequest_body(request, &len);

	if (!body_open(&body, json, len, form, &refusal.status, &refusal.fault)) {
		take_one(gateway, request, GATEWAY_API, &refusal);
		return;
	}
	if (binary && !read_binary(request, &body, &attributes, &refusal.fault))
		take_one(gateway, request, GATEWAY_API, &refusal);
	else
		take_all(gateway, request, &body, binary ? &attributes : NULL);
	cloudevent_done(&attributes);
	body_done(&body);
}
