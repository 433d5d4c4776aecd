#include "consumer/idmap.h"

#include <stdlib.h>
#include <string.h>

void idmap_init(struct idmap *m, size_t id_at)
{
	*m = (struct idmap){ .id_at = id_at };
}

void idmap_done(struct idmap *m)
{
	free(m->slots);
	idmap_init(m, m->id_at);
}

static int64_t id_of(const struct idmap *m, const void *value)
{
	int64_t id;

	memcpy(&id, (const char *)value + m->id_at, sizeof id);
	return id;
}

/* splitmix64's mixer (Steele, Lea, Flood 2014): ids are dense, slots must not be. */
static size_t home(const struct idmap *m, int64_t id)
{
	uint64_t z = (uint64_t)id;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (size_t)(z ^ (z >> 31)) & (m->capacity - 1);
}

/* The id's slot, or the empty one where it would be. */
static size_t place(const struct idmap *m, int64_t id)
{
	size_t at = home(m, id);

	while (m->slots[at] && id_of(m, m->slots[at]) != id)
		at = (at + 1) & (m->capacity - 1);
	return at;
}

void *idmap_get(const struct idmap *m, int64_t id)
{
	return m->count ? m->slots[place(m, id)] : NULL;
}

static void grow(struct idmap *m)
{
	struct idmap old = *m;

	m->capacity = old.capacity ? 2 * old.capacity : 16;
	m->slots = xcalloc(m->capacity, sizeof *m->slots);
	for (size_t i = 0; i < old.capacity; i++)
		if (old.slots[i])
			m->slots[place(m, id_of(m, old.slots[i]))] = old.slots[i];
	free(old.slots);
}

void idmap_put(struct idmap *m, void *value)
{
	size_t at;

	if (5 * (m->count + 1) > 4 * m->capacity)
		grow(m);
	at = place(m, id_of(m, value));
	m->count += !m->slots[at];
	m->slots[at] = value;
}

/* What was pushed out of its home by the removed one moves back: no gap may cut a probe short. */
void idmap_remove(struct idmap *m, int64_t id)
{
	size_t gap, at, mask = m->capacity - 1;

	if (!idmap_get(m, id))
		return;
	gap = at = place(m, id);
	for (;;) {
		at = (at + 1) & mask;
		if (!m->slots[at])
			break;
		if (((at - home(m, id_of(m, m->slots[at]))) & mask) >= ((at - gap) & mask)) {
			m->slots[gap] = m->slots[at];
			gap = at;
		}
	}
	m->slots[gap] = NULL;
	m->count--;
}

void *idmap_next(const struct idmap *m, size_t *at)
{
	while (*at < m->capacity && !m->slots[*at])
		++*at;
	return *at < m->capacity ? m->slots[(*at)++] : NULL;
}
