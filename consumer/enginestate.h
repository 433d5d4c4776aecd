/* What the engine is made of; for engine.c and scheduler.c only. */
#ifndef CONSUMER_ENGINESTATE_H
#define CONSUMER_ENGINESTATE_H

#include "consumer/engine.h"
#include "consumer/lanes.h"
#include "consumer/letters.h"
#include "consumer/partitions.h"

enum group {
	GROUP_NONE, /* nothing is assigned */
	GROUP_LOADING, /* assigned; the stamps are being read up to now */
	GROUP_RUNNING,
	GROUP_RELEASING, /* revoked; edits under way are finished first */
};

struct engine {
	struct engine_options options;
	struct now now;
	uint64_t seed;
	struct effects effects;
	struct effect *current; /* what engine_next() gave out */
	enum group group;
	call_id load_call;
	int64_t release_by_ms;
	struct partitions partitions;
	bool paused, stopping;
	struct stamps *stamps;
	struct library *library;
	struct breaker plex, stash;
	struct lanes *lanes;
	struct lane **running; /* lanes with a job, in the order of their start */
	size_t running_count;
	struct letters letters;
};

/* A report, to be filled, at the end of the effects. */
struct report *engine_report(struct engine *e, enum report_kind kind);

#endif
