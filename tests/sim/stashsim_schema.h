/* The types of Stash's GraphQL schema, as far as they are served. */
#ifndef TESTS_SIM_STASHSIM_SCHEMA_H
#define TESTS_SIM_STASHSIM_SCHEMA_H

#include "common/base.h"

struct stashsim_field {
	const char *type; /* that has the field */
	const char *name;
	const char *of; /* the type of its value, or of the values in its list; NULL: a scalar */
	const char *unset; /* JSON: what Stash answers where nobody has set it */
};

/* NULL when the type has no such field. */
const struct stashsim_field *stashsim_field_find(const char *type, const char *name);

#endif
