/* PUT /library/sections/{id}/all and PUT /library/metadata/{ids}: fields, tags, locks. */
#ifndef TESTS_SIM_PLEXSIM_EDIT_H
#define TESTS_SIM_PLEXSIM_EDIT_H

#include "tests/sim/plexsim.h"
#include "tests/sim/plexsim_library.h"
#include "tests/sim/plexsim_query.h"

struct plexsim_edit {
	const struct plexsim_query *query;
	const struct plexsim_modes *modes;
	const char *ignored_field; /* a fault: this field stays as it is; NULL = none */
	bool ignore_locks; /* a fault: no lock changes */
	int64_t now; /* epoch seconds */
};

/*
 * 200; 400 when the title would become empty or a value is none for its field; 403 for role[…],
 * which clients must call actor[…].
 */
unsigned plexsim_edit_check(const struct plexsim_query *query) WARN_UNUSED;

/* Applies a checked edit to one item. Collections are settled by the caller, once. */
void plexsim_edit_apply(const struct plexsim_edit *edit, struct plexsim_library *library,
	struct plexsim_item *item);

#endif
