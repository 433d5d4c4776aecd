/*
 * A client for loads: keep-alive connections to one server on loopback, with one request each at a
 * time. A connection that broke is made anew.
 */
#ifndef TESTS_BENCH_HTTPLOAD_H
#define TESTS_BENCH_HTTPLOAD_H

#include "common/base.h"

struct httpload;

/* `status` 0: no answer came. `body` is "" then. Called from httpload_wait() only. */
typedef void httpload_answered(void *cookie, size_t tag, unsigned status, const char *body);

struct httpload *httpload_open(uint16_t port, size_t connections, httpload_answered *on_answered,
	void *cookie) WARN_UNUSED;
void httpload_close(struct httpload *l);

/* Whether a connection is free. */
bool httpload_free(const struct httpload *l);

/* Sends a request on a free connection; `tag` comes back with its answer. */
void httpload_send(struct httpload *l, size_t tag, const char *request, size_t len);

/* Takes in what comes, at the latest until `until_ns` (httpload_now_ns() time). */
void httpload_wait(struct httpload *l, int64_t until_ns);

int64_t httpload_now_ns(void);

#endif
