/* The table of faults. Not thread-safe. */
#ifndef TESTS_SIM_PLEXSIM_FAULT_H
#define TESTS_SIM_PLEXSIM_FAULT_H

#include "common/buf.h"
#include "tests/sim/plexsim.h"

struct plexsim_rule {
	int id;
	struct plexsim_fault fault; /* owns its strings */
	size_t seen, fired;
};

struct plexsim_faults {
	struct plexsim_rule **rules;
	size_t count;
	int last_id;
	uint64_t seed; /* of the probabilities */
};

void plexsim_faults_init(struct plexsim_faults *faults);
void plexsim_faults_done(struct plexsim_faults *faults);

int plexsim_faults_add(struct plexsim_faults *faults, const struct plexsim_fault *fault);
const struct plexsim_rule *plexsim_faults_find(const struct plexsim_faults *faults, int id);

/*
 * The fault for this request, *ret_fault false when there is none. Counts. The result is copied:
 * its strings live until plexsim_fault_done().
 */
bool plexsim_faults_pick(struct plexsim_faults *faults, const char *method, const char *path,
	const char *raw_query, struct plexsim_fault *ret);
void plexsim_fault_done(struct plexsim_fault *fault);

/* JSON of one rule, and of all with their counts. The parsed fault borrows from `json`. */
bool plexsim_fault_parse(json_t *json, struct plexsim_fault *ret, struct error *err) WARN_UNUSED;
json_t *plexsim_faults_dump(const struct plexsim_faults *faults) WARN_UNUSED;

/* Spoils a good answer's body as the action says; what is no spoiling of bodies does nothing. */
void plexsim_fault_spoil(const struct plexsim_fault *fault, struct buf *body);

#endif
