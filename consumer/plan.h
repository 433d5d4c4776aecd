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

/*
 * What Stash's scene says to each field of Plex; "" where it has nothing. A date without day or month
 * is its first day. Where Stash has no title it shows the file's name, and so does Plex: nothing
 * is wanted then. free() each value.
 */
void plan_wanted(const struct scene *scene, char *ret_values[PLEX_FIELDS]);

/*
 * The edit that brings `item` to what `scene` wants. `stamp` (NULL: none) is the base; it counts only
 * when it is about this rating key. Empty: nothing to do.
 *
 * mine        theirs                          preserve_plex_edits=false   =true
 * a value     the same                        nothing                     nothing
 * a value     nothing, or what we left        write                       write
 * a value     else, locked                    write                       nothing (a person did it)
 * a value     else, with a base               write                       write (an agent did it)
 * a value     else, without a base            write                       nothing; a title that is the
 *                                                                         file's name: write
 * nothing     what we left, but a title       clear                       clear
 * nothing     else                            nothing                     nothing
 *
 * "The same" is tolerant of white space and of CR LF, and for a date without day or month means any day
 * within it. A field that shows what is wanted is left alone even if it is not locked: a lock goes
 * along with a value only. So a plan that took is followed by an empty one, also in a Plex that
 * ignores locks, and a person's unlocking is respected.
 */
void plan_edit(struct plex_edit *ret, const struct scene *scene, const struct plex_item *item,
	const struct stamp *stamp, const struct plan_policy *policy);

/* What an edit is about to write: the marks of an intent. */
void plan_intent(struct marks *ret, const struct plex_edit *edit);

/*
 * The next base, from the read-back after the edit, which may be empty. Fields that show what Stash
 * wants, or what an intent of the stamp says, are ours; of others, and of those that are not synced, the
 * old base stays. Fields that were asked for and did not take are named in *ret_missing (may be
 * NULL), comma-separated, as Plex calls them.
 */
void plan_applied(struct marks *ret, const struct scene *scene, const struct plex_item *after,
	const struct stamp *stamp, const struct plex_edit *edit, const struct plan_policy *policy,
	struct buf *ret_missing);

#endif
