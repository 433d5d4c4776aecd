#include "producer/ingest.h"

#include "producer/filter.h"

#include <stdlib.h>
#include <string.h>

#define HOOK_SOURCE "/plexsync/hook"
#define API_SOURCE "/plexsync/api"

void ingest_done(struct ingest *i)
{
	event_done(&i->event);
	*i = (struct ingest){ .outcome = INGEST_REFUSED };
}

static void refuse(struct ingest *i, unsigned status)
{
	i->outcome = INGEST_REFUSED;
	i->status = status;
}

static void skip(struct ingest *i, const char *reason)
{
	i->outcome = INGEST_SKIPPED;
	i->reason = reason;
}

bool ingest_id_sane(const char *id)
{
	size_t len = strlen(id);

	for (size_t i = 0; i < len; i++) {
		if (id[i] <= ' ' || id[i] > '~' || id[i] == '"' || id[i] == '\\')
			return false;
	}
	return len > 0 && len <= INGEST_ID_MAX;
}

static bool is_hex(const char *text, size_t len)
{
	return strspn(text, "0123456789abcdef") >= len;
}

static bool is_zero(const char *text, size_t len)
{
	return strspn(text, "0") >= len;
}

/* W3C Trace Context §3.2: version, trace id, parent id and flags, in lower-case hexadecimal. */
static bool traceparent_is_sane(const char *text)
{
	enum { TRACE = 3, PARENT = 36, FLAGS = 53, LEN = 55 };

	return strlen(text) == LEN && is_hex(text, 2) && strncmp(text, "ff", 2) != 0 &&
	       text[TRACE - 1] == '-' && is_hex(text + TRACE, 32) && !is_zero(text + TRACE, 32) &&
	       text[PARENT - 1] == '-' && is_hex(text + PARENT, 16) &&
	       !is_zero(text + PARENT, 16) && text[FLAGS - 1] == '-' && is_hex(text + FLAGS, 2);
}

static void address(struct event *event, const char *source, const struct envelope *envelope)
{
	bool own = envelope->client_id && ingest_id_sane(envelope->client_id);

	event->id = xstrdup(own ? envelope->client_id : envelope->fresh_id);
	event->source = xstrdup(source);
	event->time_ms = envelope->time_ms ? envelope->time_ms : envelope->now_ms;
	if (envelope->traceparent && traceparent_is_sane(envelope->traceparent))
		event->traceparent = xstrdup(envelope->traceparent);
}

static char *text_or_null(const char *text)
{
	return *text ? xstrdup(text) : NULL;
}

/* A name that no record may hold hides a change of which nothing is known: then none is told. */
static void fill_changed(struct event *event, struct hookpayload *p)
{
	char *names[HOOKPAYLOAD_FIELDS];
	size_t count = hookpayload_changed(p, names);

	for (size_t i = 0; i < count; i++) {
		if (!*names[i]) {
			string_list_done(&event->changed);
			return;
		}
		string_list_add(&event->changed, names[i]);
	}
}

static void fill_from_hook(struct event *event, struct hookpayload *p)
{
	static const enum action actions[] = {
		[HOOKPAYLOAD_CREATE] = ACTION_CREATE,
		[HOOKPAYLOAD_UPDATE] = ACTION_UPDATE,
		[HOOKPAYLOAD_DESTROY] = ACTION_DESTROY,
	};

	event->action = actions[hookpayload_scene_action(p)];
	memcpy(event->scene_id, p->id, sizeof p->id);
	fill_changed(event, p);
	if (event->action == ACTION_DESTROY) {
		event->path = text_or_null(p->path);
		event->oshash = text_or_null(p->oshash);
		event->checksum = text_or_null(p->checksum);
	}
}

/* A person's wish counts more than what changed, and so does a scene that came or went. */
static bool is_worthy(const struct event *event)
{
	return event->action != ACTION_UPDATE || event->force || event->rating_key ||
	       filter_sync_worthy(event->changed.items, event->changed.count);
}

static void decide(struct ingest *i)
{
	if (is_worthy(&i->event))
		i->outcome = INGEST_EVENT;
	else
		skip(i, "not_sync_worthy");
}

void ingest_hook(struct ingest *ret, struct hookpayload *payload, const struct envelope *envelope)
{
	*ret = (struct ingest){ .outcome = INGEST_REFUSED };
	if (!hookpayload_finish(payload, &ret->fault.error)) {
		memcpy(ret->fault.pointer, payload->pointer, sizeof payload->pointer);
		refuse(ret, hookpayload_is_json(payload) ? 422 : 400);
		return;
	}
	if (payload->is_task) {
		fault_set(&ret->fault, "/args",
			"this is what Stash gives a task, not a hook: args has no hookContext");
		refuse(ret, 422);
		return;
	}
	if (hookpayload_scene_action(payload) == HOOKPAYLOAD_NO_SCENE) {
		skip(ret, "ignored_type");
		return;
	}
	fill_from_hook(&ret->event, payload);
	address(&ret->event, HOOK_SOURCE, envelope);
	decide(ret);
}

/* Which clock is wrong cannot be told from here; `pointer` is where the time stands. */
static bool is_timely(int64_t ms, const struct envelope *envelope, const char *pointer,
	const char *member, struct fault *fault)
{
	auto_free char *where = xasprintf("%s%s", pointer, member);

	if (ms <= envelope->now_ms + INGEST_FUTURE_MS)
		return true;
	return fault_set(fault, where,
		"%s lies more than 5 minutes in the future: compare the clocks of both machines",
		where);
}

/* A scene that came or changed, where only a version can tell the newest of two states. */
static bool has_version(const struct event *event, const struct envelope *envelope,
	const char *pointer, struct fault *fault)
{
	auto_free char *where = xasprintf("%s/updated_at", pointer);

	if (!envelope->needs_version || event->updated_at_ms || event->action == ACTION_DESTROY ||
		event->action == ACTION_RESYNC)
		return true;
	return fault_set(fault, where,
		"%s is missing, and this producer takes no event without it "
		"(updated_at_fallback=reject)",
		where);
}

void ingest_json(struct ingest *ret, const json_t *value, const char *pointer,
	const struct envelope *envelope)
{
	*ret = (struct ingest){ .outcome = INGEST_REFUSED };
	if (!event_from_json(&ret->event, value, pointer, &ret->fault) ||
		!is_timely(
			ret->event.updated_at_ms, envelope, pointer, "/updated_at", &ret->fault) ||
		!has_version(&ret->event, envelope, pointer, &ret->fault)) {
		refuse(ret, 422);
		return;
	}
	address(&ret->event, envelope->source ? envelope->source : API_SOURCE, envelope);
	decide(ret);
}

void ingest_resync(struct ingest *ret, const char *scene_id, const struct envelope *envelope)
{
	*ret = (struct ingest){ .event = { .action = ACTION_RESYNC } };
	memcpy(ret->event.scene_id, scene_id, strlen(scene_id) + 1);
	address(&ret->event, API_SOURCE, envelope);
	decide(ret);
}
