#include "consumer/dueheap.h"

#include <stdlib.h>

void dueheap_done(struct dueheap *h)
{
	free(h->nodes);
	*h = (struct dueheap){ .count = 0 };
}

static void set(struct dueheap *h, size_t place, struct dueheap_node *node)
{
	h->nodes[place - 1] = node;
	node->place = place;
}

static void rise(struct dueheap *h, struct dueheap_node *node)
{
	size_t place = node->place;

	while (place > 1 && node->due_ms < h->nodes[place / 2 - 1]->due_ms) {
		set(h, place, h->nodes[place / 2 - 1]);
		place /= 2;
	}
	set(h, place, node);
}

static void sink(struct dueheap *h, struct dueheap_node *node)
{
	size_t place = node->place;

	for (;;) {
		size_t child = 2 * place;

		if (child > h->count)
			break;
		if (child < h->count && h->nodes[child]->due_ms < h->nodes[child - 1]->due_ms)
			child++;
		if (h->nodes[child - 1]->due_ms >= node->due_ms)
			break;
		set(h, place, h->nodes[child - 1]);
		place = child;
	}
	set(h, place, node);
}

void dueheap_put(struct dueheap *h, struct dueheap_node *node, int64_t due_ms)
{
	if (!node->place) {
		if (h->count == h->capacity) {
			h->capacity = h->capacity ? h->capacity + h->capacity / 2 : 16;
			h->nodes = xrealloc(h->nodes, h->capacity, sizeof(struct dueheap_node *));
		}
		set(h, ++h->count, node);
	}
	node->due_ms = due_ms;
	rise(h, node);
	sink(h, node);
}

void dueheap_remove(struct dueheap *h, struct dueheap_node *node)
{
	struct dueheap_node *last;

	if (!node->place)
		return;
	last = h->nodes[--h->count];
	if (last != node) {
		set(h, node->place, last);
		rise(h, last);
		sink(h, last);
	}
	node->place = 0;
}

struct dueheap_node *dueheap_first(const struct dueheap *h)
{
	return h->count ? h->nodes[0] : NULL;
}
