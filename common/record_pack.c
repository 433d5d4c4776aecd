/*
 * A record in one allocation: numbers of seven bits a byte, as Kafka itself writes them, and the bytes
 * that they measure. Of names that we write ourselves only the place in a list is kept: of a pending
 * record they are half.
 */
#include "common/record.h"

#include <stdlib.h>
#include <string.h>

/* ---- numbers, the low bits first; the last byte has no high bit ---- */

static size_t number_size(uint64_t number)
{
	size_t size = 1;

	while (number >>= 7)
		size++;
	return size;
}

static char *put_number(char *at, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		*at++ = (char)(number | 0x80);
	*at++ = (char)number;
	return at;
}

static const char *take_number(const char *at, uint64_t *ret)
{
	unsigned shift = 0;

	for (*ret = 0; *at & 0x80; shift += 7)
		*ret |= (uint64_t)(*at++ & 0x7f) << shift;
	*ret |= (uint64_t)(unsigned char)*at++ << shift;
	return at;
}

/* ---- bytes: nothing is 0, the empty text 1 ---- */

static uint64_t measure(const char *bytes, size_t len)
{
	return bytes ? len + 1 : 0;
}

static size_t bytes_size(const char *bytes, size_t len)
{
	return number_size(measure(bytes, len)) + (bytes ? len : 0);
}

static char *put_bytes(char *at, const char *bytes, size_t len)
{
	at = put_number(at, measure(bytes, len));
	if (!bytes || !len)
		return at;
	memcpy(at, bytes, len);
	return at + len;
}

static const char *take_bytes(const char *at, const char **ret_bytes, size_t *ret_len)
{
	uint64_t measured;

	at = take_number(at, &measured);
	*ret_bytes = measured ? at : NULL;
	*ret_len = measured ? (size_t)measured - 1 : 0;
	return at + *ret_len;
}

/* ---- names of headers ---- */

static const char *const names[] = { "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time",
	"ce_subject", "content-type", "traceparent", "plexsync-attempt", "plexsync-misses",
	"plexsync-due", "plexsync-first-failed", "plexsync-error", "plexsync-error-detail",
	"plexsync-source", "plexsync-fetch", "plexsync-force", "plexsync-rating-key",
	"plexsync-verify-until", "plexsync-covers", "plexsync-replays" };

/* From 1; 0: it stands behind this number itself. */
static size_t number_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_equal(names[i], name))
			return i + 1;
	return 0;
}

static size_t name_size(const char *name)
{
	size_t number = number_of(name);

	return number_size(number) + (number ? 0 : bytes_size(name, strlen(name)));
}

static char *put_name(char *at, const char *name)
{
	size_t number = number_of(name);

	at = put_number(at, number);
	return number ? at : put_bytes(at, name, strlen(name));
}

/* A copy. */
static const char *take_name(const char *at, char **ret)
{
	const char *bytes;
	uint64_t number;
	size_t len;

	at = take_number(at, &number);
	if (number) {
		*ret = xstrdup(names[number - 1]);
		return at;
	}
	at = take_bytes(at, &bytes, &len);
	*ret = xstrndup(bytes, len);
	return at;
}

/* ---- records ---- */

enum { NUMBERS = 5 };

static void list_numbers(const struct record *r, uint64_t ret[NUMBERS])
{
	ret[0] = (uint64_t)r->topic;
	ret[1] = (uint32_t)r->partition;
	ret[2] = (uint64_t)r->offset;
	ret[3] = (uint64_t)r->timestamp_ms;
	ret[4] = r->header_count;
}

static size_t packed_size(const struct record *r, const uint64_t numbers[NUMBERS])
{
	size_t size = bytes_size(r->key, r->key_len) + bytes_size(r->value, r->value_len);

	for (size_t i = 0; i < NUMBERS; i++)
		size += number_size(numbers[i]);
	for (size_t i = 0; i < r->header_count; i++)
		size += name_size(r->headers[i].name) +
			bytes_size(r->headers[i].value, r->headers[i].len);
	return size;
}

char *record_pack(const struct record *r, size_t *ret_len)
{
	uint64_t numbers[NUMBERS];
	char *packed, *at;

	list_numbers(r, numbers);
	*ret_len = packed_size(r, numbers);
	packed = at = xcalloc(*ret_len, 1);
	for (size_t i = 0; i < NUMBERS; i++)
		at = put_number(at, numbers[i]);
	at = put_bytes(at, r->key, r->key_len);
	at = put_bytes(at, r->value, r->value_len);
	for (size_t i = 0; i < r->header_count; i++) {
		const struct header *h = &r->headers[i];

		at = put_name(at, h->name);
		at = put_bytes(at, h->value, h->len);
	}
	return packed;
}

void record_unpack(struct record *ret, const char *packed)
{
	const char *at = packed, *bytes;
	uint64_t numbers[NUMBERS];
	size_t len;

	for (size_t i = 0; i < NUMBERS; i++)
		at = take_number(at, &numbers[i]);
	*ret = (struct record){
		.topic = (enum topic)numbers[0],
		.partition = (int32_t)(uint32_t)numbers[1],
		.offset = (int64_t)numbers[2],
		.timestamp_ms = (int64_t)numbers[3],
	};
	at = take_bytes(at, &bytes, &len);
	record_set_key(ret, bytes, len);
	at = take_bytes(at, &bytes, &len);
	record_set_value(ret, bytes, len);
	for (uint64_t i = 0; i < numbers[4]; i++) {
		auto_free char *name = NULL;

		at = take_name(at, &name);
		at = take_bytes(at, &bytes, &len);
		record_add_header(ret, name, bytes, len);
	}
}
