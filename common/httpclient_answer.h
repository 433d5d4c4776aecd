/* Inside httpclient only: one answer, from its first byte to what the caller is told of it. */
#ifndef COMMON_HTTPCLIENT_ANSWER_H
#define COMMON_HTTPCLIENT_ANSWER_H

#include "common/buf.h"
#include "common/httpclient.h"

#include <curl/curl.h>

struct httpclient_answer {
	CURL *easy; /* borrowed */
	size_t max_bytes, received; /* of the body */
	struct buf body;
	bool too_large, ended_by_reader;
	bool (*on_data)(void *cookie, const char *bytes, size_t len);
	void *cookie;
	char reason[CURL_ERROR_SIZE]; /* libcurl's, while the exchange lasts */
};

/* How an exchange ended. */
struct httpclient_end {
	CURLcode code;
	bool sending; /* libcurl had begun to write the request */
	bool idle_expired; /* it was us who ended it */
};

void httpclient_answer_init(struct httpclient_answer *a, CURL *easy, const struct http_request *r);
void httpclient_answer_done(struct httpclient_answer *a);

/* Takes or hands on a piece of the body; false: the transfer has to end. */
bool httpclient_answer_put(struct httpclient_answer *a, const char *bytes, size_t len) WARN_UNUSED;

/*
 * Fills *ret but for the duration. Its texts are borrowed until the handle is used or freed, or
 * until httpclient_answer_done().
 */
void httpclient_answer_finish(
	struct httpclient_answer *a, const struct httpclient_end *end, struct http_answer *ret);

#endif
