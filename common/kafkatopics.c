/* kafka_ensure_topics() of common/kafka.h: the five topics exist and are as they must be. */
#include "common/kafka.h"
#include "common/log.h"
#include "common/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_MS = 5000, PAUSE_MS = 100 };

struct setting {
	const char *name, *value;
};

/*
 * Numbers that Kafka 3.9 and 4.x both take. A segment is rolled each hour, or a small topic is
 * never compacted; what is younger than a day stays whole, for the fence and for people.
 */
static const struct setting delete_settings[] = { { "cleanup.policy", "delete" } };
static const struct setting compact_settings[] = {
	{ "cleanup.policy", "compact" },
	{ "min.compaction.lag.ms", "86400000" },
	{ "max.compaction.lag.ms", "604800000" },
	{ "delete.retention.ms", "86400000" },
	{ "min.cleanable.dirty.ratio", "0.1" },
	{ "segment.ms", "3600000" },
	{ "segment.bytes", "52428800" },
};

static bool is_compacted(enum topic topic)
{
	return topic == TOPIC_RETRIES || topic == TOPIC_STAMPS || topic == TOPIC_DECISIONS;
}

static const char *policy_of(enum topic topic)
{
	return is_compacted(topic) ? "compact" : "delete";
}

/* One run of kafka_ensure_topics(). */
struct check {
	const struct kafka_options *options;
	rd_kafka_t *client;
	rd_kafka_queue_t *queue; /* answers of the admin API */
	int64_t deadline_ms;
	char names[TOPICS][KAFKA_TOPIC_SIZE];
	/* What the last metadata said. */
	bool has_controller;
	int32_t partitions[TOPICS]; /* 0: no such topic */
	bool has_leaders[TOPICS];
	bool denied; /* the broker did not let us create topics */
	struct error trouble; /* the last one worth telling */
};

enum progress { GO_ON, TRY_AGAIN, GIVE_UP };

static int32_t partitions_wanted(const struct check *c, enum topic topic)
{
	return topic == TOPIC_DECISIONS ? 1 : c->options->partitions;
}

static int remaining_ms(const struct check *c)
{
	int64_t left_ms = c->deadline_ms - process_mono_ms();

	return left_ms < 0 ? 0 : left_ms > REQUEST_MS ? REQUEST_MS : (int)left_ms;
}

/* Where to write what went wrong: a request that the deadline cut short tells less than what was. */
static struct error *no_answer(struct check *c)
{
	bool cut_short = remaining_ms(c) < PAUSE_MS;

	return cut_short && c->trouble.text[0] ? NULL : &c->trouble;
}

static bool is_denied(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
	       code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

/* Whether asking again may help: nobody there, or a cluster that is not quite up. */
static bool is_temporary(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
	case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
	case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
	case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: /* created, and not known everywhere yet */
	case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR: /* brokers are still joining */
		return true;
	default:
		return false;
	}
}

static void note_topic(struct check *c, const rd_kafka_metadata_topic_t *found)
{
	enum topic topic = kafka_topic_find(c->options, found->topic);

	if (topic == TOPICS || found->partition_cnt <= 0)
		return;
	c->partitions[topic] = found->partition_cnt;
	c->has_leaders[topic] = true;
	for (int i = 0; i < found->partition_cnt; i++) {
		if (found->partitions[i].leader < 0)
			c->has_leaders[topic] = false;
	}
}

/* The embedded broker says 0 or nothing, which is no broker of its: the admin API would only wait. */
static bool names_controller(const struct check *c, const struct rd_kafka_metadata *metadata)
{
	int32_t id = rd_kafka_controllerid(c->client, 0);

	for (int i = 0; i < metadata->broker_cnt; i++) {
		if (metadata->brokers[i].id == id)
			return true;
	}
	return false;
}

/* Asks for all topics, as naming one could create it on a broker that is set up so. */
static enum progress read_metadata(struct check *c)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t code =
		rd_kafka_metadata(c->client, 1, NULL, &metadata, remaining_ms(c));

	if (code) {
		error_set(no_answer(c),
			"Kafka at %s could not be reached (%s). Is it running, and is "
			"kafka_bootstrap_servers right?",
			c->options->bootstrap_servers, rd_kafka_err2str(code));
		return TRY_AGAIN;
	}
	memset(c->partitions, 0, sizeof c->partitions);
	memset(c->has_leaders, 0, sizeof c->has_leaders);
	for (int i = 0; i < metadata->topic_cnt; i++)
		note_topic(c, &metadata->topics[i]);
	c->has_controller = names_controller(c, metadata);
	rd_kafka_metadata_destroy(metadata);
	return GO_ON;
}

static bool partitions_are_right(const struct check *c, struct error *err)
{
	for (enum topic topic = 0; topic < TOPICS; topic++) {
		int32_t found = c->partitions[topic], wanted = partitions_wanted(c, topic);

		if (!found || found == wanted)
			continue;
		return error_set(err,
			"The topic %s has %" PRId32 " partitions and must have %" PRId32
			". The number is fixed for the life of the topics: %s, or choose a new "
			"topic_prefix and let a full sweep fill the new topics.",
			c->names[topic], found, wanted,
			topic == TOPIC_DECISIONS ? "delete this topic, so that it is created anew"
						 : "set topic_partitions to what the topics have");
	}
	return true;
}

static void add_settings(
	rd_kafka_NewTopic_t *topic, const struct setting *settings, size_t setting_count)
{
	for (size_t i = 0; i < setting_count; i++)
		rd_kafka_NewTopic_set_config(topic, settings[i].name, settings[i].value);
}

static void set_retention(rd_kafka_NewTopic_t *topic, int32_t days)
{
	char ms[32];

	snprintf(ms, sizeof ms, "%" PRId64, days > 0 ? (int64_t)days * 86400000 : -1);
	rd_kafka_NewTopic_set_config(topic, "retention.ms", ms);
}

static rd_kafka_NewTopic_t *new_topic(const struct check *c, enum topic topic)
{
	char text[256];
	rd_kafka_NewTopic_t *t = rd_kafka_NewTopic_new(c->names[topic], partitions_wanted(c, topic),
		c->options->replication_factor, text, sizeof text);

	if (!t) {
		log_error("kafka_new_topic", "topic=%s text=%s", c->names[topic], text);
		return NULL;
	}
	if (is_compacted(topic))
		add_settings(t, compact_settings, ARRAY_LEN(compact_settings));
	else
		add_settings(t, delete_settings, ARRAY_LEN(delete_settings));
	if (topic == TOPIC_EVENTS)
		set_retention(t, KAFKA_EVENTS_RETENTION_DAYS);
	if (topic == TOPIC_DLQ)
		set_retention(t, c->options->dlq_retention_days);
	return t;
}

/* Ends an admin call: NULL, and what went wrong in c->trouble, unless the broker answered. */
static rd_kafka_event_t *await_answer(struct check *c, const char *what)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(c->queue, remaining_ms(c) + REQUEST_MS);

	if (event && !rd_kafka_event_error(event))
		return event;
	error_set(no_answer(c), "Kafka at %s did not let us %s: %s", c->options->bootstrap_servers,
		what, event ? rd_kafka_event_error_string(event) : "no answer");
	rd_kafka_event_destroy(event);
	return NULL;
}

static rd_kafka_AdminOptions_t *admin_options(struct check *c, rd_kafka_admin_op_t operation)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(c->client, operation);
	char text[128];

	rd_kafka_AdminOptions_set_request_timeout(options, remaining_ms(c) + 1, text, sizeof text);
	return options;
}

static enum progress judge_created(struct check *c, const rd_kafka_topic_result_t *result)
{
	rd_kafka_resp_err_t code = rd_kafka_topic_result_error(result);
	const char *name = rd_kafka_topic_result_name(result);
	const char *why = rd_kafka_topic_result_error_string(result);

	if (!code) {
		log_info("topic_created", "topic=%s", name);
		return GO_ON;
	}
	if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		return GO_ON;
	error_set(&c->trouble, "The topic %s could not be created: %s", name,
		why ? why : rd_kafka_err2str(code));
	if (is_denied(code)) {
		c->denied = true;
		log_warn("topic_not_created", "topic=%s text=%s", name, why);
		return GO_ON;
	}
	return is_temporary(code) ? TRY_AGAIN : GIVE_UP;
}

static enum progress create_missing(struct check *c)
{
	rd_kafka_NewTopic_t *topics[TOPICS];
	size_t count = 0;
	enum progress progress = TRY_AGAIN;

	for (enum topic topic = 0; topic < TOPICS; topic++) {
		if (!c->partitions[topic] && (topics[count] = new_topic(c, topic)))
			count++;
	}
	if (!count)
		return GO_ON;
	rd_kafka_AdminOptions_t *options = admin_options(c, RD_KAFKA_ADMIN_OP_CREATETOPICS);

	rd_kafka_CreateTopics(c->client, topics, count, options, c->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy_array(topics, count);
	rd_kafka_event_t *event = await_answer(c, "create topics");

	if (event) {
		const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
			rd_kafka_event_CreateTopics_result(event), &count);

		progress = GO_ON;
		for (size_t i = 0; i < count && progress == GO_ON; i++)
			progress = judge_created(c, results[i]);
	}
	rd_kafka_event_destroy(event);
	return progress;
}

static bool policy_is_right(const struct check *c, enum topic topic,
	const rd_kafka_ConfigResource_t *described, struct error *err)
{
	size_t count;
	const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(described, &count);

	for (size_t i = 0; i < count; i++) {
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);

		if (!str_equal(rd_kafka_ConfigEntry_name(entries[i]), "cleanup.policy") || !value ||
			str_equal(value, policy_of(topic)))
			continue;
		return error_set(err,
			"The topic %s has cleanup.policy=%s and must have %s, or records that are "
			"still "
			"needed would vanish. Mend it: kafka-configs.sh --bootstrap-server %s "
			"--alter "
			"--entity-type topics --entity-name %s --add-config cleanup.policy=%s",
			c->names[topic], value, policy_of(topic), c->options->bootstrap_servers,
			c->names[topic], policy_of(topic));
	}
	return true;
}

static enum progress judge_described(
	struct check *c, const rd_kafka_ConfigResource_t *described, struct error *err)
{
	const char *name = rd_kafka_ConfigResource_name(described);
	enum topic topic = kafka_topic_find(c->options, name);
	rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(described);

	if (code && is_temporary(code)) {
		error_set(&c->trouble, "The settings of the topic %s could not be read: %s", name,
			rd_kafka_ConfigResource_error_string(described));
		return TRY_AGAIN;
	}
	if (code) {
		log_warn("topic_not_checked", "topic=%s text=%s", name,
			rd_kafka_ConfigResource_error_string(described));
		return GO_ON;
	}
	if (topic != TOPICS && !policy_is_right(c, topic, described, err))
		return GIVE_UP;
	return GO_ON;
}

static enum progress check_policies(struct check *c, struct error *err)
{
	rd_kafka_ConfigResource_t *resources[TOPICS];
	rd_kafka_AdminOptions_t *options = admin_options(c, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	enum progress progress = TRY_AGAIN;

	for (enum topic topic = 0; topic < TOPICS; topic++)
		resources[topic] =
			rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, c->names[topic]);
	rd_kafka_DescribeConfigs(c->client, resources, TOPICS, options, c->queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy_array(resources, TOPICS);
	rd_kafka_event_t *event = await_answer(c, "read the settings of topics");

	if (event) {
		size_t count;
		const rd_kafka_ConfigResource_t **described =
			rd_kafka_DescribeConfigs_result_resources(
				rd_kafka_event_DescribeConfigs_result(event), &count);

		progress = GO_ON;
		for (size_t i = 0; i < count && progress == GO_ON; i++)
			progress = judge_described(c, described[i], err);
	}
	rd_kafka_event_destroy(event);
	return progress;
}

/* Whether every topic is there with all its leaders. */
static bool all_present(struct check *c)
{
	for (enum topic topic = 0; topic < TOPICS; topic++) {
		if (c->partitions[topic] && c->has_leaders[topic])
			continue;
		if (!c->partitions[topic] && !c->denied)
			error_set(&c->trouble,
				"The topic %s is missing at %s and could not be created yet.",
				c->names[topic], c->options->bootstrap_servers);
		if (!c->partitions[topic] && c->denied)
			error_set(&c->trouble,
				"The topic %s is missing at %s and we may not create it. Allow it, "
				"or "
				"create it with %" PRId32 " partitions and cleanup.policy=%s.",
				c->names[topic], c->options->bootstrap_servers,
				partitions_wanted(c, topic), policy_of(topic));
		if (c->partitions[topic])
			error_set(&c->trouble, "Partitions of the topic %s have no leader.",
				c->names[topic]);
		return false;
	}
	return true;
}

/* One round. GIVE_UP: *err is filled. */
static enum progress ensure_once(struct check *c, struct error *err)
{
	enum progress progress = read_metadata(c);

	if (progress == GO_ON && !partitions_are_right(c, err))
		return GIVE_UP;
	if (progress == GO_ON && c->has_controller && !c->denied) {
		progress = create_missing(c);
		if (progress == GIVE_UP)
			error_set(err, "%s", c->trouble.text);
	}
	if (progress != GO_ON)
		return progress;
	if (!all_present(c))
		return TRY_AGAIN;
	if (c->has_controller)
		return check_policies(c, err);
	log_warn("topics_half_checked", "servers=%s text=%s", c->options->bootstrap_servers,
		"the cluster names no controller (an embedded broker): cleanup policies are not "
		"known");
	return GO_ON;
}

bool kafka_ensure_topics(const struct kafka_options *o, int64_t timeout_ms, struct error *err)
{
	struct check c = { .options = o, .deadline_ms = process_mono_ms() + timeout_ms };
	enum progress progress;
	char text[256];
	rd_kafka_conf_t *conf = kafka_conf_new(o, err);

	if (!conf)
		return false;
	c.client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
	if (!c.client) {
		rd_kafka_conf_destroy(conf);
		return error_set(err, "The Kafka client could not be made: %s", text);
	}
	c.queue = rd_kafka_queue_new(c.client);
	for (enum topic topic = 0; topic < TOPICS; topic++)
		kafka_topic(o, topic, c.names[topic]);

	do {
		progress = ensure_once(&c, err);
		if (progress == TRY_AGAIN) /* waits, and lets librdkafka tell its troubles */
			rd_kafka_poll(c.client, PAUSE_MS);
	} while (progress == TRY_AGAIN && process_mono_ms() < c.deadline_ms);
	rd_kafka_queue_destroy(c.queue);
	rd_kafka_destroy(c.client);
	if (progress == TRY_AGAIN)
		error_set(err, "%s", c.trouble.text);
	return progress == GO_ON;
}
