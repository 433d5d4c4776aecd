/*
 * The producer's routes: a request becomes an event, the event a record, and the record's delivery
 * report the answer. 202 means that Kafka has it on all in-sync replicas.
 */
#ifndef PRODUCER_GATEWAY_H
#define PRODUCER_GATEWAY_H

#include "common/httpserver.h"
#include "producer/outgoing.h"
#include "producer/sweeper.h"
#include "producer/tables.h"

struct gateway;

struct gateway_options {
	const char *topic; /* full name, for the answers; borrowed, as all here */
	struct metrics *metrics;
	struct outgoing *outgoing;
	const struct tables *tables;
	struct sweeper *sweeper;
	bool needs_version; /* updated_at_fallback=reject */
};

struct gateway *gateway_new(const struct gateway_options *o) WARN_UNUSED;

/* Only when no report is open: the publisher must be closed before. */
void gateway_free(struct gateway *g);

/* All routes but those of common/health, for the server's table; how many there are. */
#define GATEWAY_ROUTES_MAX 16
size_t gateway_routes(struct gateway *g, struct httproute ret[GATEWAY_ROUTES_MAX]);

/* As httpserver_options.on_answered: counts and logs; cookie: the gateway. */
void gateway_answered(void *gateway, const struct httpanswer *answer);

#endif
