/*
 * Which scenes have a stamp and are no longer in Stash, as far as a walk over all of Stash can tell,
 * and whether so many may be believed. Bytes of memory: 8 for each scene walked.
 */
#ifndef PRODUCER_VANISHED_H
#define PRODUCER_VANISHED_H

#include "producer/synced.h"

enum {
	VANISHED_FEW = 20, /* so many are always believed … */
	VANISHED_PERCENT = 5, /* … or this part of the stamps, if it is more */
	VANISHED_WALK_MAX = 20000000, /* scenes: beyond it, it is no Stash */
};

struct vanished;

/*
 * At the start of the walk: a stamp that is written from now on is newer than it. `synced` is borrowed;
 * `partitions` are those of its topic.
 */
struct vanished *vanished_new(const struct synced *synced, int32_t partitions) WARN_UNUSED;
void vanished_free(struct vanished *v);

/* A scene that Stash has. Ids come in ascending order. false: there are too many. */
bool vanished_walked(struct vanished *v, uint64_t id) WARN_UNUSED;

/*
 * After the walk: looks at the next `step` stamps. Those that are older than the walk and whose scene was
 * not met are suspects. true: there are no more stamps.
 */
bool vanished_compare(struct vanished *v, size_t step) WARN_UNUSED;

/* The suspects, after the comparison. */
size_t vanished_count(const struct vanished *v);
uint64_t vanished_id(const struct vanished *v, size_t index);

/*
 * Whether so many can have been deleted by a person: not more than `consent` (what a person said), or
 * neither more than the two limits above nor more than half of the stamps. An empty Stash, or
 * another one, fails this.
 */
bool vanished_credible(const struct vanished *v, size_t consent);

#endif
