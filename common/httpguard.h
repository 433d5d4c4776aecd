/*
 * What a request's header lines must be before anything else is done with it. libmicrohttpd 0.9.75
 * accepts framing that two servers in a row may read in two ways (request smuggling, CWE-444):
 * both lengths of two, a Transfer-Encoding beside a Content-Length, a blank before the colon.
 */
#ifndef COMMON_HTTPGUARD_H
#define COMMON_HTTPGUARD_H

#include "common/base.h"

struct httpguard {
	size_t bytes; /* of all header lines */
	unsigned lengths; /* Content-Length lines */
	bool encoded; /* Transfer-Encoding is there, whatever it says */
	bool malformed; /* an empty name, a blank in a name, a NUL, a length that is no number */
	uint64_t length; /* of the body; 0 when not said */
};

/* Takes in one header line; start with zeroes. */
void httpguard_add(struct httpguard *g, const char *name, size_t name_len, const char *value,
	size_t value_len);

/*
 * 0, or the status to refuse the request with and close the connection: 411 or 400.
 * `needs_length`: the route takes a body, so the length must be said.
 */
unsigned httpguard_check(const struct httpguard *g, bool needs_length);

/* Whether an Authorization header is this bearer token; takes as long for every wrong one. */
bool httpguard_authorised(const char *authorization, const char *token);

/* Whether a Content-Type (may be NULL) has one of the media types in `allowed`, separated by '|'. */
bool httpguard_media_type(const char *content_type, const char *allowed);

/* Whether a client's X-Request-Id may be repeated in answers and logs. */
bool httpguard_request_id(const char *id);

#endif
