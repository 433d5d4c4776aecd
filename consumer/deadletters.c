#include "consumer/deadletters.h"

#include "common/buf.h"
#include "common/rfc3339.h"

#include <inttypes.h>
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

static void add_text(struct record *r, const char *name, const char *text)
{
	auto_buf b;

	buf_init(&b, MAX_HEADER);
	put_text(&b, text);
	if (b.overflowed)
		drop_half_character(&b);
	record_add_header(r, name, buf_text(&b), b.len);
}

static void add_number(struct record *r, const char *name, int64_t number)
{
	auto_free char *text = xasprintf("%" PRId64, number);

	record_add_text_header(r, name, text);
}

static void add_time(struct record *r, const char *name, int64_t ms)
{
	char text[RFC3339_SIZE];

	rfc3339_format(ms, text);
	record_add_text_header(r, name, text);
}

/* "2;101;102": how many there are, and their keys. */
static void add_candidates(struct record *r, const struct match *match)
{
	auto_buf b;

	buf_init(&b, MAX_HEADER);
	buf_printf(&b, "%zu", match->total);
	for (size_t i = 0; i < match->count && !b.overflowed; i++)
		buf_printf(&b, ";%s", match->candidates[i].rating_key);
	record_add_header(r, "plexsync-candidates", buf_text(&b), b.len);
}

/* Headers of an earlier death or retry say nothing about this one; how often it came back stays. */
static void drop_old_headers(struct record *r)
{
	auto_free char *replays = record_header_text(r, "plexsync-replays", 20);

	record_drop_headers(r, "__dlq.");
	record_drop_headers(r, "plexsync-");
	if (replays)
		record_add_text_header(r, "plexsync-replays", replays);
}

void deadletter_write(
	struct record *ret, const struct record *from, const struct deadletter_cause *cause)
{
	const struct verdict *verdict = cause->verdict;

	record_copy(ret, from);
	ret->topic = TOPIC_DLQ;
	drop_old_headers(ret);
	record_add_text_header(ret, "__dlq.errors.topic", cause->topic);
	add_number(ret, "__dlq.errors.partition", from->partition);
	add_number(ret, "__dlq.errors.offset", from->offset);
	record_add_text_header(ret, "__dlq.errors.group", cause->group);
	add_number(ret, "__dlq.errors.delivery.count", cause->attempts);
	add_text(ret, "__dlq.errors.message", verdict->detail);
	record_add_text_header(ret, "plexsync-error", verdict->reason);
	add_text(ret, "plexsync-error-detail", verdict->detail);
	if (cause->match && cause->match->kind == MATCH_AMBIGUOUS)
		add_candidates(ret, cause->match);
	add_time(ret, "plexsync-first-failed", cause->first_failed_ms);
	add_time(ret, "plexsync-failed-at", cause->failed_at_ms);
}
