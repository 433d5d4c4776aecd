/* GraphQL queries: parsed, validated against the types we serve, and applied to values. */
#ifndef TESTS_SIM_STASHSIM_QUERY_H
#define TESTS_SIM_STASHSIM_QUERY_H

#include "common/base.h"

#include <jansson.h>

/*
 * One query without fragments, aliases and directives, as a list of
 * {"name": "findScene", "args": {…}, "fields": [the same, or nothing for a scalar]}; variables are
 * put in. NULL with *err for anything else, an unknown field or a field too little among it.
 */
json_t *stashsim_query_parse(
	const char *text, const json_t *variables, struct error *err) WARN_UNUSED;

/* The part of `value`, of that type or a list of it, that was asked for. A new value. */
json_t *stashsim_query_project(
	const json_t *value, const char *type, const json_t *fields) WARN_UNUSED;

/* The type of a root field, or NULL. */
const char *stashsim_root_type(const char *field);

#endif
