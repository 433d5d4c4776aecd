/* A query string, decoded, in the order of its arguments. */
#ifndef TESTS_SIM_PLEXSIM_QUERY_H
#define TESTS_SIM_PLEXSIM_QUERY_H

#include "common/base.h"

#include <jansson.h>

struct plexsim_argument {
	char *key, *value; /* "addedAt>>" and "-30d" for addedAt%3E%3E=-30d */
};

struct plexsim_query {
	struct plexsim_argument *arguments;
	size_t count;
};

/*
 * `raw` is what follows the question mark, NULL for nothing. A plus is a space. The first `=`
 * separates, but a second one right after it (title==x) belongs to the key, as an operator.
 */
void plexsim_query_init(struct plexsim_query *query, const char *raw);
void plexsim_query_done(struct plexsim_query *query);

/* The first value of the key, or NULL. */
const char *plexsim_query_get(const struct plexsim_query *query, const char *key);
int64_t plexsim_query_integer(
	const struct plexsim_query *query, const char *key, int64_t otherwise);

/* {"key": "value"}; what is not UTF-8 is left out. */
json_t *plexsim_query_json(const struct plexsim_query *query) WARN_UNUSED;

/* Decodes %XX, and + when `plus`, in `len` bytes of text. */
char *plexsim_percent_decode(const char *text, size_t len, bool plus) WARN_UNUSED;

/* Encodes everything but unreserved characters. */
char *plexsim_percent_encode(const char *text) WARN_UNUSED;

#endif
