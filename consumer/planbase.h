/* The base of the merge: what edits of ours left, or may have left, in one item of Plex. */
#ifndef CONSUMER_PLANBASE_H
#define CONSUMER_PLANBASE_H

#include "common/stamps.h"
#include "consumer/plex.h"

/*
 * Stamps, borrowed. Each counts only while it is about the item's rating key; of each everything
 * counts that is `applied` or `intended`.
 */
struct plan_bases {
	const struct stamp *own; /* of the scene itself; NULL: none */
	const struct stamp *const *rivals; /* of other scenes that claim or claimed the item */
	size_t rival_count;
};

/* Whether anything is known of the field at all, and whether this value of it is ours. */
bool planbase_knows(
	const struct plan_bases *bases, const struct plex_item *item, const char *field);
bool planbase_holds(const struct plan_bases *bases, const struct plex_item *item, const char *field,
	const char *value);

/* Whether a read-back of the scene's own job showed it. */
bool planbase_applied(const struct plan_bases *bases, const struct plex_item *item,
	const char *field, const char *value);

/* The scene's own stamp, if it counts; else NULL. */
const struct stamp *planbase_own(const struct plan_bases *bases, const struct plex_item *item);

void planbase_drop(struct marks *m, const char *field);

#endif
