/*
 * The base of the merge: what edits of ours left, or may have left, in one item of Plex. It is all that
 * the scene's stamp calls `applied` or `intended` (what others wrote is among its intents, see
 * stamps_take_rivals()), and counts only while the stamp is about the item's rating key.
 */
#ifndef CONSUMER_PLANBASE_H
#define CONSUMER_PLANBASE_H

#include "common/stamps.h"
#include "consumer/plex.h"

/* The stamp, if it counts; else NULL. `stamp` NULL: there is none. */
const struct stamp *planbase(const struct stamp *stamp, const struct plex_item *item);

/* Whether anything is known of the field at all, and whether this value of it is ours. */
bool planbase_knows(const struct stamp *stamp, const struct plex_item *item, const char *field);
bool planbase_holds(const struct stamp *stamp, const struct plex_item *item, const char *field,
	const char *value);

/* Whether a read-back showed it. */
bool planbase_applied(const struct stamp *stamp, const struct plex_item *item, const char *field,
	const char *value);

/* Whether an edit of the field may still be on its way. */
bool planbase_intends(const struct stamp *stamp, const struct plex_item *item, const char *field);

void planbase_drop(struct marks *m, const char *field);

#endif
