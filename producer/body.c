#include "producer/body.h"

#include "common/jsonobject.h"
#include "common/jsonscan.h"

#include <stdlib.h>

/*
 * Whether the bytes are JSON at all, in UTF-8 and not nested too deep: what is wrong beyond that
 * is a matter of the event.
 */
static bool check_json(const char *json, size_t len, struct fault *fault)
{
	struct jsonscan scan;
	enum jsonscan_event event;

	jsonscan_init(&scan);
	do
		event = jsonscan_next(&scan, &json, &len);
	while (event > JSONSCAN_MORE);
	if (event == JSONSCAN_MORE && jsonscan_finish(&scan))
		return true;
	return fault_set(fault, "", "the body is not JSON, at byte %llu: %s",
		(unsigned long long)scan.offset, scan.fault);
}

/* 0, or the status to refuse the body with. */
static unsigned check_shape(const struct body *b, size_t len, struct fault *fault)
{
	if (b->form == BODY_CLOUDEVENT && b->is_list) {
		fault_set(fault, "",
			"the body is a list: send several CloudEvents as "
			"application/cloudevents-batch+json");
		return 422;
	}
	if (b->form == BODY_CLOUDEVENTS && !b->is_list) {
		fault_set(fault, "",
			"the body is no list: send one CloudEvent as application/cloudevents+json");
		return 422;
	}
	if (b->count > BODY_EVENTS_MAX) {
		fault_set(fault, "", "the list has %zu events; send at most %d at a time", b->count,
			BODY_EVENTS_MAX);
		return 413;
	}
	if (!b->is_list && len > BODY_EVENT_BYTES) {
		fault_set(fault, "", "the event is larger than 1 MiB");
		return 413;
	}
	return 0;
}

bool body_open(struct body *ret, const char *json, size_t len, enum body_form form,
	unsigned *ret_status, struct fault *fault)
{
	struct body b = { .form = form };
	unsigned status = check_json(json, len, fault) ? 0 : 400;

	if (!status) {
		b.root = jsonobject_parse(json, len, fault);
		b.is_list = json_is_array(b.root);
		b.count = b.is_list ? json_array_size(b.root) : 1;
		status = b.root ? check_shape(&b, len, fault) : 422;
	}
	if (status) {
		body_done(&b);
		*ret_status = status;
		return false;
	}
	*ret = b;
	return true;
}

void body_done(struct body *b)
{
	json_decref(b->root);
	*b = (struct body){ 0 };
}

static void read_cloudevent(
	json_t *value, const char *pointer, struct envelope envelope, struct ingest *ret)
{
	struct cloudevent e = { 0 };
	auto_free char *inner = xasprintf("%s/data", pointer);
	json_t *data;

	*ret = (struct ingest){ .outcome = INGEST_REFUSED, .status = 422 };
	if (!cloudevent_from_json(&e, value, pointer, envelope.now_ms, &data, &ret->fault))
		return;
	cloudevent_address(&e, &envelope);
	cloudevent_complete(&e, data);
	ingest_json(ret, data, inner, &envelope);
	cloudevent_done(&e);
}

void body_event(const struct body *b, size_t i, const struct envelope *envelope, struct ingest *ret)
{
	json_t *value = b->is_list ? json_array_get(b->root, i) : b->root;
	auto_free char *pointer = b->is_list ? xasprintf("/%zu", i) : xstrdup("");

	if (b->form == BODY_PLAIN)
		ingest_json(ret, value, pointer, envelope);
	else
		read_cloudevent(value, pointer, *envelope, ret);
}
