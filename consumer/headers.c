#include "consumer/headers.h"

#include "common/buf.h"
#include "common/rfc3339.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* DESIGN §3: header values are cut here, in bytes. */
enum { MAX_HEADER = 4096 };

/* Appends one byte, percent-encoded when Kafka's line tools would stumble over it. */
static bool put_encoded(struct buf *b, char c)
{
	if (strchr("%,\t\r\n", c))
		return buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
	return buf_putc(b, c);
}

static void put_text(struct buf *b, const char *text)
{
	while (*text && put_encoded(b, *text))
		text++;
}

/* A UTF-8 sequence that the limit cut in two would not be readable: drop its first half. */
static void drop_half_character(struct buf *b)
{
	size_t end = b->len;

	while (end > 0 && ((unsigned char)b->data[end - 1] & 0xc0) == 0x80)
		end--;
	if (end > 0 && (unsigned char)b->data[end - 1] >= 0xc0)
		b->len = end - 1;
}

void headers_add_text(struct record *r, const char *name, const char *text)
{
	auto_buf b;

	buf_init(&b, MAX_HEADER);
	put_text(&b, text);
	if (b.overflowed)
		drop_half_character(&b);
	record_add_header(r, name, buf_text(&b), b.len);
}

void headers_add_number(struct record *r, const char *name, int64_t number)
{
	auto_free char *text = xasprintf("%" PRId64, number);

	record_add_text_header(r, name, text);
}

void headers_add_time(struct record *r, const char *name, int64_t ms)
{
	char text[RFC3339_SIZE];

	rfc3339_format(ms, text);
	record_add_text_header(r, name, text);
}

int64_t headers_number(const struct record *r, const char *name)
{
	auto_free char *text = record_header_text(r, name, 10);
	size_t digits = text ? strspn(text, "0123456789") : 0;

	if (!digits || text[digits] || digits > 9)
		return 0;
	return strtoll(text, NULL, 10);
}

int64_t headers_time(const struct record *r, const char *name)
{
	auto_free char *text = record_header_text(r, name, RFC3339_SIZE);
	int64_t ms;

	return text && rfc3339_parse(text, &ms) ? ms : 0;
}

void headers_drop_ours(struct record *r)
{
	int64_t replays = headers_number(r, "plexsync-replays");

	replays += record_header(r, "__dlq.errors.offset") != NULL;
	record_drop_headers(r, "__dlq.");
	record_drop_headers(r, "plexsync-");
	if (replays)
		headers_add_number(r, "plexsync-replays", replays);
}
