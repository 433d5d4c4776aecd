/* /livez, /readyz and /metrics, the same for both services. */
#ifndef COMMON_HEALTH_H
#define COMMON_HEALTH_H

#include "common/httpserver.h"
#include "common/metrics.h"

struct health_check {
	const char *name;
	/*
	 * Whether this part can do its work now; `ret_detail`, "" before, says what it is or why not, in
	 * a sentence.
	 */
	bool (*ok)(void *cookie, struct error *ret_detail);
	void *cookie;
};

struct health {
	const struct health_check *checks;
	size_t check_count;
	struct metrics *metrics; /* borrowed */
	void (*refresh)(void *cookie); /* before /metrics is written: set gauges. May be NULL */
	void *cookie;
	bool stopping; /* set by the owner at SIGTERM: not ready any more */
};

/*
 * The three routes, open and without a token: /livez 200 as long as the process answers; /readyz 200
 * or 503 with {"status":"ok|unavailable","checks":{NAME:{"ok":…,"detail":…}}}; /metrics for
 * Prometheus. To be put into the server's table; cookie: a struct health. */
#define HEALTH_ROUTES 3
void health_routes(struct health *h, struct httproute ret[HEALTH_ROUTES]);

/*
 * What `--healthcheck` does: asks http://LISTEN/livez with a plain socket. true for 200; blocks
 * for at most 3 s.
 */
bool health_probe(const char *listen, struct error *err) WARN_UNUSED;

#endif
