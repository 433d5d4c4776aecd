/* Some members of an object in a JSON text, by name. */
#ifndef HOOK_MEMBERS_H
#define HOOK_MEMBERS_H

#include "common/base.h"

struct member {
	const char *key;
	char *text; /* filled with the text or the number; "" if it is absent, of another kind or too long */
	size_t size; /* of `text` */
};

#define MEMBER(key, array) \
	{ \
		key, array, sizeof array \
	}

/*
 * Reads the members of the object to which the keys in `path` lead (ended by NULL; an empty path is
 * the whole text). What is not there stays empty; a member that is given twice counts the last time.
 * false if the bytes are no JSON object; then all texts are empty.
 */
bool members_read(const char *body, size_t len, const char *const *path, struct member *members,
	size_t count) WARN_UNUSED;

#endif
