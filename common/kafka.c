#include "common/kafka.h"

#include "common/log.h"
#include "common/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REPEAT_MS = 30000, REPEAT_SLOTS = 64 };

/* Of a text without its digits: ports, durations and counts do not make it another one. */
static uint64_t text_hash(const char *text)
{
	uint64_t hash = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
	}
	return hash;
}

/*
 * Whether a text was logged lately; else how often it was suppressed since. librdkafka logs from
 * its own threads: hence the only lock of the code base.
 */
static bool is_repeated(const char *text, int *ret_suppressed)
{
	static struct {
		uint64_t hash;
		int64_t until_ms;
		int suppressed;
	} slots[REPEAT_SLOTS];
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	uint64_t hash = text_hash(text);
	size_t i = hash % REPEAT_SLOTS;
	int64_t now_ms = process_mono_ms();
	bool repeated;

	pthread_mutex_lock(&lock);
	repeated = slots[i].hash == hash && now_ms < slots[i].until_ms;
	if (repeated) {
		slots[i].suppressed++;
	} else {
		*ret_suppressed = slots[i].hash == hash ? slots[i].suppressed : 0;
		slots[i].hash = hash;
		slots[i].until_ms = now_ms + REPEAT_MS;
		slots[i].suppressed = 0;
	}
	pthread_mutex_unlock(&lock);
	return repeated;
}

void kafka_log_trouble(const char *client, rd_kafka_resp_err_t err, const char *text)
{
	int suppressed;

	switch ((int)err) { /* a connection that failed: on_log() has told it already */
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__RESOLVE:
	case RD_KAFKA_RESP_ERR__SSL:
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR__FATAL:
		return;
	default:
		break;
	}
	if (!is_repeated(text, &suppressed))
		log_warn("kafka_trouble", "client=%s code=%s text=%s suppressed=%d", client,
			rd_kafka_err2name(err), text, suppressed);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *cookie)
{
	(void)cookie;
	kafka_log_trouble(rd_kafka_name(rk), (rd_kafka_resp_err_t)err, reason);
}

/* Called from any thread, and must not call librdkafka. */
static void on_log(const rd_kafka_t *rk, int priority, const char *facility, const char *text)
{
	static const enum log_level levels[] = { LEVEL_ERROR, LEVEL_ERROR, LEVEL_ERROR, LEVEL_WARN,
		LEVEL_WARN, LEVEL_INFO, LEVEL_INFO, LEVEL_DEBUG };
	enum log_level level = levels[priority & 7];
	int suppressed = 0;

	(void)rk;
	/* A consumer's property given to a producer; a broker too simple to create topics. */
	if (str_equal(facility, "CONFWARN") || str_equal(facility, "AUTOCREATE"))
		level = LEVEL_DEBUG;
	if (level < LEVEL_DEBUG && is_repeated(text, &suppressed))
		return;
	log_write(level, "kafka_log", "facility=%s text=%s suppressed=%d", facility, text,
		suppressed);
}

void kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char text[256];

	if (rd_kafka_conf_set(conf, name, value, text, sizeof text) == RD_KAFKA_CONF_INVALID) {
		log_error("kafka_property", "name=%s text=%s", name, text);
		abort();
	}
}

void kafka_conf_default(
	rd_kafka_conf_t *conf, const struct kafka_options *o, const char *name, const char *value)
{
	for (size_t i = 0; i < o->property_count; i++) {
		if (str_equal(o->properties[i].name, name))
			return;
	}
	kafka_conf_set(conf, name, value);
}

static bool set_user_property(
	rd_kafka_conf_t *conf, const struct kafka_property *property, struct error *err)
{
	char text[256];
	struct error why;

	switch (rd_kafka_conf_set(conf, property->name, property->value, text, sizeof text)) {
	case RD_KAFKA_CONF_OK:
		return true;
	case RD_KAFKA_CONF_UNKNOWN:
		if (property->from_environment) {
			log_warn("kafka_property_unknown", "name=%s library=%s", property->name,
				rd_kafka_version_str());
			return true;
		}
		return error_set(err,
			"The Kafka property '%s' is not known to librdkafka %s. Correct its name "
			"or remove "
			"it.",
			property->name, rd_kafka_version_str());
	case RD_KAFKA_CONF_INVALID:
	default:
		error_set(
			&why, "The Kafka property '%s' was not accepted: %s", property->name, text);
		log_redact(why.text); /* librdkafka repeats the value */
		return error_set(err, "%s", why.text);
	}
}

rd_kafka_conf_t *kafka_conf_new(const struct kafka_options *o, struct error *err)
{
	static const struct {
		const char *name, *value;
	} shared[] = {
		{ "socket.nagle.disable", "true" },
		{ "socket.keepalive.enable", "true" },
		{ "socket.timeout.ms", "15000" },
		{ "reconnect.backoff.ms", "100" },
		{ "reconnect.backoff.max.ms", "1000" },
		{ "allow.auto.create.topics", "false" },
		{ "log.connection.close", "false" },
		{ "enable.metrics.push", "false" },
	};
	const struct kafka_property servers = { "bootstrap.servers", o->bootstrap_servers, false };
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	rd_kafka_conf_set_log_cb(conf, on_log);
	rd_kafka_conf_set_error_cb(conf, on_error);
	kafka_conf_set(conf, "client.id", o->client_id);
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		kafka_conf_set(conf, shared[i].name, shared[i].value);
	if (!set_user_property(conf, &servers, err))
		goto fail;
	for (size_t i = 0; i < o->property_count; i++) {
		if (!set_user_property(conf, &o->properties[i], err))
			goto fail;
	}
	return conf;
fail:
	rd_kafka_conf_destroy(conf);
	return NULL;
}

void kafka_topic(const struct kafka_options *o, enum topic topic, char ret[KAFKA_TOPIC_SIZE])
{
	snprintf(ret, KAFKA_TOPIC_SIZE, "%s%s", o->topic_prefix, topic_name(topic));
}

enum topic kafka_topic_find(const struct kafka_options *o, const char *name)
{
	size_t prefix_len = strlen(o->topic_prefix);

	if (strncmp(name, o->topic_prefix, prefix_len) != 0)
		return TOPICS;
	for (enum topic topic = 0; topic < TOPICS; topic++) {
		if (str_equal(name + prefix_len, topic_name(topic)))
			return topic;
	}
	return TOPICS;
}

void kafka_record(
	const struct kafka_options *o, const rd_kafka_message_t *message, struct record *ret)
{
	rd_kafka_headers_t *headers;
	rd_kafka_timestamp_type_t type;
	int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
	const char *name;
	const void *value;
	size_t len;

	*ret = (struct record){
		.topic = kafka_topic_find(o, rd_kafka_topic_name(message->rkt)),
		.partition = message->partition,
		.offset = message->offset,
		.timestamp_ms = timestamp_ms > 0 ? timestamp_ms : 0,
	};
	if (message->key)
		record_set_key(ret, message->key, message->key_len);
	if (message->payload)
		record_set_value(ret, message->payload, message->len);
	if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &len); i++)
		record_add_header(ret, name, value, len);
}

bool kafka_wakeup_open(struct kafka_wakeup *w, rd_kafka_queue_t *queue)
{
	int fds[2];

	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0)
		return false;
	*w = (struct kafka_wakeup){ .read_fd = fds[0], .write_fd = fds[1] };
	kafka_wakeup_attach(w, queue);
	return true;
}

void kafka_wakeup_attach(struct kafka_wakeup *w, rd_kafka_queue_t *queue)
{
	rd_kafka_queue_io_event_enable(queue, w->write_fd, "!", 1);
	kafka_wakeup_raise(w); /* what came before counts too */
}

void kafka_wakeup_clear(struct kafka_wakeup *w)
{
	char bytes[64];

	while (read(w->read_fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
		;
}

void kafka_wakeup_raise(struct kafka_wakeup *w)
{
	(void)!write(w->write_fd, "!", 1); /* a full pipe is readable already */
}

void kafka_wakeup_close(struct kafka_wakeup *w)
{
	close(w->read_fd);
	close(w->write_fd);
}
