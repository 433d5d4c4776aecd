#include "tests/dst/log.h"

#include <stdlib.h>
#include <string.h>

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
			free(l->topics[t][p].compacted);
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
		p->compacted = xrealloc(p->compacted, p->capacity, sizeof *p->compacted);
	}
	added = &p->records[p->count];
	p->compacted[p->count] = false;
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

bool log_is_compacted(const struct log *l, const struct record *record)
{
	return l->topics[record->topic][record->partition].compacted[record->offset];
}

static bool same_key(const struct record *a, const struct record *b)
{
	return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

static void compact(struct log_partition *p, int64_t before_ms)
{
	for (size_t i = 0; i < p->count; i++) {
		bool last = true;

		for (size_t j = i + 1; j < p->count && last; j++)
			last = !same_key(&p->records[i], &p->records[j]);
		p->compacted[i] |= !last && p->records[i].timestamp_ms < before_ms;
	}
}

void log_compact(struct log *l, int64_t lag_ms)
{
	int64_t before_ms = world_wall_ms(l->world) - lag_ms;

	for (int p = 0; p < l->partitions; p++) {
		compact(&l->topics[TOPIC_STAMPS][p], before_ms);
		compact(&l->topics[TOPIC_RETRIES][p], before_ms);
	}
}

void log_commit(struct log *l, int32_t partition, int64_t offset)
{
	l->committed[partition] = offset;
}
