#include "consumer/plexdoc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum element {
	EL_IGNORED, /* and all below it */
	EL_DOCUMENT,
	EL_CONTAINER,
	EL_ITEM,
	EL_DIRECTORY,
	EL_POSTER,
	EL_LOCATION,
	EL_ROW, /* counts in `size` and is nothing to us */
	EL_MEDIA,
	EL_PART,
	EL_GENRE,
	EL_COLLECTION,
	EL_ROLE,
	EL_FIELD,
	ELEMENTS,
};

/* Which elements mean something, and where: a Video in an Extras is no row. */
static const struct {
	enum element parent;
	const char *name;
	enum element element;
} grammar[] = {
	{ EL_DOCUMENT, "MediaContainer", EL_CONTAINER },
	{ EL_CONTAINER, "Video", EL_ITEM },
	{ EL_CONTAINER, "Directory", EL_DIRECTORY },
	{ EL_CONTAINER, "Track", EL_ROW },
	{ EL_CONTAINER, "Photo", EL_POSTER },
	{ EL_CONTAINER, "Playlist", EL_ROW },
	{ EL_DIRECTORY, "Location", EL_LOCATION },
	{ EL_ITEM, "Media", EL_MEDIA },
	{ EL_ITEM, "Genre", EL_GENRE },
	{ EL_ITEM, "Collection", EL_COLLECTION },
	{ EL_ITEM, "Role", EL_ROLE },
	{ EL_ITEM, "Field", EL_FIELD },
	{ EL_MEDIA, "Part", EL_PART },
};

const char plexdoc_html_sentence[] =
	"Plex answered a web page instead of XML; check that plex_url is the Plex server "
	"itself and no proxy or login page answers in its place";

/* A heap copy, or NULL when the element has no such attribute. */
static char *find_text(const struct plexdoc_attributes *a, const char *name)
{
	return a->find(a->cookie, name);
}

static char *get_text(const struct plexdoc_attributes *a, const char *name)
{
	char *text = find_text(a, name);

	return text ? text : xstrdup("");
}

static bool read_number(const char *text, int64_t *ret)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < 0)
		return false;
	*ret = value;
	return true;
}

static int64_t get_number(const struct plexdoc_attributes *a, const char *name, int64_t otherwise)
{
	auto_free char *text = find_text(a, name);

	if (text)
		(void)read_number(text, &otherwise);
	return otherwise;
}

static bool is_text(const struct plexdoc_attributes *a, const char *name, const char *wanted)
{
	auto_free char *text = find_text(a, name);

	return str_equal(text, wanted);
}

static bool open_container(struct plexdoc *d, const struct plexdoc_attributes *a, struct error *err)
{
	static const struct {
		const char *name;
		size_t at;
	} numbers[] = {
		{ "size", offsetof(struct plexdoc, size) },
		{ "totalSize", offsetof(struct plexdoc, total_size) },
		{ "offset", offsetof(struct plexdoc, offset) },
	};

	d->section = find_text(a, "librarySectionID");
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		auto_free char *text = find_text(a, numbers[i].name);

		if (text && !read_number(text, (int64_t *)((char *)d + numbers[i].at)))
			return error_set(err, "Plex's answer has a %s that is no number: %.40s",
				numbers[i].name, text);
	}
	return true;
}

/* Sections alone have a key and a type and no rating key: collections and menus are left out. */
static void open_directory(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	struct plex_section section = { .key = get_text(a, "key"), .type = get_text(a, "type") };
	auto_free char *rating_key = find_text(a, "ratingKey");

	d->rows++;
	d->section_open = false;
	if (rating_key || !*section.type || !plex_key_valid(section.key)) {
		plex_section_done(&section);
		return;
	}
	section.title = get_text(a, "title");
	section.content_changed_at = find_text(a, "contentChangedAt");
	if (d->section_count == d->section_capacity) {
		d->section_capacity = d->section_capacity ? d->section_capacity * 2 : 16;
		d->sections = xrealloc(d->sections, d->section_capacity, sizeof *d->sections);
	}
	d->sections[d->section_count++] = section;
	d->section_open = true;
}

/* In a list of posters; a photo of a library has a number for its key, and is none of ours. */
static void open_poster(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	auto_free char *key = find_text(a, "ratingKey");

	d->rows++;
	if (key && *key)
		plex_posters_add(&d->posters, &(struct plex_poster){ .key = key,
						      .selected = is_text(a, "selected", "1") });
}

static void open_row(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	(void)a;
	d->rows++;
}

static char *cut_date(char *take_date)
{
	if (strlen(take_date) > 10)
		take_date[10] = '\0';
	return take_date;
}

/* "8.5", of ten, in hundredths of the scale: to the tenth that Plex shows. 0: none. */
static int get_rating(const struct plexdoc_attributes *a, const char *name)
{
	auto_free char *text = find_text(a, name);
	char *end = text;
	double rating = text ? strtod(text, &end) : 0;

	return end != text && !*end && rating > 0 && rating <= 10 ? (int)(rating * 10 + 0.5) : 0;
}

/* An item that cannot be named in a request is of no use; it counts as a row all the same. */
static void open_item(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	char *rating_key = find_text(a, "ratingKey");
	struct plex_item item;

	d->rows++;
	d->item_open = plex_key_valid(rating_key);
	if (!d->item_open) {
		free(rating_key);
		return;
	}
	item = (struct plex_item){
		.rating_key = rating_key,
		.section = find_text(a, "librarySectionID"),
		.type = get_text(a, "type"),
		.title = get_text(a, "title"),
		.summary = get_text(a, "summary"),
		.studio = get_text(a, "studio"),
		.date = cut_date(get_text(a, "originallyAvailableAt")),
		.added_at = get_number(a, "addedAt", 0),
		.updated_at = get_number(a, "updatedAt", 0),
		.rating100 = get_rating(a, "userRating"),
	};
	if (!item.section)
		item.section = xstrdup(d->section ? d->section : "");
	if (d->item_count == d->item_capacity) {
		d->item_capacity = d->item_capacity ? d->item_capacity * 2 : 64;
		d->items = xrealloc(d->items, d->item_capacity, sizeof *d->items);
	}
	d->items[d->item_count++] = item;
}

static void open_media(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	d->media_duration_ms = get_number(a, "duration", -1);
}

static void open_part(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	struct plex_item *item = &d->items[d->item_count - 1];
	struct plex_part part = { .duration_ms = d->media_duration_ms };

	part.file = get_text(a, "file");
	part.size = get_number(a, "size", -1);
	if (!*part.file) {
		free(part.file);
		return;
	}
	item->parts = xrealloc(item->parts, item->part_count + 1, sizeof *item->parts);
	item->parts[item->part_count++] = part;
}

static void add_name(
	struct string_list *list, const struct plexdoc_attributes *a, const char *attribute)
{
	auto_free char *name = find_text(a, attribute);

	if (name && *name)
		string_list_add(list, name);
}

static void open_location(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	if (d->section_open)
		add_name(&d->sections[d->section_count - 1].locations, a, "path");
}

static void open_genre(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	add_name(&d->items[d->item_count - 1].genres, a, "tag");
}

static void open_collection(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	add_name(&d->items[d->item_count - 1].collections, a, "tag");
}

static void open_role(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	add_name(&d->items[d->item_count - 1].actors, a, "tag");
}

static void open_field(struct plexdoc *d, const struct plexdoc_attributes *a)
{
	if (is_text(a, "locked", "1"))
		add_name(&d->items[d->item_count - 1].locked, a, "name");
}

static void (*const open_element[ELEMENTS])(
	struct plexdoc *d, const struct plexdoc_attributes *a) = {
	[EL_ITEM] = open_item,
	[EL_DIRECTORY] = open_directory,
	[EL_POSTER] = open_poster,
	[EL_LOCATION] = open_location,
	[EL_ROW] = open_row,
	[EL_MEDIA] = open_media,
	[EL_PART] = open_part,
	[EL_GENRE] = open_genre,
	[EL_COLLECTION] = open_collection,
	[EL_ROLE] = open_role,
	[EL_FIELD] = open_field,
};

static bool refuse_root(const char *name, const struct plexdoc_attributes *a, struct error *err)
{
	auto_free char *code = NULL, *title = NULL, *status = NULL;

	if (strcasecmp(name, "html") == 0)
		return error_set(err, "%s", plexdoc_html_sentence);
	if (strcmp(name, "Response") != 0)
		return error_set(
			err, "Plex's answer is a %.80s document and no MediaContainer", name);
	code = get_text(a, "code");
	title = get_text(a, "title");
	status = get_text(a, "status");
	return error_set(err, "Plex answered %.20s %.80s: %.300s", code, title, status);
}

static enum element classify(const struct plexdoc *d, enum element parent, const char *name,
	const struct plexdoc_attributes *a)
{
	if (parent == EL_ITEM && !d->item_open)
		return EL_IGNORED;
	for (size_t i = 0; i < ARRAY_LEN(grammar); i++) {
		if (grammar[i].parent != parent || strcmp(grammar[i].name, name) != 0)
			continue;
		/* An optimised version: a file that Plex made for itself. */
		if (grammar[i].element == EL_MEDIA && is_text(a, "proxyType", "42"))
			return EL_IGNORED;
		return grammar[i].element;
	}
	return EL_IGNORED;
}

void plexdoc_init(struct plexdoc *d)
{
	*d = (struct plexdoc){ .size = -1, .total_size = -1, .offset = -1 };
}

void plexdoc_done(struct plexdoc *d)
{
	for (size_t i = 0; i < d->item_count; i++)
		plex_item_done(&d->items[i]);
	for (size_t i = 0; i < d->section_count; i++)
		plex_section_done(&d->sections[i]);
	plex_posters_done(&d->posters);
	free(d->items);
	free(d->sections);
	free(d->section);
	plexdoc_init(d);
}

bool plexdoc_open(
	struct plexdoc *d, const char *name, const struct plexdoc_attributes *a, struct error *err)
{
	enum element parent = d->depth ? (enum element)d->stack[d->depth - 1] : EL_DOCUMENT;
	enum element element = classify(d, parent, name, a);

	if (parent == EL_DOCUMENT && element != EL_CONTAINER)
		return refuse_root(name, a, err);
	if (d->depth == PLEXDOC_DEPTH_MAX)
		return error_set(
			err, "Plex's answer is nested more than %d deep", PLEXDOC_DEPTH_MAX);
	d->stack[d->depth++] = (int)element;
	if (element == EL_CONTAINER)
		return open_container(d, a, err);
	if (open_element[element])
		open_element[element](d, a);
	return true;
}

void plexdoc_close(struct plexdoc *d)
{
	if (d->depth > 0)
		d->depth--;
}

bool plexdoc_whole(const struct plexdoc *d, struct error *err)
{
	if (d->size < 0 || d->size == d->rows)
		return true;
	return error_set(err, "Plex's answer says size %lld but holds %lld; it is not whole",
		(long long)d->size, (long long)d->rows);
}
