#include "consumer/plexxml.h"

#include "consumer/plexdoc.h"
#include "consumer/xmltext.h"

#include <libxml/parser.h>

#include <string.h>
#include <strings.h>

enum { CHUNK = 256 * 1024 }; /* libxml2 refuses to look at more than 10 MB at once */

struct parser {
	xmlParserCtxtPtr context;
	bool refused; /* by us, with `error`; another parse would end the same */
	struct error error; /* the first one */
	struct plexdoc doc;
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

/* The find() of struct plexdoc_attributes: a heap copy, or NULL when there is no such attribute. */
static char *find_text(const void *cookie, const char *name)
{
	const struct attributes *a = cookie;

	for (size_t i = 0; i < a->count; i++) {
		const char *const *field = (const char *const *)(a->fields + 5 * i);

		if (!field[1] && strcmp(field[0], name) == 0)
			return decode(field[3], (size_t)(field[4] - field[3]));
	}
	return NULL;
}

/* Ends the parse for a reason of our own. */
static void refuse(struct parser *p)
{
	p->refused = true;
	xmlStopParser(p->context);
}

/* ---- libxml2's callbacks ---- */

static void on_start(void *cookie, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int namespace_count, const xmlChar **namespaces, int count, int defaulted,
	const xmlChar **fields)
{
	struct parser *p = cookie;
	const struct attributes attributes = { .fields = fields, .count = (size_t)count };
	const struct plexdoc_attributes a = { .find = find_text, .cookie = &attributes };

	(void)prefix;
	(void)uri;
	(void)namespace_count;
	(void)namespaces;
	(void)defaulted;
	if (!p->refused && !plexdoc_open(&p->doc, (const char *)name, &a, &p->error))
		refuse(p);
}

static void on_end(void *cookie, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct parser *p = cookie;

	(void)name;
	(void)prefix;
	(void)uri;
	if (!p->refused)
		plexdoc_close(&p->doc);
}

/* A document type is refused before it can define an entity. */
static void on_doctype(
	void *cookie, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	struct parser *p = cookie;

	(void)external_id;
	(void)system_id;
	if (strcasecmp((const char *)name, "html") == 0)
		error_set(&p->error, "%s", plexdoc_html_sentence);
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

	p->refused = false;
	p->error = (struct error){ 0 };
	plexdoc_done(&p->doc);
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
static bool parse(struct parser *p, const char *body, size_t len, bool *ret_scrubbed)
{
	auto_buf clean;

	buf_init(&clean, PLEXXML_BODY_MAX);
	*ret_scrubbed = false;
	if (parse_strictly(p, body, len))
		return true;
	if (p->refused || !xmltext_scrub(&clean, body, len) ||
		(clean.len == len && memcmp(clean.data, body, len) == 0))
		return false;
	*ret_scrubbed = true;
	return parse_strictly(p, clean.data, clean.len);
}

/* What can be told without a parser, and better than it would. */
static bool check_body(const char *body, size_t len, struct error *err)
{
	static const char json_sentence[] = "Plex answered JSON where XML was asked for";
	static const struct {
		const char *opening, *sentence;
	} others[] = {
		{ "<!doctype html", plexdoc_html_sentence },
		{ "<html", plexdoc_html_sentence },
		{ "<head", plexdoc_html_sentence },
		{ "<body", plexdoc_html_sentence },
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

bool plexxml_parse(const char *body, size_t len, const struct plexxml_handler *handler,
	struct plexxml_container *ret, struct error *err)
{
	struct parser p = { 0 };
	const struct plexdoc *doc = &p.doc;
	bool scrubbed, ok = false;

	if (!check_body(body, len, err))
		return false;
	plexdoc_init(&p.doc);
	if (!parse(&p, body, len, &scrubbed)) {
		error_set(err, "%s", p.error.text);
		goto out;
	}
	if (!plexdoc_whole(doc, err))
		goto out;
	for (size_t i = 0; handler->on_section && i < doc->section_count; i++)
		handler->on_section(handler->cookie, &doc->sections[i]);
	for (size_t i = 0; handler->on_item && i < doc->item_count; i++)
		handler->on_item(handler->cookie, &doc->items[i]);
	for (size_t i = 0; handler->on_poster && i < doc->posters.count; i++)
		handler->on_poster(handler->cookie, &doc->posters.items[i]);
	*ret = (struct plexxml_container){
		.size = doc->size,
		.total_size = doc->total_size,
		.offset = doc->offset,
		.rows = doc->rows,
		.scrubbed = scrubbed,
	};
	ok = true;
out:
	plexdoc_done(&p.doc);
	return ok;
}
