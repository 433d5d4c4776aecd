#include "consumer/source.h"

#include "common/log.h"

#include <stdlib.h>

enum { QUERY_TIMEOUT_MS = 2000 };

struct place {
	int64_t next; /* the offset that we expect; -1: any */
	int64_t end; /* of the log when we came */
};

struct source {
	struct source_options options;
	char topic[KAFKA_TOPIC_SIZE];
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	struct kafka_wakeup wakeup;
	rd_kafka_topic_partition_list_t *assigned; /* offered or started; NULL: none */
	struct place *places; /* one for each of them, once started */
	bool started, closing;
};

static void forget_assignment(struct source *s)
{
	if (s->assigned)
		rd_kafka_topic_partition_list_destroy(s->assigned);
	s->assigned = NULL;
	free(s->places);
	s->places = NULL;
	s->started = false;
}

static void offer(struct source *s, const rd_kafka_topic_partition_list_t *list)
{
	int32_t *partitions = xcalloc((size_t)list->cnt, sizeof *partitions);

	forget_assignment(s);
	s->assigned = rd_kafka_topic_partition_list_copy(list);
	for (int i = 0; i < list->cnt; i++)
		partitions[i] = list->elems[i].partition;
	s->options.on_assigned(s->options.cookie, partitions, (size_t)list->cnt);
	free(partitions);
}

/* Eager protocol: all partitions come, and all go. */
static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
	rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct source *s = opaque;

	if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !s->closing)
		offer(s, list);
	else if (err == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS && !s->closing)
		s->options.on_revoked(s->options.cookie, rd_kafka_assignment_lost(rk));
	else
		rd_kafka_assign(rk, NULL);
}

static rd_kafka_conf_t *make_conf(struct source *s, struct error *err)
{
	const struct kafka_options *kafka = &s->options.kafka;
	rd_kafka_conf_t *conf = kafka_conf_new(kafka, err);

	if (!conf)
		return NULL;
	kafka_conf_set(conf, "group.id", s->options.group_id);
	if (s->options.group_instance_id && s->options.group_instance_id[0])
		kafka_conf_set(conf, "group.instance.id", s->options.group_instance_id);
	/* Stored by us once the outcome is durable; committed in the background. */
	kafka_conf_set(conf, "enable.auto.commit", "true");
	kafka_conf_set(conf, "enable.auto.offset.store", "false");
	kafka_conf_default(conf, kafka, "auto.commit.interval.ms", "1000");
	/* The other assignors lose assignments in librdkafka before 2.10 (#4059, #4800). */
	kafka_conf_set(conf, "partition.assignment.strategy", "range");
	kafka_conf_set(conf, "auto.offset.reset", "earliest");
	kafka_conf_default(conf, kafka, "session.timeout.ms", "45000");
	kafka_conf_default(conf, kafka, "max.poll.interval.ms", "120000");
	kafka_conf_default(conf, kafka, "fetch.wait.max.ms", "100");
	/* Fewer make 2.0.2 rest a second after each refill. */
	kafka_conf_default(conf, kafka, "queued.min.messages", "10000");
	kafka_conf_default(conf, kafka, "queued.max.messages.kbytes", "16384");
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	rd_kafka_conf_set_opaque(conf, s);
	return conf;
}

static bool join(struct source *s, struct error *err)
{
	rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;

	rd_kafka_topic_partition_list_add(topics, s->topic, RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(s->rk, topics);
	rd_kafka_topic_partition_list_destroy(topics);
	if (code)
		return error_set(err, "Cannot subscribe to the topic %s: %s.", s->topic,
			rd_kafka_err2str(code));
	return true;
}

struct source *source_open(const struct source_options *o, struct error *err)
{
	struct source *s = xcalloc(1, sizeof *s);
	rd_kafka_conf_t *conf;
	char reason[256];

	s->options = *o;
	s->wakeup = (struct kafka_wakeup){ .read_fd = -1, .write_fd = -1 };
	kafka_topic(&o->kafka, TOPIC_EVENTS, s->topic);
	conf = make_conf(s, err);
	if (!conf)
		goto fail;
	s->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
	if (!s->rk) {
		rd_kafka_conf_destroy(conf);
		error_set(err, "Kafka's client for the group %s cannot be made: %s.", o->group_id,
			reason);
		goto fail;
	}
	rd_kafka_poll_set_consumer(s->rk);
	s->queue = rd_kafka_queue_get_consumer(s->rk);
	if (!kafka_wakeup_open(&s->wakeup, s->queue)) {
		error_set(err, "No pipe for Kafka's wake-ups: too many open files?");
		goto fail;
	}
	if (!join(s, err))
		goto fail;
	return s;
fail:
	source_close(s);
	return NULL;
}

int source_fd(const struct source *s)
{
	return s->wakeup.read_fd;
}

/*
 * An offset was left out: transactions leave small holes, and retention or a lost broker leaves large
 * ones, which must not pass unseen. The broker knows what it has.
 */
static void check_gap(struct source *s, const rd_kafka_message_t *message, int64_t next)
{
	int64_t low, high;

	if (!rd_kafka_query_watermark_offsets(
		    s->rk, s->topic, message->partition, &low, &high, QUERY_TIMEOUT_MS) &&
		low > next)
		s->options.on_gap(s->options.cookie, message->partition, message->offset);
}

static void take_record(struct source *s, const rd_kafka_message_t *message)
{
	int64_t end = message->offset + 1;
	struct record record;

	for (int i = 0; s->places && i < s->assigned->cnt; i++) {
		struct place *place = &s->places[i];

		if (s->assigned->elems[i].partition != message->partition)
			continue;
		if (place->next >= 0 && message->offset > place->next)
			check_gap(s, message, place->next);
		place->next = message->offset + 1;
		end = place->end;
	}
	kafka_record(&s->options.kafka, message, &record);
	s->options.on_record(s->options.cookie, &record, end);
	record_done(&record);
}

static void take_message(struct source *s, const rd_kafka_message_t *message)
{
	if (message->err == RD_KAFKA_RESP_ERR__FATAL) {
		s->options.on_fenced(s->options.cookie, rd_kafka_message_errstr(message));
	} else if (message->err) {
		kafka_log_trouble("consumer", message->err, rd_kafka_message_errstr(message));
	} else {
		take_record(s, message);
	}
}

bool source_dispatch(struct source *s, size_t max)
{
	kafka_wakeup_clear(&s->wakeup);
	for (size_t i = 0; i < max; i++) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(s->rk, 0);

		if (!message)
			return false;
		take_message(s, message);
		rd_kafka_message_destroy(message);
	}
	return true;
}

/*
 * Where the group committed we go on; where it did not, whatever comes first is right. What the broker
 * does not tell in time counts as being in work elsewhere.
 */
static void look_around(struct source *s)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(s->assigned);
	bool known = !rd_kafka_committed(s->rk, list, QUERY_TIMEOUT_MS);

	free(s->places);
	s->places = xcalloc((size_t)list->cnt, sizeof *s->places);
	for (int i = 0; i < list->cnt; i++) {
		int64_t low;

		s->places[i].next =
			known && list->elems[i].offset >= 0 ? list->elems[i].offset : -1;
		if (!known ||
			rd_kafka_query_watermark_offsets(s->rk, s->topic, list->elems[i].partition,
				&low, &s->places[i].end, QUERY_TIMEOUT_MS))
			s->places[i].end = INT64_MAX;
	}
	rd_kafka_topic_partition_list_destroy(list);
}

void source_start(struct source *s)
{
	rd_kafka_resp_err_t code;

	if (!s->assigned)
		return;
	look_around(s);
	code = rd_kafka_assign(s->rk, s->assigned);
	s->started = !code;
	if (code)
		log_error("assign_failed", "reason=%s", rd_kafka_err2str(code));
}

void source_rejoin(struct source *s)
{
	struct error err;

	rd_kafka_unsubscribe(s->rk);
	if (!join(s, &err))
		log_error("rejoin_failed", "reason=%s", err.text);
}

void source_release(struct source *s)
{
	forget_assignment(s);
	rd_kafka_assign(s->rk, NULL);
}

void source_pause(struct source *s)
{
	if (s->started)
		rd_kafka_pause_partitions(s->rk, s->assigned);
}

void source_resume(struct source *s)
{
	if (s->started)
		rd_kafka_resume_partitions(s->rk, s->assigned);
}

void source_store(struct source *s, int32_t partition, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;

	rd_kafka_topic_partition_list_add(list, s->topic, partition)->offset = offset;
	code = rd_kafka_offsets_store(s->rk, list);
	if (code)
		log_warn("offset_not_stored", "partition=%d offset=%lld reason=%s", (int)partition,
			(long long)offset, rd_kafka_err2str(code));
	rd_kafka_topic_partition_list_destroy(list);
}

void source_close(struct source *s)
{
	if (!s)
		return;
	s->closing = true;
	if (s->rk)
		rd_kafka_consumer_close(s->rk);
	if (s->queue)
		rd_kafka_queue_destroy(s->queue);
	forget_assignment(s);
	if (s->rk)
		rd_kafka_destroy(s->rk);
	kafka_wakeup_close(&s->wakeup);
	free(s);
}
