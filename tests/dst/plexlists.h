/*
 * An item's lists: members that are the scene's, of a small pool so that they go and come back, and one
 * that a person put in.
 */
#ifndef TESTS_DST_PLEXLISTS_H
#define TESTS_DST_PLEXLISTS_H

#include "consumer/plexedit.h"
#include "tests/dst/world.h"

enum {
	PLEXLISTS_POOL = 3, /* members that are a scene's own, in each list */
	PLEXLISTS_OWN = (1 << PLEXLISTS_POOL) - 1, /* a set of them is a bit for each */
	PLEXLISTS_PERSONS = 1 << PLEXLISTS_POOL, /* the one of a person's */
};

struct plexlists {
	unsigned members[PLEX_LISTS];
	bool locked[PLEX_LISTS];
	bool edited[PLEX_LISTS]; /* an edit took effect */
	bool person[PLEX_LISTS]; /* a person put the own one in */
	bool first
		[PLEX_LISTS]; /* … before any edit of ours: with preserve_plex_edits the list is the person's */
	int64_t person_ms[PLEX_LISTS]; /* … then */
};

/* What a version of the scene has; of every list at least sometimes nothing. */
unsigned plexlists_wanted(int number, int version, enum plex_list list);

/* Adds the names of a set; in Stash's scene and in Plex's item alike. */
void plexlists_names(struct string_list *ret, int number, enum plex_list list, unsigned members);

/* The set of names. -1: one of them is nobody's, or another scene's. */
int plexlists_members(const struct string_list *names, int number, enum plex_list list);

/* As Plex tells of it. */
void plexlists_read(const struct plexlists *l, int number, struct plex_item *ret);

/* An edit takes effect. What it must not do to a person's member fails the world. */
void plexlists_edit(struct plexlists *l, struct world *w, int number, const struct plex_edit *edit);

/* A person puts a member in, where plexsync promises to leave it. */
void plexlists_add_person(struct plexlists *l, const struct world *w, enum plex_list list);

/* NULL: they show what the version wants, and what a person put in; else the list that does not. */
const char *plexlists_lack(
	const struct plexlists *l, const struct world *w, int number, int version);

#endif
