#include "consumer/planlist.h"

#include "common/text.h"
#include "consumer/planvalue.h"

#include <stdlib.h>

/*
 * How marks call the lists; stamps out there hold hashes under these names: never change one. The
 * name "" among a list's marks says that it was merged before, even if nothing in it is ours.
 */
static const char *const mark_names[PLEX_LISTS] = {
	[PLEX_ACTORS] = "actors",
	[PLEX_GENRES] = "genres",
	[PLEX_COLLECTIONS] = "collections",
};

void planlist_add(struct string_list *list, const char *name)
{
	auto_free char *text = planvalue_text(name, false);

	if (*text && !planvalue_in(list, name))
		string_list_add(list, text);
}

void planlist_done(struct planlist *l)
{
	string_list_done(&l->wanted);
	string_list_done(&l->spared);
}

/* ---- what is known ---- */

static const struct string_list *theirs(const struct planlist *l)
{
	return plex_item_list(l->item, l->list);
}

static bool is_locked(const struct planlist *l)
{
	return plex_item_locks(l->item, plex_list_name(l->list));
}

static bool is_known(const struct planlist *l)
{
	return planbase_knows(l->stamp, l->item, mark_names[l->list]);
}

static bool is_ours(const struct planlist *l, const char *name)
{
	auto_free char *member = planvalue_member(name);

	return planbase_holds(l->stamp, l->item, mark_names[l->list], member);
}

/*
 * How an intent marks what its edit makes of a member that it does not leave in the list; no name begins
 * with such a letter.
 */
static const char given_up[] = "\1", taken_out[] = "\2";

static void mark_as(struct marks *m, enum plex_list list, const char *as, const char *name)
{
	auto_free char *member = planvalue_member(name);
	auto_free char *value = xasprintf("%s%s", as, member);

	marks_add(m, mark_names[list], value);
}

static bool is_marked_as(const struct planlist *l, const char *as, const char *name)
{
	auto_free char *member = planvalue_member(name);
	auto_free char *value = xasprintf("%s%s", as, member);

	return planbase_holds(l->stamp, l->item, mark_names[l->list], value);
}

/*
 * Whether it may be an edit of ours that put it out: one that was not proven said so; or one may come late
 * and bring an older list, but not if it was planned knowing that the member is gone.
 */
static bool may_be_our_doing(const struct planlist *l, const char *name)
{
	return is_marked_as(l, taken_out, name) ||
	       (planbase_intends(l->stamp, l->item, mark_names[l->list]) &&
		       !is_marked_as(l, given_up, name));
}

/* A person took it out: it was seen there, is no longer, and no agent changes a locked list. */
static bool was_taken_out(const struct planlist *l, const char *name)
{
	auto_free char *member = planvalue_member(name);

	return l->preserve && is_locked(l) &&
	       planbase_applied(l->stamp, l->item, mark_names[l->list], member) &&
	       !may_be_our_doing(l, name);
}

/*
 * A list that a person filled and locked before we came. To be in one more collection takes nothing
 * from anybody, so collections are never meant.
 */
static bool is_persons(const struct planlist *l)
{
	return l->preserve && l->list != PLEX_COLLECTIONS && theirs(l)->count && is_locked(l) &&
	       !is_known(l);
}

/* ---- the merge ---- */

/* Whether a member that Plex shows has to go. */
static bool goes(const struct planlist *l, const char *name)
{
	if (planvalue_in(&l->wanted, name) || planvalue_in(&l->spared, name))
		return false;
	if (is_ours(l, name))
		return true;
	return !l->preserve && l->list != PLEX_COLLECTIONS && l->wanted.count;
}

/* How Plex spells it, to the blank, or NULL. */
static const char *find_theirs(const struct planlist *l, const char *name)
{
	for (size_t i = 0; i < theirs(l)->count; i++)
		if (planvalue_same_member(theirs(l)->items[i], name))
			return theirs(l)->items[i];
	return NULL;
}

/* Stash's names that are in the list, or come into it as long as there is room. */
static void take_wanted(struct plex_list_edit *edit, const struct planlist *l, size_t room)
{
	bool full = false;

	for (size_t i = 0; i < l->wanted.count; i++) {
		const char *name = l->wanted.items[i];
		const char *known = find_theirs(l, name);
		size_t length = plex_member_length(l->list, name);

		if (!known) {
			if (was_taken_out(l, name)) {
				string_list_add(&edit->given_up, name);
				continue;
			}
			full |= length > room;
			if (full) {
				edit->left_out++;
				continue;
			}
			room -= length;
			edit->wanted = true;
		}
		string_list_add(&edit->members, known ? known : name);
	}
	edit->own_count = edit->members.count;
}

/* What the members that are there and stay take of a request. */
static size_t kept_length(const struct planlist *l)
{
	size_t length = 0;

	for (size_t i = 0; i < theirs(l)->count; i++)
		if (!goes(l, theirs(l)->items[i]))
			length += plex_member_length(l->list, theirs(l)->items[i]);
	return length;
}

/* As Plex sees it, to which another blank is another name. */
static bool is_listed(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal_ascii(list->items[i], name))
			return true;
	return false;
}

void planlist_edit(struct plex_list_edit *ret, const struct planlist *l, bool lock_fields)
{
	size_t kept = kept_length(l);

	*ret = (struct plex_list_edit){ .lock = lock_fields };
	if (is_persons(l))
		return;
	take_wanted(ret, l, kept < PLANVALUE_ROOM ? PLANVALUE_ROOM - kept : 0);
	for (size_t i = 0; i < theirs(l)->count; i++) {
		const char *name = theirs(l)->items[i];
		struct string_list *place = goes(l, name) ? &ret->removed : &ret->members;

		if (!is_listed(place, name))
			string_list_add(place, name);
	}
	ret->wanted |= ret->removed.count > 0;
	/* What it keeps is more than we could say: names can be taken out one by one all the same. */
	if (kept > PLANVALUE_ROOM) {
		string_list_done(&ret->members);
		ret->own_count = 0;
	}
	/* The lock is how a person's taking out is told from an agent's. */
	ret->lock |= l->preserve && is_locked(l);
	if (!ret->wanted) {
		string_list_done(&ret->members);
		string_list_done(&ret->given_up);
		*ret = (struct plex_list_edit){ .left_out = ret->left_out };
	}
}

void planlist_intent(struct marks *ret, enum plex_list list, const struct plex_list_edit *edit)
{
	marks_add(ret, mark_names[list], "");
	for (size_t i = 0; i < edit->own_count; i++)
		mark_as(ret, list, "", edit->members.items[i]);
	for (size_t i = 0; i < edit->given_up.count; i++)
		mark_as(ret, list, given_up, edit->given_up.items[i]);
	for (size_t i = 0; i < edit->removed.count; i++)
		mark_as(ret, list, taken_out, edit->removed.items[i]);
}

void planlist_applied(struct marks *m, const struct planlist *l, const struct plex_list_edit *edit)
{
	if (!edit->wanted && is_persons(l))
		return;
	planbase_drop(m, mark_names[l->list]);
	marks_add(m, mark_names[l->list], "");
	for (size_t i = 0; i < theirs(l)->count; i++) {
		const char *name = theirs(l)->items[i];

		if (planvalue_in(&l->wanted, name) || is_ours(l, name))
			mark_as(m, l->list, "", name);
	}
	/* What was taken out by a person must not look new the next time. */
	for (size_t i = 0; i < l->wanted.count; i++)
		if (was_taken_out(l, l->wanted.items[i]))
			mark_as(m, l->list, "", l->wanted.items[i]);
}

bool planlist_took(const struct planlist *l, const struct plex_list_edit *edit)
{
	for (size_t i = 0; i < edit->own_count; i++)
		if (!planvalue_in(theirs(l), edit->members.items[i]))
			return false;
	for (size_t i = 0; i < edit->removed.count; i++)
		if (planvalue_in(theirs(l), edit->removed.items[i]))
			return false;
	return true;
}
