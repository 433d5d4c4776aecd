/*
 * One generation of one section: items and their parts, found by rating key and by every key of a
 * path. For pathindex.c only.
 *
 * Memory: a million items shall fit into 170 MB. All records stand in one arena and point at each
 * other by 32-bit numbers; a table is an array of chains' heads, its links are in the records. No
 * key is kept: it is made from the path when it is needed.
 */
#ifndef CONSUMER_PATHTABLE_H
#define CONSUMER_PATHTABLE_H

#include "consumer/pathindex.h"

/*
 * Chains of parts. What meets folded, or in its tail, has the same tail: one chain serves both, and
 * is short even where all files have one name.
 */
enum pathchain { PATHCHAIN_EXACT, PATHCHAIN_TAIL, PATHCHAIN_NAME, PATHCHAINS };

struct pathtable {
	uint32_t *arena; /* a reference is an index into it; 0 refers to nothing */
	size_t len, capacity; /* in its units */
	size_t garbage; /* units of records that were dropped */
	size_t items, parts; /* live */
	size_t linked; /* parts in the chains, dropped ones included */
	size_t linked_items;
	uint32_t *heads[PATHCHAINS]; /* of chains of parts, by hash */
	uint32_t *item_heads;
	unsigned bits, item_bits; /* how many heads: a power of two; 0: none yet */
};

/* An empty table, with heads for about so many parts; 0 if unknown. */
void pathtable_init(struct pathtable *t, size_t expected);
void pathtable_done(struct pathtable *t);

/* Puts the item in, in the place of one with its rating key. false: it was there, the same. */
bool pathtable_put(struct pathtable *t, const struct plex_item *item);

/* false: it was not there. */
bool pathtable_drop(struct pathtable *t, const char *rating_key);

bool pathtable_has(const struct pathtable *t, const char *rating_key);

/* Gives back what growing took in advance: a table lives long. */
void pathtable_trim(struct pathtable *t);

/* The key whose hash leads to what is looked for by `key`. */
enum pathkey pathtable_chain_key(enum pathkey key);

/* What is looked for, and what was found: adds to `found`, and to `ret` while below `max`. */
struct pathtable_search {
	enum pathkey key;
	uint64_t hash; /* of pathtable_chain_key(key) */
	const char *text; /* that the key is compared with; NULL: only its hash is */
	struct pathindex_hit *ret;
	size_t max, found;
	bool first; /* one is enough */
};

void pathtable_find(const struct pathtable *t, const char *section, struct pathtable_search *s);

#endif
