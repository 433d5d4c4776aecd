/*
 * The fence (DESIGN §3): the owner's generation and the highest scene-events offset that a record
 * settles, in the header `plexsync-covers: GENERATION/OFFSET` of every stamp and retry record. A fold
 * over such a topic ignores what stands below what it holds: a late record of a former owner is
 * thereby harmless.
 */
#ifndef COMMON_COVERS_H
#define COMMON_COVERS_H

#include "common/record.h"

struct covers {
	int64_t generation, offset;
};

#define COVERS_HEADER "plexsync-covers"
bool covers_read(struct covers *ret,
	const struct record *record) WARN_UNUSED; /* false: missing or garbled; ret is {-1, -1} */
void covers_write(struct record *record, struct covers covers);
int covers_compare(struct covers a, int64_t own_a, struct covers b,
	int64_t own_b); /* own: the record's offset in its topic */

/* More partitions than any cluster gives one topic: a number that is no partition. */
enum { COVERS_PARTITIONS_MAX = 100000 };

/* The highest generation seen in each partition. It never goes back: a new owner's must be above all. */
struct generations {
	int64_t *items;
	int32_t count;
};

void generations_done(struct generations *g);

/* A partition that no cluster could have is ignored. */
void generations_note(struct generations *g, int32_t partition, int64_t generation);
int64_t generations_get(const struct generations *g, int32_t partition); /* -1: none */

#endif
