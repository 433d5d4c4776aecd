#include "tests/sim/kafkasim.h"
#include "tests/unit/check_main.h"

#include <string.h>

#define TIMEOUT_MS 10000

static rd_kafka_t *client_new(rd_kafka_type_t type, const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[256];

	rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, NULL, 0);
	if (type == RD_KAFKA_CONSUMER) {
		rd_kafka_conf_set(conf, "group.id", "test", NULL, 0);
		rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", NULL, 0);
	}
	rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);
	ck_assert_msg(rk != NULL, "%s", text);
	return rk;
}

static int partitions_of(const struct rd_kafka_metadata *metadata, const char *name)
{
	for (int i = 0; i < metadata->topic_cnt; i++)
		if (strcmp(metadata->topics[i].topic, name) == 0)
			return metadata->topics[i].partition_cnt;
	return 0;
}

static const struct rd_kafka_metadata *metadata_of(rd_kafka_t *rk)
{
	const struct rd_kafka_metadata *metadata = NULL;

	ck_assert_int_eq(rd_kafka_metadata(rk, 1, NULL, &metadata, TIMEOUT_MS), 0);
	return metadata;
}

START_TEST(has_the_five_topics)
{
	struct kafkasim *sim = kafkasim_start(NULL, NULL);
	ck_assert_ptr_nonnull(sim);
	rd_kafka_t *rk = client_new(RD_KAFKA_PRODUCER, kafkasim_bootstrap(sim));
	const struct rd_kafka_metadata *metadata = metadata_of(rk);

	ck_assert_int_eq(metadata->topic_cnt, 5);
	ck_assert_int_eq(partitions_of(metadata, "plexsync.scene-events"), 6);
	ck_assert_int_eq(partitions_of(metadata, "plexsync.scene-retries"), 6);
	ck_assert_int_eq(partitions_of(metadata, "plexsync.sync-timestamps"), 6);
	ck_assert_int_eq(partitions_of(metadata, "plexsync.scene-dlq"), 6);
	ck_assert_int_eq(partitions_of(metadata, "plexsync.dlq-decisions"), 1);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_destroy(rk);
	kafkasim_stop(sim);
}
END_TEST

START_TEST(takes_prefix_and_partitions)
{
	struct kafkasim_options options = { .prefix = "other.", .partitions = 3 };
	struct kafkasim *sim = kafkasim_start(&options, NULL);
	ck_assert_ptr_nonnull(sim);
	rd_kafka_t *rk = client_new(RD_KAFKA_PRODUCER, kafkasim_bootstrap(sim));
	const struct rd_kafka_metadata *metadata = metadata_of(rk);

	ck_assert_int_eq(partitions_of(metadata, "other.scene-events"), 3);
	ck_assert_int_eq(partitions_of(metadata, "other.dlq-decisions"), 1);
	ck_assert_int_eq(partitions_of(metadata, "plexsync.scene-events"), 0);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_destroy(rk);
	kafkasim_stop(sim);
}
END_TEST

START_TEST(refuses_a_senseless_partition_count)
{
	struct kafkasim_options options = { .partitions = -1 };
	struct error err;

	ck_assert_ptr_null(kafkasim_start(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "not -1"));
}
END_TEST

static void produce(rd_kafka_t *rk, const char *topic, const char *value)
{
	rd_kafka_resp_err_t code = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic),
		RD_KAFKA_V_PARTITION(2), RD_KAFKA_V_KEY("45", 2),
		RD_KAFKA_V_VALUE((void *)(uintptr_t)value, strlen(value)),
		RD_KAFKA_V_HEADER("ce_id", "1", 1), RD_KAFKA_V_END);

	ck_assert_int_eq(code, RD_KAFKA_RESP_ERR_NO_ERROR);
	ck_assert_int_eq(rd_kafka_flush(rk, TIMEOUT_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
}

START_TEST(gives_back_what_was_produced)
{
	struct kafkasim *sim = kafkasim_start(NULL, NULL);
	ck_assert_ptr_nonnull(sim);
	rd_kafka_t *producer = client_new(RD_KAFKA_PRODUCER, kafkasim_bootstrap(sim));
	rd_kafka_t *consumer = client_new(RD_KAFKA_CONSUMER, kafkasim_bootstrap(sim));
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_headers_t *headers;
	const void *id;
	size_t id_len;

	produce(producer, "plexsync.scene-events", "{\"scene_id\":\"45\"}");
	rd_kafka_topic_partition_list_add(list, "plexsync.scene-events", 2)->offset = 0;
	ck_assert_int_eq(rd_kafka_assign(consumer, list), 0);
	rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, TIMEOUT_MS);
	ck_assert_ptr_nonnull(message);
	ck_assert_int_eq(message->err, 0);
	ck_assert_mem_eq(message->payload, "{\"scene_id\":\"45\"}", message->len);
	ck_assert_int_eq(rd_kafka_message_headers(message, &headers), 0);
	ck_assert_int_eq(rd_kafka_header_get_last(headers, "ce_id", &id, &id_len), 0);
	ck_assert_mem_eq(id, "1", id_len);
	rd_kafka_message_destroy(message);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(consumer);
	rd_kafka_destroy(producer);
	kafkasim_stop(sim);
}
END_TEST

static void note_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *cookie)
{
	(void)rk;
	*(rd_kafka_resp_err_t *)cookie = message->err;
}

START_TEST(refuses_when_told_to)
{
	rd_kafka_resp_err_t report = RD_KAFKA_RESP_ERR_NO_ERROR;
	struct kafkasim *sim = kafkasim_start(NULL, NULL);
	ck_assert_ptr_nonnull(sim);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_conf_set(conf, "bootstrap.servers", kafkasim_bootstrap(sim), NULL, 0);
	rd_kafka_conf_set_dr_msg_cb(conf, note_report);
	rd_kafka_conf_set_opaque(conf, &report);
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
	ck_assert_ptr_nonnull(rk);

	rd_kafka_mock_push_request_errors(
		kafkasim_cluster(sim), 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	produce(rk, "plexsync.scene-events", "{}");
	ck_assert_int_eq(report, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	rd_kafka_destroy(rk);
	kafkasim_stop(sim);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, has_the_five_topics);
	tcase_add_test(cases, takes_prefix_and_partitions);
	tcase_add_test(cases, refuses_a_senseless_partition_count);
	tcase_add_test(cases, gives_back_what_was_produced);
	tcase_add_test(cases, refuses_when_told_to);
}

CHECK_MAIN("kafkasim", add_cases)
