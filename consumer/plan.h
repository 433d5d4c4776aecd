/*
 * The smallest set of edits, by a three-way merge for each field: base = what our edits left or may
 * have left in Plex, mine = Stash, theirs = Plex now (DESIGN §5 "Planning").
 */
#ifndef CONSUMER_PLAN_H
#define CONSUMER_PLAN_H

#include "common/stamps.h"
#include "consumer/plex.h"

struct plan_policy {
	bool preserve_plex_edits;
	bool lock_fields;
	bool sync[PLEX_FIELDS];
};

/* What Stash's scene says to each field of Plex; "" where it has nothing. free() each value. */
void plan_wanted(const struct scene *scene, char *ret_values[PLEX_FIELDS]);

/*
 * The edit that brings `item` to what `scene` wants. `stamp` (NULL: none) is the base; it counts only
 * when it is about this rating key. Empty: nothing to do.
 */
void plan_edit(struct plex_edit *ret, const struct scene *scene, const struct plex_item *item,
	const struct stamp *stamp, const struct plan_policy *policy);

/* What an edit is about to write: the marks of an intent. */
void plan_intent(struct marks *ret, const struct plex_edit *edit);

/*
 * After the edit, from the read-back: fields that show what Stash wants are ours. `edit` may be
 * empty. Fields that were asked for and did not take are named in *ret_missing, comma-separated.
 * Values compare tolerant of white space and, in summaries, of line ends, as Plex is.
 */
void plan_applied(struct marks *ret, const struct scene *scene, const struct plex_item *after,
	const struct stamp *stamp, const struct plex_edit *edit, const struct plan_policy *policy,
	struct buf *ret_missing);

#endif
