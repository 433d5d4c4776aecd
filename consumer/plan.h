/*
 * The smallest set of edits, by a three-way merge for each field: base = what our edits left or may
 * have left in Plex, mine = Stash, theirs = Plex now (DESIGN §5 "Planning"). docs/plex.md says the
 * same to users.
 */
#ifndef CONSUMER_PLAN_H
#define CONSUMER_PLAN_H

#include "consumer/planbase.h"
#include "consumer/plexedit.h"

struct plan_policy {
	bool preserve_plex_edits;
	bool lock_fields;
	bool sync[PLEX_FIELDS];
	bool sync_performers, sync_tags;
	bool sync_collection, sync_groups; /* of studio, of groups: both are collections in Plex */
	bool sync_rating, sync_poster;
	size_t max_tags; /* Stash's first so many tags count; 0: all */
	bool clear_on_destroy; /* plan_clear() is wanted */
};

/*
 * What Stash's scene says to each field of Plex; "" where it has nothing. A date without day or month
 * is its first day; a summary ends where one request can hold no more. Where Stash has no title it
 * shows the file's name, and so does Plex: nothing is wanted then. free() each value.
 */
void plan_wanted(const struct scene *scene, char *ret_values[PLEX_FIELDS]);

/*
 * The edit that brings `item` to what `scene` wants, but its poster (see planposter.h). Empty:
 * nothing to do; plex_edit_split() makes requests of it. `stamp` is the base (planbase.h); it may be NULL.
 *
 * A value:
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
 * within it; a rating that Plex rounded is the same as the one that was sent. Nobody but a person
 * rates, so a rating counts as locked.
 *
 * A member of a list:
 * mine        theirs                          preserve_plex_edits=false   =true
 * there       there                           nothing                     nothing
 * there       not there                       add                         add, unless a person took it out:
 *                                                                         it was seen there, and the list
 *                                                                         is locked
 * not there   there, ours                     remove                      remove
 * not there   there, not ours                 a collection: nothing;      nothing
 *                                             else remove, if Stash has
 *                                             any member at all
 * With preserve_plex_edits performers and tags that a person locked before we came are left alone.
 *
 * A field that shows what is wanted is left alone even if it is not locked: a lock goes
 * along with a value only. So a plan that took is followed by an empty one, also in a Plex that
 * ignores locks, and a person's unlocking is respected.
 */
void plan_edit(struct plex_edit *ret, const struct scene *scene, const struct plex_item *item,
	const struct stamp *stamp, const struct plan_policy *policy);

/*
 * The edit that takes back what edits of ours left in `item`, whose scene is gone: as for a scene that says
 * nothing, so that a value or member goes if it is still as we left it, and a title stays. What goes is
 * unlocked, and so is a title that is still ours; a list keeps its lock if others have members in it. The
 * poster stays.
 */
void plan_clear(struct plex_edit *ret, const struct plex_item *item, const struct stamp *stamp,
	const struct plan_policy *policy);

/* What an edit is about to write: the marks of an intent. */
void plan_intent(struct marks *ret, const struct plex_edit *edit);

/*
 * The next base, from the read-back after the edit, which may be empty. What shows what Stash
 * wants, or what an intent of the stamp says, is ours; of other fields, and of those that are not
 * synced, the old base stays. Fields that were asked for and did not take are named in *ret_missing
 * (may be NULL), comma-separated, as Plex calls them.
 */
void plan_applied(struct marks *ret, const struct scene *scene, const struct plex_item *after,
	const struct stamp *stamp, const struct plex_edit *edit, const struct plan_policy *policy,
	struct buf *ret_missing);

#endif
