/* A world in virtual time: its clock, its dice, what is to happen, and whether something is wrong. */
#ifndef TESTS_DST_WORLD_H
#define TESTS_DST_WORLD_H

#include "tests/dst/faults.h"

struct happening;

struct world {
	uint64_t seed;
	struct dice dice;
	struct faults faults;
	int64_t now_ms; /* since the world began */
	int64_t begin_wall_ms; /* the true wall clock at that time */
	struct happening *heap;
	size_t count, capacity;
	uint64_t happened, planned; /* how much */
	bool verbose;
	bool failed;
	struct error failure; /* the first one */
};

void world_init(struct world *w, uint64_t seed, unsigned features, bool verbose);
void world_done(struct world *w);

/* The true wall clock: Stash's and the producer's. */
int64_t world_wall_ms(const struct world *w);

/*
 * Plans run(owner, data) for `delay_ms` from now; what is planned for one time happens in the order
 * of planning. If the world ends before, drop(data) is called instead (NULL: nothing).
 */
void world_plan(struct world *w, int64_t delay_ms, void (*run)(void *owner, void *data),
	void *owner, void *data, void (*drop)(void *data));

/* The next thing happens; false: nothing is planned. */
bool world_step(struct world *w);

/* The promise is broken. The first reason is kept. */
void world_fail(struct world *w, const char *format, ...) PRINTF_LIKE(2, 3);

/* For --verbose: a line with the time. */
void world_tell(const struct world *w, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
