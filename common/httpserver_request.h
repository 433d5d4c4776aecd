/* Inside httpserver only: what its two halves, the server and the life of a request, share. */
#ifndef COMMON_HTTPSERVER_REQUEST_H
#define COMMON_HTTPSERVER_REQUEST_H

#include "common/buf.h"
#include "common/httpguard.h"
#include "common/httpserver.h"
#include "common/ratelimit.h"

#include <microhttpd.h>
#include <sys/queue.h>

struct httpconnection {
	TAILQ_ENTRY(httpconnection) link;
	int fd;
	int64_t deadline_ms; /* when it is cut off; INT64_MAX: not */
	bool busy; /* has a request */
	bool receiving; /* of which not all is there */
};

struct httpserver {
	struct httpserver_options o; /* listen and token are not used after the opening */
	char *token; /* NULL: none */
	struct ratelimit *rates; /* NULL: no limit */
	struct MHD_Daemon *daemon;
	int epoll_fd;
	uint16_t port;
	TAILQ_HEAD(, httpconnection) connections;
	TAILQ_HEAD(, httprequest) parked;
	int64_t next_deadline_ms; /* no connection's deadline is before it */
	size_t open_requests;
	bool resumed; /* a parked request was answered: dispatch at once */
	bool quiescing;
};

/*
 * Two hold a request: libmicrohttpd until its answer is written or the connection is lost, and the
 * handler until it has answered. The last one frees it.
 */
struct httprequest {
	TAILQ_ENTRY(httprequest) link; /* while parked */
	struct httpserver *server;
	struct MHD_Connection *connection; /* NULL: libmicrohttpd has let go */
	struct httpconnection *peer;
	bool held; /* by the handler */
	bool begun, asked, parked, answered;
	bool refused_early; /* before its body, which nobody reads */
	bool reads_body; /* false: what comes is thrown away */
	const char *method;
	const struct httproute *route; /* NULL: none matched, or it was refused before */
	char id[80];
	unsigned target_status; /* 0: the target is good */
	struct httptarget target;
	struct httpguard guard;
	uint64_t received; /* bytes of the body */
	struct buf body;
	void *data, *user;
	struct MHD_Response *response; /* waits for its turn */
	unsigned status;
	int64_t began_ms;
};

/* When the connection is cut off, unless this is called again. */
void httpserver_set_deadline(
	struct httpserver *s, struct httpconnection *connection, int64_t deadline_ms);

/* The peer closed its end or the connection broke, and nothing that it sent is left to be read. */
bool httpserver_is_broken(const struct httpconnection *connection);

/* libmicrohttpd's callbacks, in the order in which a request meets them; `server` is the struct. */
void *httprequest_on_line(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result httprequest_on_data(void *server, struct MHD_Connection *connection,
	const char *path, const char *method, const char *version, const char *data, size_t *len,
	void **request);
void httprequest_on_completed(void *server, struct MHD_Connection *connection, void **request,
	enum MHD_RequestTerminationCode code);

/*
 * Looks at the header lines, which are all there: finds the route and makes the request ready for
 * its body, or prepares the refusal (httpserver_admission.c).
 */
void httprequest_admit(struct httprequest *r, const char *method);

/* Wakes all parked requests without an answer, before the daemon is stopped. */
void httprequest_abandon_parked(struct httpserver *s);

#endif
