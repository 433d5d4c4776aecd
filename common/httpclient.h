/*
 * HTTP requests through libcurl's multi interface, and the one wait of the consumer: transfers,
 * Kafka's descriptors and signals in a single call.
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
	HTTP_NOT_SENT, /* certainly no request reached the server: name, connect, TLS */
	HTTP_NO_ANSWER, /* sent, perhaps in part, and no whole answer: the outcome is unknown */
	HTTP_TOO_LARGE, /* the answer passed max_bytes */
};

struct http_answer {
	enum http_transport transport;
	long status;
	const char *body; /* NUL-terminated; empty for a call with on_data */
	size_t len;
	const char *content_type; /* "" when missing */
	const char *location; /* "" when missing */
	int64_t date_ms; /* the Date header, since 1970; 0 when missing or unreadable */
	int64_t retry_after_ms; /* Retry-After in seconds or as a date; -1 when missing */
	int64_t duration_ms;
	const char *reason; /* for people, without secrets; "" with HTTP_ANSWERED */
};

struct http_request {
	const char *method; /* "GET", "PUT", "POST" */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
	const char *body; /* may be NULL: Content-Length: 0 with PUT and POST */
	size_t body_len;
	int64_t timeout_ms; /* for the whole exchange; 0: none (an event stream) */
	int64_t idle_timeout_ms; /* no byte for so long ends it; 0: none */
	size_t max_bytes; /* of the answer's body */
	/* Streams a 2xx body instead of collecting it; returns false to end the transfer. May be NULL. */
	bool (*on_data)(void *cookie, const char *bytes, size_t len);
	/* Exactly once, unless cancelled; everything in the answer is borrowed for the call. */
	void (*on_done)(void *cookie, const struct http_answer *answer);
	void *cookie;
};

struct httpclient *httpclient_open(const struct httpclient_options *o) WARN_UNUSED;

/* Copies what it needs of the request. on_done is never called from inside. Redirects are not followed. */
struct httpcall *httpclient_start(struct httpclient *c, const struct http_request *r);

/* Ends a call without on_done. */
void httpclient_cancel(struct httpclient *c, struct httpcall *call);

/* Waits until a transfer or one of the descriptors needs attention, or for `timeout_ms`. */
void httpclient_wait(struct httpclient *c, const int *fds, size_t count, int64_t timeout_ms);

/* Moves transfers on and calls on_data and on_done. */
void httpclient_dispatch(struct httpclient *c);

/* Cancels what is open. */
void httpclient_close(struct httpclient *c);

#endif
