#include "consumer/pathindex.h"

#include <stdlib.h>
#include <string.h>

/*
 * A million items shall fit into 170 MB. So a generation keeps its texts end to end in one pool and
 * its parts in one array, and tables hold numbers into that array.
 */

struct part {
	size_t path, rating_key; /* where they begin in the pool */
	int64_t size, duration_ms;
};

/* Open addressing with linear probing, at most three quarters full; 0 is free, else a number + 1. */
struct slots {
	struct slot {
		uint32_t tag; /* the upper half of the hash: spares most comparisons */
		uint32_t number;
	} * items;
	size_t capacity; /* 0 or a power of two */
	size_t count; /* numbers 0 to count - 1 are in it */
};

struct generation {
	char *pool;
	size_t pool_len, pool_capacity;
	struct part *parts;
	size_t count, capacity;
	struct slots by_path;
	size_t *keys; /* where each item's rating key begins; while the generation is filled */
	size_t key_count, key_capacity;
	struct slots by_key; /* numbers into `keys`; while the generation is filled */
};

struct section {
	char *name;
	struct generation current, next;
	bool filling;
};

struct pathindex {
	struct section *sections;
	size_t count;
};

/* ---- slots ---- */

/* FNV's low bits alone spread too little over a power of two. */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = hash_bytes(text, strlen(text));

	hash ^= hash >> 32;
	hash *= 0x9E3779B97F4A7C15u;
	return hash ^ (hash >> 29);
}

static void slots_put(struct slots *s, uint64_t hash, uint32_t number)
{
	size_t i = hash & (s->capacity - 1);

	while (s->items[i].number)
		i = (i + 1) & (s->capacity - 1);
	s->items[i] = (struct slot){ .tag = (uint32_t)(hash >> 32), .number = number + 1 };
	s->count++;
}

/*
 * Room for one more. `texts` says where the text of each number begins. Numbers go in ascending, so
 * that equal texts are found in the order in which they came.
 */
static void slots_reserve(struct slots *s, const char *pool,
	size_t (*text_at)(const void *, uint32_t), const void *texts)
{
	struct slots bigger = { .capacity = s->capacity ? s->capacity * 2 : 64 };

	if ((s->count + 1) * 4 <= s->capacity * 3)
		return;
	bigger.items = xcalloc(bigger.capacity, sizeof *bigger.items);
	for (uint32_t number = 0; number < s->count; number++)
		slots_put(&bigger, hash_text(pool + text_at(texts, number)), number);
	free(s->items);
	*s = bigger;
}

/*
 * The number of the next entry with that hash at or behind *position, which then points behind it;
 * false when there is none. A position starts as the hash itself.
 */
static bool slots_next(const struct slots *s, uint64_t hash, size_t *position, uint32_t *ret)
{
	while (s->capacity) {
		const struct slot *slot = &s->items[*position & (s->capacity - 1)];

		if (!slot->number)
			return false;
		++*position;
		if (slot->tag == (uint32_t)(hash >> 32)) {
			*ret = slot->number - 1;
			return true;
		}
	}
	return false;
}

/* ---- generations ---- */

static size_t path_at(const void *parts, uint32_t number)
{
	return ((const struct part *)parts)[number].path;
}

static size_t key_at(const void *keys, uint32_t number)
{
	return ((const size_t *)keys)[number];
}

static void forget_keys(struct generation *g)
{
	free(g->keys);
	free(g->by_key.items);
	g->keys = NULL;
	g->key_count = g->key_capacity = 0;
	g->by_key = (struct slots){ 0 };
}

static void generation_done(struct generation *g)
{
	forget_keys(g);
	free(g->pool);
	free(g->parts);
	free(g->by_path.items);
	*g = (struct generation){ 0 };
}

static size_t put_text(struct generation *g, const char *text)
{
	size_t len = strlen(text) + 1, at = g->pool_len;

	while (g->pool_capacity - at < len) {
		g->pool_capacity = g->pool_capacity ? g->pool_capacity * 2 : 4096;
		g->pool = xrealloc(g->pool, g->pool_capacity, 1);
	}
	memcpy(g->pool + at, text, len);
	g->pool_len += len;
	return at;
}

/* false: the key came before in this generation. */
static bool put_key(struct generation *g, const char *rating_key, size_t *ret_at)
{
	uint64_t hash = hash_text(rating_key);
	size_t position = hash;
	uint32_t number;

	while (slots_next(&g->by_key, hash, &position, &number))
		if (strcmp(g->pool + g->keys[number], rating_key) == 0)
			return false;
	if (g->key_count == g->key_capacity) {
		g->key_capacity = g->key_capacity ? g->key_capacity * 2 : 64;
		g->keys = xrealloc(g->keys, g->key_capacity, sizeof *g->keys);
	}
	slots_reserve(&g->by_key, g->pool, key_at, g->keys);
	*ret_at = put_text(g, rating_key);
	g->keys[g->key_count] = *ret_at;
	slots_put(&g->by_key, hash, (uint32_t)g->key_count++);
	return true;
}

static void put_part(struct generation *g, size_t rating_key, const struct plex_part *part)
{
	uint64_t hash = hash_text(part->file);
	size_t position = hash;
	uint32_t number;

	/* An item may list a file twice. */
	while (slots_next(&g->by_path, hash, &position, &number))
		if (g->parts[number].rating_key == rating_key &&
			strcmp(g->pool + g->parts[number].path, part->file) == 0)
			return;
	if (g->count == g->capacity) {
		g->capacity = g->capacity ? g->capacity * 2 : 64;
		g->parts = xrealloc(g->parts, g->capacity, sizeof *g->parts);
	}
	slots_reserve(&g->by_path, g->pool, path_at, g->parts);
	g->parts[g->count] = (struct part){
		.path = put_text(g, part->file),
		.rating_key = rating_key,
		.size = part->size,
		.duration_ms = part->duration_ms,
	};
	slots_put(&g->by_path, hash, (uint32_t)g->count++);
}

/* Gives back what growing took in advance: a generation lives long. */
static void trim(struct generation *g)
{
	forget_keys(g);
	g->pool_capacity = g->pool_len;
	g->pool = xrealloc(g->pool, g->pool_capacity, 1);
	g->capacity = g->count;
	g->parts = xrealloc(g->parts, g->capacity, sizeof *g->parts);
}

/* ---- the index ---- */

struct pathindex *pathindex_new(void)
{
	return xcalloc(1, sizeof(struct pathindex));
}

static void section_done(struct section *s)
{
	generation_done(&s->current);
	generation_done(&s->next);
	free(s->name);
}

void pathindex_free(struct pathindex *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->count; i++)
		section_done(&x->sections[i]);
	free(x->sections);
	free(x);
}

static struct section *find_section(const struct pathindex *x, const char *name)
{
	for (size_t i = 0; i < x->count; i++)
		if (strcmp(x->sections[i].name, name) == 0)
			return &x->sections[i];
	return NULL;
}

void pathindex_begin(struct pathindex *x, const char *section)
{
	struct section *s = find_section(x, section);

	if (!s) {
		x->sections = xrealloc(x->sections, x->count + 1, sizeof *x->sections);
		s = &x->sections[x->count++];
		*s = (struct section){ .name = xstrdup(section) };
	}
	generation_done(&s->next);
	s->filling = true;
}

void pathindex_add(struct pathindex *x, const char *section, const struct plex_item *item)
{
	struct section *s = find_section(x, section);
	size_t rating_key;

	if (!s || !s->filling || !put_key(&s->next, item->rating_key, &rating_key))
		return;
	for (size_t i = 0; i < item->part_count; i++)
		put_part(&s->next, rating_key, &item->parts[i]);
}

void pathindex_commit(struct pathindex *x, const char *section)
{
	struct section *s = find_section(x, section);

	if (!s || !s->filling)
		return;
	generation_done(&s->current);
	s->current = s->next;
	s->next = (struct generation){ 0 };
	s->filling = false;
	trim(&s->current);
}

void pathindex_abort(struct pathindex *x, const char *section)
{
	struct section *s = find_section(x, section);

	if (!s)
		return;
	generation_done(&s->next);
	s->filling = false;
}

void pathindex_remove(struct pathindex *x, const char *section)
{
	struct section *s = find_section(x, section);

	if (!s)
		return;
	section_done(s);
	*s = x->sections[--x->count];
}

size_t pathindex_find(
	const struct pathindex *x, const char *path, struct pathindex_hit *ret, size_t max)
{
	uint64_t hash = hash_text(path);
	size_t found = 0;

	for (size_t i = 0; i < x->count; i++) {
		const struct generation *g = &x->sections[i].current;
		size_t position = hash;
		uint32_t number;

		while (slots_next(&g->by_path, hash, &position, &number)) {
			const struct part *part = &g->parts[number];

			if (strcmp(g->pool + part->path, path) != 0)
				continue;
			if (found < max)
				ret[found] = (struct pathindex_hit){
					.rating_key = g->pool + part->rating_key,
					.section = x->sections[i].name,
					.size = part->size,
					.duration_ms = part->duration_ms,
				};
			found++;
		}
	}
	return found;
}

size_t pathindex_paths(const struct pathindex *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->count; i++)
		count += x->sections[i].current.count;
	return count;
}
