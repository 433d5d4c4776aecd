/*
 * The embedded broker: librdkafka's mock cluster with plexsync's five topics, on loopback and a
 * port of its own choosing. It keeps everything in memory, drops the oldest records of a partition
 * above 5 MiB, neither compacts nor answers admin requests: for trying out and for fault
 * injection. What has to survive is tested on tests/kafka/broker.
 */
#ifndef TESTS_SIM_KAFKASIM_H
#define TESTS_SIM_KAFKASIM_H

#include "common/base.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define KAFKASIM_MAX_PARTITIONS 1000

struct kafkasim;

struct kafkasim_options {
	const char *prefix; /* of the topics' names; NULL: "plexsync." */
	int partitions; /* of every topic but dlq-decisions, which has one; 0: 6 */
};

/* Starts one broker and creates the topics. NULL options: the defaults. NULL on failure. */
struct kafkasim *kafkasim_start(
	const struct kafkasim_options *options, struct error *err) WARN_UNUSED;

/* "127.0.0.1:PORT", for `bootstrap.servers`. Borrowed until kafkasim_stop(). */
const char *kafkasim_bootstrap(const struct kafkasim *sim);

/* For injecting faults: rd_kafka_mock_push_request_errors() and its relatives. */
rd_kafka_mock_cluster_t *kafkasim_cluster(struct kafkasim *sim);

/* Stops the broker; its records are gone. NULL is allowed. */
void kafkasim_stop(struct kafkasim *sim);

#endif
