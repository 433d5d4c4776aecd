#include "consumer/plex.h"

#include "consumer/plexquery.h"

#include <stdlib.h>
#include <string.h>

void plex_section_done(struct plex_section *s)
{
	free(s->key);
	free(s->title);
	free(s->type);
	free(s->content_changed_at);
	string_list_done(&s->locations);
	*s = (struct plex_section){ 0 };
}

/* ---- items ---- */

void plex_item_done(struct plex_item *item)
{
	free(item->rating_key);
	free(item->section);
	free(item->type);
	free(item->title);
	free(item->summary);
	free(item->studio);
	free(item->date);
	for (size_t i = 0; i < item->part_count; i++)
		free(item->parts[i].file);
	free(item->parts);
	string_list_done(&item->actors);
	string_list_done(&item->genres);
	string_list_done(&item->collections);
	string_list_done(&item->locked);
	*item = (struct plex_item){ 0 };
}

static void copy_list(struct string_list *ret, const struct string_list *from)
{
	*ret = (struct string_list){ 0 };
	for (size_t i = 0; i < from->count; i++)
		string_list_add(ret, from->items[i]);
}

void plex_item_copy(struct plex_item *ret, const struct plex_item *from)
{
	*ret = *from;
	ret->rating_key = xstrdup_or_null(from->rating_key);
	ret->section = xstrdup_or_null(from->section);
	ret->type = xstrdup_or_null(from->type);
	ret->title = xstrdup_or_null(from->title);
	ret->summary = xstrdup_or_null(from->summary);
	ret->studio = xstrdup_or_null(from->studio);
	ret->date = xstrdup_or_null(from->date);
	ret->parts = from->part_count ? xcalloc(from->part_count, sizeof *ret->parts) : NULL;
	for (size_t i = 0; i < from->part_count; i++) {
		ret->parts[i] = from->parts[i];
		ret->parts[i].file = xstrdup(from->parts[i].file);
	}
	copy_list(&ret->actors, &from->actors);
	copy_list(&ret->genres, &from->genres);
	copy_list(&ret->collections, &from->collections);
	copy_list(&ret->locked, &from->locked);
}

const char *plex_field_name(enum plex_field field)
{
	static const char *const names[PLEX_FIELDS] = {
		[PLEX_TITLE] = "title",
		[PLEX_SUMMARY] = "summary",
		[PLEX_STUDIO] = "studio",
		[PLEX_DATE] = "originallyAvailableAt",
	};

	return names[field];
}

const char *plex_item_value(const struct plex_item *item, enum plex_field field)
{
	const char *const values[PLEX_FIELDS] = {
		[PLEX_TITLE] = item->title,
		[PLEX_SUMMARY] = item->summary,
		[PLEX_STUDIO] = item->studio,
		[PLEX_DATE] = item->date,
	};

	return values[field] ? values[field] : "";
}

bool plex_item_locks(const struct plex_item *item, const char *name)
{
	for (size_t i = 0; i < item->locked.count; i++)
		if (strcmp(item->locked.items[i], name) == 0)
			return true;
	return false;
}

bool plex_item_locked(const struct plex_item *item, enum plex_field field)
{
	return plex_item_locks(item, plex_field_name(field));
}

const char *plex_list_name(enum plex_list list)
{
	static const char *const names[PLEX_LISTS] = {
		[PLEX_ACTORS] = "actor",
		[PLEX_GENRES] = "genre",
		[PLEX_COLLECTIONS] = "collection",
	};

	return names[list];
}

const struct string_list *plex_item_list(const struct plex_item *item, enum plex_list list)
{
	const struct string_list *const lists[PLEX_LISTS] = {
		[PLEX_ACTORS] = &item->actors,
		[PLEX_GENRES] = &item->genres,
		[PLEX_COLLECTIONS] = &item->collections,
	};

	return lists[list];
}

char *plex_rating_text(int rating100)
{
	return xasprintf("%d.%d", rating100 / 10, rating100 % 10);
}

void plex_posters_add(struct plex_posters *p, const struct plex_poster *poster)
{
	p->items = xrealloc(p->items, p->count + 1, sizeof *p->items);
	p->items[p->count++] =
		(struct plex_poster){ .key = xstrdup(poster->key), .selected = poster->selected };
}

void plex_posters_done(struct plex_posters *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i].key);
	free(p->items);
	*p = (struct plex_posters){ 0 };
}

/* ---- requests ---- */

void plex_request_done(struct plex_request *r)
{
	free(r->path);
	*r = (struct plex_request){ 0 };
}

bool plex_key_valid(const char *key)
{
	size_t len = key ? strspn(key, "0123456789abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-")
			 : 0;

	return len > 0 && len <= PLEX_KEY_MAX && key[len] == '\0';
}

void plex_list_sections(struct plex_request *ret)
{
	*ret = (struct plex_request){ .method = "GET", .path = xstrdup("/library/sections") };
}

static void list(struct plex_request *ret, const char *section, struct plexquery *take_query,
	int64_t start, int64_t size)
{
	auto_free char *path = plexquery_path("/library/sections/", section, "/all");
	struct plexquery q = *take_query;

	plexquery_add(&q, "type", "1");
	plexquery_add_number(&q, "X-Plex-Container-Start", start);
	plexquery_add_number(&q, "X-Plex-Container-Size", size);
	plexquery_add(&q, "includeGuids", "0");
	plexquery_add(&q, "includeCollections", "0");
	/* Requests, not guarantees: a row needs its keys, its title and its Media/Part. */
	plexquery_add(&q, "excludeElements",
		"Genre,Collection,Country,Director,Writer,Producer,Role,Similar,Label,Rating,Image,"
		"UltraBlurColors");
	plexquery_add(&q, "excludeFields", "summary,tagline,thumb,art");
	plexquery_make(ret, "GET", path, &q);
}

void plex_list_page(struct plex_request *ret, const char *section, int64_t start, int64_t size)
{
	struct plexquery q = { 0 };

	/* Not advertised, but works: new items come last, and nobody can edit it. */
	plexquery_add(&q, "sort", "id");
	list(ret, section, &q, start, size);
}

void plex_list_changes(struct plex_request *ret, const char *section, enum plex_listing listing,
	int64_t since, int64_t start, int64_t size)
{
	bool added = listing == PLEX_LIST_ADDED;
	struct plexquery q = { 0 };

	/* The operator but for its last `=` belongs to the name: addedAt>>=1700000000. */
	plexquery_add_number(&q, added ? "addedAt>>" : "updatedAt>>", since);
	plexquery_add(&q, "sort", added ? "addedAt:desc" : "updatedAt:desc");
	list(ret, section, &q, start, size);
}

void plex_watch(struct plex_request *ret)
{
	*ret = (struct plex_request){
		.method = "GET",
		.path = xstrdup("/:/eventsource/notifications?filters=timeline%2Cactivity"),
	};
}

void plex_scan(struct plex_request *ret, const char *section, const char *directory)
{
	auto_free char *path = plexquery_path("/library/sections/", section, "/refresh");
	struct plexquery q = { 0 };

	plexquery_add(&q, "path", directory);
	plexquery_make(ret, "GET", path, &q);
}

void plex_read_item(struct plex_request *ret, const char *rating_key)
{
	auto_free char *path = plexquery_path("/library/metadata/", rating_key, "");
	struct plexquery q = { 0 };

	/* A plain detail GET may start a refresh of the item. */
	plexquery_add(&q, "skipRefresh", "1");
	plexquery_make(ret, "GET", path, &q);
}
