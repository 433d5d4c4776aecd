/* The server's inside: what its own files share. */
#ifndef TESTS_SIM_STASHSIM_SERVER_H
#define TESTS_SIM_STASHSIM_SERVER_H

#include "common/buf.h"
#include "tests/sim/stashsim.h"
#include "tests/sim/stashsim_store.h"

#include <pthread.h>

#define STASHSIM_BODY_LIMIT ((size_t)64 << 20)
#define STASHSIM_MAX_FAULTS 64

struct stashsim {
	pthread_mutex_t lock; /* of everything below but the daemon */
	pthread_cond_t changed; /* a release, the end; monotonic clock */
	struct stashsim_daemon *daemon;
	uint16_t port;
	char *api_key; /* or NULL */
	bool login;
	struct stashsim_store store;
	struct stashsim_fault faults[STASHSIM_MAX_FAULTS]; /* own their strings */
	size_t fault_count;
	json_t *requests; /* array, see stashsim_requests() */
	uint64_t releases; /* counts stashsim_release() */
	size_t held;
	bool stopping;
};

/* One request, complete with its body. */
struct stashsim_request {
	char *method;
	char *path; /* decoded, without the query string */
	char *host, *key, *accept, *content_type, *if_none_match; /* or NULL */
	bool keep_updated_at; /* ?keep_updated_at=1, for the control API */
	struct buf body;
};

struct stashsim_answer {
	unsigned status;
	const char *content_type; /* NULL: no body */
	struct buf body;
	const char *www_authenticate; /* or NULL */
	char *location, *etag; /* or NULL; owned */
	bool is_cut; /* ends in the middle of its body */
};

/* What Go's http.Error() answers. */
void stashsim_answer_text(struct stashsim_answer *answer, unsigned status, const char *text);
void stashsim_answer_json(struct stashsim_answer *answer, unsigned status, const json_t *body);

/* POST /graphql. The lock is held (stashsim_graphql.c). */
void stashsim_graphql(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer);

/* Whatever is not the control API. The lock is held (stashsim_routes.c). */
void stashsim_route(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer);

/* A request below /_sim/. The lock is held (stashsim_control.c). */
void stashsim_control(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer);

/*
 * One request from its arrival to its answer, faults included (stashsim.c). false: close the
 * connection without an answer. The lock is not held.
 */
bool stashsim_serve(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer);

/* The same as the public functions of these names, with the lock held. */
bool stashsim_faults_add_locked(struct stashsim *sim, const struct stashsim_fault *fault);
void stashsim_faults_clear_locked(struct stashsim *sim);
void stashsim_release_locked(struct stashsim *sim);

/* The HTTP server (stashsim_http.c). `port` 0 = any; *ret_port is the real one. */
struct stashsim_daemon *stashsim_daemon_start(
	struct stashsim *sim, uint16_t port, uint16_t *ret_port, struct error *err);
void stashsim_daemon_stop(struct stashsim_daemon *daemon);

#endif
