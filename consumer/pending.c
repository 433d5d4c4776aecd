#include "consumer/pending.h"

#include "consumer/dueheap.h"
#include "consumer/idmap.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* There may be hundreds of thousands: every field counts. The node comes first: it is the entry. */
struct entry {
	struct dueheap_node node;
	int64_t id;
	struct covers covers; /* of the record, or of its grave */
	int64_t offset; /* of the record in scene-retries; -1: there was none */
	char *packed; /* the record; NULL: a grave, or no record at all */
	int64_t due_ms; /* mono: what the record says */
	int64_t owed_until_ms; /* mono; INT64_MIN: no debt */
	int64_t tried_ms; /* mono; INT64_MIN: not by us */
	int32_t partition;
	bool fetch; /* it needs Stash */
	bool busy; /* it is in work */
};

/* None is freed alone: they lie in blocks, without an allocator's word beside each. */
enum { BLOCK_ENTRIES = 128 };

struct block {
	struct block *older;
	size_t used;
	struct entry entries[BLOCK_ENTRIES];
};

struct pending {
	struct block *newest;
	struct idmap entries;
	struct dueheap heaps[2]; /* without Stash, with Stash */
	size_t count; /* with a record */
	struct generations generations;
	struct misses misses; /* the scenes of the class not_found */
	char first[24]; /* what pending_first() gave last */
};

struct pending *pending_new(void)
{
	struct pending *p = xcalloc(1, sizeof *p);

	idmap_init(&p->entries, offsetof(struct entry, id));
	misses_init(&p->misses);
	return p;
}

static struct entry *find(const struct pending *p, const char *scene_id)
{
	return idmap_get(&p->entries, strtoll(scene_id, NULL, 10));
}

static struct dueheap *heap_of(struct pending *p, const struct entry *e)
{
	return &p->heaps[e->fetch];
}

static void set_record(struct pending *p, struct entry *e, char *take_packed)
{
	p->count -= e->packed != NULL;
	free(e->packed);
	e->packed = take_packed;
	p->count += e->packed != NULL;
}

void pending_clear(struct pending *p)
{
	while (p->newest) {
		struct block *block = p->newest;

		for (size_t i = 0; i < block->used; i++)
			free(block->entries[i].packed);
		p->newest = block->older;
		free(block);
	}
	idmap_done(&p->entries);
	dueheap_done(&p->heaps[0]);
	dueheap_done(&p->heaps[1]);
	misses_done(&p->misses);
	p->count = 0;
}

void pending_free(struct pending *p)
{
	if (!p)
		return;
	pending_clear(p);
	generations_done(&p->generations);
	free(p);
}

static struct entry *new_entry(struct pending *p)
{
	struct block *block = p->newest;

	if (!block || block->used == BLOCK_ENTRIES) {
		block = xcalloc(1, sizeof *block);
		block->older = p->newest;
		p->newest = block;
	}
	return &block->entries[block->used++];
}

static struct entry *find_or_make(struct pending *p, const char *scene_id, int32_t partition)
{
	struct entry *e = find(p, scene_id);

	if (e)
		return e;
	e = new_entry(p);
	e->id = strtoll(scene_id, NULL, 10);
	e->partition = partition;
	e->covers = (struct covers){ -1, -1 };
	e->offset = -1;
	e->owed_until_ms = e->tried_ms = INT64_MIN;
	idmap_put(&p->entries, e);
	return e;
}

static void put_back(struct pending *p, struct entry *e)
{
	if (e->packed && !e->busy)
		dueheap_put(heap_of(p, e), &e->node, e->due_ms);
}

/* ---- the fold ---- */

static int64_t mono(int64_t wall_ms, struct now now)
{
	return wall_ms ? now.mono_ms + (wall_ms - now.wall_ms) : INT64_MIN;
}

static void owe(struct entry *e, int64_t until_ms)
{
	if (until_ms > e->owed_until_ms)
		e->owed_until_ms = until_ms;
}

static void note_miss(struct pending *p, const struct entry *e, const struct retry *retry)
{
	if (str_equal(retry->reason, "not_found") && retry->files.count)
		misses_put(&p->misses, e->id, &retry->files);
	else
		misses_remove(&p->misses, e->id);
}

static bool take_record(struct pending *p, const struct record *record, struct now now,
	const char *scene_id, struct fault *fault)
{
	struct entry *e;
	struct retry retry;
	struct want want;
	size_t len;

	if (!retry_read(record, &want, &retry, fault))
		return false;
	e = find_or_make(p, scene_id, record->partition);
	dueheap_remove(heap_of(p, e), &e->node);
	set_record(p, e, record_pack(record, &len));
	e->fetch = want.fetch;
	e->due_ms = retry.due_ms ? mono(retry.due_ms, now) : now.mono_ms;
	owe(e, mono(retry.verify_until_ms, now));
	note_miss(p, e, &retry);
	want_done(&want);
	retry_done(&retry);
	return true;
}

enum pending_fold pending_fold(
	struct pending *p, const struct record *record, struct now now, struct fault *fault)
{
	char scene_id[SCENE_ID_SIZE];
	struct covers covers;
	struct entry *e;

	if (covers_read(&covers, record))
		generations_note(&p->generations, record->partition, covers.generation);
	if (!scene_id_read(scene_id, record->key, record->key_len)) {
		fault_set(fault, "", "The record's key is no scene id");
		return PENDING_FOREIGN;
	}
	e = find(p, scene_id);
	if (e && covers_compare(covers, record->offset, e->covers, e->offset) < 0)
		return PENDING_FENCED;
	if (e && record->offset >= 0 && record->offset == e->offset)
		return PENDING_TAKEN; /* our own comes by once more: what was woken since stays awake */
	if (record->value && !take_record(p, record, now, scene_id, fault))
		return PENDING_FOREIGN;
	e = find_or_make(p, scene_id, record->partition);
	if (!record->value) {
		dueheap_remove(heap_of(p, e), &e->node);
		set_record(p, e, NULL);
		misses_remove(&p->misses, e->id);
	}
	e->covers = covers;
	e->offset = record->offset;
	put_back(p, e);
	return PENDING_TAKEN;
}

int64_t pending_generation(const struct pending *p, int32_t partition)
{
	return generations_get(&p->generations, partition);
}

/* ---- what waits ---- */

bool pending_has(const struct pending *p, const char *scene_id)
{
	const struct entry *e = find(p, scene_id);

	return e && e->packed;
}

bool pending_record(const struct pending *p, const char *scene_id, struct record *ret)
{
	const struct entry *e = find(p, scene_id);

	if (!e || e->offset < 0)
		return false;
	if (e->packed)
		record_unpack(ret, e->packed);
	else
		retry_write_tombstone(ret, scene_id, e->partition, e->covers);
	ret->offset = e->offset;
	return true;
}

bool pending_get(const struct pending *p, const char *scene_id, struct want *ret_want,
	struct pending_state *ret)
{
	const struct entry *e = find(p, scene_id);
	struct record record;
	struct fault fault;
	bool read;

	if (!e || !e->packed)
		return false;
	record_unpack(&record, e->packed);
	read = retry_read(&record, ret_want, &ret->retry, &fault);
	record_done(&record);
	if (!read)
		return false;
	ret->tried_ms = e->tried_ms;
	ret->first_failed_ms = INT64_MIN;
	/* As far before the due time as it was written; another program may have left that out. */
	if (ret->retry.first_failed_ms && ret->retry.due_ms)
		ret->first_failed_ms = e->due_ms - (ret->retry.due_ms - ret->retry.first_failed_ms);
	return true;
}

void pending_begin(struct pending *p, const char *scene_id)
{
	struct entry *e = find(p, scene_id);

	if (!e)
		return;
	e->busy = true;
	dueheap_remove(heap_of(p, e), &e->node);
}

void pending_note_try(struct pending *p, const char *scene_id, int64_t started_ms)
{
	struct entry *e = find(p, scene_id);

	if (e)
		e->tried_ms = started_ms;
}

void pending_note_seen(struct pending *p, const char *scene_id, uint64_t seen)
{
	misses_note(&p->misses, strtoll(scene_id, NULL, 10), seen);
}

void pending_resume(struct pending *p, const char *scene_id)
{
	struct entry *e = find(p, scene_id);

	if (!e)
		return;
	e->busy = false;
	put_back(p, e);
}

const char *pending_first(struct pending *p, bool stash, int64_t *ret_due_ms)
{
	const struct entry *e = (const struct entry *)dueheap_first(&p->heaps[stash]);

	if (!e)
		return NULL;
	*ret_due_ms = e->node.due_ms;
	snprintf(p->first, sizeof p->first, "%" PRId64, e->id);
	return p->first;
}

bool pending_wake(struct pending *p, int64_t scene_id, int64_t now_ms)
{
	struct entry *e = idmap_get(&p->entries, scene_id);

	if (!e || !e->node.place)
		return false;
	if (e->node.due_ms > now_ms)
		dueheap_put(heap_of(p, e), &e->node, now_ms);
	return true;
}

struct misses *pending_misses(struct pending *p)
{
	return &p->misses;
}

/* ---- debts ---- */

void pending_owe(struct pending *p, const char *scene_id, int32_t partition, int64_t until_ms)
{
	owe(find_or_make(p, scene_id, partition), until_ms);
}

void pending_owe_all(struct pending *p, int64_t until_ms)
{
	struct entry *e;
	size_t at = 0;

	while ((e = idmap_next(&p->entries, &at)))
		if (e->packed && !e->fetch)
			owe(e, until_ms);
}

int64_t pending_owed_until_ms(const struct pending *p, const char *scene_id)
{
	const struct entry *e = find(p, scene_id);

	return e ? e->owed_until_ms : INT64_MIN;
}

void pending_discharge(struct pending *p, const char *scene_id)
{
	struct entry *e = find(p, scene_id);

	if (e)
		e->owed_until_ms = INT64_MIN;
}

size_t pending_count(const struct pending *p)
{
	return p->count;
}
