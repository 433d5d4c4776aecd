/* The value of a stamp and its fence; the table of all stamps is in stamps.c. */
#include "common/jsonobject.h"
#include "common/rfc3339.h"
#include "common/stamps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool marks_hold_hash(const struct marks *m, const char *field, uint64_t hash)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->items[i].hash == hash && strcmp(m->items[i].field, field) == 0)
			return true;
	return false;
}

static void marks_add_hash(struct marks *m, const char *field, uint64_t hash)
{
	struct mark added = { .hash = hash };

	if (strlen(field) >= sizeof added.field || marks_hold_hash(m, field, hash))
		return;
	memcpy(added.field, field, strlen(field) + 1);
	m->items = xrealloc(m->items, m->count + 1, sizeof *m->items);
	m->items[m->count++] = added;
}

void marks_add(struct marks *m, const char *field, const char *value)
{
	marks_add_hash(m, field, hash_bytes(value, strlen(value)));
}

bool marks_hold(const struct marks *m, const char *field, const char *value)
{
	return marks_hold_hash(m, field, hash_bytes(value, strlen(value)));
}

void marks_copy(struct marks *ret, const struct marks *from)
{
	*ret = (struct marks){ .count = from->count };
	if (!from->count)
		return;
	ret->items = xcalloc(from->count, sizeof *ret->items);
	memcpy(ret->items, from->items, from->count * sizeof *ret->items);
}

void marks_done(struct marks *m)
{
	free(m->items);
	*m = (struct marks){ 0 };
}

/* The texts, times and hashes of a stamp, by their keys in the JSON value. */
struct member {
	const char *key;
	size_t offset;
};

static const struct member texts[] = {
	{ "outcome", offsetof(struct stamp, outcome) },
	{ "reason", offsetof(struct stamp, reason) },
	{ "rating_key", offsetof(struct stamp, rating_key) },
	{ "section", offsetof(struct stamp, section) },
	{ "confidence", offsetof(struct stamp, confidence) },
	{ "event_id", offsetof(struct stamp, event_id) },
};

static const struct member times[] = {
	{ "seen_updated_at", offsetof(struct stamp, seen_updated_at_ms) },
	{ "updated_at", offsetof(struct stamp, updated_at_ms) },
	{ "observed_at", offsetof(struct stamp, observed_at_ms) },
	{ "synced_at", offsetof(struct stamp, synced_at_ms) },
};

static const struct member hashes[] = {
	{ "content_hash", offsetof(struct stamp, content_hash) },
	{ "files", offsetof(struct stamp, files_hash) },
	{ "plex_path", offsetof(struct stamp, plex_path_hash) },
};

static char **text_at(struct stamp *s, size_t offset)
{
	return (char **)(void *)((char *)s + offset);
}

static int64_t *time_at(struct stamp *s, size_t offset)
{
	return (int64_t *)(void *)((char *)s + offset);
}

static uint64_t *hash_at(struct stamp *s, size_t offset)
{
	return (uint64_t *)(void *)((char *)s + offset);
}

void stamp_done(struct stamp *s)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(*text_at(s, texts[i].offset));
	marks_done(&s->applied);
	stamp_clear_intents(s);
	*s = (struct stamp){ 0 };
}

void stamp_copy(struct stamp *ret, const struct stamp *from)
{
	*ret = *from;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char **text = text_at(ret, texts[i].offset);

		*text = xstrdup_or_null(*text);
	}
	marks_copy(&ret->applied, &from->applied);
	ret->intended = NULL;
	ret->intended_count = 0;
	for (size_t i = 0; i < from->intended_count; i++)
		stamp_add_intent(ret, &from->intended[i]);
}

static bool marks_equal(const struct marks *a, const struct marks *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!marks_hold_hash(b, a->items[i].field, a->items[i].hash))
			return false;
	return true;
}

/* More than a minute's worth of edits of one scene: of older ones nothing can land any more. */
enum { INTENTS_MAX = 100 };

static void remove_intent(struct stamp *s, size_t at)
{
	marks_done(&s->intended[at]);
	memmove(&s->intended[at], &s->intended[at + 1],
		(--s->intended_count - at) * sizeof *s->intended);
}

static size_t find_intent(const struct stamp *s, const struct marks *intent)
{
	size_t i = 0;

	while (i < s->intended_count && !marks_equal(&s->intended[i], intent))
		i++;
	return i;
}

bool stamp_add_intent(struct stamp *s, const struct marks *intent)
{
	struct marks added;

	if (find_intent(s, intent) < s->intended_count)
		return false;
	if (s->intended_count == INTENTS_MAX)
		remove_intent(s, 0); /* the oldest */
	marks_copy(&added, intent);
	s->intended = xrealloc(s->intended, s->intended_count + 1, sizeof *s->intended);
	s->intended[s->intended_count++] = added;
	return true;
}

void stamp_drop_intent(struct stamp *s, const struct marks *intent)
{
	size_t at = find_intent(s, intent);

	if (at < s->intended_count)
		remove_intent(s, at);
}

void stamp_clear_intents(struct stamp *s)
{
	for (size_t i = 0; i < s->intended_count; i++)
		marks_done(&s->intended[i]);
	free(s->intended);
	s->intended = NULL;
	s->intended_count = 0;
}

/* Under a name of its own, unless it was seen. */
static void add_unproven(struct marks *m, const struct mark *mark)
{
	char field[sizeof mark->field + 1];

	if (marks_hold_hash(m, mark->field, mark->hash))
		return;
	snprintf(field, sizeof field, "%s" MARKS_UNPROVEN, mark->field);
	marks_add_hash(m, field, mark->hash);
}

void stamp_settle_intents(struct stamp *s)
{
	for (size_t i = 0; i < s->intended_count; i++)
		for (size_t j = 0; j < s->intended[i].count; j++)
			add_unproven(&s->applied, &s->intended[i].items[j]);
	stamp_clear_intents(s);
}

/* 1 to 16 hexadecimal digits; anything else is 0, unknown. */
static uint64_t hash_parse(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t digits = text ? strspn(text, "0123456789abcdef") : 0;

	if (digits == 0 || digits > 16 || text[digits] != '\0')
		return 0;
	return strtoull(text, NULL, 16);
}

/* `{"title":["0123456789abcdef"],…}`; what is of another shape is left out. */
static struct marks marks_parse(const json_t *value)
{
	struct marks marks = { 0 };
	const char *field;
	json_t *list, *hash;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)value, field, list) {
		json_array_foreach (list, i, hash) {
			if (json_is_string(hash))
				marks_add_hash(&marks, field, hash_parse(hash));
		}
	}
	return marks;
}

static void read_intents(struct stamp *s, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct marks intent = marks_parse(json_array_get(list, i));

		stamp_add_intent(s, &intent);
		marks_done(&intent);
	}
}

bool stamp_parse(struct stamp *ret, const char *json, size_t len)
{
	json_auto_t *value = json ? jsonobject_parse(json, len, NULL) : NULL;
	struct jsonobject o;
	struct stamp s = { 0 };

	if (!value || !jsonobject_init(&o, value, "", NULL) ||
		!jsonobject_id(&o, "scene_id", s.scene_id) || *s.scene_id == '\0')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const json_t *member = jsonobject_member(&o, texts[i].key);

		*text_at(&s, texts[i].offset) = xstrdup_or_null(json_string_value(member));
	}
	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		if (!jsonobject_time(&o, times[i].key, time_at(&s, times[i].offset)))
			*time_at(&s, times[i].offset) = 0;
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++)
		*hash_at(&s, hashes[i].offset) = hash_parse(jsonobject_member(&o, hashes[i].key));
	s.pinned = json_is_true(jsonobject_member(&o, "pinned"));
	s.applied = marks_parse(jsonobject_member(&o, "applied"));
	read_intents(&s, jsonobject_member(&o, "intended"));
	*ret = s;
	return true;
}

static json_t *hash_to_json(uint64_t hash)
{
	char text[17];

	snprintf(text, sizeof text, "%016" PRIx64, hash);
	return json_string(text);
}

static json_t *marks_to_json(const struct marks *m)
{
	json_t *object = json_object();

	for (size_t i = 0; i < m->count; i++) {
		json_t *list = json_object_get(object, m->items[i].field);

		if (!list) {
			list = json_array();
			json_object_set_new(object, m->items[i].field, list);
		}
		json_array_append_new(list, hash_to_json(m->items[i].hash));
	}
	return object;
}

static json_t *intents_to_json(const struct stamp *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->intended_count; i++)
		json_array_append_new(list, marks_to_json(&s->intended[i]));
	return list;
}

char *stamp_format(const struct stamp *s)
{
	json_auto_t *object = json_object();
	struct stamp *stamp = (struct stamp *)(uintptr_t)s; /* for the offsets; only read */

	json_object_set_new(object, "scene_id", json_string(s->scene_id));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *text = *text_at(stamp, texts[i].offset);

		if (text)
			json_object_set_new(object, texts[i].key, json_string(text));
	}
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		int64_t ms = *time_at(stamp, times[i].offset);
		char text[RFC3339_SIZE];

		if (!ms)
			continue;
		rfc3339_format(ms, text);
		json_object_set_new(object, times[i].key, json_string(text));
	}
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		uint64_t hash = *hash_at(stamp, hashes[i].offset);

		if (hash)
			json_object_set_new(object, hashes[i].key, hash_to_json(hash));
	}
	if (s->pinned)
		json_object_set_new(object, "pinned", json_true());
	if (s->applied.count)
		json_object_set_new(object, "applied", marks_to_json(&s->applied));
	if (s->intended_count)
		json_object_set_new(object, "intended", intents_to_json(s));
	return jsonobject_format(object);
}
