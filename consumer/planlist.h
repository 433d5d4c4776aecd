/*
 * The three-way merge of a list, member by member: performers, tags, collections. For plan.c only,
 * where its rules are described.
 */
#ifndef CONSUMER_PLANLIST_H
#define CONSUMER_PLANLIST_H

#include "consumer/planbase.h"
#include "consumer/plexedit.h"

struct planlist {
	enum plex_list list;
	struct string_list wanted; /* what Stash says; equal names once */
	struct string_list spared; /* names that no setting lets us touch, even if they are ours */
	const struct plex_item *item;
	const struct stamp *stamp;
	bool preserve;
};

void planlist_add(struct string_list *list, const char *name); /* unless it is empty or there */
void planlist_done(struct planlist *l);

/* The edit; not wanted when there is nothing to do. */
void planlist_edit(struct plex_list_edit *ret, const struct planlist *l, bool lock_fields);

/* Marks what the edit is about to make ours. */
void planlist_intent(struct marks *ret, enum plex_list list, const struct plex_list_edit *edit);

/* In *m, the list's next base; `l` is about the item after the edit. */
void planlist_applied(struct marks *m, const struct planlist *l, const struct plex_list_edit *edit);

/* Whether the item, read after the edit, has what was asked for. */
bool planlist_took(const struct planlist *l, const struct plex_list_edit *edit);

#endif
