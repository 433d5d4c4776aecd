/* Good documents, made as odd or as bad as Plex and what stands before it make them. */
#include "tests/sim/plexsim_fault.h"

#include <stdlib.h>
#include <string.h>

static void replace(struct buf *body, struct buf *take_changed)
{
	buf_done(body);
	*body = *take_changed;
}

/* Puts `text` behind the first `after` that stands behind the first `first`; nothing without them. */
static void insert(struct buf *body, const char *first, const char *after, const char *text)
{
	const char *start = buf_text(body), *found = strstr(start, first);
	struct buf changed;

	found = found ? strstr(found, after) : NULL;
	if (!found)
		return;
	found += strlen(after);
	buf_init(&changed, body->limit);
	buf_put(&changed, start, (size_t)(found - start));
	buf_puts(&changed, text);
	buf_puts(&changed, found);
	replace(body, &changed);
}

static void control_character(struct buf *body)
{
	insert(body, "<Video", " title=\"", "\x04");
}

static void invalid_utf8(struct buf *body)
{
	insert(body, "<Video", " title=\"", "\xff");
}

static void change_number(struct buf *body, const char *attribute, int by)
{
	const char *text = buf_text(body), *found = strstr(text, attribute);
	struct buf changed;
	char *end;

	if (!found)
		return;
	found += strlen(attribute);
	buf_init(&changed, body->limit);
	buf_put(&changed, text, (size_t)(found - text));
	buf_printf(&changed, "%lld", strtoll(found, &end, 10) + by);
	buf_puts(&changed, end);
	replace(body, &changed);
}

static void wrong_size(struct buf *body)
{
	change_number(body, "<MediaContainer size=\"", 1);
}

static void wrong_total(struct buf *body)
{
	change_number(body, " totalSize=\"", 1);
}

static void smaller_total(struct buf *body)
{
	change_number(body, " totalSize=\"", -1);
}

/* What stands in a tag behind the element's name, an attribute at a time, from the last to the first. */
static void put_reversed(struct buf *out, const char *attributes, size_t len)
{
	size_t first = 0;
	bool quoted = false;

	for (size_t i = 1; i < len && !first; i++) {
		quoted ^= attributes[i] == '"';
		if (!quoted && attributes[i] == ' ' && i + 1 < len && attributes[i + 1] != '/')
			first = i;
	}
	if (first)
		put_reversed(out, attributes + first, len - first);
	buf_put(out, attributes, first ? first : len);
}

/* Values hold no '>' as they come from us: that is written as &gt;. */
static void shuffle(struct buf *body)
{
	const char *text = buf_text(body);
	struct buf changed;

	buf_init(&changed, body->limit);
	while (*text) {
		size_t name = strcspn(text, " >"), rest = strcspn(text + name, ">");
		size_t slash = rest >= 2 && text[name + rest - 1] == '/' ? 2 : 0;

		buf_put(&changed, text, name);
		if (text[0] == '<' && text[1] != '?' && text[name] == ' ') {
			put_reversed(&changed, text + name, rest - slash);
			buf_put(&changed, text + name + rest - slash, slash);
		} else {
			buf_put(&changed, text + name, rest);
		}
		text += name + rest;
		name = strcspn(text, "<"); /* '>' and what follows it */
		buf_put(&changed, text, name);
		text += name;
	}
	replace(body, &changed);
}

static void novelty(struct buf *body)
{
	insert(body, "<MediaContainer", "<MediaContainer", " novelty=\"1\"");
	insert(body, "<Video", "<Video", " novelty=\"file\"");
	insert(body, "<Video", ">", "<Novelty file=\"/\"><Part file=\"/data/new\" /></Novelty>");
}

/* The checksum of gzip (RFC 1952 §8), a bit at a time. */
static uint32_t crc32_of(const char *bytes, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void put_little_endian(struct buf *out, uint32_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_putc(out, (char)(number >> (8 * i)));
}

/* RFC 1952 around stored blocks (RFC 1951 §3.2.4). */
static void compress(struct buf *body)
{
	enum { BLOCK_MAX = 65535 };
	size_t at = 0;
	struct buf zipped;

	buf_init(&zipped, body->limit);
	buf_put(&zipped, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	do {
		size_t block = body->len - at < BLOCK_MAX ? body->len - at : BLOCK_MAX;

		buf_putc(&zipped, at + block == body->len ? 1 : 0);
		put_little_endian(&zipped, (uint32_t)block, 2);
		put_little_endian(&zipped, ~(uint32_t)block, 2);
		buf_put(&zipped, body->data + at, block);
		at += block;
	} while (at < body->len);
	put_little_endian(&zipped, crc32_of(body->data, body->len), 4);
	put_little_endian(&zipped, (uint32_t)body->len, 4);
	replace(body, &zipped);
}

void plexsim_fault_spoil(const struct plexsim_fault *fault, struct buf *body)
{
	static void (*const spoilers[PLEXSIM_ACTIONS])(struct buf *) = {
		[PLEXSIM_CONTROL_CHARACTER] = control_character,
		[PLEXSIM_INVALID_UTF8] = invalid_utf8,
		[PLEXSIM_WRONG_SIZE] = wrong_size,
		[PLEXSIM_WRONG_TOTAL] = wrong_total,
		[PLEXSIM_DUPLICATE_ROW] = wrong_total,
		[PLEXSIM_MISSING_ROW] = smaller_total,
		[PLEXSIM_SHUFFLE] = shuffle,
		[PLEXSIM_NOVELTY] = novelty,
		[PLEXSIM_GZIP] = compress,
	};

	if (spoilers[fault->action] && body->len)
		spoilers[fault->action](body);
}
