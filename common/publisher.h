/*
 * Produces records and reports each delivery exactly once, in an idempotent client that survives:
 * after a fatal error the client is built anew and everything without a report is produced again,
 * in order. Keeps its own copy of a record until its report.
 */
#ifndef COMMON_PUBLISHER_H
#define COMMON_PUBLISHER_H

#include "common/delivery.h"
#include "common/kafka.h"

struct publisher;

struct publisher_options {
	struct kafka_options kafka;
	/* A record without an answer for so long (three seconds more at most) is reported; 0: never. */
	int64_t delivery_timeout_ms;
	int64_t linger_ms;
	size_t max_records; /* waiting for a report at one time */
	size_t max_bytes;
	void (*on_delivered)(void *cookie, uint64_t id, const struct delivery_report *report);
	void *cookie;
};

/* Connects, and fetches the topics' metadata so that the first record is not late. NULL with *err. */
struct publisher *publisher_open(const struct publisher_options *o, struct error *err) WARN_UNUSED;

enum publish { PUBLISH_QUEUED, PUBLISH_FULL };

/*
 * Queues a record; `id` comes back in its report. PUBLISH_FULL: no room, nothing was taken and no
 * report will come. The record is copied or taken: *take_record is empty afterwards when queued.
 */
enum publish publisher_send(
	struct publisher *p, struct record *take_record, uint64_t id) WARN_UNUSED;

/* Readable when there is something to dispatch. */
int publisher_fd(const struct publisher *p);

/* When publisher_dispatch() wants to run even without that: process_mono_ms() time; INT64_MAX: not. */
int64_t publisher_deadline_ms(const struct publisher *p);

/* Serves reports (calls on_delivered, never from anywhere else) and rebuilds after a fatal error. */
void publisher_dispatch(struct publisher *p);

/* Records without a report. */
size_t publisher_in_flight(const struct publisher *p);

/*
 * Whether records can be acknowledged now, as far as is known: a broker is connected and nothing
 * has been waiting for more than 5 s. Otherwise *ret_reason says why.
 */
bool publisher_healthy(const struct publisher *p, struct error *ret_reason);

/*
 * No broker is connected, and a record waits for one already: who cannot wait need not try. The
 * first one has to, since it is what makes librdkafka connect.
 */
bool publisher_away(const struct publisher *p);

/* For tests: raises the library's fatal error, as rd_kafka_test_fatal_error() does. */
void publisher_test_fatal(struct publisher *p);

/* Waits up to `timeout_ms` for the reports that are open, reports the rest as unknown, frees. */
void publisher_close(struct publisher *p, int64_t timeout_ms);

#endif
