#include "producer/cloudevent.h"

#include "common/jsonobject.h"
#include "common/rfc3339.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum attribute { SPECVERSION, ID, SOURCE, TYPE, TIME, DATACONTENTTYPE, TRACEPARENT, ATTRIBUTES };

static const struct {
	const char *name;
	const char *header; /* NULL: "ce-" and the name */
} attributes[ATTRIBUTES] = {
	[SPECVERSION] = { "specversion", NULL },
	[ID] = { "id", NULL },
	[SOURCE] = { "source", NULL },
	[TYPE] = { "type", NULL },
	[TIME] = { "time", NULL },
	[DATACONTENTTYPE] = { "datacontenttype", "content-type" },
	[TRACEPARENT] = { "traceparent", "traceparent" },
};

/* The attributes as they came, and how a fault names their place. */
struct reading {
	char *texts[ATTRIBUTES]; /* NULL: missing */
	const char *pointer; /* of the CloudEvent in the body; NULL: headers */
	struct fault *fault;
};

static void header_name(enum attribute attribute, char *ret, size_t size)
{
	const char *own = attributes[attribute].header;

	snprintf(ret, size, "%s%s", own ? "" : "ce-", own ? own : attributes[attribute].name);
}

/* Always false. `must` ends the sentence. */
static bool fault_at(const struct reading *r, enum attribute attribute, const char *must)
{
	char name[FAULT_POINTER_SIZE];

	if (!r->pointer) {
		header_name(attribute, name, sizeof name);
		return fault_set(r->fault, "", "The header %s %s", name, must);
	}
	snprintf(name, sizeof name, "%s/%s", r->pointer, attributes[attribute].name);
	return fault_set(r->fault, name, "%s %s", name, must);
}

static bool check_sane(const struct reading *r, enum attribute attribute)
{
	const char *text = r->texts[attribute];

	if (!text)
		return fault_at(r, attribute, "is missing");
	return ingest_id_sane(text) ||
	       fault_at(r, attribute,
		       "must be 1 to 128 printable ASCII characters without blanks, quotes and "
		       "backslashes");
}

static bool check_time(const struct reading *r, int64_t now_ms, int64_t *ret_ms)
{
	int64_t ms;

	if (!r->texts[TIME])
		return true;
	if (!rfc3339_parse(r->texts[TIME], &ms))
		return fault_at(r, TIME, "must be a time of RFC 3339");
	if (ms > now_ms + INGEST_FUTURE_MS)
		return fault_at(r, TIME,
			"lies more than 5 minutes in the future: compare the clocks of both "
			"machines");
	*ret_ms = ms;
	return true;
}

/* application/json, text/json, application/….+json, with or without parameters. */
static bool is_json_type(const char *type)
{
	size_t len = strcspn(type, "; \t");

	return len > 5 && (strncasecmp(type + len - 5, "/json", 5) == 0 ||
				  strncasecmp(type + len - 5, "+json", 5) == 0);
}

static bool check(const struct reading *r, int64_t now_ms, int64_t *ret_ms)
{
	if (!r->texts[SPECVERSION] || strcmp(r->texts[SPECVERSION], "1.0") != 0)
		return fault_at(r, SPECVERSION, "must be 1.0");
	if (r->texts[DATACONTENTTYPE] && !is_json_type(r->texts[DATACONTENTTYPE]))
		return fault_at(r, DATACONTENTTYPE, "must be application/json");
	return check_sane(r, ID) && check_sane(r, SOURCE) && check_sane(r, TYPE) &&
	       check_time(r, now_ms, ret_ms);
}

static char *take(char **text)
{
	char *taken = *text;

	*text = NULL;
	return taken;
}

static void reading_done(struct reading *r)
{
	for (size_t i = 0; i < ATTRIBUTES; i++)
		free(r->texts[i]);
}

static bool finish(struct reading *r, int64_t now_ms, struct cloudevent *ret)
{
	int64_t time_ms = 0;
	bool ok = check(r, now_ms, &time_ms);

	if (ok)
		*ret = (struct cloudevent){
			.id = take(&r->texts[ID]),
			.source = take(&r->texts[SOURCE]),
			.type = take(&r->texts[TYPE]),
			.traceparent = take(&r->texts[TRACEPARENT]),
			.time_ms = time_ms,
		};
	reading_done(r);
	return ok;
}

void cloudevent_done(struct cloudevent *e)
{
	free(e->id);
	free(e->source);
	free(e->type);
	free(e->traceparent);
	*e = (struct cloudevent){ 0 };
}

static bool read_texts(struct reading *r, const struct jsonobject *o)
{
	for (size_t i = 0; i < ATTRIBUTES; i++)
		if (!jsonobject_text(o, attributes[i].name, &r->texts[i]))
			return false;
	return true;
}

bool cloudevent_from_json(struct cloudevent *ret, json_t *value, const char *pointer,
	int64_t now_ms, json_t **ret_data, struct fault *fault)
{
	struct reading r = { .pointer = pointer, .fault = fault };
	struct cloudevent e;
	struct jsonobject o;
	json_t *data;

	if (!jsonobject_init(&o, value, pointer, fault))
		return false;
	if (!read_texts(&r, &o)) {
		reading_done(&r);
		return false;
	}
	if (!finish(&r, now_ms, &e))
		return false;
	data = json_object_get(value, "data");
	if (!json_is_object(data)) {
		cloudevent_done(&e);
		return jsonobject_fault(&o, "data", "must be an object: the event");
	}
	*ret = e;
	*ret_data = data;
	return true;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) % 16 : -1;
}

/* HTTP binding §3.1.3.2: what is no printable ASCII is percent-encoded. Bad escapes stay as they are. */
static char *decode(const char *text)
{
	char *out = xstrdup(text), *end = out;

	for (; *text; text++) {
		int high = *text == '%' ? hex_digit(text[1]) : -1;
		int low = high >= 0 ? hex_digit(text[2]) : -1;

		if (low >= 0 && high * 16 + low != 0) {
			*end++ = (char)(high * 16 + low);
			text += 2;
		} else {
			*end++ = *text;
		}
	}
	*end = '\0';
	return out;
}

bool cloudevent_from_headers(struct cloudevent *ret,
	const char *(*header)(const void *cookie, const char *name), const void *cookie,
	int64_t now_ms, struct fault *fault)
{
	struct reading r = { .fault = fault };

	for (size_t i = 0; i < ATTRIBUTES; i++) {
		char name[32];
		const char *text;

		header_name((enum attribute)i, name, sizeof name);
		text = header(cookie, name);
		r.texts[i] = text ? decode(text) : NULL;
	}
	return finish(&r, now_ms, ret);
}

void cloudevent_address(const struct cloudevent *e, struct envelope *envelope)
{
	envelope->client_id = e->id;
	envelope->source = e->source;
	envelope->time_ms = e->time_ms;
	if (e->traceparent)
		envelope->traceparent = e->traceparent;
}

void cloudevent_complete(const struct cloudevent *e, json_t *data)
{
	enum action action;

	if (!json_object_get(data, "action") && action_from_type(&action, e->type))
		json_object_set_new(data, "action", json_string(action_name(action)));
}
