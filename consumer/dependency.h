/* Plex or Stash, as the engine sees it: whether it may be called, since when not, and what it did. */
#ifndef CONSUMER_DEPENDENCY_H
#define CONSUMER_DEPENDENCY_H

#include "consumer/breaker.h"
#include "consumer/effects.h"

enum { OUTAGES_KEPT = 16 };

struct outage {
	int64_t since_wall_ms, until_wall_ms; /* until: 0 while it lasts */
	char reason[400]; /* what opened the breaker, in a sentence */
};

/* When a kind of call was answered last, for the last scene and for any other one. */
struct successes {
	char scene_id[SCENE_ID_SIZE]; /* "": none yet */
	int64_t at_ms, others_at_ms; /* mono */
};

struct dependency {
	const char *name; /* "plex", "stash" */
	struct breaker breaker;
	call_id probe; /* that is under way; 0: none */
	struct successes reads, edits;
	struct outage outages[OUTAGES_KEPT]; /* a ring */
	size_t outage_count; /* all there were */
};

void dependency_init(struct dependency *d, const char *name, const struct breaker_options *options);

/* Sends a probe when one is due. */
void dependency_probe(struct dependency *d, struct now now, struct effects *effects);

/*
 * Takes an answer of the service into account: of a call for `scene_id`, or of one that is for no scene
 * (NULL). What is worth telling people is put at the end of the effects.
 */
void dependency_note(struct dependency *d, struct now now, const struct input *answer,
	const char *scene_id, struct effects *effects);

/* The answer to the probe; false: it is not its. */
bool dependency_feed(
	struct dependency *d, struct now now, const struct input *answer, struct effects *effects);

/*
 * Whether calls of that kind for other scenes were answered after `since_ms`, mono: a time-out is then
 * this scene's own, and not the service's.
 */
bool dependency_serves_others(const struct successes *s, const char *scene_id, int64_t since_ms);

/* The i-th newest outage; NULL: there were not so many. */
const struct outage *dependency_outage(const struct dependency *d, size_t i);

#endif
