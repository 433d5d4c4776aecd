/* Which items of a section a request means, and in what order. */
#ifndef TESTS_SIM_PLEXSIM_FILTER_H
#define TESTS_SIM_PLEXSIM_FILTER_H

#include "common/buf.h"
#include "tests/sim/plexsim_library.h"
#include "tests/sim/plexsim_query.h"

struct plexsim_selection {
	struct plexsim_item **items;
	size_t count;
};

/*
 * The visible items that pass the filters of the query (type, id, title, genre, addedAt>>, …, with
 * push, or, pop), sorted after its `sort`. Keys that are no filter are ignored, as by Plex.
 * Gives the HTTP status: 200; 400 for an operator that the field does not have; 500 for a tag by
 * name. Free ret->items.
 */
unsigned plexsim_select(const struct plexsim_library *library,
	const struct plexsim_section *section, const struct plexsim_query *query, int64_t now,
	struct plexsim_selection *ret) WARN_UNUSED;

/* The Meta element that lists types, filters, sorts, fields and operators (plexsim_meta.c). */
void plexsim_meta_render(struct buf *out, const struct plexsim_section *section, const char *type);

enum plexsim_field_type {
	PLEXSIM_FIELD_STRING,
	PLEXSIM_FIELD_INTEGER,
	PLEXSIM_FIELD_DATE,
	PLEXSIM_FIELD_TAG,
	PLEXSIM_FIELD_BOOLEAN,
	PLEXSIM_FIELD_TYPES,
};

struct plexsim_field {
	const char *name, *title;
	enum plexsim_field_type type;
	bool advertised; /* the others work, but are not in Meta */
};

/* Ends with a NULL name. */
extern const struct plexsim_field plexsim_fields[];

struct plexsim_operators {
	const char *type; /* "string" */
	const char *keys[8]; /* "=", "!=", …; NULL-terminated */
	const char *titles[8];
};

extern const struct plexsim_operators plexsim_operators[PLEXSIM_FIELD_TYPES];

#endif
