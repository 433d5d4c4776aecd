#include "common/record.h"

#include <stdlib.h>
#include <string.h>

const char *topic_name(enum topic topic)
{
	static const char *const names[TOPICS] = {
		[TOPIC_EVENTS] = "scene-events",
		[TOPIC_RETRIES] = "scene-retries",
		[TOPIC_STAMPS] = "sync-timestamps",
		[TOPIC_DLQ] = "scene-dlq",
		[TOPIC_DECISIONS] = "dlq-decisions",
	};

	return names[topic];
}

/* A copy with a NUL behind it, for those who read text; NULL for NULL. */
static char *copy_bytes(const void *bytes, size_t len)
{
	char *copy;

	if (!bytes)
		return NULL;
	copy = xcalloc(len + 1, 1);
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

static void header_done(struct header *h)
{
	free(h->name);
	free(h->value);
}

void record_done(struct record *r)
{
	for (size_t i = 0; i < r->header_count; i++)
		header_done(&r->headers[i]);
	free(r->headers);
	free(r->key);
	free(r->value);
	*r = (struct record){ 0 };
}

void record_copy(struct record *ret, const struct record *from)
{
	*ret = *from;
	ret->key = copy_bytes(from->key, from->key_len);
	ret->value = copy_bytes(from->value, from->value_len);
	ret->headers = NULL;
	ret->header_count = 0;
	for (size_t i = 0; i < from->header_count; i++) {
		const struct header *h = &from->headers[i];

		record_add_header(ret, h->name, h->value, h->len);
	}
}

void record_set_key(struct record *r, const void *bytes, size_t len)
{
	char *key = copy_bytes(bytes, len);

	free(r->key);
	r->key = key;
	r->key_len = key ? len : 0;
}

void record_set_value(struct record *r, const void *bytes, size_t len)
{
	char *value = copy_bytes(bytes, len);

	free(r->value);
	r->value = value;
	r->value_len = value ? len : 0;
}

char *record_place(const struct record *r)
{
	return xasprintf("%d/%lld", (int)r->partition, (long long)r->offset);
}

void record_add_header(struct record *r, const char *name, const void *value, size_t len)
{
	struct header added = {
		.name = xstrdup(name),
		.value = copy_bytes(value, len),
		.len = value ? len : 0,
	};

	r->headers = xrealloc(r->headers, r->header_count + 1, sizeof *r->headers);
	r->headers[r->header_count++] = added;
}

void record_add_text_header(struct record *r, const char *name, const char *value)
{
	record_add_header(r, name, value, value ? strlen(value) : 0);
}

const struct header *record_header(const struct record *r, const char *name)
{
	for (size_t i = r->header_count; i > 0; i--)
		if (strcmp(r->headers[i - 1].name, name) == 0)
			return &r->headers[i - 1];
	return NULL;
}

char *record_header_text(const struct record *r, const char *name, size_t max)
{
	const struct header *h = record_header(r, name);

	if (!h || !h->value || h->len > max || memchr(h->value, '\0', h->len))
		return NULL;
	return xstrndup(h->value, h->len);
}

void record_drop_headers(struct record *r, const char *prefix)
{
	size_t kept = 0, prefix_len = strlen(prefix);

	for (size_t i = 0; i < r->header_count; i++) {
		if (strncmp(r->headers[i].name, prefix, prefix_len) == 0)
			header_done(&r->headers[i]);
		else
			r->headers[kept++] = r->headers[i];
	}
	r->header_count = kept;
}

/* MurmurHash2 (Austin Appleby, public domain), 32 bits, in the words' little-endian order. */
static uint32_t murmur2(const unsigned char *bytes, size_t len)
{
	const uint32_t seed = 0x9747b28c, m = 0x5bd1e995;
	uint32_t hash = seed ^ (uint32_t)len;

	for (; len >= 4; bytes += 4, len -= 4) {
		uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
				(uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;

		word *= m;
		word ^= word >> 24;
		word *= m;
		hash = hash * m ^ word;
	}
	if (len > 0) {
		for (size_t i = len; i > 0; i--)
			hash ^= (uint32_t)bytes[i - 1] << 8 * (i - 1);
		hash *= m;
	}
	hash ^= hash >> 13;
	hash *= m;
	return hash ^ hash >> 15;
}

int32_t record_key_partition(const void *key, size_t len, int32_t partitions)
{
	return (int32_t)(murmur2(key, len) & 0x7fffffff) % partitions;
}
