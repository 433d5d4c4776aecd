/*
 * Setting up librdkafka clients, and the topics. The one edge that other Kafka edges include.
 * Everything is written against librdkafka 2.0.2 (Debian 12) and sets newer properties only
 * where the library knows them.
 */
#ifndef COMMON_KAFKA_H
#define COMMON_KAFKA_H

#include "common/record.h"

#include <librdkafka/rdkafka.h>

/* A property for librdkafka that the user gave (`KAFKA_FOO_BAR`, `kafka_foo_bar`: `foo.bar`). */
struct kafka_property {
	const char *name;
	const char *value;
	bool from_environment; /* then an unknown name is a warning, otherwise an error */
};

enum { KAFKA_EVENTS_RETENTION_DAYS = 30 }; /* of scene-events, when it is created */

struct kafka_options {
	const char *bootstrap_servers;
	const char *client_id;
	const char *topic_prefix; /* "plexsync." */
	int32_t partitions; /* of all topics but dlq-decisions, which has one */
	int32_t replication_factor; /* -1: the broker's default */
	int32_t dlq_retention_days; /* used when the topic is created */
	const struct kafka_property *properties;
	size_t property_count;
};

/*
 * A configuration with what all our clients share (servers, client id, log and error callbacks
 * into common/log, back-off, Nagle off, telemetry off) and the user's properties, which win.
 * Owned by the caller until rd_kafka_new() takes it. NULL with *err.
 */
rd_kafka_conf_t *kafka_conf_new(const struct kafka_options *o, struct error *err) WARN_UNUSED;

/*
 * Sets a property that our promises rest on, whatever the user says; one the library does not
 * know is skipped silently, a bad value aborts.
 */
void kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value);

/* The same, but only when the user did not set it. */
void kafka_conf_default(
	rd_kafka_conf_t *conf, const struct kafka_options *o, const char *name, const char *value);

/*
 * Logs a trouble of librdkafka's, the same text (but for its numbers) once in 30 s at most:
 * nothing here ends the process, clients reconnect by themselves.
 */
void kafka_log_trouble(const char *client, rd_kafka_resp_err_t err, const char *text);

/* The full topic name, prefix included; `ret` holds KAFKA_TOPIC_SIZE bytes. */
#define KAFKA_TOPIC_SIZE 250
void kafka_topic(const struct kafka_options *o, enum topic topic, char ret[KAFKA_TOPIC_SIZE]);

/* Which of our topics has this full name; TOPICS when none. */
enum topic kafka_topic_find(const struct kafka_options *o, const char *name);

/*
 * Creates the topics that are missing and checks the others, by the admin API of a short-lived
 * client; waits for a leader of every partition. A wrong partition count or cleanup policy
 * fails, naming topic, finding and cure. What the broker will not tell (an ACL, the embedded
 * broker) is a warning. Blocks for at most `timeout_ms`, at start only.
 */
bool kafka_ensure_topics(
	const struct kafka_options *o, int64_t timeout_ms, struct error *err) WARN_UNUSED;

/*
 * Copies a received message into *ret (to be freed with record_done). Its topic is TOPICS when
 * the name is not one of ours.
 */
void kafka_record(
	const struct kafka_options *o, const rd_kafka_message_t *message, struct record *ret);

/*
 * A non-blocking pipe that becomes readable when `queue` gets its first event. The wake-up is an
 * edge: drain the pipe with kafka_wakeup_clear(), then the queue until it is empty.
 */
struct kafka_wakeup {
	int read_fd, write_fd;
};
bool kafka_wakeup_open(struct kafka_wakeup *w, rd_kafka_queue_t *queue) WARN_UNUSED;
void kafka_wakeup_attach(
	struct kafka_wakeup *w, rd_kafka_queue_t *queue); /* another queue, same pipe */
void kafka_wakeup_clear(struct kafka_wakeup *w);
void kafka_wakeup_raise(struct kafka_wakeup *w); /* makes it readable by hand */
void kafka_wakeup_close(struct kafka_wakeup *w); /* after its queue was destroyed */

#endif
