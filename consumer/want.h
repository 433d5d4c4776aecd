/*
 * What is wanted for one scene: several events of it, coalesced. The newest full state is kept, and
 * beside it the need to fetch, the force and a person's choice of item, until a job ends.
 */
#ifndef CONSUMER_WANT_H
#define CONSUMER_WANT_H

#include "common/event.h"

struct want {
	bool any; /* false: nothing is wanted */
	struct record
		record; /* as received: of the newest full state, else of the newest thin event */
	struct event event; /* what that record says */
	bool fetch; /* a thin event is among them: what Stash says now counts */
	bool force;
	char *rating_key; /* a person's choice; NULL: none */
	int64_t covers; /* the highest offset that is answered by this */
};

void want_done(struct want *w);

/* A version of the event's own, from what it carries and where it was found. */
struct version want_version(const struct event *event, int64_t offset);

/* Adds an event; *take_event is empty afterwards. */
void want_add(struct want *w, const struct record *record, struct event *take_event);

/* Adds what an older want still wants; *take_older is empty afterwards. */
void want_merge(struct want *w, struct want *take_older);

#endif
