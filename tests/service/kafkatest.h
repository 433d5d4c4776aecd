/* What the tests of the Kafka edges share: options for an embedded broker, records, waiting. */
#ifndef TESTS_SERVICE_KAFKATEST_H
#define TESTS_SERVICE_KAFKATEST_H

#include "common/kafka.h"
#include "tests/sim/kafkasim.h"
#include "tests/unit/check_main.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define TEST_DEADLINE_MS 15000

static inline struct kafka_options test_options(const char *servers)
{
	/* The embedded broker keeps an empty fetch for as long as it may. */
	static const struct kafka_property properties[] = { { "fetch.wait.max.ms", "10", false } };

	return (struct kafka_options){
		.bootstrap_servers = servers,
		.client_id = "test",
		.topic_prefix = "plexsync.",
		.partitions = 6,
		.replication_factor = -1,
		.dlq_retention_days = 90,
		.properties = properties,
		.property_count = 1,
	};
}

static inline struct kafkasim *test_broker(void)
{
	struct error err = { "" };
	struct kafkasim *sim = kafkasim_start(NULL, &err);

	ck_assert_msg(sim != NULL, "%s", err.text);
	return sim;
}

/* A record with key and value; a NULL value: a tombstone. */
static inline struct record test_record(enum topic topic, const char *key, const char *value)
{
	struct record r = { .topic = topic, .partition = -1 };

	record_set_key(&r, key, strlen(key));
	if (value)
		record_set_value(&r, value, strlen(value));
	return r;
}

/* Until a descriptor is readable, but never long: the caller looks at its condition again. */
static inline void test_wait(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, 20);
}

#endif
