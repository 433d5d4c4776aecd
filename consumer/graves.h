/*
 * The stamps of scenes that are gone from Stash, in the end: an event of such a scene may stand in the
 * log for as long as scene-events keeps it; after that nothing can bring the scene back, and its owner puts
 * a tombstone on the stamp (DESIGN §3 "Deletion").
 */
#ifndef CONSUMER_GRAVES_H
#define CONSUMER_GRAVES_H

#include "common/stamps.h"

struct engine;

struct graves {
	int64_t next_ms; /* mono: when the walk begins or goes on */
	const struct stamps_cursor *last; /* of the walk under way; NULL: none is */
};

/* Other partitions are ours now: the walk begins anew. */
void graves_restart(struct graves *g);

/* Looks at the next slice of all stamps, once a day. */
void graves_move(struct engine *e);

/* When graves_move() is wanted, mono. */
int64_t graves_deadline_ms(const struct engine *e);

#endif
