/* One HTTP/1.1 POST over a plain socket, with a deadline. */
#ifndef HOOK_POST_H
#define HOOK_POST_H

#include "common/base.h"
#include "hook/url.h"

#define POST_BODY 65536 /* of a request */
#define ANSWER_BODY 8192

struct post {
	const struct url *url;
	const char *path; /* "/v1/hooks/stash", put behind the URL's prefix */
	const char *token; /* "" for none */
	const char *body; /* JSON */
	size_t body_len; /* at most POST_BODY */
	int64_t deadline_ms; /* on the clock of post_now_ms() */
};

struct answer {
	int status; /* 200 to 599 */
	char body[ANSWER_BODY + 1];
	size_t body_len; /* 0 also when the body came in chunks, which are not read */
};

enum post_outcome {
	POST_ANSWERED,
	POST_NOT_SENT, /* nobody has seen the request */
	POST_UNKNOWN, /* it was sent, perhaps in part: it may have had its effect */
};

/* Milliseconds of the monotonic clock. */
int64_t post_now_ms(void);

/*
 * Connects (to each address of the host in turn), sends, reads the answer. *err is filled unless
 * POST_ANSWERED, and never holds the token. Resolving a host name is not bounded by the deadline.
 */
enum post_outcome post_send(
	const struct post *post, struct answer *ret_answer, struct error *err) WARN_UNUSED;

#endif
