/*
 * The producer's routes: a request becomes an event, the event a record, and the record's delivery
 * report the answer. 202 means that Kafka has it on all in-sync replicas.
 */
#ifndef PRODUCER_GATEWAY_H
#define PRODUCER_GATEWAY_H

#include "common/httpserver.h"
#include "common/metrics.h"
#include "common/publisher.h"

struct gateway;

struct gateway_options {
	const char *topic; /* full name, for the answers; borrowed */
	struct metrics *metrics; /* borrowed */
	size_t max_in_flight; /* requests that may wait for their reports at one time */
};

struct gateway *gateway_new(const struct gateway_options *o) WARN_UNUSED;

/* Only when no report is open: the publisher must be closed before. */
void gateway_free(struct gateway *g);

/* Where events go; borrowed. Without one (NULL) they are not accepted: the producer is stopping. */
void gateway_set_publisher(struct gateway *g, struct publisher *publisher);

/* POST /v1/hooks/stash and POST /v1/events, for the server's table. */
#define GATEWAY_ROUTES 2
void gateway_routes(struct gateway *g, struct httproute ret[GATEWAY_ROUTES]);

/* As publisher_options.on_delivered: answers the request `id`; cookie: the gateway. */
void gateway_delivered(void *gateway, uint64_t id, const struct delivery_report *report);

/* As httpserver_options.on_answered: counts; cookie: the gateway. */
void gateway_answered(
	void *gateway, const char *method, const char *route, unsigned status, int64_t duration_ms);

#endif
