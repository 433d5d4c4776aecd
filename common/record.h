/* A Kafka record as all modules pass it around, and the five topics. */
#ifndef COMMON_RECORD_H
#define COMMON_RECORD_H

#include "common/base.h"

enum topic { TOPIC_EVENTS, TOPIC_RETRIES, TOPIC_STAMPS, TOPIC_DLQ, TOPIC_DECISIONS, TOPICS };

/* The name without the prefix: "scene-events", "scene-retries", … */
const char *topic_name(enum topic topic);

struct header {
	char *name;
	char *value; /* not NUL-free by right; NULL for a header without a value */
	size_t len;
};

struct record {
	enum topic topic;
	int32_t partition; /* -1: by the key */
	int64_t offset;
	int64_t timestamp_ms; /* of the broker's record; 0 when unknown */
	char *key; /* NULL: none */
	size_t key_len;
	char *value; /* NULL: a tombstone */
	size_t value_len;
	struct header *headers;
	size_t header_count;
};

/* Frees everything in it, not the struct; the record is zeroed. */
void record_done(struct record *r);

/* A deep copy. */
void record_copy(struct record *ret, const struct record *from);

void record_set_key(struct record *r, const void *bytes, size_t len);
void record_set_value(struct record *r, const void *bytes, size_t len); /* NULL: a tombstone */

/* "PARTITION/OFFSET", for people. free() it. */
char *record_place(const struct record *r) WARN_UNUSED;

/* Appends a header; a NULL value stays NULL. Names need not be unique, as in Kafka. */
void record_add_header(struct record *r, const char *name, const void *value, size_t len);
void record_add_text_header(struct record *r, const char *name, const char *value);

/* The last header of that name, or NULL. */
const struct header *record_header(const struct record *r, const char *name);

/*
 * The same as text: a heap copy, or NULL when the header is missing, is longer than `max` bytes
 * or holds a NUL byte.
 */
char *record_header_text(const struct record *r, const char *name, size_t max) WARN_UNUSED;

/* Drops every header whose name starts with `prefix`. */
void record_drop_headers(struct record *r, const char *prefix);

/*
 * The same record in one allocation, for tables that keep many: length in *ret_len. free() it.
 * record_unpack() makes a record of such bytes, and of nothing else.
 */
char *record_pack(const struct record *r, size_t *ret_len) WARN_UNUSED;
void record_unpack(struct record *ret, const char *packed);

/*
 * The partition in which Java's and our own producers put a key: murmur2 over its bytes, modulo
 * `partitions` (org.apache.kafka.common.utils.Utils.murmur2, toPositive).
 */
int32_t record_key_partition(const void *key, size_t len, int32_t partitions);

#endif
