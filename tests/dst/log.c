#include "tests/dst/log.h"

#include <stdlib.h>

void log_init(struct log *l, struct world *w)
{
	*l = (struct log){ .world = w, .partitions = w->faults.partitions };
	for (size_t t = 0; t < TOPICS; t++)
		l->topics[t] = xcalloc((size_t)l->partitions, sizeof *l->topics[t]);
	l->committed = xcalloc((size_t)l->partitions, sizeof *l->committed);
}

void log_done(struct log *l)
{
	for (size_t t = 0; t < TOPICS; t++) {
		for (int p = 0; p < l->partitions; p++) {
			for (size_t i = 0; i < l->topics[t][p].count; i++)
				record_done(&l->topics[t][p].records[i]);
			free(l->topics[t][p].records);
		}
		free(l->topics[t]);
	}
	free(l->committed);
}

int64_t log_append(struct log *l, const struct record *record)
{
	int32_t number = record->partition;
	struct log_partition *p;
	struct record *added;

	if (number < 0)
		number = record_key_partition(record->key, record->key_len, l->partitions);
	p = &l->topics[record->topic][number];
	if (p->count == p->capacity) {
		p->capacity = p->capacity ? p->capacity * 2 : 16;
		p->records = xrealloc(p->records, p->capacity, sizeof *p->records);
	}
	added = &p->records[p->count];
	record_copy(added, record);
	added->partition = number;
	added->offset = (int64_t)p->count++;
	added->timestamp_ms = world_wall_ms(l->world);
	return added->offset;
}

int64_t log_end(const struct log *l, enum topic topic, int32_t partition)
{
	return (int64_t)l->topics[topic][partition].count;
}

const struct record *log_at(
	const struct log *l, enum topic topic, int32_t partition, int64_t offset)
{
	return &l->topics[topic][partition].records[offset];
}

void log_commit(struct log *l, int32_t partition, int64_t offset)
{
	l->committed[partition] = offset;
}
