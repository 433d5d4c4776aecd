/*
 * An HTTP server on libmicrohttpd: limits, the framing guard, the bearer token, routes, requests
 * that are parked until their answer is known, problem+json. Single-threaded: everything
 * happens inside httpserver_dispatch().
 */
#ifndef COMMON_HTTPSERVER_H
#define COMMON_HTTPSERVER_H

#include "common/httproute.h"

struct httpserver;
/* A request: struct httprequest, valid from the route's handler until httpserver_reply(). */

/* An answer that has been given, for metrics and logs; all borrowed. */
struct httpanswer {
	const char *request_id;
	const char *method; /* "other" when it is none of HTTP's own */
	const char *route; /* the route's path; "" when none matched */
	unsigned status;
	int64_t duration_ms;
};

struct httpserver_options {
	const char
		*listen; /* "127.0.0.1:8590", "[::1]:8590", "0.0.0.0:8590"; port 0: any free one */
	const char *token; /* NULL or "": none */
	bool allow_anonymous; /* without a token, listen on other addresses than loopback too */
	/*
	 * Each for so long: from a connection's beginning to its first request line, from there to the
	 * request's last byte, and for the client to take the answer. A connection that is late is cut off.
	 */
	int64_t request_timeout_ms;
	unsigned max_connections;
	/*
	 * Requests in a second that one client address (of IPv6, its /64) may send to routes that are not
	 * open, with a burst of as many; above it 429 with Retry-After. 0: no limit.
	 */
	int64_t rate_limit;
	const struct httproute *routes; /* must outlive the server */
	size_t route_count;
	void (*on_answered)(void *cookie, const struct httpanswer *answer); /* may be NULL */
	void *cookie;
};

/*
 * Opens the listening socket. NULL with *err, also when the address is not loopback and there is
 * neither a token nor allow_anonymous.
 */
struct httpserver *httpserver_open(
	const struct httpserver_options *o, struct error *err) WARN_UNUSED;

/* The port that was bound. */
uint16_t httpserver_port(const struct httpserver *s);

/* One descriptor for all connections (epoll), and when to dispatch even without it; -1: no need. */
int httpserver_fd(const struct httpserver *s);
int64_t httpserver_timeout_ms(const struct httpserver *s);
void httpserver_dispatch(struct httpserver *s);

/* Of a request; all borrowed until its reply. */
const char *httprequest_id(
	const struct httprequest *r); /* X-Request-Id: the client's if sane, else ours */
const char *httprequest_path_value(
	const struct httprequest *r); /* what {…} matched, decoded; NULL: nothing */
const char *httprequest_query(const struct httprequest *r, const char *name); /* NULL: missing */
const char *httprequest_header(const struct httprequest *r, const char *name); /* NULL: missing */
const char *httprequest_body(const struct httprequest *r, size_t *ret_len);
void *httprequest_data(const struct httprequest *r); /* on_begin's state */
/*
 * The client closed its end or the connection broke; still to be answered, for nothing in most
 * cases. After httpserver_close() always true, and the headers are no longer known.
 */
bool httprequest_gone(const struct httprequest *r);

/* What the handler wants to remember with a parked request; freed by nobody. */
void httprequest_set_user(struct httprequest *r, void *user);
void *httprequest_user(const struct httprequest *r);

struct httpreply {
	unsigned status;
	const char *content_type; /* NULL: application/json */
	const char *body; /* copied */
	size_t len;
	int64_t retry_after_s; /* 0: no Retry-After */
	const char *const *headers; /* further "Name: value", NULL-terminated; may be NULL */
	bool close; /* end the connection afterwards */
};

/*
 * Answers and ends the request's life; harmless when the client went away or the server was closed
 * meanwhile. Every answer has an X-Request-Id.
 */
void httpserver_reply(struct httprequest *r, const struct httpreply *reply);

/* Answers with application/problem+json (RFC 9457). `pointer` (RFC 6901) may be NULL. */
void httpserver_problem(struct httprequest *r, unsigned status, const char *type, const char *title,
	const char *detail, const char *pointer);

/* The same with what else `reply` says, such as Retry-After; its body and type are set here. */
void httpserver_reply_problem(struct httprequest *r, struct httpreply *reply, const char *type,
	const char *title, const char *detail, const char *pointer);

/*
 * Accepts nothing new and ends the connections without a request; requests that are there go on,
 * and their connections end with the answer.
 */
void httpserver_quiesce(struct httpserver *s);

/* No request is open: all were answered and their answers written. */
bool httpserver_drained(const struct httpserver *s);

/* Cuts off what is open. A parked request is gone, but still to be answered: that frees it. */
void httpserver_close(struct httpserver *s);

#endif
