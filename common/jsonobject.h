/*
 * Reads a peer's JSON member by member, strictly: a missing member and null are the same and leave
 * *ret as it is; one of a wrong type or range is a fault that names its place.
 */
#ifndef COMMON_JSONOBJECT_H
#define COMMON_JSONOBJECT_H

#include "common/fault.h"

#include <jansson.h>

#define JSONOBJECT_ID_SIZE 20 /* a decimal of at most 18 digits, its NUL, and room */

struct jsonobject {
	const json_t *value; /* borrowed */
	char pointer[FAULT_POINTER_SIZE]; /* where it lies in the whole */
	struct fault *fault; /* what the readers below fill; may be NULL */
};

/*
 * Parses a whole text: no key twice, nothing behind it, valid UTF-8, no NUL, nested at most 2048
 * deep (jansson's limit). A new reference, or NULL with *fault.
 */
json_t *jsonobject_parse(const char *text, size_t len, struct fault *fault) WARN_UNUSED;

/* One line, minified, numbers as they came. free() it. */
char *jsonobject_format(const json_t *value) WARN_UNUSED;

/* Begins to read `value`, which lies at `pointer`; a fault when it is no object. */
bool jsonobject_init(struct jsonobject *ret, const json_t *value, const char *pointer,
	struct fault *fault) WARN_UNUSED;

/* The member, or NULL when it is missing or null. */
const json_t *jsonobject_member(const struct jsonobject *o, const char *key);

/* Fills the fault for the member; always false. `must` ends the sentence: "must be a list". */
bool jsonobject_fault(const struct jsonobject *o, const char *key, const char *must);

/* A heap copy; what *ret pointed to is freed. */
bool jsonobject_text(const struct jsonobject *o, const char *key, char **ret) WARN_UNUSED;
bool jsonobject_bool(const struct jsonobject *o, const char *key, bool *ret) WARN_UNUSED;
bool jsonobject_integer(const struct jsonobject *o, const char *key, int64_t min, int64_t max,
	int64_t *ret) WARN_UNUSED;

/* RFC 3339, any offset; milliseconds since 1970. */
bool jsonobject_time(const struct jsonobject *o, const char *key, int64_t *ret_ms) WARN_UNUSED;

/* A positive decimal of at most 18 digits, as a string or a number. */
bool jsonobject_id(
	const struct jsonobject *o, const char *key, char ret[JSONOBJECT_ID_SIZE]) WARN_UNUSED;

/* A list: its length in *ret_count, 0 when missing. */
bool jsonobject_list(const struct jsonobject *o, const char *key, size_t *ret_count) WARN_UNUSED;

/* An object inside: *ret_present says whether it is there, and only then *ret is filled. */
bool jsonobject_child(const struct jsonobject *o, const char *key, struct jsonobject *ret,
	bool *ret_present) WARN_UNUSED;

/* An object that is a member of a list. */
bool jsonobject_item(const struct jsonobject *o, const char *key, size_t index,
	struct jsonobject *ret) WARN_UNUSED;

/* A positive decimal without sign or leading zero, of at most 18 digits. */
bool jsonobject_id_valid(const char *text);

#endif
