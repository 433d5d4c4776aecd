#include "consumer/misses.h"

#include <stdlib.h>
#include <string.h>

void misses_done(struct misses *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->items[i].files);
	free(m->items);
	idmap_done(&m->places);
	*m = (struct misses){ .count = 0 };
}

static struct miss *find(const struct misses *m, int64_t id)
{
	size_t place = (size_t)(uintptr_t)idmap_get(&m->places, id);

	return place ? &m->items[place - 1] : NULL;
}

static void set_place(struct misses *m, struct miss *miss)
{
	idmap_put(&m->places, miss->id, (void *)(uintptr_t)(miss - m->items + 1));
}

static struct miss *add(struct misses *m, int64_t id)
{
	struct miss *miss;

	if (m->count == m->capacity) {
		m->capacity = m->capacity ? 2 * m->capacity : 16;
		m->items = xrealloc(m->items, m->capacity, sizeof *m->items);
	}
	miss = &m->items[m->count++];
	*miss = (struct miss){ .id = id };
	set_place(m, miss);
	return miss;
}

static bool has_files(const struct miss *miss, const struct pathtraces *files)
{
	return miss->file_count == files->count &&
	       memcmp(miss->files, files->items, files->count * sizeof *files->items) == 0;
}

void misses_put(struct misses *m, int64_t id, const struct pathtraces *files)
{
	struct miss *miss = find(m, id);

	if (miss && has_files(miss, files))
		return;
	if (!miss)
		miss = add(m, id);
	miss->seen = 0;
	miss->file_count = files->count;
	miss->files = xrealloc(miss->files, files->count, sizeof *miss->files);
	memcpy(miss->files, files->items, files->count * sizeof *miss->files);
}

void misses_remove(struct misses *m, int64_t id)
{
	struct miss *miss = find(m, id);

	if (!miss)
		return;
	idmap_remove(&m->places, id);
	free(miss->files);
	*miss = m->items[--m->count];
	if (miss != &m->items[m->count])
		set_place(m, miss);
}

void misses_note(struct misses *m, int64_t id, uint64_t seen)
{
	struct miss *miss = find(m, id);

	if (miss)
		miss->seen = seen;
}
