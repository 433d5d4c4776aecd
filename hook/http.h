/* One HTTP/1.1 request over a plain socket, with a deadline. */
#ifndef HOOK_HTTP_H
#define HOOK_HTTP_H

#include "common/base.h"
#include "hook/url.h"

#define HTTP_BODY 65536 /* of a request */
#define ANSWER_BODY 8192

struct http_call {
	const char *peer; /* who that is, for sentences: "the producer" */
	const char *advice; /* what to do if there is nobody: "start plexsync-producer" */
	const struct url *url;
	const char *method, *path; /* the path is put behind the URL's prefix */
	const char *secret_header; /* "Authorization: Bearer ", and what comes behind it; */
	const char *secret; /* "": no such header */
	const char *body; /* JSON */
	size_t body_len; /* at most HTTP_BODY; 0: none */
	int64_t deadline_ms; /* on the clock of http_now_ms() */
};

struct answer {
	int status; /* 200 to 599 */
	char body[ANSWER_BODY + 1];
	size_t body_len; /* 0 also when the body came in chunks, which are not read */
};

enum http_outcome {
	HTTP_ANSWERED,
	HTTP_NOT_SENT, /* nobody has seen the request */
	HTTP_UNKNOWN, /* it was sent, perhaps in part: it may have had its effect */
};

/* Milliseconds of the monotonic clock. */
int64_t http_now_ms(void);

/*
 * Connects (to each address of the host in turn), sends, reads the answer. *err is filled unless
 * HTTP_ANSWERED, and never holds the secret. Resolving a host name is not bounded by the deadline.
 */
enum http_outcome http_send(
	const struct http_call *call, struct answer *ret_answer, struct error *err) WARN_UNUSED;

#endif
