/*
 * Carries the engine's effects out and feeds it what comes back: the group, Kafka's outputs, the
 * stamps, Plex and Stash, in one thread with one wait.
 */
#ifndef CONSUMER_DRIVER_H
#define CONSUMER_DRIVER_H

#include "common/kafka.h"
#include "common/metrics.h"
#include "consumer/engine.h"

struct driver;

struct driver_options {
	struct engine_options engine;
	struct kafka_options kafka;
	const char *group_id, *group_instance_id;
	const char *plex_url, *plex_token;
	const char *stash_url, *stash_api_key;
	int plex_connections;
	int64_t connect_timeout_ms, read_timeout_ms, edit_timeout_ms;
	struct metrics *metrics; /* borrowed */
};

/* Connects to Kafka and joins the group. NULL with *err. */
struct driver *driver_open(const struct driver_options *o, struct error *err) WARN_UNUSED;

/*
 * One turn of the loop: waits until something happens on the driver's own descriptors or on one of
 * `fds`, and does what it leads to.
 */
void driver_turn(struct driver *d, const int *fds, size_t count, int64_t timeout_ms);

/* From the next request on; what waits because the old one was refused is tried at once. */
void driver_set_plex_token(struct driver *d, const char *token);
void driver_set_stash_api_key(struct driver *d, const char *api_key);

/* Ends what must not be left half done; then driver_drained(). */
void driver_request_stop(struct driver *d);
bool driver_drained(const struct driver *d);

/* The group will not have this instance any more: it must end, with a failure. */
bool driver_fenced(const struct driver *d);

/* For /readyz; `cookie` is the driver. */
bool driver_check_group(void *cookie, struct error *ret_detail);
bool driver_check_kafka(void *cookie, struct error *ret_detail);

/* As engine_outage(). */
const struct outage *driver_outage(const struct driver *d, const char *service, size_t i);

/* Sets the gauges before /metrics is written; `cookie` is the driver. */
void driver_refresh_metrics(void *cookie);

/* Commits, leaves the group, frees. Can hang in librdkafka 2.0.2: have a watchdog. */
void driver_close(struct driver *d);

#endif
