/*
 * What both services do before they work: settings of one table, actions of the command line, log
 * level, secrets, Kafka options.
 */
#ifndef COMMON_SERVICE_H
#define COMMON_SERVICE_H

#include "common/kafka.h"
#include "common/servicesettings.h"
#include "common/settings.h"

/* A service as main() describes it. */
struct service_program {
	const char *name; /* "plexsync-producer" */
	const char *usage; /* what --help begins with */
	const struct setting *table;
	size_t table_count;
	void *target; /* the struct that the table describes */
	/* Checks what no single row can, also for --check. May be NULL. */
	bool (*validate)(const void *target, struct error *err);
	const char *(*listen)(const void *target); /* for --healthcheck */
};

struct service {
	struct settings settings;
	struct kafka_property *properties;
	size_t property_count;
};

/*
 * Loads the settings and carries out what the command line asks for. true: run. false: end with
 * *ret_status, all is said (0; 1 for a failed health check; 2 for a wrong setting, by its name).
 * service_done() is owed either way.
 */
bool service_load(struct service *s, const struct service_program *program, int argc, char **argv,
	int *ret_status);

/* One line for each setting and where it came from; secrets are hidden. */
void service_log_settings(const struct service *s);

/*
 * A secret that was changed in its file since it was last read, else NULL. For services that outlive
 * their tokens. Borrowed until the next call for the same name.
 */
const char *service_new_secret(struct service *s, const char *name);

void service_done(struct service *s);

/*
 * Waits until Kafka is there and the topics are as they must be (kafka_ensure_topics), for a minute
 * at most. A signal ends the wait: true then, too.
 */
bool service_await_topics(const struct kafka_options *kafka, struct error *err) WARN_UNUSED;

/* What SERVICE_MEMBERS say, as Kafka's options; borrowed from the service and its target. */
#define SERVICE_KAFKA(service, options, name) \
	((struct kafka_options){ \
		.bootstrap_servers = (options)->kafka_bootstrap_servers, \
		.client_id = (name), \
		.topic_prefix = (options)->topic_prefix, \
		.partitions = (int32_t)(options)->topic_partitions, \
		.replication_factor = (options)->topic_replication_factor \
					      ? (int32_t)(options)->topic_replication_factor \
					      : -1, \
		.dlq_retention_days = (int32_t)(options)->dlq_retention_days, \
		.properties = (service)->properties, \
		.property_count = (service)->property_count, \
	})

#endif
