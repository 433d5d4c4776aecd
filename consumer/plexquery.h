/* The query of a request to Plex: arguments, encoded and in a set order. For plex*.c only. */
#ifndef CONSUMER_PLEXQUERY_H
#define CONSUMER_PLEXQUERY_H

#include "consumer/plex.h"

struct plexquery {
	struct plexquery_argument {
		char *name, *value;
	} * arguments;
	size_t count;
};

void plexquery_add(struct plexquery *q, const char *name, const char *value);
void plexquery_add_number(struct plexquery *q, const char *name, int64_t value);

/* Only what RFC 3986 §2.3 calls unreserved stays as it is; everything else becomes %XX. */
void plexquery_encode(struct buf *out, const char *text);

/* `before` + `key` + `after`; free() it. Aborts on a key that is not valid (see plex_key_valid). */
char *plexquery_path(const char *before, const char *key, const char *after) WARN_UNUSED;

/*
 * The request for the path and the arguments, in python-plexapi's order (by name, without regard to
 * case), so that our requests can be compared with its own byte for byte. Frees the query.
 */
void plexquery_make(
	struct plex_request *ret, const char *method, const char *path, struct plexquery *q);

/* Ends the program: what the code says can never be, is. */
void plexquery_broken(const char *what) __attribute__((noreturn));

#endif
