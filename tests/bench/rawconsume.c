/*
 * The bound for loading a table: reads all of a topic with librdkafka and does nothing with it.
 * Usage: rawconsume BOOTSTRAP TOPIC
 */
#include "common/base.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WAIT_MS = 10000 };

static void die(const char *what)
{
	fprintf(stderr, "rawconsume: %s\n", what);
	exit(EXIT_FAILURE);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static rd_kafka_t *open_consumer(const char *bootstrap)
{
	/* As common/table.c has them. */
	const char *const settings[][2] = { { "bootstrap.servers", bootstrap },
		{ "group.id", "rawconsume" }, { "enable.auto.commit", "false" },
		{ "enable.partition.eof", "true" }, { "fetch.wait.max.ms", "100" },
		{ "queued.min.messages", "10000000" }, { "queued.max.messages.kbytes", "16384" } };
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[256];
	rd_kafka_t *rk;

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text))
			die(text);
	}
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
	if (!rk)
		die(text);
	rd_kafka_poll_set_consumer(rk);
	return rk;
}

/* All partitions, from their beginning. How many they are. */
static int assign(rd_kafka_t *rk, const char *topic)
{
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
	int count;

	if (rd_kafka_metadata(rk, 0, rkt, &metadata, WAIT_MS) || metadata->topic_cnt != 1)
		die("Kafka does not answer");
	count = metadata->topics[0].partition_cnt;
	for (int i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_assign(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(rkt);
	return count;
}

int main(int argc, char **argv)
{
	double began_s = now_s();
	size_t records = 0, bytes = 0;
	rd_kafka_t *rk;
	int open;

	if (argc != 3)
		die("usage: rawconsume BOOTSTRAP TOPIC");
	rk = open_consumer(argv[1]);
	for (open = assign(rk, argv[2]); open > 0;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, WAIT_MS);

		if (!m)
			die("no record came");
		if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			open--;
		else if (m->err)
			die(rd_kafka_message_errstr(m));
		records += !m->err;
		bytes += m->err ? 0 : m->len;
		rd_kafka_message_destroy(m);
	}
	printf("{\"records\":%zu,\"bytes\":%zu,\"seconds\":%.3f}\n", records, bytes,
		now_s() - began_s);
	rd_kafka_destroy(rk);
	return EXIT_SUCCESS;
}
