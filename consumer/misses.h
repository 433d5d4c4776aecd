/* The scenes that wait for an item which Plex lacks, and what they look for in the index of its paths. */
#ifndef CONSUMER_MISSES_H
#define CONSUMER_MISSES_H

#include "consumer/idmap.h"
#include "consumer/pathkey.h"

struct miss {
	int64_t id; /* of the scene */
	size_t place; /* among all */
	uint64_t
		seen; /* what was there when it was looked at last: pathindex_survey(); 0: nothing, or never */
	size_t file_count;
	struct pathtrace files[];
};

/* Those that come are put at the end, the last takes the place of one that goes: they are walked backwards. */
struct misses {
	struct miss **items;
	size_t count, capacity;
	struct idmap by_id;
};

void misses_init(struct misses *m);
void misses_done(struct misses *m); /* empty, and to be used again */

/* The scene waits for these files. What was seen where it waited already for the same ones stays. */
void misses_put(struct misses *m, int64_t id, const struct pathtraces *files);

/* It does not wait any more; one that did not is ignored. */
void misses_remove(struct misses *m, int64_t id);

/* What was seen, of a scene that waits. */
void misses_note(struct misses *m, int64_t id, uint64_t seen);

#endif
