#include "consumer/plexedit.h"

#include "consumer/plexquery.h"

#include <stdlib.h>
#include <string.h>

/* ---- edits ---- */

static void list_edit_done(struct plex_list_edit *l)
{
	string_list_done(&l->members);
	string_list_done(&l->removed);
	string_list_done(&l->given_up);
	*l = (struct plex_list_edit){ 0 };
}

void plex_edit_done(struct plex_edit *e)
{
	for (size_t i = 0; i < PLEX_FIELDS; i++)
		free(e->fields[i].value);
	for (size_t i = 0; i < PLEX_LISTS; i++)
		list_edit_done(&e->lists[i]);
	*e = (struct plex_edit){ 0 };
}

static void list_edit_copy(struct plex_list_edit *ret, const struct plex_list_edit *from)
{
	*ret = *from;
	ret->members = ret->removed = ret->given_up = (struct string_list){ 0 };
	for (size_t i = 0; i < from->members.count; i++)
		string_list_add(&ret->members, from->members.items[i]);
	for (size_t i = 0; i < from->removed.count; i++)
		string_list_add(&ret->removed, from->removed.items[i]);
	for (size_t i = 0; i < from->given_up.count; i++)
		string_list_add(&ret->given_up, from->given_up.items[i]);
}

void plex_edit_copy(struct plex_edit *ret, const struct plex_edit *from)
{
	*ret = *from;
	for (size_t i = 0; i < PLEX_FIELDS; i++)
		ret->fields[i].value = xstrdup_or_null(from->fields[i].value);
	for (size_t i = 0; i < PLEX_LISTS; i++)
		list_edit_copy(&ret->lists[i], &from->lists[i]);
}

/* Whether anything of it goes by an edit's PUT. */
static bool has_arguments(const struct plex_edit *e)
{
	bool any = e->lock_poster;

	for (size_t i = 0; i < PLEX_FIELDS; i++)
		any |= e->fields[i].wanted;
	for (size_t i = 0; i < PLEX_LISTS; i++)
		any |= e->lists[i].wanted;
	return any;
}

bool plex_edit_empty(const struct plex_edit *e)
{
	return !has_arguments(e) && !e->rating.wanted;
}

static void put_name(struct buf *out, const char *name)
{
	buf_printf(out, "%s%s", out->len ? "," : "", name);
}

void plex_edit_names(const struct plex_edit *e, struct buf *out)
{
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		if (e->fields[f].wanted)
			put_name(out, plex_field_name(f));
	for (enum plex_list l = 0; l < PLEX_LISTS; l++)
		if (e->lists[l].wanted)
			put_name(out, plex_list_name(l));
	if (e->rating.wanted)
		put_name(out, PLEX_RATING_NAME);
	if (e->lock_poster)
		put_name(out, PLEX_POSTER_NAME);
}

void plex_edit_shortfall(const struct plex_edit *e, struct buf *out)
{
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		if (e->fields[f].wanted && e->fields[f].cut)
			buf_printf(out,
				"The end of the %s is missing: Plex takes no more in one edit.",
				plex_field_name(f));
	for (enum plex_list l = 0; l < PLEX_LISTS; l++)
		if (e->lists[l].wanted && e->lists[l].left_out)
			buf_printf(out,
				"%s%zu of Stash's names are missing in %s: Plex takes no more in "
				"one "
				"edit.",
				out->len ? " " : "", e->lists[l].left_out, plex_list_name(l));
}

/* ---- requests ---- */

static void add_argument(
	struct plexquery *q, const char *field, const char *what, const char *value)
{
	auto_free char *name = xasprintf("%s.%s", field, what);

	plexquery_add(q, name, value);
}

static void add_lock(struct plexquery *q, const char *field, bool lock)
{
	add_argument(q, field, "locked", lock ? "1" : "0");
}

/* Names that are joined by commas are encoded once more than other values. */
static void add_removals(struct plexquery *q, const char *name, const struct string_list *removed)
{
	auto_free char *argument = xasprintf("%s[].tag.tag-", name);
	auto_buf joined;

	buf_init(&joined, SIZE_MAX);
	for (size_t i = 0; i < removed->count; i++) {
		if (i)
			buf_putc(&joined, ',');
		plexquery_encode(&joined, removed->items[i]);
	}
	plexquery_add(q, argument, buf_text(&joined));
}

static void add_list(struct plexquery *q, enum plex_list list, const struct plex_list_edit *edit)
{
	const char *name = plex_list_name(list);

	for (size_t i = 0; i < edit->members.count; i++) {
		auto_free char *argument = xasprintf("%s[%zu].tag.tag", name, i);

		plexquery_add(q, argument, edit->members.items[i]);
	}
	if (edit->removed.count)
		add_removals(q, name, &edit->removed);
	add_lock(q, name, edit->lock);
}

static void add_edit(struct plexquery *q, const struct plex_edit *edit)
{
	plexquery_add(q, "type", "1");
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		if (!edit->fields[f].wanted)
			continue;
		if (edit->fields[f].value)
			add_argument(q, plex_field_name(f), "value", edit->fields[f].value);
		add_lock(q, plex_field_name(f), edit->lock);
	}
	for (enum plex_list l = 0; l < PLEX_LISTS; l++)
		if (edit->lists[l].wanted)
			add_list(q, l, &edit->lists[l]);
	if (edit->lock_poster)
		add_lock(q, PLEX_POSTER_NAME, edit->lock);
}

static void rate_item(struct plex_request *ret, const char *rating_key, int rating100)
{
	auto_free char *rating = rating100 ? plex_rating_text(rating100) : xstrdup("-1");
	struct plexquery q = { 0 };

	plexquery_add(&q, "key", rating_key);
	plexquery_add(&q, "identifier", "com.plexapp.plugins.library");
	plexquery_add(&q, "rating", rating);
	plexquery_make(ret, "PUT", "/:/rate", &q);
}

void plex_edit_item(struct plex_request *ret, const char *section, const char *rating_key,
	const struct plex_edit *edit)
{
	struct plexquery q = { 0 };

	if (!plex_key_valid(rating_key))
		plexquery_broken(
			"an edit without a rating key would change the whole Plex library");
	if (plex_edit_empty(edit))
		plexquery_broken("an edit of a Plex item that changes nothing");
	if (edit->rating.wanted && has_arguments(edit))
		plexquery_broken("an edit of a Plex item that is more than one request");
	if (edit->rating.wanted) {
		rate_item(ret, rating_key, edit->rating.rating100);
		return;
	}
	auto_free char *path = *section ? plexquery_path("/library/sections/", section, "/all")
					: plexquery_path("/library/metadata/", rating_key, "");
	if (*section)
		plexquery_add(&q, "id", rating_key);
	add_edit(&q, edit);
	plexquery_make(ret, "PUT", path, &q);
}

size_t plex_edit_length(const struct plex_edit *edit, const char *rating_key)
{
	/* A section's key is a small number, but nobody promises it. */
	static const char long_section[] =
		"0123456789012345678901234567890123456789012345678901234567890123";
	struct plex_request request;
	size_t len;

	_Static_assert(sizeof long_section == PLEX_KEY_MAX + 1, "the longest key");
	plex_edit_item(&request, long_section, rating_key, edit);
	len = strlen(request.path);
	plex_request_done(&request);
	return len;
}

size_t plex_member_length(enum plex_list list, const char *member)
{
	auto_buf encoded;

	buf_init(&encoded, SIZE_MAX);
	buf_printf(&encoded, "&%s%%5B1234%%5D.tag.tag=", plex_list_name(list));
	plexquery_encode(&encoded, member);
	return encoded.len;
}

void plex_list_posters(struct plex_request *ret, const char *rating_key)
{
	auto_free char *path = plexquery_path("/library/metadata/", rating_key, "/posters");
	struct plexquery q = { 0 };

	/* Without them some servers answer 400. */
	plexquery_add(&q, "X-Plex-Container-Start", "0");
	plexquery_add(&q, "X-Plex-Container-Size", "500");
	plexquery_make(ret, "GET", path, &q);
}

void plex_upload_poster(struct plex_request *ret, const char *rating_key)
{
	auto_free char *path = plexquery_path("/library/metadata/", rating_key, "/posters");
	struct plexquery q = { 0 };

	plexquery_make(ret, "POST", path, &q);
}

void plex_select_poster(struct plex_request *ret, const char *rating_key, const char *poster_key)
{
	auto_free char *path = plexquery_path("/library/metadata/", rating_key, "/poster");
	struct plexquery q = { 0 };

	plexquery_add(&q, "url", poster_key);
	plexquery_make(ret, "PUT", path, &q);
}
