/*
 * Scene ids → what has them, compactly: open addressing with linear probing. What is put in holds its
 * id itself, and is not owned.
 */
#ifndef CONSUMER_IDMAP_H
#define CONSUMER_IDMAP_H

#include "common/base.h"

struct idmap {
	void **slots; /* NULL: empty */
	size_t count, capacity; /* capacity: a power of two, or 0 */
	size_t id_at; /* where in what is put in its id is, an int64_t: offsetof() */
};

void idmap_init(struct idmap *m, size_t id_at);
void idmap_done(struct idmap *m); /* empty, and to be used again */

/* NULL: none. */
void *idmap_get(const struct idmap *m, int64_t id);

/* Replaces what there is of that id. */
void idmap_put(struct idmap *m, void *value);

void idmap_remove(struct idmap *m, int64_t id);

/* All values, in no order: *at is 0 before; NULL at the end. Nothing may be put or removed on the way. */
void *idmap_next(const struct idmap *m, size_t *at);

#endif
