/* A record in one allocation: a frame of numbers, then the bytes that they measure. */
#include "common/record.h"

#include <stdlib.h>
#include <string.h>

struct frame {
	int64_t offset, timestamp_ms;
	int32_t topic, partition;
	uint32_t header_count;
};

/* Nothing and the empty text are two things: a length of NONE says nothing. */
#define NONE UINT32_MAX

static char *put(char *at, const void *bytes, uint32_t len)
{
	memcpy(at, &len, sizeof len);
	at += sizeof len;
	if (len == NONE || !len)
		return at;
	memcpy(at, bytes, len);
	return at + len;
}

static char *put_bytes(char *at, const char *bytes, size_t len)
{
	return put(at, bytes, bytes ? (uint32_t)len : NONE);
}

static const char *take(const char *at, const char **ret_bytes, size_t *ret_len)
{
	uint32_t len;

	memcpy(&len, at, sizeof len);
	at += sizeof len;
	*ret_bytes = len == NONE ? NULL : at;
	*ret_len = len == NONE ? 0 : len;
	return at + *ret_len;
}

static size_t packed_size(const struct record *r)
{
	size_t size = sizeof(struct frame) + 2 * sizeof(uint32_t) + r->key_len + r->value_len;

	for (size_t i = 0; i < r->header_count; i++)
		size += 2 * sizeof(uint32_t) + strlen(r->headers[i].name) + r->headers[i].len;
	return size;
}

char *record_pack(const struct record *r, size_t *ret_len)
{
	struct frame frame = {
		.offset = r->offset,
		.timestamp_ms = r->timestamp_ms,
		.topic = (int32_t)r->topic,
		.partition = r->partition,
		.header_count = (uint32_t)r->header_count,
	};
	char *packed, *at;

	*ret_len = packed_size(r);
	packed = at = xcalloc(*ret_len, 1);
	memcpy(at, &frame, sizeof frame);
	at += sizeof frame;
	at = put_bytes(at, r->key, r->key_len);
	at = put_bytes(at, r->value, r->value_len);
	for (size_t i = 0; i < r->header_count; i++) {
		const struct header *h = &r->headers[i];

		at = put_bytes(at, h->name, strlen(h->name));
		at = put_bytes(at, h->value, h->len);
	}
	return packed;
}

void record_unpack(struct record *ret, const char *packed)
{
	const char *at = packed, *bytes;
	struct frame frame;
	size_t len;

	memcpy(&frame, at, sizeof frame);
	at += sizeof frame;
	*ret = (struct record){
		.topic = (enum topic)frame.topic,
		.partition = frame.partition,
		.offset = frame.offset,
		.timestamp_ms = frame.timestamp_ms,
	};
	at = take(at, &bytes, &len);
	record_set_key(ret, bytes, len);
	at = take(at, &bytes, &len);
	record_set_value(ret, bytes, len);
	for (uint32_t i = 0; i < frame.header_count; i++) {
		const char *name_bytes;
		size_t name_len;

		at = take(at, &name_bytes, &name_len);
		at = take(at, &bytes, &len);
		auto_free char *name = xstrndup(name_bytes, name_len);
		record_add_header(ret, name, bytes, len);
	}
}
