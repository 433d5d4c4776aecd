#include "consumer/plex.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

bool plex_item_locked(const struct plex_item *item, enum plex_field field)
{
	for (size_t i = 0; i < item->locked.count; i++)
		if (strcmp(item->locked.items[i], plex_field_name(field)) == 0)
			return true;
	return false;
}

/* ---- edits ---- */

void plex_edit_done(struct plex_edit *e)
{
	for (size_t i = 0; i < PLEX_FIELDS; i++)
		free(e->fields[i].value);
	*e = (struct plex_edit){ 0 };
}

void plex_edit_copy(struct plex_edit *ret, const struct plex_edit *from)
{
	*ret = *from;
	for (size_t i = 0; i < PLEX_FIELDS; i++)
		ret->fields[i].value = xstrdup_or_null(from->fields[i].value);
}

bool plex_edit_empty(const struct plex_edit *e)
{
	for (size_t i = 0; i < PLEX_FIELDS; i++)
		if (e->fields[i].wanted)
			return false;
	return true;
}

/* ---- requests ---- */

/* What our side can size is sane: a summary has 10000 code points, a byte may cost three. */
enum { PATH_LIMIT = 1024 * 1024, ARGUMENTS = 32 };

struct argument {
	char *name, *value;
};

struct query {
	struct argument arguments[ARGUMENTS];
	size_t count;
};

static void broken(const char *what)
{
	fprintf(stderr, "level=error event=bug detail=\"%s\"\n", what);
	abort();
}

static void add(struct query *q, const char *name, const char *value)
{
	if (q->count == ARGUMENTS)
		broken("a Plex request with too many arguments");
	q->arguments[q->count++] =
		(struct argument){ .name = xstrdup(name), .value = xstrdup(value) };
}

static void add_number(struct query *q, const char *name, int64_t value)
{
	auto_free char *text = xasprintf("%lld", (long long)value);

	add(q, name, text);
}

static int by_name(const void *a, const void *b)
{
	return strcasecmp(((const struct argument *)a)->name, ((const struct argument *)b)->name);
}

/* Only what RFC 3986 §2.3 calls unreserved stays as it is. */
static void put_encoded(struct buf *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if ((*p < 0x80 && isalnum(*p)) || strchr("-._~", *p))
			buf_putc(out, (char)*p);
		else
			buf_printf(out, "%%%02X", *p);
	}
}

/*
 * Arguments in python-plexapi's order (names sorted without regard to case), so that our requests
 * can be compared with the recorded ones byte for byte. Frees the query.
 */
static void make(
	struct plex_request *ret, const char *method, struct buf *take_path, struct query *q)
{
	qsort(q->arguments, q->count, sizeof *q->arguments, by_name);
	for (size_t i = 0; i < q->count; i++) {
		struct argument *a = &q->arguments[i];

		buf_putc(take_path, i ? '&' : '?');
		put_encoded(take_path, a->name);
		buf_putc(take_path, '=');
		put_encoded(take_path, a->value);
		free(a->name);
		free(a->value);
	}
	if (take_path->overflowed)
		broken("a Plex request of more than a megabyte");
	*ret = (struct plex_request){ .method = method, .path = buf_take(take_path) };
}

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

static void begin(struct buf *path, const char *before, const char *key, const char *after)
{
	if (!plex_key_valid(key))
		broken("a Plex request without a valid key");
	buf_init(path, PATH_LIMIT);
	buf_printf(path, "%s%s%s", before, key, after);
}

void plex_list_sections(struct plex_request *ret)
{
	*ret = (struct plex_request){ .method = "GET", .path = xstrdup("/library/sections") };
}

static void list(struct plex_request *ret, const char *section, struct query *take_query,
	int64_t start, int64_t size)
{
	struct query q = *take_query;
	struct buf path;

	begin(&path, "/library/sections/", section, "/all");
	add(&q, "type", "1");
	add_number(&q, "X-Plex-Container-Start", start);
	add_number(&q, "X-Plex-Container-Size", size);
	add(&q, "includeGuids", "0");
	add(&q, "includeCollections", "0");
	/* Requests, not guarantees: a row needs its keys, its title and its Media/Part. */
	add(&q, "excludeElements",
		"Genre,Collection,Country,Director,Writer,Producer,Role,Similar,Label,Rating,Image,"
		"UltraBlurColors");
	add(&q, "excludeFields", "summary,tagline,thumb,art");
	make(ret, "GET", &path, &q);
}

void plex_list_page(struct plex_request *ret, const char *section, int64_t start, int64_t size)
{
	struct query q = { 0 };

	/* Not advertised, but works: new items come last, and nobody can edit it. */
	add(&q, "sort", "id");
	list(ret, section, &q, start, size);
}

void plex_list_changes(struct plex_request *ret, const char *section, enum plex_listing listing,
	int64_t since, int64_t start, int64_t size)
{
	bool added = listing == PLEX_LIST_ADDED;
	struct query q = { 0 };

	/* The operator but for its last `=` belongs to the name: addedAt>>=1700000000. */
	add_number(&q, added ? "addedAt>>" : "updatedAt>>", since);
	add(&q, "sort", added ? "addedAt:desc" : "updatedAt:desc");
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
	struct query q = { 0 };
	struct buf path;

	begin(&path, "/library/sections/", section, "/refresh");
	add(&q, "path", directory);
	make(ret, "GET", &path, &q);
}

void plex_read_item(struct plex_request *ret, const char *rating_key)
{
	struct query q = { 0 };
	struct buf path;

	begin(&path, "/library/metadata/", rating_key, "");
	/* A plain detail GET may start a refresh of the item. */
	add(&q, "skipRefresh", "1");
	make(ret, "GET", &path, &q);
}

static void add_field(struct query *q, const char *field, const char *what, const char *value)
{
	auto_free char *name = xasprintf("%s.%s", field, what);

	add(q, name, value);
}

void plex_edit_item(struct plex_request *ret, const char *section, const char *rating_key,
	const struct plex_edit *edit)
{
	struct query q = { 0 };
	struct buf path;

	if (!plex_key_valid(rating_key))
		broken("an edit without a rating key would change the whole Plex library");
	if (plex_edit_empty(edit))
		broken("an edit of a Plex item that changes nothing");
	begin(&path, "/library/sections/", section, "/all");
	add(&q, "type", "1");
	add(&q, "id", rating_key);
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		if (!edit->fields[f].wanted)
			continue;
		add_field(&q, plex_field_name(f), "value", edit->fields[f].value);
		add_field(&q, plex_field_name(f), "locked", edit->lock ? "1" : "0");
	}
	make(ret, "PUT", &path, &q);
}
