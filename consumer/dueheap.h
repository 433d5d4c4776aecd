/* A binary heap of what is due when: the earliest is found at once, any one is moved in O(log n). */
#ifndef CONSUMER_DUEHEAP_H
#define CONSUMER_DUEHEAP_H

#include "common/base.h"

/* Lies inside what is due. Zeroed: in no heap. */
struct dueheap_node {
	int64_t due_ms;
	size_t place; /* from 1; 0: in no heap */
};

struct dueheap {
	struct dueheap_node **nodes;
	size_t count, capacity;
};

void dueheap_done(struct dueheap *h);

/* Puts the node in, or moves it when it is in already. */
void dueheap_put(struct dueheap *h, struct dueheap_node *node, int64_t due_ms);

/* Takes the node out; one that is not in is ignored. */
void dueheap_remove(struct dueheap *h, struct dueheap_node *node);

/* The earliest; NULL: none. */
struct dueheap_node *dueheap_first(const struct dueheap *h);

#endif
