#include "tests/dst/plexlists.h"

#include <string.h>

static const char *const words[PLEX_LISTS] = {
	[PLEX_ACTORS] = "Actor", [PLEX_GENRES] = "Genre", [PLEX_COLLECTIONS] = "Collection"
};
static const char persons_word[] = "A person's";

unsigned plexlists_wanted(int number, int version, enum plex_list list)
{
	return (unsigned)(version * ((int)list + 3) + number) & PLEXLISTS_OWN;
}

static char *name_of(int number, enum plex_list list, int bit)
{
	if (bit == PLEXLISTS_POOL)
		return xstrdup(persons_word);
	return xasprintf("%s %d.%d", words[list], number, bit);
}

void plexlists_names(struct string_list *ret, int number, enum plex_list list, unsigned members)
{
	for (int bit = 0; bit <= PLEXLISTS_POOL; bit++) {
		auto_free char *name = name_of(number, list, bit);

		if (members & 1U << bit)
			string_list_add(ret, name);
	}
}

static unsigned bit_of(const char *text, int number, enum plex_list list)
{
	for (int bit = 0; bit <= PLEXLISTS_POOL; bit++) {
		auto_free char *name = name_of(number, list, bit);

		if (strcmp(name, text) == 0)
			return 1U << bit;
	}
	return 0;
}

int plexlists_members(const struct string_list *names, int number, enum plex_list list)
{
	unsigned members = 0;

	for (size_t i = 0; i < names->count; i++) {
		unsigned bit = bit_of(names->items[i], number, list);

		if (!bit)
			return -1;
		members |= bit;
	}
	return (int)members;
}

void plexlists_read(const struct plexlists *l, int number, struct plex_item *ret)
{
	struct string_list *const lists[PLEX_LISTS] = { &ret->actors, &ret->genres,
		&ret->collections };

	for (enum plex_list list = 0; list < PLEX_LISTS; list++) {
		plexlists_names(lists[list], number, list, l->members[list]);
		if (l->locked[list])
			string_list_add(&ret->locked, plex_list_name(list));
	}
}

/* ---- what a person did ---- */

static bool is_protected(const struct world *w, enum plex_list list)
{
	return w->faults.preserve || list == PLEX_COLLECTIONS;
}

void plexlists_add_person(struct plexlists *l, const struct world *w, enum plex_list list)
{
	if (l->person[list] || !is_protected(w, list))
		return;
	l->first[list] = !l->edited[list];
	l->person[list] = l->locked[list] = true;
	l->person_ms[list] = w->now_ms;
	l->members[list] |= PLEXLISTS_PERSONS;
}

/* Whoever reads later than that before an edit cannot have overlooked it. */
enum { SEEN_MS = 600000 };

static void edit_list(struct plexlists *l, struct world *w, int number, enum plex_list list,
	const struct plex_list_edit *edit)
{
	int members = plexlists_members(&edit->members, number, list);
	int removed = plexlists_members(&edit->removed, number, list);
	bool persons = l->members[list] & PLEXLISTS_PERSONS && is_protected(w, list);

	if (members < 0 || removed < 0) {
		world_fail(w, "an edit of scene %d's %s names what is not the scene's", number,
			plex_list_name(list));
		return;
	}
	if (persons && removed & PLEXLISTS_PERSONS)
		world_fail(w, "an edit takes out of scene %d's %s what a person put in", number,
			plex_list_name(list));
	if (!w->faults.replace || !members)
		members |= (int)l->members[list];
	l->members[list] = (unsigned)members & ~(unsigned)removed;
	l->locked[list] = edit->lock;
	l->edited[list] = true;
	if (persons && !(l->members[list] & PLEXLISTS_PERSONS) &&
		w->now_ms - l->person_ms[list] > SEEN_MS)
		world_fail(w, "an edit forgets what a person put into scene %d's %s", number,
			plex_list_name(list));
	/* What came between a read and its edit is gone, until an edit that saw it arrives late. */
	l->person[list] = l->members[list] & PLEXLISTS_PERSONS;
}

void plexlists_edit(struct plexlists *l, struct world *w, int number, const struct plex_edit *edit)
{
	for (enum plex_list list = 0; list < PLEX_LISTS; list++)
		if (edit->lists[list].wanted)
			edit_list(l, w, number, list, &edit->lists[list]);
}

const char *plexlists_lack(
	const struct plexlists *l, const struct world *w, int number, int version)
{
	for (enum plex_list list = 0; list < PLEX_LISTS; list++) {
		unsigned wanted = plexlists_wanted(number, version, list);
		bool persons = l->first[list] && w->faults.preserve && list != PLEX_COLLECTIONS;

		if (l->person[list])
			wanted |= PLEXLISTS_PERSONS;
		if (l->members[list] != wanted && !persons)
			return plex_list_name(list);
	}
	return NULL;
}
