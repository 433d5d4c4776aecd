/*
 * The consumer's real parts, engine, calls and HTTP client, between plexsim and stashsim, with a Kafka
 * that is an array and a clock that jumps: it stands still while a request is under way, and goes to
 * the engine's next deadline when none is.
 */
#ifndef TESTS_SERVICE_FAULTRIG_H
#define TESTS_SERVICE_FAULTRIG_H

#include "common/event.h"
#include "common/httpclient.h"
#include "common/stamps.h"
#include "consumer/covercalls.h"
#include "consumer/engine.h"
#include "consumer/plexcalls.h"
#include "consumer/retry.h"
#include "consumer/stashcalls.h"
#include "tests/sim/plexsim.h"
#include "tests/sim/stashsim.h"

enum { RIG_PAGE_ROWS = 3, RIG_RECORDS = 2000, RIG_ENDED = 400 };

/* By which a request goes out. */
enum rig_way {
	RIG_PATIENT, /* with all the time that it may need */
	RIG_HASTY, /* given up soon */
	RIG_REFUSED, /* to a port at which nobody listens */
	RIG_MUTE, /* to one at which every connection is accepted, and no more; given up soon */
	RIG_WAYS
};

struct rig_calls {
	struct plexcalls *plex;
	struct stashcalls *stash;
	struct covercalls *covers;
	char *plex_url, *stash_url;
};

/* How an attempt ended. */
struct rig_ended {
	char scene_id[SCENE_ID_SIZE];
	char verdict[16], reason[32], detail[300];
};

struct rig {
	struct engine_options options; /* of the next rig_open() */
	struct engine *engine;
	struct plexsim *plex;
	struct stashsim *stash;
	struct httpclient *http;
	struct rig_calls calls[RIG_WAYS];
	int refused, mute; /* sockets */
	struct now now;
	size_t open; /* calls under way */
	int64_t next_offset, stored; /* of scene-events; stored: -1: nothing yet */
	struct record records[RIG_RECORDS]; /* that were produced, in order */
	size_t record_count;
	struct rig_ended ended[RIG_ENDED];
	size_t ended_count;
	size_t reports[REPORT_REPAIRED + 1]; /* by kind */
	/* Before a call of Plex or Stash is made: which way it goes. NULL: all are patient. */
	enum rig_way (*on_call)(void *cookie, const struct effect *effect);
	void (*on_answer)(
		void *cookie); /* … after one was answered, before the engine knows. May be NULL */
	void (*on_ended)(void *cookie); /* an attempt ended. May be NULL */
	void *cookie;
};

/* Simulators with the libraries of tests/sim/data; no engine yet. */
struct rig *rig_new(void);
void rig_free(struct rig *r);

/* A new engine with nothing in its tables, which owns the one partition of scene-events. */
void rig_open(struct rig *r);

/* "Scene N may have changed", or be gone, to be told to the engine now. */
void rig_event(struct rig *r, const char *scene_id, enum action action);

/* Lets this time pass, and all happen that happens in it. */
void rig_pass(struct rig *r, int64_t ms);

/* The newest record of the scene's; false: there is none, or it is a tombstone. */
bool rig_stamp(const struct rig *r, const char *scene_id, struct stamp *ret) WARN_UNUSED;
bool rig_retry(const struct rig *r, const char *scene_id, struct retry *ret) WARN_UNUSED;

size_t rig_letters(const struct rig *r);

/* The class of the newest dead letter; "": there is none. free() it. */
char *rig_letter(const struct rig *r) WARN_UNUSED;

/* Requests to change something that came to Plex so far. */
size_t rig_edits(const struct rig *r);

#endif
