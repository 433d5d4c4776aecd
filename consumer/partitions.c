#include "consumer/partitions.h"

#include <stdlib.h>

void partitions_assign(struct partitions *p, const int32_t *ids, size_t count)
{
	partitions_clear(p);
	p->items = xcalloc(count, sizeof *p->items);
	p->count = count;
	for (size_t i = 0; i < count; i++) {
		p->items[i].id = ids[i];
		offsets_init(&p->items[i].offsets);
	}
}

void partitions_clear(struct partitions *p)
{
	for (size_t i = 0; i < p->count; i++)
		offsets_done(&p->items[i].offsets);
	free(p->items);
	*p = (struct partitions){ .count = 0 };
}

void partition_raise(struct partition *partition, int64_t seen)
{
	if (partition->generation <= seen)
		partition->generation = seen + 1;
}

struct partition *partitions_find(const struct partitions *p, int32_t id)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].id == id)
			return &p->items[i];
	return NULL;
}
