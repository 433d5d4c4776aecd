#include "consumer/pathtable.h"

#include <stdlib.h>
#include <string.h>

/* Records need no more than the alignment of the arena's units. */
#define RECORD __attribute__((packed, aligned(4)))

/* An item; its parts follow it in the arena. */
struct item {
	uint32_t next; /* in its chain */
	uint32_t part_count : 31, dropped : 1;
	char key[];
} RECORD;

struct part {
	int64_t size;
	uint32_t duration_ms; /* UNKNOWN_MS: unknown */
	uint32_t item;
	uint32_t next[PATHCHAINS]; /* in its chains */
	char path[];
} RECORD;

enum { FIRST = 1 }; /* where records begin: 0 refers to nothing */
#define UNKNOWN_MS UINT32_MAX

static size_t units(size_t bytes)
{
	return (bytes + sizeof(uint32_t) - 1) / sizeof(uint32_t);
}

static size_t item_units(const char *key)
{
	return units(sizeof(struct item) + strlen(key) + 1);
}

static size_t part_units(const char *path)
{
	return units(sizeof(struct part) + strlen(path) + 1);
}

static struct item *item_at(const struct pathtable *t, size_t ref)
{
	return (struct item *)(t->arena + ref);
}

static struct part *part_at(const struct pathtable *t, size_t ref)
{
	return (struct part *)(t->arena + ref);
}

/* Behind the item and its parts. */
static size_t item_end(const struct pathtable *t, size_t ref)
{
	const struct item *item = item_at(t, ref);

	ref += item_units(item->key);
	for (uint32_t i = 0; i < item->part_count; i++)
		ref += part_units(part_at(t, ref)->path);
	return ref;
}

/* ---- chains ---- */

static const enum pathkey chain_keys[PATHCHAINS] = {
	[PATHCHAIN_EXACT] = PATHKEY_EXACT,
	[PATHCHAIN_TAIL] = PATHKEY_TAIL,
	[PATHCHAIN_NAME] = PATHKEY_NAME,
};

static const enum pathchain chains[PATHKEYS] = {
	[PATHKEY_EXACT] = PATHCHAIN_EXACT,
	[PATHKEY_FOLDED] = PATHCHAIN_TAIL,
	[PATHKEY_TAIL] = PATHCHAIN_TAIL,
	[PATHKEY_NAME] = PATHCHAIN_NAME,
};

enum pathkey pathtable_chain_key(enum pathkey key)
{
	return chain_keys[chains[key]];
}

/* Twice as many heads for the chains that nearly every lookup takes. */
static unsigned chain_bits(const struct pathtable *t, enum pathchain chain)
{
	return t->bits + (chain == PATHCHAIN_EXACT);
}

static size_t bucket(uint64_t hash, unsigned bits)
{
	return bits ? hash >> (64 - bits) : 0;
}

static void link_item(struct pathtable *t, uint32_t ref)
{
	struct item *item = item_at(t, ref);
	uint32_t *head = &t->item_heads[bucket(pathkey_hash(item->key), t->item_bits)];

	item->next = *head;
	*head = ref;
}

/* The heads are far apart: all of them are on their way before the first is needed. */
static void link_part(struct pathtable *t, uint32_t ref)
{
	struct part *part = part_at(t, ref);
	uint32_t *heads[PATHCHAINS];
	struct pathforms forms;

	pathforms_init(&forms, part->path);
	for (enum pathchain chain = 0; chain < PATHCHAINS; chain++) {
		uint64_t hash = pathkey_hash(forms.texts[chain_keys[chain]]);

		heads[chain] = &t->heads[chain][bucket(hash, chain_bits(t, chain))];
		__builtin_prefetch(heads[chain], 1);
	}
	pathforms_done(&forms);
	for (enum pathchain chain = 0; chain < PATHCHAINS; chain++) {
		part->next[chain] = *heads[chain];
		*heads[chain] = ref;
	}
}

static void link_all(struct pathtable *t)
{
	t->linked = t->linked_items = 0;
	for (size_t ref = FIRST; ref < t->len;) {
		const struct item *item = item_at(t, ref);
		size_t part = ref + item_units(item->key), item_ref = ref;

		if (item->dropped) {
			ref = item_end(t, ref);
			continue;
		}
		link_item(t, (uint32_t)ref);
		for (uint32_t i = 0; i < item->part_count; i++) {
			part_at(t, part)->item = (uint32_t)item_ref;
			link_part(t, (uint32_t)part);
			part += part_units(part_at(t, part)->path);
		}
		t->linked += item->part_count;
		t->linked_items++;
		ref = part;
	}
}

/* Bits for so many heads at least. */
static unsigned bits_for(size_t count)
{
	unsigned bits = 6;

	while (((size_t)1 << bits) < count)
		bits++;
	return bits;
}

static void new_heads(uint32_t **heads, unsigned bits)
{
	free(*heads);
	*heads = xcalloc((size_t)1 << bits, sizeof **heads);
}

static void make_heads(struct pathtable *t, size_t parts, size_t items)
{
	t->bits = bits_for(parts);
	t->item_bits = bits_for(items);
	for (enum pathchain chain = 0; chain < PATHCHAINS; chain++)
		new_heads(&t->heads[chain], chain_bits(t, chain));
	new_heads(&t->item_heads, t->item_bits);
}

/* Heads for one more item with its parts, at least one for each link. */
static void reserve_heads(struct pathtable *t, size_t parts)
{
	if (t->bits && t->linked + parts <= (size_t)1 << t->bits &&
		t->linked_items < (size_t)1 << t->item_bits)
		return;
	make_heads(t, 2 * (t->parts + parts), 2 * (t->items + 1));
	link_all(t);
}

/* ---- the arena ---- */

static bool reserve_units(struct pathtable *t, size_t more)
{
	if (more > UINT32_MAX - t->len) /* 16 GB: what a reference cannot name */
		return false;
	while (t->capacity < t->len + more) {
		t->capacity = t->capacity ? t->capacity * 2 : 1024;
		t->arena = xrealloc(t->arena, t->capacity, sizeof *t->arena);
	}
	return true;
}

/* Without what was dropped. */
static void compact(struct pathtable *t)
{
	size_t to = FIRST;

	for (size_t ref = FIRST; ref < t->len;) {
		size_t end = item_end(t, ref);
		bool dropped = item_at(t, ref)->dropped;

		if (!dropped) {
			memmove(t->arena + to, t->arena + ref, (end - ref) * sizeof *t->arena);
			to += end - ref;
		}
		ref = end;
	}
	t->len = to;
	t->garbage = 0;
	make_heads(t, t->parts, t->items);
	link_all(t);
	pathtable_trim(t);
}

void pathtable_trim(struct pathtable *t)
{
	t->capacity = t->len;
	t->arena = xrealloc(t->arena, t->capacity, sizeof *t->arena);
}

void pathtable_init(struct pathtable *t, size_t expected)
{
	*t = (struct pathtable){ .len = FIRST };
	if (expected)
		make_heads(t, expected, expected);
}

void pathtable_done(struct pathtable *t)
{
	free(t->arena);
	for (int chain = 0; chain < PATHCHAINS; chain++)
		free(t->heads[chain]);
	free(t->item_heads);
	*t = (struct pathtable){ .len = FIRST };
}

/* ---- items ---- */

/* 0: there is none. */
static uint32_t find_item(const struct pathtable *t, const char *key)
{
	uint32_t ref = t->bits ? t->item_heads[bucket(pathkey_hash(key), t->item_bits)] : 0;

	while (ref && (item_at(t, ref)->dropped || strcmp(item_at(t, ref)->key, key) != 0))
		ref = item_at(t, ref)->next;
	return ref;
}

bool pathtable_has(const struct pathtable *t, const char *rating_key)
{
	return find_item(t, rating_key) != 0;
}

static uint32_t kept_ms(int64_t duration_ms)
{
	return duration_ms < 0 || duration_ms >= UNKNOWN_MS ? UNKNOWN_MS : (uint32_t)duration_ms;
}

static int64_t known_ms(uint32_t kept)
{
	return kept == UNKNOWN_MS ? -1 : (int64_t)kept;
}

static bool is_same(const struct pathtable *t, uint32_t ref, const struct plex_item *item)
{
	size_t at = ref + item_units(item->rating_key);

	if (item_at(t, ref)->part_count != item->part_count)
		return false;
	for (size_t i = 0; i < item->part_count; i++) {
		const struct part *part = part_at(t, at);

		if (part->size != item->parts[i].size ||
			part->duration_ms != kept_ms(item->parts[i].duration_ms) ||
			strcmp(part->path, item->parts[i].file) != 0)
			return false;
		at += part_units(part->path);
	}
	return true;
}

static void drop(struct pathtable *t, uint32_t ref)
{
	struct item *item = item_at(t, ref);

	item->dropped = 1;
	t->items--;
	t->parts -= item->part_count;
	t->garbage += item_end(t, ref) - ref;
}

/* Whether the item, which is being put in, has the path already: its parts stand before all others. */
static bool is_listed_twice(const struct pathtable *t, uint32_t item, const char *path)
{
	uint32_t ref = t->heads[PATHCHAIN_EXACT]
			       [bucket(pathkey_hash(path), chain_bits(t, PATHCHAIN_EXACT))];

	for (; ref && part_at(t, ref)->item == item; ref = part_at(t, ref)->next[PATHCHAIN_EXACT])
		if (strcmp(part_at(t, ref)->path, path) == 0)
			return true;
	return false;
}

static void append_part(struct pathtable *t, uint32_t item, const struct plex_part *from)
{
	struct part *part = part_at(t, t->len);

	if (item_at(t, item)->part_count && is_listed_twice(t, item, from->file))
		return;
	part->size = from->size;
	part->duration_ms = kept_ms(from->duration_ms);
	part->item = item;
	memcpy(part->path, from->file, strlen(from->file) + 1);
	link_part(t, (uint32_t)t->len);
	t->len += part_units(from->file);
	item_at(t, item)->part_count++;
	t->parts++;
	t->linked++;
}

static void append_item(struct pathtable *t, const struct plex_item *from)
{
	uint32_t ref = (uint32_t)t->len;
	struct item *item = item_at(t, ref);

	item->part_count = 0;
	item->dropped = 0;
	memcpy(item->key, from->rating_key, strlen(from->rating_key) + 1);
	t->len += item_units(from->rating_key);
	link_item(t, ref);
	for (size_t i = 0; i < from->part_count; i++)
		append_part(t, ref, &from->parts[i]);
	t->items++;
	t->linked_items++;
}

bool pathtable_put(struct pathtable *t, const struct plex_item *item)
{
	uint32_t old = find_item(t, item->rating_key);
	size_t need = item_units(item->rating_key);

	if (old && is_same(t, old, item))
		return false;
	for (size_t i = 0; i < item->part_count; i++)
		need += part_units(item->parts[i].file);
	if (!reserve_units(t, need))
		return false;
	if (old)
		drop(t, old);
	reserve_heads(t, item->part_count);
	append_item(t, item);
	if (t->garbage > t->len / 2)
		compact(t);
	return true;
}

bool pathtable_drop(struct pathtable *t, const char *rating_key)
{
	uint32_t ref = find_item(t, rating_key);

	if (!ref)
		return false;
	drop(t, ref);
	if (t->garbage > t->len / 2)
		compact(t);
	return true;
}

/* ---- finding ---- */

static bool is_found(const struct part *part, const struct pathtable_search *s)
{
	struct pathforms forms;
	bool found;

	if (s->key == PATHKEY_EXACT && s->text)
		return strcmp(part->path, s->text) == 0;
	pathforms_init(&forms, part->path);
	found = s->text ? strcmp(forms.texts[s->key], s->text) == 0
			: pathkey_hash(forms.texts[s->key]) == s->hash;
	pathforms_done(&forms);
	return found;
}

void pathtable_find(const struct pathtable *t, const char *section, struct pathtable_search *s)
{
	enum pathchain chain = chains[s->key];
	uint32_t ref = t->bits ? t->heads[chain][bucket(s->hash, chain_bits(t, chain))] : 0;

	for (const struct part *part; ref && !(s->first && s->found); ref = part->next[chain]) {
		const struct item *item;

		part = part_at(t, ref);
		/* What is compared is on the next lines: all of them are on their way at once. */
		__builtin_prefetch((const char *)part + 64);
		__builtin_prefetch((const char *)part + 128);
		item = item_at(t, part->item);
		if (!is_found(part, s) || item->dropped)
			continue;
		if (s->found < s->max)
			s->ret[s->found] = (struct pathindex_hit){
				.rating_key = item->key,
				.section = section,
				.path = part->path,
				.size = part->size,
				.duration_ms = known_ms(part->duration_ms),
			};
		s->found++;
	}
}
