#include "common/event.h"

#include "common/jsonobject.h"
#include "common/rfc3339.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHANGED_MAX = 100, /* names; Stash's largest input has some thirty */
	CHANGED_NAME_MAX = 64, /* bytes */
	PATH_MAX_BYTES = 32768, /* Windows' longest */
	HASH_MAX_BYTES = 128,
	HEADER_MAX_BYTES = 1024, /* of a header that we read; longer ones count as lost */
	REPLAYS_MAX = 1000000,
};

static const struct {
	const char *name, *type;
} actions[] = {
	[ACTION_CREATE] = { "create", "plexsync.scene.created.v1" },
	[ACTION_UPDATE] = { "update", "plexsync.scene.updated.v1" },
	[ACTION_DESTROY] = { "destroy", "plexsync.scene.destroyed.v1" },
	[ACTION_RESYNC] = { "resync", "plexsync.scene.resync.v1" },
};

const char *action_name(enum action action)
{
	return actions[action].name;
}

bool action_from_type(enum action *ret, const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].type, type) == 0) {
			*ret = (enum action)i;
			return true;
		}
	}
	return false;
}

/* Every text of an event on the heap: what there is to copy and free. */
static const size_t text_offsets[] = {
	offsetof(struct event, id),
	offsetof(struct event, source),
	offsetof(struct event, traceparent),
	offsetof(struct event, rating_key),
	offsetof(struct event, path),
	offsetof(struct event, oshash),
	offsetof(struct event, checksum),
};

static char **text_at(struct event *e, size_t offset)
{
	return (char **)(void *)((char *)e + offset);
}

void event_done(struct event *e)
{
	for (size_t i = 0; i < ARRAY_LEN(text_offsets); i++)
		free(*text_at(e, text_offsets[i]));
	string_list_done(&e->changed);
	if (e->scene)
		scene_done(e->scene);
	free(e->scene);
	*e = (struct event){ 0 };
}

void event_copy(struct event *ret, const struct event *from)
{
	*ret = *from;
	for (size_t i = 0; i < ARRAY_LEN(text_offsets); i++) {
		char **text = text_at(ret, text_offsets[i]);

		*text = xstrdup_or_null(*text);
	}
	ret->changed = (struct string_list){ 0 };
	for (size_t i = 0; i < from->changed.count; i++)
		string_list_add(&ret->changed, from->changed.items[i]);
	if (from->scene) {
		ret->scene = xcalloc(1, sizeof *ret->scene);
		scene_copy(ret->scene, from->scene);
	}
}

static bool read_action(const struct jsonobject *o, enum action *ret)
{
	const char *name = json_string_value(jsonobject_member(o, "action"));

	for (size_t i = 0; name && i < ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].name, name) == 0) {
			*ret = (enum action)i;
			return true;
		}
	}
	return jsonobject_fault(
		o, "action", "must be \"create\", \"update\", \"destroy\" or \"resync\"");
}

static bool read_changed(const struct jsonobject *o, struct string_list *ret)
{
	const json_t *list = jsonobject_member(o, "changed");
	size_t count;

	if (!jsonobject_list(o, "changed", &count))
		return false;
	if (count > CHANGED_MAX)
		return jsonobject_fault(o, "changed", "must not name more than 100 fields");
	for (size_t i = 0; i < count; i++) {
		const json_t *name = json_array_get(list, i);

		if (!json_is_string(name) || json_string_length(name) == 0 ||
			json_string_length(name) > CHANGED_NAME_MAX)
			return jsonobject_fault(
				o, "changed", "must hold names of fields, of 1 to 64 bytes each");
		string_list_add(ret, json_string_value(name));
	}
	return true;
}

static bool read_scene(const struct jsonobject *o, struct event *ret)
{
	struct jsonobject child;
	struct scene scene;
	bool present;

	if (!jsonobject_child(o, "scene", &child, &present))
		return false;
	if (!present)
		return true;
	if (ret->action == ACTION_DESTROY)
		return jsonobject_fault(
			o, "scene", "must be missing when the action is \"destroy\"");
	if (!scene_parse(&scene, child.value, child.pointer, o->fault))
		return false;
	ret->scene = xcalloc(1, sizeof *ret->scene);
	*ret->scene = scene;
	if (*scene.id && strcmp(scene.id, ret->scene_id) != 0)
		return jsonobject_fault(&child, "id", "must be the same as scene_id");
	memcpy(ret->scene->id, ret->scene_id, sizeof ret->scene->id);
	if (!ret->updated_at_ms)
		ret->updated_at_ms = scene.updated_at_ms;
	if (scene.updated_at_ms && scene.updated_at_ms != ret->updated_at_ms)
		return jsonobject_fault(
			&child, "updated_at", "must be the same time as the event's updated_at");
	ret->scene->updated_at_ms = ret->updated_at_ms;
	return true;
}

static bool read_rating_key(const struct jsonobject *o, char **ret)
{
	char key[JSONOBJECT_ID_SIZE] = "";

	if (!jsonobject_id(o, "rating_key", key))
		return false;
	if (*key)
		*ret = xstrdup(key);
	return true;
}

/* What only a destroy event tells, of the scene that is no more; an empty text says nothing. */
static bool read_identifier(
	const struct jsonobject *o, const char *key, size_t max, bool keep, char **ret)
{
	auto_free char *text = NULL;

	if (!jsonobject_text(o, key, &text))
		return false;
	if (text && strlen(text) > max)
		return jsonobject_fault(o, key, "is too long");
	if (text && *text && keep)
		*ret = xstrdup(text);
	return true;
}

static bool read_value(const struct jsonobject *o, struct event *ret)
{
	bool destroyed;

	if (!jsonobject_id(o, "scene_id", ret->scene_id))
		return false;
	if (*ret->scene_id == '\0')
		return jsonobject_fault(o, "scene_id", "is missing");
	if (!read_action(o, &ret->action) ||
		!jsonobject_time(o, "updated_at", &ret->updated_at_ms) ||
		!read_changed(o, &ret->changed) || !read_scene(o, ret) ||
		!read_rating_key(o, &ret->rating_key) || !jsonobject_bool(o, "force", &ret->force))
		return false;
	destroyed = ret->action == ACTION_DESTROY;
	return read_identifier(o, "path", PATH_MAX_BYTES, destroyed, &ret->path) &&
	       read_identifier(o, "oshash", HASH_MAX_BYTES, destroyed, &ret->oshash) &&
	       read_identifier(o, "checksum", HASH_MAX_BYTES, destroyed, &ret->checksum);
}

bool event_from_json(
	struct event *ret, const json_t *value, const char *pointer, struct fault *fault)
{
	struct jsonobject object;

	return jsonobject_init(&object, value, pointer, fault) && read_value(&object, ret);
}

bool event_parse(struct event *ret, const char *json, size_t len, struct fault *fault)
{
	json_auto_t *value = jsonobject_parse(json, len, fault);

	return value && event_from_json(ret, value, "", fault);
}

/* The header as a text that can be shown: UTF-8 without control characters. NULL: lost. */
static char *read_header(const struct record *record, const char *name)
{
	char *text = record_header_text(record, name, HEADER_MAX_BYTES);
	bool sane = text && *text && text_valid(text, strlen(text));

	for (const char *c = text; sane && *c; c++)
		sane = (unsigned char)*c >= 0x20 && *c != 0x7f;
	if (sane)
		return text;
	free(text);
	return NULL;
}

/* Where the event first stood: retries and dead letters say it in their own headers. */
static char *first_place(const struct record *record)
{
	const char *topic = topic_name(TOPIC_EVENTS);
	auto_free char *source = NULL, *partition = NULL, *offset = NULL;

	if (record->topic == TOPIC_RETRIES)
		source = read_header(record, "plexsync-source");
	if (source)
		return xasprintf("%s/%s", topic, source);
	if (record->topic == TOPIC_DLQ) {
		partition = read_header(record, "__dlq.errors.partition");
		offset = read_header(record, "__dlq.errors.offset");
	}
	if (partition && offset)
		return xasprintf("%s/%s/%s", topic, partition, offset);
	return xasprintf("%s/%d/%lld", topic_name(record->topic), record->partition,
		(long long)record->offset);
}

static void read_headers(struct event *ret, const struct record *record)
{
	auto_free char *time = read_header(record, "ce_time");
	auto_free char *replays = read_header(record, "plexsync-replays");

	ret->id = read_header(record, "ce_id");
	if (!ret->id)
		ret->id = first_place(record);
	ret->source = read_header(record, "ce_source");
	if (!ret->source)
		ret->source = xstrdup("");
	ret->traceparent = read_header(record, "traceparent");
	if (!time || !rfc3339_parse(time, &ret->time_ms))
		ret->time_ms = 0;
	if (replays && jsonobject_id_valid(replays)) {
		long long count = strtoll(replays, NULL, 10);

		ret->replays = (int)(count < REPLAYS_MAX ? count : REPLAYS_MAX);
	}
}

bool event_read(struct event *ret, const struct record *record, struct fault *fault)
{
	bool ok;

	*ret = (struct event){ 0 };
	if (!record->value)
		return fault_set(fault, "", "The record has no value");
	ok = event_parse(ret, record->value, record->value_len, fault);
	if (ok && record->key_len &&
		(record->key_len != strlen(ret->scene_id) ||
			memcmp(record->key, ret->scene_id, record->key_len) != 0))
		ok = fault_set(fault, "/scene_id", "The record's key is not its scene_id");
	if (ok)
		read_headers(ret, record);
	else
		event_done(ret);
	return ok;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_string(text));
}

static json_t *value_to_json(const struct event *e)
{
	json_t *object = json_object();
	char updated_at[RFC3339_SIZE];

	set_text(object, "scene_id", e->scene_id);
	set_text(object, "action", action_name(e->action));
	if (e->updated_at_ms) {
		rfc3339_format(e->updated_at_ms, updated_at);
		set_text(object, "updated_at", updated_at);
	}
	if (e->changed.count) {
		json_t *changed = json_array();

		for (size_t i = 0; i < e->changed.count; i++)
			json_array_append_new(changed, json_string(e->changed.items[i]));
		json_object_set_new(object, "changed", changed);
	}
	if (e->scene)
		json_object_set_new(object, "scene", scene_to_json(e->scene));
	set_text(object, "rating_key", e->rating_key);
	if (e->force)
		json_object_set_new(object, "force", json_true());
	set_text(object, "path", e->path);
	set_text(object, "oshash", e->oshash);
	set_text(object, "checksum", e->checksum);
	return object;
}

static void write_headers(const struct event *e, struct record *ret)
{
	char text[RFC3339_SIZE];

	record_add_text_header(ret, "ce_specversion", "1.0");
	record_add_text_header(ret, "ce_id", e->id);
	record_add_text_header(ret, "ce_type", actions[e->action].type);
	record_add_text_header(ret, "ce_source", e->source);
	if (e->time_ms) {
		rfc3339_format(e->time_ms, text);
		record_add_text_header(ret, "ce_time", text);
	}
	record_add_text_header(ret, "ce_subject", e->scene_id);
	record_add_text_header(ret, "content-type", "application/json");
	if (e->traceparent)
		record_add_text_header(ret, "traceparent", e->traceparent);
	if (e->replays) {
		auto_free char *replays = xasprintf("%d", e->replays);

		record_add_text_header(ret, "plexsync-replays", replays);
	}
}

void event_write(const struct event *e, struct record *ret)
{
	json_auto_t *value = value_to_json(e);
	auto_free char *text = jsonobject_format(value);

	*ret = (struct record){ .topic = TOPIC_EVENTS, .partition = -1 };
	record_set_key(ret, e->scene_id, strlen(e->scene_id));
	record_set_value(ret, text, strlen(text));
	write_headers(e, ret);
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int version_compare(struct version a, struct version b)
{
	int updated = compare(a.updated_ms, b.updated_ms);
	int observed = compare(a.observed_ms, b.observed_ms);

	return updated ? updated : observed ? observed : compare(a.offset, b.offset);
}
