/*
 * A Plex Media Server for tests, as a program (plexsim) or inside the test's own process.
 *
 * It behaves as the real server is known to: truncated listing rows, tags by id, locks, additive
 * or replacing tag edits, HTML errors, events. What is not known for certain is a mode. Beside
 * the Plex API it serves a control API below /_sim/ (see plexsim_control.c), without a token.
 *
 * It has threads of its own, one for each connection; every function here may be called from any
 * thread. JSON that a function returns is a copy for the caller, to be given to json_decref().
 */
#ifndef TESTS_SIM_PLEXSIM_H
#define TESTS_SIM_PLEXSIM_H

#include "common/base.h"

#include <jansson.h>

/* The token that plexsim_defaults asks for. */
#define PLEXSIM_TOKEN "plexsim-token"

enum plexsim_tag_mode {
	PLEXSIM_TAGS_ADDITIVE, /* genre[0].tag.tag adds to what is there */
	PLEXSIM_TAGS_REPLACE, /* … replaces all genres */
};

enum plexsim_default_lock {
	PLEXSIM_LOCK_KEEP, /* an edit without .locked leaves the lock as it is */
	PLEXSIM_LOCK_SET, /* … locks the field */
};

enum plexsim_missing_size {
	PLEXSIM_SIZE_ALL, /* a listing without X-Plex-Container-Size has every row */
	PLEXSIM_SIZE_REJECT, /* … is answered 400 */
	PLEXSIM_SIZE_FIFTY, /* … has 50 rows */
};

/* What real servers differ in, or what nobody could say. Names and words: plexsim_modes.c. */
struct plexsim_modes {
	int tag_mode; /* enum plexsim_tag_mode */
	int default_lock; /* enum plexsim_default_lock */
	int missing_size; /* enum plexsim_missing_size */
	int poster_lock; /* 1: uploading or selecting a poster locks `thumb` */
	int capitalise; /* 1: new labels and collections get a capital first letter */
	int size_cap; /* rows in one page at most */
	int read_only_status; /* what the read-only token gets for an edit: 401 or 403 */
	int uri_limit; /* a longer path and query is answered 414; 0 = no limit */
	int scan_delay_ms; /* between a scan's request and each of its steps */
	int ping_ms; /* between two pings of the event stream */
	int writer_queue; /* edits at one time; one more is answered 503; 0 = no limit */
};

struct plexsim_options {
	uint16_t port; /* 0 = any free one */
	const char *token; /* NULL: nobody is asked for a token */
	const char *read_only_token; /* may read only; NULL: there is none */
	const char *library_file; /* JSON; PLEXSIM_LIBRARY is the default one; NULL: see next */
	json_t *library; /* the same as a value; NULL: an empty library */
	struct plexsim_modes modes;
};

/* Start from a copy of these. */
extern const struct plexsim_options plexsim_defaults;

struct plexsim;

/* Listens on 127.0.0.1. NULL with *err when the port is taken or the library is not understood. */
struct plexsim *plexsim_start(const struct plexsim_options *options, struct error *err) WARN_UNUSED;

/* Ends every connection, held ones too, and frees everything. NULL is allowed. */
void plexsim_stop(struct plexsim *sim);

uint16_t plexsim_port(const struct plexsim *sim);

/* Changes modes while it runs. */
struct plexsim_modes plexsim_modes(struct plexsim *sim);
void plexsim_modes_set(struct plexsim *sim, const struct plexsim_modes *modes);

/* One mode by the name and word of the command line, "tag_mode" and "replace". */
bool plexsim_mode_parse(struct plexsim_modes *modes, const char *name, const char *word,
	struct error *err) WARN_UNUSED;

/* Name of mode `i`, or NULL past the last. */
const char *plexsim_mode_name(size_t i);

/*
 * The whole library, in the form of data/plex-library.json with everything filled in. A state
 * that is not understood changes nothing.
 */
json_t *plexsim_state(struct plexsim *sim) WARN_UNUSED;
bool plexsim_state_set(struct plexsim *sim, json_t *state, struct error *err) WARN_UNUSED;

/* One item, or NULL. */
json_t *plexsim_item(struct plexsim *sim, int64_t key) WARN_UNUSED;

/* Adds an item, or replaces the one with its ratingKey; 0 with *err when it is not understood. */
int64_t plexsim_item_put(struct plexsim *sim, json_t *item, struct error *err) WARN_UNUSED;
bool plexsim_item_delete(struct plexsim *sim, int64_t key);

/*
 * The file was removed and found again: the item gets the key `to` (0 = the next free one) and,
 * unless `keep`, loses all that was edited. Gives the new key, 0 when there is no item `key` or
 * `to` is taken.
 */
int64_t plexsim_item_rekey(struct plexsim *sim, int64_t key, int64_t to, bool keep);

/*
 * What a client must never do, one sentence each: an edit without an id (Plex applies it to the
 * whole section), a DELETE of an item (Plex deletes the files). Tests assert that it stays 0.
 */
size_t plexsim_violations(struct plexsim *sim);
json_t *plexsim_violations_list(struct plexsim *sim) WARN_UNUSED;

/*
 * The requests so far, oldest first, without those for /_sim/: id, time_ms (since the epoch),
 * method, path, query (raw), arguments (decoded), status (0 = no answer was sent, null = not yet).
 */
json_t *plexsim_requests(struct plexsim *sim) WARN_UNUSED;
void plexsim_requests_clear(struct plexsim *sim);

/* How many of them have this method and a path that starts so. NULL = any. */
size_t plexsim_requests_count(struct plexsim *sim, const char *method, const char *path_prefix);

enum plexsim_action {
	PLEXSIM_PASS, /* nothing but the delay or the hold */
	PLEXSIM_STATUS, /* answer `status` with its HTML page */
	PLEXSIM_EMPTY, /* answer `status` and no body */
	PLEXSIM_DROP, /* close the connection without an answer */
	PLEXSIM_RESET, /* the same, by a reset */
	PLEXSIM_TLS, /* answer in the bytes of TLS, then close */
	PLEXSIM_HTML, /* 200 with a page of some captive portal */
	PLEXSIM_ROW_DELAY, /* wait `delay_ms` once for each row of the answer; XML only */
	PLEXSIM_MAINTENANCE, /* 503 as while the server starts */
	PLEXSIM_MAINTENANCE_JSON, /* the same, to everybody as JSON */
	PLEXSIM_TRUNCATE, /* half the body under its full Content-Length, then close */
	PLEXSIM_RESET_BODY, /* the same, then a reset */
	PLEXSIM_SLOW, /* the body in ten pieces, with `delay_ms` before each */
	PLEXSIM_CHUNKED, /* the body in chunks, without a Content-Length */
	PLEXSIM_CLOSE, /* close after the answer, without having said so */
	PLEXSIM_GZIP, /* the body compressed, though nobody asked for it */
	PLEXSIM_CONTROL_CHARACTER, /* a raw 0x04 in the first title */
	PLEXSIM_INVALID_UTF8, /* a byte 0xff in the first title */
	PLEXSIM_WRONG_SIZE, /* `size` says one row more than there is */
	PLEXSIM_WRONG_TOTAL, /* `totalSize` says one row more than there is */
	PLEXSIM_DUPLICATE_ROW, /* a page begins with the one before's last row: one was added */
	PLEXSIM_MISSING_ROW, /* a page begins one row later: one before it went away */
	PLEXSIM_SHUFFLE, /* attributes in another order */
	PLEXSIM_NOVELTY, /* elements and attributes that nobody knows */
	PLEXSIM_LATE, /* an edit is answered, and seen only after plexsim_release() */
	PLEXSIM_IGNORE_FIELD, /* an edit leaves out `field`, value and lock */
	PLEXSIM_IGNORE_LOCKS, /* an edit leaves out every lock */
	PLEXSIM_ACTIONS,
};

/*
 * A rule: which requests, and what goes wrong with them. The first rule that fires for a request
 * is the only one. In JSON the members have the same names, the action is a word in lower case
 * ("control_character").
 */
struct plexsim_fault {
	const char *method; /* NULL = any */
	const char *path; /* prefix of the path; NULL = any */
	const char *query; /* part of the raw query string; NULL = any */
	int nth; /* only from the nth matching request on, counted from 1; 0 = from the first */
	int count; /* fires so often at most; 0 = once with nth, else for ever */
	double probability; /* 0 = always; drawn from a fixed seed */
	enum plexsim_action action;
	bool after_effect; /* the request takes effect first, then it goes wrong */
	int delay_ms; /* wait so long, at that same moment */
	bool hold; /* wait for plexsim_release(), at that same moment */
	int status; /* for PLEXSIM_STATUS, PLEXSIM_EMPTY */
	const char *field; /* for PLEXSIM_IGNORE_FIELD: "summary", "genre", … */
};

/* Everything is copied. Gives the rule's id. */
int plexsim_fault_add(struct plexsim *sim, const struct plexsim_fault *fault);
void plexsim_faults_clear(struct plexsim *sim);

/* How often a rule fired; 0 for an unknown id. */
size_t plexsim_fault_fired(struct plexsim *sim, int id);

/* Requests that are held now, and their release (all of them). */
size_t plexsim_held(struct plexsim *sim);
void plexsim_release(struct plexsim *sim);

#endif
