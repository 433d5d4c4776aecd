/*
 * HTTP requests through libcurl's multi interface, and the one wait of the consumer: transfers,
 * Kafka's descriptors and signals in a single call.
 *
 * A request goes to the configured address and nowhere else: no proxy of the environment, no
 * redirect, HTTP/1.1. Connections are kept and used again. The server may close such a connection
 * at the moment a request is written to it; libcurl then repeats the request on a new connection
 * when not a byte of an answer has come. That is done for GET and HEAD only: any other method is
 * written at most once, because the first copy may still take effect, perhaps after a newer
 * request. Such a request ends with HTTP_NO_ANSWER.
 */
#ifndef COMMON_HTTPCLIENT_H
#define COMMON_HTTPCLIENT_H

#include "common/base.h"

struct httpclient;
struct httpcall; /* valid until on_done was called or the call was cancelled */

struct httpclient_options {
	int64_t connect_timeout_ms;
	int max_connections_per_host;
	const char *ca_file; /* NULL: the system's */
};

enum http_transport {
	HTTP_ANSWERED, /* a whole answer: see the status */
	HTTP_NOT_SENT, /* certainly no byte of a request was sent: name, connect, TLS, no time left */
	/* Sent, perhaps in part, and no whole answer, or on_data ended it: the outcome is unknown. */
	HTTP_NO_ANSWER,
	HTTP_TOO_LARGE, /* the answer's body passed max_bytes */
};

struct http_answer {
	enum http_transport transport;
	long status; /* 0: none was read. Known also when the rest of the answer is missing */
	const char *body; /* NUL-terminated; empty when on_data got it */
	size_t len;
	const char *content_type; /* "" when missing */
	const char *location; /* "" when missing */
	int64_t date_ms; /* the Date header, since 1970; 0 when missing or unreadable */
	int64_t retry_after_ms; /* Retry-After in seconds or as a date; -1 when missing */
	int64_t duration_ms;
	const char *reason; /* for people, without secrets; "" with HTTP_ANSWERED */
};

struct http_request {
	const char *
		method; /* "GET", "HEAD"; all others, "PUT", "POST", …, have a body, perhaps empty */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
	const char *body; /* may be NULL: Content-Length: 0. Ignored with GET and HEAD */
	size_t body_len;
	/* For the whole exchange, the wait for a free connection included; 0: none (an event stream). */
	int64_t timeout_ms;
	int64_t idle_timeout_ms; /* once sending began, no byte for so long ends it; 0: none */
	size_t max_bytes; /* of the answer's body; SIZE_MAX: any */
	/*
	 * Streams a 2xx body instead of collecting it; returns false to end the transfer. Of other
	 * bodies the first 64 KiB are collected. May be NULL.
	 */
	bool (*on_data)(void *cookie, const char *bytes, size_t len);
	/* Exactly once, unless cancelled; everything in the answer is borrowed for the call. */
	void (*on_done)(void *cookie, const struct http_answer *answer);
	void *cookie;
};

/* Never NULL. */
struct httpclient *httpclient_open(const struct httpclient_options *o) WARN_UNUSED;

/* Copies what it needs of the request. on_done is never called from inside. Redirects are not followed. */
struct httpcall *httpclient_start(struct httpclient *c, const struct http_request *r);

/* Ends a call without on_done; allowed in every callback but the call's own on_done. NULL: nothing. */
void httpclient_cancel(struct httpclient *c, struct httpcall *call);

/* Waits until a transfer or one of the descriptors needs attention, or for `timeout_ms` (-1: ever). */
void httpclient_wait(struct httpclient *c, const int *fds, size_t count, int64_t timeout_ms);

/* Moves transfers on and calls on_data and on_done. */
void httpclient_dispatch(struct httpclient *c);

/* Cancels what is open. Not from a callback. */
void httpclient_close(struct httpclient *c);

#endif
