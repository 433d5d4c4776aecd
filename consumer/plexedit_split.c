/* An edit as parts that are each one request of bearable length. */
#include "consumer/plexedit.h"

#include <stdlib.h>

struct parts {
	struct plex_edit *items;
	size_t count;
	const char *rating_key;
	bool lock;
};

static struct plex_edit *open_part(struct parts *p)
{
	p->items = xrealloc(p->items, p->count + 1, sizeof *p->items);
	p->items[p->count] = (struct plex_edit){ .lock = p->lock };
	return &p->items[p->count++];
}

/*
 * `take_grown` is the last part and something more. It takes that part's place or, when it is too
 * long for one request, is dropped: false.
 */
static bool replace_last(struct parts *p, struct plex_edit *take_grown)
{
	struct plex_edit *last = &p->items[p->count - 1];

	if (!plex_edit_empty(last) &&
		plex_edit_length(take_grown, p->rating_key) > PLEX_REQUEST_MAX) {
		plex_edit_done(take_grown);
		return false;
	}
	plex_edit_done(last);
	*last = *take_grown;
	return true;
}

/* Something that goes into one part: it is grown by it, and `edit` is where it comes from. */
struct piece {
	const struct plex_edit *edit;
	int index; /* of the field or list */
	size_t name; /* of `removed` */
	void (*grow)(struct plex_edit *part, const struct piece *piece);
};

static void add_piece(struct parts *p, const struct piece *piece)
{
	struct plex_edit grown;

	if (!p->count)
		open_part(p);
	plex_edit_copy(&grown, &p->items[p->count - 1]);
	piece->grow(&grown, piece);
	if (replace_last(p, &grown))
		return;
	piece->grow(open_part(p), piece);
}

static void grow_field(struct plex_edit *part, const struct piece *piece)
{
	part->fields[piece->index].wanted = true;
	part->fields[piece->index].cut = piece->edit->fields[piece->index].cut;
	part->fields[piece->index].value = xstrdup_or_null(piece->edit->fields[piece->index].value);
}

static struct plex_list_edit *grow_list(struct plex_edit *part, const struct piece *piece)
{
	struct plex_list_edit *list = &part->lists[piece->index];

	list->wanted = true;
	list->lock = piece->edit->lists[piece->index].lock;
	return list;
}

static void grow_removed(struct plex_edit *part, const struct piece *piece)
{
	const struct plex_list_edit *from = &piece->edit->lists[piece->index];

	string_list_add(&grow_list(part, piece)->removed, from->removed.items[piece->name]);
}

static void grow_members(struct plex_edit *part, const struct piece *piece)
{
	const struct plex_list_edit *from = &piece->edit->lists[piece->index];
	struct plex_list_edit *list = grow_list(part, piece);

	for (size_t i = 0; i < from->members.count; i++)
		string_list_add(&list->members, from->members.items[i]);
	list->own_count = from->own_count;
	list->left_out = from->left_out;
}

static void grow_poster_lock(struct plex_edit *part, const struct piece *piece)
{
	(void)piece;
	part->lock_poster = true;
}

static void split_list(struct parts *p, const struct plex_edit *edit, int l)
{
	for (size_t i = 0; i < edit->lists[l].removed.count; i++)
		add_piece(p, &(struct piece){ edit, l, i, grow_removed });
	if (edit->lists[l].members.count)
		add_piece(p, &(struct piece){ edit, l, 0, grow_members });
}

size_t plex_edit_split(
	const struct plex_edit *edit, const char *rating_key, struct plex_edit **ret_parts)
{
	struct parts p = { .rating_key = rating_key, .lock = edit->lock };

	for (int f = 0; f < PLEX_FIELDS; f++)
		if (edit->fields[f].wanted)
			add_piece(&p, &(struct piece){ edit, f, 0, grow_field });
	for (int l = 0; l < PLEX_LISTS; l++)
		if (edit->lists[l].wanted)
			split_list(&p, edit, l);
	if (edit->lock_poster)
		add_piece(&p, &(struct piece){ edit, 0, 0, grow_poster_lock });
	if (edit->rating.wanted)
		open_part(&p)->rating = edit->rating;
	*ret_parts = p.items;
	return p.count;
}
