/* The table of all stamps; the value of one is in stamp.c. */
#include "common/stamps.h"

#include <stdlib.h>
#include <string.h>

/* Ours is a function: uthash's own falls through its cases, which clang complains of. */
#define HASH_FUNCTION(key, len, hash) ((hash) = (unsigned)hash_bytes(key, len))
#include <uthash.h>

/* Written when, and only when, there is an intent (stamp_format): so none needs to be parsed for it. */
static const char intended_key[] = "\"intended\":[";

struct rival {
	char *value;
	size_t len;
	struct rival *next;
};

/* The newest record of a scene, as text: parsed only when asked for. */
struct entry {
	char scene_id[SCENE_ID_SIZE];
	char *value; /* NULL: a grave */
	size_t len;
	bool intended; /* it names an edit whose outcome is not proven */
	struct covers covers;
	int32_t partition;
	int64_t offset;
	struct rival *rivals; /* stamps of others that the one above does not know of */
	UT_hash_handle hh;
};

struct stamps {
	struct entry *entries; /* uthash's head */
	size_t count; /* without graves */
	struct generations generations;
};

struct stamps *stamps_new(void)
{
	return xcalloc(1, sizeof(struct stamps));
}

static void entry_set_value(struct stamps *t, struct entry *e, const char *value, size_t len)
{
	t->count -= e->value != NULL;
	free(e->value);
	e->value = NULL;
	e->len = len;
	if (value) {
		e->value = xcalloc(len + 1, 1);
		memcpy(e->value, value, len);
	}
	t->count += e->value != NULL;
}

static void entry_forget_rivals(struct entry *e)
{
	while (e->rivals) {
		struct rival *rival = e->rivals;

		e->rivals = rival->next;
		free(rival->value);
		free(rival);
	}
}

static void note_rival(struct entry *e, const char *value, size_t len)
{
	struct rival *rival = xcalloc(1, sizeof *rival);

	rival->value = xstrndup(value, len);
	rival->len = len;
	rival->next = e->rivals;
	e->rivals = rival;
}

static void entry_delete(struct stamps *t, struct entry *e)
{
	entry_forget_rivals(e);
	entry_set_value(t, e, NULL, 0);
	HASH_DEL(t->entries, e);
	free(e);
}

void stamps_free(struct stamps *t)
{
	if (!t)
		return;
	while (t->entries)
		entry_delete(t, t->entries);
	generations_done(&t->generations);
	free(t);
}

static struct entry *find(const struct stamps *t, const char *scene_id)
{
	struct entry *e;

	HASH_FIND_STR(t->entries, scene_id, e);
	return e;
}

/* The fence puts the record below what is held. */
static void note_loser(struct entry *e, const struct record *record, struct covers covers)
{
	bool late = record->offset > e->offset && stamp_record_has_intent(record);

	if (covers.generation < e->covers.generation && record->value && (e->intended || late))
		note_rival(e, record->value, record->value_len);
}

/*
 * Whether who wrote this intent had read the stamp that is held: an intent keeps the outcome before it.
 * The intent of an owner that was away for long need not have.
 */
static bool is_based_on_held(const struct entry *e, const struct record *intent)
{
	struct stamp held, newer = { 0 };
	bool is_based;

	if (!stamp_parse(&held, e->value, e->len))
		return true; /* there is nothing to be known of */
	is_based = !stamp_parse(&newer, intent->value, intent->value_len) ||
		   (str_equal(newer.event_id, held.event_id) &&
			   newer.synced_at_ms == held.synced_at_ms);
	stamp_done(&held);
	stamp_done(&newer);
	return is_based;
}

static void take(
	struct stamps *t, struct entry *e, const struct record *record, struct covers covers)
{
	bool intended = stamp_record_has_intent(record);

	if (e->value && intended && e->covers.generation < covers.generation &&
		(e->intended || !is_based_on_held(e, record)))
		note_rival(e, e->value, e->len);
	entry_set_value(t, e, record->value, record->value_len);
	e->intended = intended;
	e->covers = covers;
	e->partition = record->partition;
	e->offset = record->offset;
}

bool stamps_fold(struct stamps *t, const struct record *record)
{
	char scene_id[SCENE_ID_SIZE];
	struct covers covers;
	struct entry *e;

	if (record->partition < 0 || record->partition >= COVERS_PARTITIONS_MAX)
		return false;
	if (covers_read(&covers, record))
		generations_note(&t->generations, record->partition, covers.generation);
	if (!scene_id_read(scene_id, record->key, record->key_len))
		return false;
	e = find(t, scene_id);
	if (e && covers_compare(covers, record->offset, e->covers, e->offset) < 0) {
		note_loser(e, record, covers);
		return false;
	}
	if (!e) {
		e = xcalloc(1, sizeof *e);
		memcpy(e->scene_id, scene_id, sizeof e->scene_id);
		HASH_ADD_STR(t->entries, scene_id, e);
	}
	take(t, e, record, covers);
	return true;
}

bool stamps_get(
	const struct stamps *t, const char *scene_id, struct stamp *ret, struct covers *ret_covers)
{
	const struct entry *e = find(t, scene_id);
	struct stamp stamp;

	if (!e || !e->value || !stamp_parse(&stamp, e->value, e->len))
		return false;
	if (strcmp(stamp.scene_id, scene_id) != 0) {
		stamp_done(&stamp);
		return false;
	}
	*ret = stamp;
	if (ret_covers)
		*ret_covers = e->covers;
	return true;
}

bool stamp_record_has_intent(const struct record *record)
{
	return record->topic == TOPIC_STAMPS && record->value &&
	       memmem(record->value, record->value_len, intended_key, sizeof intended_key - 1);
}

bool stamps_has_intent(const struct stamps *t, const char *scene_id)
{
	const struct entry *e = find(t, scene_id);

	return e && (e->intended || e->rivals);
}

bool stamps_record(const struct stamps *t, const char *scene_id, struct record *ret)
{
	const struct entry *e = find(t, scene_id);

	if (!e)
		return false;
	*ret = (struct record){
		.topic = TOPIC_STAMPS, .partition = e->partition, .offset = e->offset
	};
	record_set_key(ret, scene_id, strlen(scene_id));
	record_set_value(ret, e->value, e->len);
	covers_write(ret, e->covers);
	return true;
}

void stamps_take_rivals(struct stamps *t, struct stamp *stamp)
{
	struct entry *e = find(t, stamp->scene_id);

	for (struct rival *rival = e ? e->rivals : NULL; rival; rival = rival->next) {
		struct stamp other;

		if (!stamp_parse(&other, rival->value, rival->len))
			continue;
		if (str_equal(other.rating_key, stamp->rating_key)) {
			if (other.applied.count)
				stamp_add_intent(stamp, &other.applied);
			for (size_t i = 0; i < other.intended_count; i++)
				stamp_add_intent(stamp, &other.intended[i]);
		}
		stamp_done(&other);
	}
	if (e)
		entry_forget_rivals(e);
}

const struct stamps_cursor *stamps_next(const struct stamps *t, const struct stamps_cursor *after)
{
	const struct entry *e = (const struct entry *)after;

	return (const struct stamps_cursor *)(e ? e->hh.next : t->entries);
}

const char *stamps_cursor_scene_id(const struct stamps_cursor *c)
{
	return ((const struct entry *)c)->scene_id;
}

int32_t stamps_cursor_partition(const struct stamps_cursor *c)
{
	return ((const struct entry *)c)->partition;
}

const struct stamps_cursor *stamps_find(const struct stamps *t, const char *scene_id)
{
	return (const struct stamps_cursor *)find(t, scene_id);
}

/* The text behind a key; NULL: there is none. Quotes within texts are escaped, so none is mistaken. */
static const char *text_behind(const struct entry *e, const char *key, size_t *ret_len)
{
	const char *at = e->value ? memmem(e->value, e->len, key, strlen(key)) : NULL;

	if (!at)
		return NULL;
	at += strlen(key);
	*ret_len = strcspn(at, "\"");
	return at;
}

/* Asked of every stamp, again and again: none is parsed for it. */
bool stamps_cursor_place(const struct stamps_cursor *c, struct stamp_place *ret)
{
	const struct entry *e = (const struct entry *)c;
	size_t path_len, key_len;
	const char *path = text_behind(e, "\"plex_path\":\"", &path_len);
	const char *key = text_behind(e, "\"rating_key\":\"", &key_len);

	if (!path || !key)
		return false;
	*ret = (struct stamp_place){
		.plex_path_hash = strtoull(path, NULL, 16),
		.rating_key = key,
		.rating_key_len = key_len,
	};
	return true;
}

bool stamps_cursor_is_grave(const struct stamps_cursor *c)
{
	size_t len;
	const char *outcome = text_behind((const struct entry *)c, "\"outcome\":\"", &len);

	return outcome && len == strlen("gone") && memcmp(outcome, "gone", len) == 0;
}

bool stamps_claimed(const struct stamps *t, const char *rating_key, const char *but_scene_id)
{
	auto_free char *claim = xasprintf("\"rating_key\":\"%s\"", rating_key);
	size_t len = strlen(claim);

	for (const struct entry *e = t->entries; e; e = e->hh.next)
		if (e->value && memmem(e->value, e->len, claim, len) &&
			strcmp(e->scene_id, but_scene_id) != 0 &&
			!stamps_cursor_is_grave((const struct stamps_cursor *)e))
			return true;
	return false;
}

size_t stamps_count(const struct stamps *t)
{
	return t->count;
}

int64_t stamps_generation(const struct stamps *t, int32_t partition)
{
	return generations_get(&t->generations, partition);
}
