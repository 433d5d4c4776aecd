/*
 * The consumer's heart: takes one input at a time, together with the time, and gives back effects.
 * It never blocks, reads no clock, and draws randomness only from its seed: the driver carries it in
 * the service, a simulated world in tests.
 *
 * An offset is stored only when the outcome of everything below it is durable: stamp, dead letter and
 * stamp, or the record of what is pending. So a scene whose service is away, or that must be tried again,
 * waits without keeping others from being settled.
 */
#ifndef CONSUMER_ENGINE_H
#define CONSUMER_ENGINE_H

#include "consumer/dependency.h"
#include "consumer/effects.h"
#include "consumer/gate.h"
#include "consumer/library.h"
#include "consumer/pathmap.h"
#include "consumer/plan.h"
#include "consumer/verdict.h"

struct engine;

struct engine_options {
	struct plan_policy policy;
	struct gate_policy gate;
	struct verdict_limits limits;
	struct breaker_options breaker; /* for Plex and for Stash, each its own */
	struct library_options library;
	const struct pathmap *path_map; /* borrowed; NULL: Plex has Stash's paths */
	int64_t settle_window_ms; /* from a scene's first event to its job */
	int64_t release_timeout_ms; /* how long a revocation waits for edits under way */
	int64_t session_timeout_ms; /* of the group: who does not poll for longer owns nothing */
	size_t max_jobs; /* that call Plex or Stash, at one time */
	size_t max_edits; /* at one time */
	int64_t grave_ms; /* after which the stamp of a scene that is gone is deleted */
	size_t max_lanes; /* scenes in work or waiting; above, consumption pauses */
	const char *stash_url; /* "" or NULL: none is configured */
	bool scan; /* Plex is asked to scan the directories of files that it lacks */
	bool news; /* Plex's event stream is followed */
	int32_t topic_partitions; /* of scene-events, so that strays are seen */
	const char *group, *events_topic; /* for dead letters */
	uint64_t seed;
};

struct engine *engine_new(const struct engine_options *o) WARN_UNUSED;
void engine_free(struct engine *e);

void engine_feed(struct engine *e, struct now now, const struct input *in);

/* The group was polled: until the session's time-out from now on what we own is ours. */
void engine_polled(struct engine *e, int64_t mono_ms);

/*
 * The next effect, in order; NULL: none. Valid until the next call of engine_next() or engine_feed(). It
 * is to be carried out at once: `mono_ms` is what decides whether it still may be.
 */
const struct effect *engine_next(struct engine *e, int64_t mono_ms);

/* When IN_TICK is wanted at the latest, mono; INT64_MAX: only with the next input. */
int64_t engine_deadline_ms(struct engine *e);

/* After IN_STOP: nothing is half done any more. */
bool engine_drained(const struct engine *e);

/* Whether events are brought to Plex now; if not, a sentence why. */
bool engine_ready(const struct engine *e, struct error *ret_reason);

/* The i-th newest outage of "plex" or "stash"; NULL: there were not so many. */
const struct outage *engine_outage(const struct engine *e, const char *service, size_t i);

/* For gauges. */
struct engine_counts {
	size_t lanes, jobs, pending, paths, stamps;
	size_t gaps; /* times that events were deleted before they were read */
	int64_t open_records; /* received, and not below the stored offset */
	bool plex_open, stash_open;
	bool listening; /* to Plex's event stream */
};
void engine_count(const struct engine *e, struct engine_counts *ret);

#endif
