/* Scene ids → pointers, compactly: open addressing with linear probing. The pointers are not owned. */
#ifndef CONSUMER_IDMAP_H
#define CONSUMER_IDMAP_H

#include "common/base.h"

struct idmap_slot {
	int64_t id; /* 0: empty. Scene ids are positive */
	void *value;
};

struct idmap {
	struct idmap_slot *slots;
	size_t count, capacity; /* capacity: a power of two, or 0 */
};

void idmap_done(struct idmap *m);

/* NULL: none. */
void *idmap_get(const struct idmap *m, int64_t id);

/* Replaces what there is; neither id nor value may be 0. */
void idmap_put(struct idmap *m, int64_t id, void *value);

void idmap_remove(struct idmap *m, int64_t id);

/* All values, in no order: *at is 0 before; NULL at the end. Nothing may be put or removed on the way. */
void *idmap_next(const struct idmap *m, size_t *at);

#endif
