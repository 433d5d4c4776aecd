#include "consumer/misses.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void misses_init(struct misses *m)
{
	*m = (struct misses){ .count = 0 };
	idmap_init(&m->by_id, offsetof(struct miss, id));
}

void misses_done(struct misses *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->items[i]);
	free(m->items);
	idmap_done(&m->by_id);
	misses_init(m);
}

static bool has_files(const struct miss *miss, const struct pathtraces *files)
{
	return miss->file_count == files->count &&
	       memcmp(miss->files, files->items, files->count * sizeof *files->items) == 0;
}

static struct miss *make(int64_t id, const struct pathtraces *files)
{
	size_t size = files->count * sizeof *files->items;
	struct miss *miss = xcalloc(1, sizeof *miss + size);

	miss->id = id;
	miss->file_count = files->count;
	memcpy(miss->files, files->items, size);
	return miss;
}

/* A place for one more, at the end. */
static size_t add_place(struct misses *m)
{
	if (m->count == m->capacity) {
		m->capacity = m->capacity ? 2 * m->capacity : 16;
		m->items = xrealloc(m->items, m->capacity, sizeof(struct miss *));
	}
	return m->count++;
}

static void set(struct misses *m, size_t place, struct miss *miss)
{
	m->items[place] = miss;
	miss->place = place;
}

void misses_put(struct misses *m, int64_t id, const struct pathtraces *files)
{
	struct miss *old = idmap_get(&m->by_id, id), *miss;

	if (old && has_files(old, files))
		return;
	miss = make(id, files);
	set(m, old ? old->place : add_place(m), miss);
	idmap_put(&m->by_id, miss);
	free(old);
}

void misses_remove(struct misses *m, int64_t id)
{
	struct miss *miss = idmap_get(&m->by_id, id);

	if (!miss)
		return;
	idmap_remove(&m->by_id, id);
	set(m, miss->place, m->items[--m->count]);
	free(miss);
}

void misses_note(struct misses *m, int64_t id, uint64_t seen)
{
	struct miss *miss = idmap_get(&m->by_id, id);

	if (miss)
		miss->seen = seen;
}
