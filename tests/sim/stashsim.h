/*
 * A Stash server for tests, as a program (stashsim) or inside the test's own process.
 *
 * It answers what plexsync asks of Stash as Stash 0.30 does: GraphQL for scenes with validation,
 * Go's JSON with its escapes and raw invalid UTF-8, times with the server's own offset and whole
 * seconds, covers, and the traps of its authentication. Beside that it serves a control API below
 * /_sim/ (see stashsim_control.c), without a key.
 *
 * It has threads of its own, one for each connection; every function here may be called from any
 * thread. JSON that a function returns is a copy for the caller, to be given to json_decref().
 */
#ifndef TESTS_SIM_STASHSIM_H
#define TESTS_SIM_STASHSIM_H

#include "common/base.h"

#include <jansson.h>

struct stashsim;

struct stashsim_options {
	uint16_t port; /* 0: any free one */
	const char *api_key; /* the configured key; NULL: none was generated */
	bool login; /* user name and password are set: without key or cookie nobody gets in */
	int utc_offset_min; /* the server's time zone, in which it writes times */
	const char *data_file; /* JSON, see data/stash-scenes.json; NULL: no scenes */
};

/* Listens on 127.0.0.1. NULL with *err when the port is taken or the data is not understood. */
struct stashsim *stashsim_start(
	const struct stashsim_options *options, struct error *err) WARN_UNUSED;

/* Ends every connection, held ones too, and frees everything. NULL is allowed. */
void stashsim_stop(struct stashsim *sim);

uint16_t stashsim_port(const struct stashsim *sim);

/* One scene as it is stored, without its cover's bytes, or NULL. */
json_t *stashsim_scene(struct stashsim *sim, int64_t id) WARN_UNUSED;

enum stashsim_touch {
	STASHSIM_EDIT, /* as a mutation does: updated_at becomes now, unless `changes` has one */
	STASHSIM_KEEP, /* as a scan that moved a file does: updated_at stays */
};

/*
 * Adds the scene, or replaces those of its keys that `changes` has. A key with the suffix
 * `_base64` (`path_base64`, `cover_base64`) stands for the bytes of the key without it.
 */
bool stashsim_scene_put(struct stashsim *sim, int64_t id, const json_t *changes,
	enum stashsim_touch touch, struct error *err) WARN_UNUSED;

/* false when there is none. */
bool stashsim_scene_delete(struct stashsim *sim, int64_t id);

/*
 * The requests so far, oldest first, without those for /_sim/: method, path, body (text or null),
 * key (whether an ApiKey came with it, never which), status (0: no answer, null: not yet).
 */
json_t *stashsim_requests(struct stashsim *sim) WARN_UNUSED;
void stashsim_requests_clear(struct stashsim *sim);

/* How many of them have a path that starts so. NULL = any. */
size_t stashsim_requests_count(struct stashsim *sim, const char *path_prefix);

enum stashsim_action {
	STASHSIM_PASS, /* nothing but the delay or the hold */
	STASHSIM_STATUS, /* answer `status` with a plain text */
	STASHSIM_DROP, /* close the connection without an answer */
	STASHSIM_ERRORS, /* 200 with GraphQL errors and null data */
	STASHSIM_HTML, /* 200 with some proxy's page */
	STASHSIM_TRUNCATE, /* half the body, then close */
	STASHSIM_LOGIN, /* 302 to the login page, as browsers get it */
	STASHSIM_ACTIONS,
};

/*
 * A rule: which requests, and what goes wrong with them. The first that matches is the only one.
 * What is delayed or held was looked up when it was asked: the answer may be old when it comes.
 * In JSON the members have the same names, the action is a word in lower case.
 */
struct stashsim_fault {
	const char *path; /* prefix of the path; NULL = any */
	const char *contains; /* part of the path or the body, such as "\"45\""; NULL = any */
	int count; /* fires so often at most; 0 = until cleared */
	enum stashsim_action action;
	int status; /* for STASHSIM_STATUS */
	int delay_ms;
	bool hold; /* wait for stashsim_release() */
};

/* Everything is copied. false when there are too many already. */
bool stashsim_fault_add(struct stashsim *sim, const struct stashsim_fault *fault);
void stashsim_faults_clear(struct stashsim *sim);

/* Requests that are held now, and their release (all of them). */
size_t stashsim_held(struct stashsim *sim);
void stashsim_release(struct stashsim *sim);

#endif
