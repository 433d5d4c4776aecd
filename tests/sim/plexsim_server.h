/* The server's inside: what its own files share. */
#ifndef TESTS_SIM_PLEXSIM_SERVER_H
#define TESTS_SIM_PLEXSIM_SERVER_H

#include "common/buf.h"
#include "tests/sim/plexsim.h"
#include "tests/sim/plexsim_events.h"
#include "tests/sim/plexsim_fault.h"
#include "tests/sim/plexsim_library.h"
#include "tests/sim/plexsim_log.h"
#include "tests/sim/plexsim_query.h"
#include "tests/sim/plexsim_scan.h"

#include <pthread.h>

struct plexsim {
	pthread_mutex_t lock; /* of everything below but the daemon */
	pthread_cond_t changed; /* an event, a release, the end; monotonic clock */
	struct plexsim_daemon *daemon;
	uint16_t port;
	char *token, *read_only_token; /* or NULL */
	struct plexsim_modes modes;
	struct plexsim_library *library;
	struct plexsim_events events;
	struct plexsim_faults faults;
	struct plexsim_log log;
	json_t *violations; /* array of strings */
	uint64_t releases; /* counts plexsim_release() */
	size_t held;
	int writing; /* edits that are being served */
	json_t *late; /* the library after an edit that is not seen yet; NULL: there is none */
	bool stopping;
};

/* One request, complete with its body. */
struct plexsim_request {
	char *method;
	char *path; /* decoded */
	char *raw_query; /* or NULL */
	size_t uri_len;
	struct plexsim_query query;
	char *token, *page_start, *page_size; /* from headers, else from the query, else NULL */
	bool wants_json;
	struct buf body;
	struct plexsim_fault fault; /* the one that fired */
	bool has_fault;
};

struct plexsim_answer {
	unsigned status;
	const char *content_type;
	struct buf body;
	bool paged; /* with the two headers of a page */
	int64_t page_start, page_total;
	char *activity; /* X-Plex-Activity, or NULL */
	enum plexsim_action wire; /* what goes wrong on its way; PLEXSIM_PASS: nothing */
	bool streams_events;
};

#define PLEXSIM_BODY_LIMIT ((size_t)1 << 30)

void plexsim_clock_read(struct plexsim_clock *ret);

/* Waits for a change or until `deadline_ms` (monotonic). The lock is held, before and after. */
void plexsim_wait(struct plexsim *sim, int64_t deadline_ms);

/* Brings scans and refreshes up to date. The lock is held. */
void plexsim_settle(struct plexsim *sim, struct plexsim_clock *ret_clock);

/* Another library from now on; NULL: the same. The lock is held. */
void plexsim_show(struct plexsim *sim, json_t *state);

/* An HTML page like Plex's own errors. */
void plexsim_answer_html(struct plexsim_answer *answer, unsigned status);

/* The Plex API: fills the answer. The lock is held (plexsim_routes.c). */
void plexsim_route(
	struct plexsim *sim, const struct plexsim_request *request, struct plexsim_answer *answer);

/*
 * One Plex request from its arrival to its answer, faults included: logs, waits, routes. false:
 * close the connection without an answer. The lock is not held (plexsim_serve.c).
 */
bool plexsim_serve(
	struct plexsim *sim, struct plexsim_request *request, struct plexsim_answer *answer);

/* A request below /_sim/. The lock is not held (plexsim_control.c). */
void plexsim_control(
	struct plexsim *sim, const struct plexsim_request *request, struct plexsim_answer *answer);

/* The HTTP server (plexsim_http.c). `port` 0 = any; *ret_port is the real one. */
struct plexsim_daemon *plexsim_daemon_start(
	struct plexsim *sim, uint16_t port, uint16_t *ret_port, struct error *err);
void plexsim_daemon_stop(struct plexsim_daemon *daemon);

void plexsim_violate(struct plexsim *sim, const struct plexsim_request *request, const char *why);

#endif
