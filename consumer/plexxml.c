#include "consumer/plexxml.h"

#include "consumer/xmltext.h"

#include <libxml/parser.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	DEPTH_MAX = 32,
	CHUNK = 256 * 1024, /* libxml2 refuses to look at more than 10 MB at once */
};

enum element {
	EL_IGNORED, /* and all below it */
	EL_DOCUMENT,
	EL_CONTAINER,
	EL_ITEM,
	EL_DIRECTORY,
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
	{ EL_CONTAINER, "Photo", EL_ROW },
	{ EL_CONTAINER, "Playlist", EL_ROW },
	{ EL_ITEM, "Media", EL_MEDIA },
	{ EL_ITEM, "Genre", EL_GENRE },
	{ EL_ITEM, "Collection", EL_COLLECTION },
	{ EL_ITEM, "Role", EL_ROLE },
	{ EL_ITEM, "Field", EL_FIELD },
	{ EL_MEDIA, "Part", EL_PART },
};

struct parser {
	xmlParserCtxtPtr context;
	bool refused; /* by us, with `error`; another parse would end the same */
	struct error error; /* the first one */
	enum element stack[DEPTH_MAX];
	size_t depth;
	struct plexxml_container container;
	char *section; /* librarySectionID of the container; NULL: none */
	struct plex_item *items;
	size_t item_count, item_capacity;
	struct plex_section *sections;
	size_t section_count, section_capacity;
	bool item_open; /* the last of `items` takes what is below its element */
	int64_t media_duration_ms; /* of the open Media */
};

struct attributes {
	const xmlChar **fields; /* five for each: name, prefix, namespace, value, its end */
	size_t count;
};

/*
 * The value as it was meant. Without XML_PARSE_NOENT, which would let documents define entities,
 * libxml2 decodes all references but leaves each `&` of the value as `&#38;`.
 */
static char *decode(const char *value, size_t len)
{
	static const char ampersand[] = "&#38;";
	const size_t skip = sizeof ampersand - 2;
	char *text = xstrndup(value, len), *to = strchr(text, '&');

	if (!to)
		return text;
	for (const char *from = to; *from; from++) {
		*to++ = *from;
		if (strncmp(from, ampersand, sizeof ampersand - 1) == 0)
			from += skip;
	}
	*to = '\0';
	return text;
}

/* A heap copy, or NULL when the element has no such attribute. */
static char *find_text(const struct attributes *a, const char *name)
{
	for (size_t i = 0; i < a->count; i++) {
		const char *const *field = (const char *const *)(a->fields + 5 * i);

		if (!field[1] && strcmp(field[0], name) == 0)
			return decode(field[3], (size_t)(field[4] - field[3]));
	}
	return NULL;
}

static char *get_text(const struct attributes *a, const char *name)
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

static int64_t get_number(const struct attributes *a, const char *name, int64_t otherwise)
{
	auto_free char *text = find_text(a, name);

	if (text)
		(void)read_number(text, &otherwise);
	return otherwise;
}

static bool is_text(const struct attributes *a, const char *name, const char *wanted)
{
	auto_free char *text = find_text(a, name);

	return str_equal(text, wanted);
}

/* Ends the parse for a reason of our own. */
static void refuse(struct parser *p)
{
	p->refused = true;
	xmlStopParser(p->context);
}

static const char html_sentence[] =
	"Plex answered a web page instead of XML; check that plex_url is the Plex server "
	"itself and no proxy or login page answers in its place";

/* ---- what each element brings ---- */

static void open_container(struct parser *p, const struct attributes *a)
{
	static const struct {
		const char *name;
		size_t at;
	} numbers[] = {
		{ "size", offsetof(struct plexxml_container, size) },
		{ "totalSize", offsetof(struct plexxml_container, total_size) },
		{ "offset", offsetof(struct plexxml_container, offset) },
	};

	p->section = find_text(a, "librarySectionID");
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		auto_free char *text = find_text(a, numbers[i].name);

		if (!text || read_number(text, (int64_t *)((char *)&p->container + numbers[i].at)))
			continue;
		error_set(&p->error, "Plex's answer has a %s that is no number: %.40s",
			numbers[i].name, text);
		refuse(p);
		return;
	}
}

/* Sections alone have a key and a type and no rating key: collections and menus are left out. */
static void open_directory(struct parser *p, const struct attributes *a)
{
	struct plex_section section = { .key = get_text(a, "key"), .type = get_text(a, "type") };
	auto_free char *rating_key = find_text(a, "ratingKey");

	p->container.rows++;
	if (rating_key || !*section.type || !plex_key_valid(section.key)) {
		plex_section_done(&section);
		return;
	}
	section.title = get_text(a, "title");
	section.content_changed_at = find_text(a, "contentChangedAt");
	if (p->section_count == p->section_capacity) {
		p->section_capacity = p->section_capacity ? p->section_capacity * 2 : 16;
		p->sections = xrealloc(p->sections, p->section_capacity, sizeof *p->sections);
	}
	p->sections[p->section_count++] = section;
}

static void open_row(struct parser *p, const struct attributes *a)
{
	(void)a;
	p->container.rows++;
}

static char *cut_date(char *take_date)
{
	if (strlen(take_date) > 10)
		take_date[10] = '\0';
	return take_date;
}

/* An item that cannot be named in a request is of no use; it counts as a row all the same. */
static void open_item(struct parser *p, const struct attributes *a)
{
	auto_free char *rating_key = find_text(a, "ratingKey");
	char *section = find_text(a, "librarySectionID");

	p->container.rows++;
	p->item_open = plex_key_valid(rating_key);
	if (!p->item_open) {
		free(section);
		return;
	}
	if (p->item_count == p->item_capacity) {
		p->item_capacity = p->item_capacity ? p->item_capacity * 2 : 64;
		p->items = xrealloc(p->items, p->item_capacity, sizeof *p->items);
	}
	p->items[p->item_count++] = (struct plex_item){
		.rating_key = xstrdup(rating_key),
		.section = section ? section : xstrdup(p->section ? p->section : ""),
		.type = get_text(a, "type"),
		.title = get_text(a, "title"),
		.summary = get_text(a, "summary"),
		.studio = get_text(a, "studio"),
		.date = cut_date(get_text(a, "originallyAvailableAt")),
		.added_at = get_number(a, "addedAt", 0),
		.updated_at = get_number(a, "updatedAt", 0),
	};
}

static void open_media(struct parser *p, const struct attributes *a)
{
	p->media_duration_ms = get_number(a, "duration", -1);
}

static void open_part(struct parser *p, const struct attributes *a)
{
	struct plex_item *item = &p->items[p->item_count - 1];
	char *file = find_text(a, "file");

	if (!file || !*file) {
		free(file);
		return;
	}
	item->parts = xrealloc(item->parts, item->part_count + 1, sizeof *item->parts);
	item->parts[item->part_count++] = (struct plex_part){
		.file = file,
		.size = get_number(a, "size", -1),
		.duration_ms = p->media_duration_ms,
	};
}

static void add_name(struct string_list *list, const struct attributes *a, const char *attribute)
{
	auto_free char *name = find_text(a, attribute);

	if (name && *name)
		string_list_add(list, name);
}

static void open_genre(struct parser *p, const struct attributes *a)
{
	add_name(&p->items[p->item_count - 1].genres, a, "tag");
}

static void open_collection(struct parser *p, const struct attributes *a)
{
	add_name(&p->items[p->item_count - 1].collections, a, "tag");
}

static void open_role(struct parser *p, const struct attributes *a)
{
	add_name(&p->items[p->item_count - 1].actors, a, "tag");
}

static void open_field(struct parser *p, const struct attributes *a)
{
	if (is_text(a, "locked", "1"))
		add_name(&p->items[p->item_count - 1].locked, a, "name");
}

static void (*const open_element[ELEMENTS])(struct parser *p, const struct attributes *a) = {
	[EL_CONTAINER] = open_container,
	[EL_ITEM] = open_item,
	[EL_DIRECTORY] = open_directory,
	[EL_ROW] = open_row,
	[EL_MEDIA] = open_media,
	[EL_PART] = open_part,
	[EL_GENRE] = open_genre,
	[EL_COLLECTION] = open_collection,
	[EL_ROLE] = open_role,
	[EL_FIELD] = open_field,
};

/* ---- libxml2's callbacks ---- */

static void refuse_root(struct parser *p, const char *name, const struct attributes *a)
{
	if (strcasecmp(name, "html") == 0) {
		error_set(&p->error, "%s", html_sentence);
	} else if (strcmp(name, "Response") == 0) {
		auto_free char *code = get_text(a, "code"), *title = get_text(a, "title");
		auto_free char *status = get_text(a, "status");

		error_set(&p->error, "Plex answered %.20s %.80s: %.300s", code, title, status);
	} else {
		error_set(
			&p->error, "Plex's answer is a %.80s document and no MediaContainer", name);
	}
	refuse(p);
}

static enum element classify(
	const struct parser *p, enum element parent, const char *name, const struct attributes *a)
{
	if (parent == EL_ITEM && !p->item_open)
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

static void on_start(void *cookie, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int namespace_count, const xmlChar **namespaces, int count, int defaulted,
	const xmlChar **fields)
{
	struct parser *p = cookie;
	const struct attributes a = { .fields = fields, .count = (size_t)count };
	enum element parent = p->depth ? p->stack[p->depth - 1] : EL_DOCUMENT;
	enum element element = classify(p, parent, (const char *)name, &a);

	(void)prefix;
	(void)uri;
	(void)namespace_count;
	(void)namespaces;
	(void)defaulted;
	if (p->refused)
		return;
	if (p->depth == 0 && element != EL_CONTAINER) {
		refuse_root(p, (const char *)name, &a);
		return;
	}
	if (p->depth == DEPTH_MAX) {
		error_set(&p->error, "Plex's answer is nested more than %d deep", DEPTH_MAX);
		refuse(p);
		return;
	}
	p->stack[p->depth++] = element;
	if (open_element[element])
		open_element[element](p, &a);
}

static void on_end(void *cookie, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct parser *p = cookie;

	(void)name;
	(void)prefix;
	(void)uri;
	if (!p->refused && p->depth > 0)
		p->depth--;
}

/* A document type is refused before it can define an entity. */
static void on_doctype(
	void *cookie, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	struct parser *p = cookie;

	(void)external_id;
	(void)system_id;
	if (strcasecmp((const char *)name, "html") == 0)
		error_set(&p->error, "%s", html_sentence);
	else
		error_set(&p->error,
			"Plex's answer has a DOCTYPE, which Plex never sends; something "
			"else answers in its place");
	refuse(p);
}

/* The first error says what is wrong; those after it follow from it. */
static void on_error(void *cookie, xmlErrorPtr error)
{
	struct parser *p = cookie;

	if (p->refused || p->error.text[0] || error->level == XML_ERR_WARNING)
		return;
	error_set(&p->error, "Plex's answer is damaged or cut off: line %d: %.200s", error->line,
		error->message ? error->message : "not well-formed");
	for (char *c = p->error.text; *c; c++)
		if ((unsigned char)*c < 0x20)
			*c = ' ';
	for (size_t len = strlen(p->error.text); len > 0 && p->error.text[len - 1] == ' ';)
		p->error.text[--len] = '\0';
}

/* ---- documents ---- */

static void parser_done(struct parser *p)
{
	for (size_t i = 0; i < p->item_count; i++)
		plex_item_done(&p->items[i]);
	for (size_t i = 0; i < p->section_count; i++)
		plex_section_done(&p->sections[i]);
	free(p->items);
	free(p->sections);
	free(p->section);
	*p = (struct parser){ .container = { .size = -1, .total_size = -1, .offset = -1 } };
}

static bool parse_strictly(struct parser *p, const char *body, size_t len)
{
	xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.internalSubset = on_doctype,
		.serror = on_error,
	};
	int code = 0;

	parser_done(p);
	p->context = xmlCreatePushParserCtxt(&handler, p, NULL, 0, NULL);
	if (!p->context)
		return error_set(&p->error, "Plex's answer could not be read: out of memory");
	xmlCtxtUseOptions(p->context, XML_PARSE_NONET);
	for (size_t at = 0; code == 0 && at < len; at += CHUNK) {
		size_t chunk = len - at < CHUNK ? len - at : CHUNK;

		code = xmlParseChunk(p->context, body + at, (int)chunk, at + chunk == len);
	}
	/* After xmlStopParser() the context still claims to be well-formed. */
	if (code == 0 && !p->context->wellFormed)
		code = XML_ERR_INTERNAL_ERROR;
	xmlFreeParserCtxt(p->context);
	p->context = NULL;
	if (code == 0 && !p->refused)
		return true;
	if (!p->error.text[0])
		error_set(&p->error, "Plex's answer is damaged or cut off (XML error %d)", code);
	return false;
}

/* Strictly; then, if its characters are to blame, once more without them. */
static bool parse(struct parser *p, const char *body, size_t len)
{
	auto_buf clean;

	buf_init(&clean, PLEXXML_BODY_MAX);
	if (parse_strictly(p, body, len))
		return true;
	if (p->refused || !xmltext_scrub(&clean, body, len) ||
		(clean.len == len && memcmp(clean.data, body, len) == 0))
		return false;
	if (!parse_strictly(p, clean.data, clean.len))
		return false;
	p->container.scrubbed = true;
	return true;
}

/* What can be told without a parser, and better than it would. */
static bool check_body(const char *body, size_t len, struct error *err)
{
	static const char json_sentence[] = "Plex answered JSON where XML was asked for";
	static const struct {
		const char *opening, *sentence;
	} others[] = {
		{ "<!doctype html", html_sentence },
		{ "<html", html_sentence },
		{ "<head", html_sentence },
		{ "<body", html_sentence },
		{ "{", json_sentence },
	};
	size_t start = 0;

	while (start < len && body[start] && strchr(" \t\r\n", body[start]))
		start++;
	if (start == len)
		return error_set(err, "Plex answered nothing where XML was expected");
	if (len > PLEXXML_BODY_MAX)
		return error_set(err, "Plex's answer has %zu bytes, more than the %d that are read",
			len, PLEXXML_BODY_MAX);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		size_t opening_len = strlen(others[i].opening);

		if (len - start >= opening_len &&
			strncasecmp(body + start, others[i].opening, opening_len) == 0)
			return error_set(err, "%s", others[i].sentence);
	}
	return true;
}

static bool check_rows(const struct plexxml_container *c, struct error *err)
{
	if (c->size < 0 || c->size == c->rows)
		return true;
	return error_set(err, "Plex's answer says size %lld but holds %lld; it is not whole",
		(long long)c->size, (long long)c->rows);
}

bool plexxml_parse(const char *body, size_t len, const struct plexxml_handler *handler,
	struct plexxml_container *ret, struct error *err)
{
	struct parser p = { 0 };
	bool ok = false;

	if (!check_body(body, len, err))
		return false;
	if (!parse(&p, body, len)) {
		error_set(err, "%s", p.error.text);
		goto out;
	}
	if (!check_rows(&p.container, err))
		goto out;
	for (size_t i = 0; handler->on_section && i < p.section_count; i++)
		handler->on_section(handler->cookie, &p.sections[i]);
	for (size_t i = 0; handler->on_item && i < p.item_count; i++)
		handler->on_item(handler->cookie, &p.items[i]);
	*ret = p.container;
	ok = true;
out:
	parser_done(&p);
	return ok;
}
