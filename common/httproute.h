/* Routes: which of them a request is for, and the percent-encoded values of its target, strictly decoded. */
#ifndef COMMON_HTTPROUTE_H
#define COMMON_HTTPROUTE_H

#include "common/buf.h"

struct httprequest;

struct httproute {
	const char *method; /* "GET" answers HEAD too */
	const char *path; /* "/v1/scenes/{id}": {…} is one segment, without '/' */
	bool open; /* answers without a token */
	size_t body_limit; /* bytes; 0: a request with a body is refused */
	const char *
		content_type; /* the body's media type must be this, or one of several by '|'; NULL: any */
	/*
	 * The body is streamed through on_data when it is set (called for each piece; httprequest_data()
	 * is its state, made by on_begin and freed by on_end), otherwise collected.
	 */
	void *(*on_begin)(void *cookie);
	void (*on_data)(void *data, const char *bytes, size_t len);
	void (*on_end)(void *data);
	/* The whole request is there. Answer now, or keep the request and answer later, exactly once. */
	void (*on_request)(void *cookie, struct httprequest *request);
	void *cookie;
};

/* What a request's target says, decoded; empty with zeroes. */
struct httptarget {
	char *path; /* as sent, without the query */
	char *path_value; /* NULL: the route has no {…} */
	struct httptarget_pair {
		char *name, *value;
	} * query;
	size_t query_count;
};

/*
 * Takes a target in origin-form ("/a?b=c") or absolute-form ("http://host/a?b=c") apart. false
 * when it is something else or its query holds a bad escape, a NUL, or bytes that are not UTF-8.
 */
bool httptarget_parse(struct httptarget *ret, const char *target) WARN_UNUSED;
void httptarget_done(struct httptarget *t);

/* The first value of that name; "" when it has none; NULL: not there. */
const char *httptarget_query(const struct httptarget *t, const char *name);

enum httproute_match {
	ROUTE_FOUND,
	ROUTE_NOT_FOUND, /* 404 */
	ROUTE_WRONG_METHOD, /* 405 */
	ROUTE_BAD_VALUE, /* 400: what {…} stands for is no decodable segment */
};

/* Finds the route and decodes its {…} into target->path_value. */
enum httproute_match httproute_find(const struct httproute *routes, size_t count,
	const char *method, struct httptarget *target, const struct httproute **ret) WARN_UNUSED;

/* The value of Allow for a path: "GET, HEAD, POST". */
void httproute_allow(
	const struct httproute *routes, size_t count, const char *path, struct buf *out);

#endif
