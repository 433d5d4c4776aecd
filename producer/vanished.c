#include "producer/vanished.h"

#include <stdlib.h>

/* Ids; grows by doubling. */
struct ids {
	uint64_t *items;
	size_t count, capacity;
};

struct vanished {
	const struct synced *synced;
	int64_t *starts; /* by partition: stamps from this offset on are newer than the walk */
	int32_t partitions;
	struct ids walked, suspects;
	size_t stamped; /* scenes with a stamp, graves not counted */
	size_t cursor;
};

struct vanished *vanished_new(const struct synced *synced, int32_t partitions)
{
	struct vanished *v = xcalloc(1, sizeof *v);

	v->synced = synced;
	v->partitions = partitions;
	v->starts = xcalloc((size_t)partitions, sizeof *v->starts);
	for (int32_t i = 0; i < partitions; i++)
		v->starts[i] = synced_position(synced, i);
	return v;
}

void vanished_free(struct vanished *v)
{
	if (!v)
		return;
	free(v->starts);
	free(v->walked.items);
	free(v->suspects.items);
	free(v);
}

static void ids_add(struct ids *ids, uint64_t id)
{
	if (ids->count == ids->capacity) {
		ids->capacity = ids->capacity ? ids->capacity * 2 : 64;
		ids->items = xrealloc(ids->items, ids->capacity, sizeof *ids->items);
	}
	ids->items[ids->count++] = id;
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

bool vanished_walked(struct vanished *v, uint64_t id)
{
	if (v->walked.count >= VANISHED_WALK_MAX)
		return false;
	ids_add(&v->walked, id);
	return true;
}

static bool was_walked(const struct vanished *v, uint64_t id)
{
	return v->walked.count > 0 &&
	       bsearch(&id, v->walked.items, v->walked.count, sizeof id, compare_ids) != NULL;
}

static bool is_older(const struct vanished *v, const struct synced_stamp *stamp)
{
	return stamp->partition >= 0 && stamp->partition < v->partitions &&
	       stamp->offset < v->starts[stamp->partition];
}

bool vanished_compare(struct vanished *v, size_t step)
{
	struct synced_stamp stamp;

	for (size_t i = 0; i < step; i++) {
		if (!synced_next(v->synced, &v->cursor, &stamp))
			return true;
		if (stamp.outcome == SYNCED_GONE)
			continue;
		v->stamped++;
		if (is_older(v, &stamp) && !was_walked(v, stamp.scene))
			ids_add(&v->suspects, stamp.scene);
	}
	return false;
}

size_t vanished_count(const struct vanished *v)
{
	return v->suspects.count;
}

uint64_t vanished_id(const struct vanished *v, size_t index)
{
	return v->suspects.items[index];
}

bool vanished_credible(const struct vanished *v, size_t consent)
{
	size_t part = v->stamped * VANISHED_PERCENT / 100;
	size_t most = part > VANISHED_FEW ? part : VANISHED_FEW;

	if (most > v->stamped / 2)
		most = v->stamped / 2;
	return v->suspects.count <= most || v->suspects.count <= consent;
}
