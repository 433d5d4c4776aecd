/* The settings that every service has: members for its struct, and rows for its table. */
#ifndef COMMON_SERVICESETTINGS_H
#define COMMON_SERVICESETTINGS_H

#include "common/setting.h"

extern const char *const service_log_levels[];

#define SERVICE_MEMBERS \
	char *kafka_bootstrap_servers; \
	char *topic_prefix; \
	int64_t topic_partitions; \
	int64_t topic_replication_factor; \
	int64_t dlq_retention_days; \
	int log_level; \
	char *config_file

#define SERVICE_ROWS(s) \
	SETTING_TEXT(s, kafka_bootstrap_servers, "127.0.0.1:9092", \
		"Kafka brokers, host:port, comma-separated."), \
		SETTING_TEXT( \
			s, topic_prefix, "plexsync.", "What the names of all topics begin with."), \
		SETTING_INT(s, topic_partitions, "6", 1, 1000, \
			"Partitions of the topics; fixed for their life."), \
		SETTING_INT(s, topic_replication_factor, "0", 0, 100, \
			"Replicas of topics that are created; 0 is the broker's default."), \
		SETTING_INT(s, dlq_retention_days, "90", 1, 36500, \
			"How long dead letters are kept; used when their topic is created."), \
		SETTING_CHOICE(s, log_level, "info", service_log_levels, \
			"The least important lines that are logged."), \
		SETTING_TEXT(s, config_file, "", "A file with settings, name=value.")

/* The address of another service: http or https, a path if any, and nothing more. "" is good, too. */
bool service_check_url(const char *name, const char *url, struct error *err) WARN_UNUSED;

#endif
