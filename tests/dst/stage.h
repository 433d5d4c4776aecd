/* Everything in one world. */
#ifndef TESTS_DST_STAGE_H
#define TESTS_DST_STAGE_H

#include "tests/dst/consumerworld.h"
#include "tests/dst/group.h"
#include "tests/dst/oracle.h"
#include "tests/dst/plexworld.h"

struct stage {
	struct world world;
	struct log log;
	struct stashworld stash;
	struct plexworld plex;
	struct group group;
	struct oracle oracle;
	struct consumer consumers[CONSUMERS_MAX];
};

/* The world of that seed, from its beginning until it is quiet and judged; *ret is filled. */
struct stage_result {
	bool failed;
	struct error failure;
	int64_t simulated_ms;
	uint64_t edits; /* of scenes, by people */
	uint64_t puts; /* that took effect in Plex */
	uint64_t happened;
};

void stage_play(struct stage_result *ret, uint64_t seed, unsigned features, bool verbose);

#endif
