#include "tests/sim/kafkasim.h"

#include <stdio.h>
#include <stdlib.h>

struct kafkasim {
	rd_kafka_t *host; /* the mock cluster lives in a client, which itself connects nowhere */
	rd_kafka_mock_cluster_t *cluster;
};

static const struct topic {
	const char *name;
	int partitions; /* 0: as the options say */
} topics[] = {
	{ "scene-events", 0 },
	{ "scene-retries", 0 },
	{ "sync-timestamps", 0 },
	{ "scene-dlq", 0 },
	{ "dlq-decisions", 1 },
};

static bool create_topic(struct kafkasim *sim, const struct topic *topic,
	const struct kafkasim_options *options, struct error *err)
{
	int partitions = topic->partitions ? topic->partitions : options->partitions;
	auto_free char *name = xasprintf("%s%s", options->prefix, topic->name);
	rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(sim->cluster, name, partitions, 1);

	if (code)
		return error_set(err, "cannot create the topic %s with %d partitions: %s", name,
			partitions, rd_kafka_err2str(code));
	return true;
}

static bool start(struct kafkasim *sim, const struct kafkasim_options *options, struct error *err)
{
	char text[256];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	/* Without it every start says that the host has no bootstrap servers. */
	rd_kafka_conf_set(conf, "log_level", "4", NULL, 0);
	sim->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
	if (!sim->host) {
		rd_kafka_conf_destroy(conf);
		return error_set(err, "cannot start the embedded broker: %s", text);
	}
	sim->cluster = rd_kafka_mock_cluster_new(sim->host, 1);
	if (!sim->cluster)
		return error_set(
			err, "cannot start the embedded broker: no free port on 127.0.0.1?");
	for (size_t i = 0; i < ARRAY_LEN(topics); i++)
		if (!create_topic(sim, &topics[i], options, err))
			return false;
	return true;
}

struct kafkasim *kafkasim_start(const struct kafkasim_options *options, struct error *err)
{
	struct kafkasim_options all = options ? *options : (struct kafkasim_options){ 0 };

	if (!all.prefix)
		all.prefix = "plexsync.";
	if (!all.partitions)
		all.partitions = 6;
	if (all.partitions < 1 || all.partitions > KAFKASIM_MAX_PARTITIONS) {
		error_set(err, "a topic has 1 to %d partitions, not %d", KAFKASIM_MAX_PARTITIONS,
			all.partitions);
		return NULL;
	}
	struct kafkasim *sim = xcalloc(1, sizeof *sim);
	if (!start(sim, &all, err)) {
		kafkasim_stop(sim);
		return NULL;
	}
	return sim;
}

const char *kafkasim_bootstrap(const struct kafkasim *sim)
{
	return rd_kafka_mock_cluster_bootstraps(sim->cluster);
}

rd_kafka_mock_cluster_t *kafkasim_cluster(struct kafkasim *sim)
{
	return sim->cluster;
}

void kafkasim_stop(struct kafkasim *sim)
{
	if (!sim)
		return;
	if (sim->cluster)
		rd_kafka_mock_cluster_destroy(sim->cluster);
	if (sim->host)
		rd_kafka_destroy(sim->host);
	free(sim);
}
