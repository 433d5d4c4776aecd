/* What the engine is made of; for engine.c and the modules that it is split into only. */
#ifndef CONSUMER_ENGINESTATE_H
#define CONSUMER_ENGINESTATE_H

#include "consumer/dependency.h"
#include "consumer/engine.h"
#include "consumer/graves.h"
#include "consumer/lanes.h"
#include "consumer/letters.h"
#include "consumer/lookout.h"
#include "consumer/partitions.h"
#include "consumer/watch.h"

enum group {
	GROUP_NONE, /* nothing is assigned */
	GROUP_LOADING, /* assigned; the tables are being read up to now */
	GROUP_RUNNING,
	GROUP_RELEASING, /* revoked; edits under way are finished first */
	GROUP_ASLEEP, /* we did not poll for too long: what was ours may be somebody else's */
};

struct engine {
	struct engine_options options;
	struct now now;
	int64_t polled_ms; /* mono: the last poll of the group */
	uint64_t seed;
	struct effects effects;
	struct effect *current; /* what engine_next() gave out */
	enum group group;
	call_id load_call;
	int64_t release_by_ms;
	int64_t assigned_ms; /* mono */
	size_t gaps; /* that the log had */
	struct partitions partitions;
	bool paused, stopping;
	struct stamps *stamps;
	struct pending *pending;
	struct library *library;
	struct watch watch;
	struct lookout lookout;
	struct graves graves;
	struct dependency plex, stash;
	struct lanes *lanes;
	struct lane **running; /* lanes with a job, in the order of their start */
	size_t running_count;
	struct letters letters;
};

enum { RUNNING_MAX = 1024 }; /* jobs, most of which only wait for Kafka or for the index */

/* A report, to be filled, at the end of the effects. */
struct report *engine_report(struct engine *e, enum report_kind kind);

bool engine_has_stash(const struct engine *e);

/* For the functions of jobs. */
struct job_world engine_job_world(struct engine *e);

/* A random number; the same seed gives the same ones. */
uint64_t engine_dice(struct engine *e);

#endif
