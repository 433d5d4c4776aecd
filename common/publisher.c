#include "common/publisher.h"

#include "common/log.h"
#include "common/outbox.h"
#include "common/process.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WARM_UP_MS = 10000,
	LATE_MS = 5000, /* a record that waits longer makes us unhealthy */
	DRAIN_MS = 2000, /* for the answers that a dead client may still get */
	RETRY_MS = 100, /* after librdkafka's own queue was full */
	REBUILD_MIN_MS = 500,
	REBUILD_MAX_MS = 30000,
	PURGE_MS = 500,
	CLOSE_STEP_MS = 20,
};

struct publisher {
	rd_kafka_conf_t *conf; /* the pattern of every client */
	rd_kafka_t *client; /* NULL: between two clients */
	rd_kafka_topic_t *topics[TOPICS];
	char topic_names[TOPICS][KAFKA_TOPIC_SIZE];
	char *servers;
	struct kafka_wakeup wakeup;
	struct outbox *outbox; /* our own copies, which survive the client */
	bool connected;
	bool closing;
	int64_t drain_until_ms; /* the client is dead (fatal), and given up then; 0: it lives */
	int64_t rebuild_at_ms, rebuild_delay_ms;
	int64_t retry_at_ms; /* 0: no need */
	void (*on_delivered)(void *cookie, uint64_t id, const struct delivery_report *report);
	void *cookie;
};

/*
 * Faults of one record for which the broker refuses all that travel with it (kafka.apache.org,
 * protocol guide, error codes). Only the record that is refused alone is the guilty one.
 */
static bool blames_the_batch(rd_kafka_resp_err_t err)
{
	switch ((int)err) {
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
	case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
	case RD_KAFKA_RESP_ERR_INVALID_MSG:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
		return true;
	default:
		return false;
	}
}

static bool blames_the_size(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
	       err == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
	       err == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

static bool client_is_dead(const struct publisher *p)
{
	return rd_kafka_fatal_error(p->client, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* The delivery report of librdkafka; called from rd_kafka_poll() only. */
static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *cookie)
{
	struct publisher *p = cookie;
	struct outbox_entry *e = message->_private;
	const char *reason = rd_kafka_err2str(message->err);
	rd_kafka_msg_status_t status = rd_kafka_message_status(message);

	(void)rk;
	if (!message->err || status == RD_KAFKA_MSG_STATUS_PERSISTED) {
		outbox_settle_done(p->outbox, e, message->partition, message->offset);
		p->connected = true;
		p->rebuild_delay_ms = 0;
	} else if (client_is_dead(p) && !p->closing) {
		outbox_return(p->outbox, e, status == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED);
	} else if (status == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED) {
		outbox_settle(p->outbox, e, DELIVERY_UNKNOWN, reason);
	} else if (blames_the_batch(message->err)) {
		outbox_refuse(p->outbox, e, blames_the_size(message->err), reason);
	} else {
		outbox_settle(p->outbox, e, DELIVERY_FAILED, reason);
	}
}

/* Once in a while: whether a broker is connected is told nowhere else without blocking. */
static int on_statistics(rd_kafka_t *rk, char *json, size_t len, void *cookie)
{
	struct publisher *p = cookie;

	(void)rk;
	(void)len;
	p->connected = strstr(json, "\"state\":\"UP\"") != NULL;
	return 0; /* librdkafka frees the text */
}

static rd_kafka_headers_t *copy_headers(const struct record *r)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(r->header_count);

	for (size_t i = 0; i < r->header_count; i++)
		rd_kafka_header_add(headers, r->headers[i].name, -1, r->headers[i].value,
			r->headers[i].value ? (ssize_t)r->headers[i].len : 0);
	return headers;
}

static rd_kafka_resp_err_t produce(struct publisher *p, struct outbox_entry *e)
{
	const struct record *r = outbox_record(e);
	rd_kafka_headers_t *headers = copy_headers(r);
	int32_t partition = r->partition < 0 ? RD_KAFKA_PARTITION_UA : r->partition;
	rd_kafka_resp_err_t err = rd_kafka_producev(p->client, RD_KAFKA_V_RKT(p->topics[r->topic]),
		RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_KEY(r->key, r->key_len), RD_KAFKA_V_VALUE(r->value, r->value_len),
		RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(e), RD_KAFKA_V_END);

	if (err)
		rd_kafka_headers_destroy(headers); /* they are taken only on success */
	return err;
}

/* Gives the client what it may have now, in order. */
static void pump(struct publisher *p)
{
	struct outbox_entry *e;

	p->retry_at_ms = 0;
	while (p->client && !p->drain_until_ms && (e = outbox_next(p->outbox))) {
		rd_kafka_resp_err_t err = produce(p, e);

		if (err == RD_KAFKA_RESP_ERR__FATAL)
			return; /* publisher_dispatch() sees to it */
		if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
			p->retry_at_ms = process_mono_ms() + RETRY_MS;
			return;
		}
		if (!err)
			outbox_send(p->outbox, e);
		else if (blames_the_batch(err))
			outbox_settle_refused(
				p->outbox, e, blames_the_size(err), rd_kafka_err2str(err));
		else
			outbox_settle(p->outbox, e, DELIVERY_FAILED, rd_kafka_err2str(err));
	}
}

static bool start_client(struct publisher *p, struct error *err)
{
	char text[256];
	rd_kafka_conf_t *conf = rd_kafka_conf_dup(p->conf);

	p->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
	if (!p->client) {
		rd_kafka_conf_destroy(conf);
		return error_set(err, "The Kafka producer could not be made: %s", text);
	}
	for (enum topic topic = 0; topic < TOPICS; topic++)
		p->topics[topic] = rd_kafka_topic_new(p->client, p->topic_names[topic], NULL);
	return true;
}

static void watch_client(struct publisher *p)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_get_main(p->client);

	kafka_wakeup_attach(&p->wakeup, queue);
	rd_kafka_queue_destroy(queue);
}

static void stop_client(struct publisher *p)
{
	rd_kafka_queue_t *queue;

	if (!p->client)
		return;
	queue = rd_kafka_queue_get_main(p->client);
	rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
	rd_kafka_queue_destroy(queue);
	for (enum topic topic = 0; topic < TOPICS; topic++)
		rd_kafka_topic_destroy(p->topics[topic]);
	rd_kafka_destroy(p->client);
	p->client = NULL;
}

/* Reports without a chance to come any more: what is in flight may or may not be written. */
static void purge(struct publisher *p)
{
	int64_t until_ms = process_mono_ms() + PURGE_MS;

	rd_kafka_purge(p->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	while (outbox_in_flight(p->outbox) && process_mono_ms() < until_ms)
		rd_kafka_poll(p->client, 10);
}

/*
 * A client with a fatal error accepts nothing any more, but answers that are on their way still
 * count: they get a moment. Then a new client takes all that is left, in the old order.
 */
static void bury_client(struct publisher *p, int64_t now_ms)
{
	char text[256];

	if (!p->drain_until_ms) {
		rd_kafka_resp_err_t err = rd_kafka_fatal_error(p->client, text, sizeof text);

		log_warn("producer_rebuild", "code=%s text=%s open=%zu", rd_kafka_err2name(err),
			text, outbox_count(p->outbox));
		p->drain_until_ms = now_ms + DRAIN_MS;
	}
	if (outbox_in_flight(p->outbox) && now_ms < p->drain_until_ms)
		return;
	if (outbox_in_flight(p->outbox))
		purge(p);
	stop_client(p);
	outbox_recall(p->outbox); /* those of which not even a purge told */
	p->drain_until_ms = 0;
	p->rebuild_at_ms = now_ms + p->rebuild_delay_ms; /* at once, unless it just happened */
	p->rebuild_delay_ms = p->rebuild_delay_ms ? p->rebuild_delay_ms * 2 : REBUILD_MIN_MS;
	if (p->rebuild_delay_ms > REBUILD_MAX_MS)
		p->rebuild_delay_ms = REBUILD_MAX_MS;
}

static void rebuild_client(struct publisher *p, int64_t now_ms)
{
	struct error err;

	if (now_ms < p->rebuild_at_ms)
		return;
	if (start_client(p, &err)) {
		watch_client(p);
		return;
	}
	log_error("producer_rebuild", "text=%s", err.text);
	p->rebuild_at_ms = now_ms + REBUILD_MAX_MS;
}

static void deliver_reports(struct publisher *p)
{
	uint64_t id;
	struct delivery_report report;

	while (outbox_take_report(p->outbox, &id, &report))
		p->on_delivered(p->cookie, id, &report);
}

void publisher_dispatch(struct publisher *p)
{
	int64_t now_ms = process_mono_ms();

	kafka_wakeup_clear(&p->wakeup);
	if (p->client) {
		rd_kafka_poll(p->client, 0);
		if (client_is_dead(p))
			bury_client(p, now_ms);
	}
	if (!p->client)
		rebuild_client(p, now_ms);
	outbox_expire(p->outbox, now_ms); /* what no client takes */
	pump(p);
	deliver_reports(p);
}

int publisher_fd(const struct publisher *p)
{
	return p->wakeup.read_fd;
}

int64_t publisher_deadline_ms(const struct publisher *p)
{
	int64_t deadline_ms = INT64_MAX;
	int64_t candidates[] = {
		outbox_deadline_ms(p->outbox),
		p->drain_until_ms ? p->drain_until_ms : INT64_MAX,
		p->client ? INT64_MAX : p->rebuild_at_ms,
		p->retry_at_ms ? p->retry_at_ms : INT64_MAX,
	};

	for (size_t i = 0; i < ARRAY_LEN(candidates); i++) {
		if (candidates[i] < deadline_ms)
			deadline_ms = candidates[i];
	}
	return deadline_ms;
}

enum publish publisher_send(struct publisher *p, struct record *take_record, uint64_t id)
{
	if (p->closing || !outbox_add(p->outbox, take_record, id, process_mono_ms()))
		return PUBLISH_FULL;
	pump(p);
	return PUBLISH_QUEUED;
}

size_t publisher_in_flight(const struct publisher *p)
{
	return outbox_count(p->outbox);
}

bool publisher_healthy(const struct publisher *p, struct error *ret_reason)
{
	int64_t waited_ms = outbox_waited_ms(p->outbox, process_mono_ms());

	if (!p->client || p->drain_until_ms)
		return error_set(ret_reason, "The Kafka client is being built anew.");
	if (!p->connected)
		return error_set(ret_reason, "No Kafka broker at %s is connected.", p->servers);
	if (waited_ms > LATE_MS)
		return error_set(ret_reason,
			"Kafka at %s has not acknowledged a record for %d seconds.", p->servers,
			(int)(waited_ms / 1000));
	return true;
}

bool publisher_away(const struct publisher *p)
{
	return !p->connected && outbox_count(p->outbox) > 0;
}

void publisher_test_fatal(struct publisher *p)
{
	if (p->client)
		rd_kafka_test_fatal_error(p->client, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
			"raised by a test");
}

static void set_number(rd_kafka_conf_t *conf, const char *name, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof text, "%llu", (unsigned long long)number);
	kafka_conf_set(conf, name, text);
}

static rd_kafka_conf_t *publisher_conf(const struct publisher_options *o, struct error *err)
{
	rd_kafka_conf_t *conf = kafka_conf_new(&o->kafka, err);
	char linger[32];

	if (!conf)
		return NULL;
	snprintf(linger, sizeof linger, "%d", (int)o->linger_ms);
	kafka_conf_default(conf, &o->kafka, "linger.ms", linger);
	kafka_conf_default(conf, &o->kafka, "request.timeout.ms", "10000");
	kafka_conf_set(conf, "enable.idempotence", "true");
	kafka_conf_set(conf, "acks", "all");
	kafka_conf_set(conf, "partitioner", "murmur2_random");
	kafka_conf_set(conf, "statistics.interval.ms", "2000");
	set_number(conf, "message.timeout.ms", (uint64_t)o->delivery_timeout_ms);
	/* Never the limit: ours are below. */
	set_number(conf, "queue.buffering.max.messages", o->max_records + 1);
	set_number(conf, "queue.buffering.max.kbytes", o->max_bytes / 512 + 1024);
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_stats_cb(conf, on_statistics);
	return conf;
}

/* Without it the first record of a topic is up to a second late. */
static bool warm_up(struct publisher *p, struct error *err)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t code = rd_kafka_metadata(p->client, 0, NULL, &metadata, WARM_UP_MS);

	if (code)
		return error_set(
			err, "Kafka at %s does not answer: %s", p->servers, rd_kafka_err2str(code));
	rd_kafka_metadata_destroy(metadata);
	p->connected = true;
	return true;
}

static void free_publisher(struct publisher *p)
{
	stop_client(p);
	rd_kafka_conf_destroy(p->conf);
	outbox_free(p->outbox);
	free(p->servers);
	free(p);
}

struct publisher *publisher_open(const struct publisher_options *o, struct error *err)
{
	const struct outbox_options limits = {
		.max_records = o->max_records,
		.max_bytes = o->max_bytes,
		.timeout_ms = o->delivery_timeout_ms,
	};
	struct publisher *p;
	rd_kafka_queue_t *queue;
	bool opened;
	rd_kafka_conf_t *conf = publisher_conf(o, err);

	if (!conf)
		return NULL;
	p = xcalloc(1, sizeof *p);
	p->conf = conf;
	rd_kafka_conf_set_opaque(conf, p);
	p->servers = xstrdup(o->kafka.bootstrap_servers);
	p->outbox = outbox_new(&limits);
	p->on_delivered = o->on_delivered;
	p->cookie = o->cookie;
	for (enum topic topic = 0; topic < TOPICS; topic++)
		kafka_topic(&o->kafka, topic, p->topic_names[topic]);
	if (!start_client(p, err) || !warm_up(p, err))
		goto fail;
	queue = rd_kafka_queue_get_main(p->client);
	opened = kafka_wakeup_open(&p->wakeup, queue);
	rd_kafka_queue_destroy(queue);
	if (opened)
		return p;
	error_set(err, "No descriptors are left for a pipe.");
fail:
	free_publisher(p);
	return NULL;
}

void publisher_close(struct publisher *p, int64_t timeout_ms)
{
	int64_t until_ms = process_mono_ms() + timeout_ms;
	struct pollfd wakeup = { .events = POLLIN };

	if (!p)
		return;
	wakeup.fd = publisher_fd(p);
	while (outbox_count(p->outbox) && process_mono_ms() < until_ms) {
		poll(&wakeup, 1, CLOSE_STEP_MS);
		publisher_dispatch(p);
	}
	p->closing = true;
	if (p->client && outbox_in_flight(p->outbox))
		purge(p);
	outbox_abandon(p->outbox);
	deliver_reports(p);
	stop_client(p);
	kafka_wakeup_close(&p->wakeup);
	free_publisher(p);
}
