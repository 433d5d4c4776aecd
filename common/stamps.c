/* The table of all stamps; the value of one is in stamp.c. */
#include "common/stamps.h"

#include <stdlib.h>
#include <string.h>

/* Ours is a function: uthash's own falls through its cases, which clang complains of. */
#define HASH_FUNCTION(key, len, hash) ((hash) = (unsigned)hash_bytes(key, len))
#include <uthash.h>

/* The newest record of a scene, as text: parsed only when asked for. */
struct entry {
	char scene_id[SCENE_ID_SIZE];
	char *value; /* NULL: a grave */
	size_t len;
	struct covers covers;
	int32_t partition;
	int64_t offset;
	UT_hash_handle hh;
};

struct stamps {
	struct entry *entries; /* uthash's head */
	size_t count; /* without graves */
	int64_t *generations; /* by partition; -1: none */
	int32_t generation_count;
};

/* More partitions than any cluster gives one topic: a number that is no partition. */
#define PARTITIONS_MAX 100000

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

static void entry_delete(struct stamps *t, struct entry *e)
{
	entry_set_value(t, e, NULL, 0);
	HASH_DEL(t->entries, e);
	free(e);
}

void stamps_free(struct stamps *t)
{
	struct entry *e, *next;

	if (!t)
		return;
	HASH_ITER(hh, t->entries, e, next)
	entry_delete(t, e);
	free(t->generations);
	free(t);
}

static struct entry *find(const struct stamps *t, const char *scene_id)
{
	struct entry *e;

	HASH_FIND_STR(t->entries, scene_id, e);
	return e;
}

static void note_generation(struct stamps *t, int32_t partition, int64_t generation)
{
	if (partition >= t->generation_count) {
		t->generations =
			xrealloc(t->generations, (size_t)partition + 1, sizeof *t->generations);
		while (t->generation_count <= partition)
			t->generations[t->generation_count++] = -1;
	}
	if (generation > t->generations[partition])
		t->generations[partition] = generation;
}

static bool key_to_id(const struct record *record, char ret[SCENE_ID_SIZE])
{
	if (!record->key || record->key_len >= SCENE_ID_SIZE)
		return false;
	memcpy(ret, record->key, record->key_len);
	ret[record->key_len] = '\0';
	return strlen(ret) == record->key_len && scene_id_valid(ret);
}

bool stamps_fold(struct stamps *t, const struct record *record)
{
	char scene_id[SCENE_ID_SIZE];
	struct covers covers;
	struct entry *e;

	if (record->partition < 0 || record->partition >= PARTITIONS_MAX)
		return false;
	if (covers_read(&covers, record))
		note_generation(t, record->partition, covers.generation);
	if (!key_to_id(record, scene_id))
		return false;
	e = find(t, scene_id);
	if (e && covers_compare(covers, record->offset, e->covers, e->offset) < 0)
		return false;
	if (!e) {
		e = xcalloc(1, sizeof *e);
		memcpy(e->scene_id, scene_id, sizeof e->scene_id);
		HASH_ADD_STR(t->entries, scene_id, e);
	}
	entry_set_value(t, e, record->value, record->value_len);
	e->covers = covers;
	e->partition = record->partition;
	e->offset = record->offset;
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

size_t stamps_count(const struct stamps *t)
{
	return t->count;
}

int64_t stamps_generation(const struct stamps *t, int32_t partition)
{
	if (partition < 0 || partition >= t->generation_count)
		return -1;
	return t->generations[partition];
}

void stamps_forget(struct stamps *t, int32_t partition)
{
	struct entry *e, *next;

	HASH_ITER(hh, t->entries, e, next)
	if (e->partition == partition)
		entry_delete(t, e);
}
