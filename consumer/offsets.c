#include "consumer/offsets.h"

#include <stdlib.h>
#include <string.h>

struct offset_slot {
	int64_t offset;
	bool settled;
};

void offsets_init(struct offsets *o)
{
	*o = (struct offsets){ .stored = -1 };
}

void offsets_done(struct offsets *o)
{
	free(o->slots);
	offsets_init(o);
}

void offsets_receive(struct offsets *o, int64_t offset)
{
	if (o->first + o->count == o->capacity) {
		if (o->first > o->capacity / 2) {
			memmove(o->slots, o->slots + o->first, o->count * sizeof *o->slots);
			o->first = 0;
		} else {
			o->capacity = o->capacity ? o->capacity * 2 : 64;
			o->slots = xrealloc(o->slots, o->capacity, sizeof *o->slots);
		}
	}
	o->slots[o->first + o->count++] = (struct offset_slot){ .offset = offset };
}

static struct offset_slot *find(struct offsets *o, int64_t offset)
{
	size_t low = o->first, high = o->first + o->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (o->slots[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == o->first + o->count || o->slots[low].offset != offset)
		return NULL;
	return &o->slots[low];
}

void offsets_settle(struct offsets *o, int64_t offset)
{
	struct offset_slot *slot = find(o, offset);

	if (slot)
		slot->settled = true;
}

bool offsets_store(struct offsets *o, int64_t *ret)
{
	int64_t next = -1;

	while (o->count > 0 && o->slots[o->first].settled) {
		next = o->slots[o->first].offset + 1;
		o->first++;
		o->count--;
	}
	if (next <= o->stored)
		return false;
	o->stored = next;
	*ret = next;
	return true;
}

size_t offsets_open(const struct offsets *o)
{
	return o->count;
}
