/*
 * R, the raw bound by which the producer's figures are divided: the least HTTP server on epoll,
 * joined with librdkafka, that answers after the delivery report. It has one client's word for
 * everything: no limits, no token, no look at the JSON, no copy of its own, no log.
 * Usage: rawbound BOOTSTRAP TOPIC
 */
#include "common/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 64 * 1024, EVENTS = 256, WARM_UP_MS = 10000 };

struct client {
	int fd;
	size_t len;
	bool waits; /* for its delivery report */
	bool gone;
	char request[REQUEST_MAX + 1];
};

static int epoll_fd, listen_fd, reports[2];
static rd_kafka_t *kafka;
static rd_kafka_topic_t *topic;

static void die(const char *what)
{
	fprintf(stderr, "rawbound: %s\n", what);
	exit(EXIT_FAILURE);
}

static void drop(struct client *c)
{
	c->gone = true;
	if (c->waits)
		return; /* its report frees it */
	close(c->fd);
	free(c);
}

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *cookie)
{
	struct client *c = message->_private;
	char body[128], answer[256];
	int body_len = snprintf(body, sizeof body, "{\"partition\":%d,\"offset\":%lld}",
		(int)message->partition, (long long)message->offset);
	int len = snprintf(answer, sizeof answer,
		"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		message->err ? "503 Service Unavailable" : "202 Accepted", body_len, body);

	(void)rk, (void)cookie;
	c->waits = false;
	c->len = 0;
	if (c->gone || send(c->fd, answer, (size_t)len, MSG_NOSIGNAL) != len)
		drop(c);
}

/* The body of a request that is there completely; NULL: more must come. */
static const char *whole_body(const struct client *c, size_t *ret_len)
{
	const char *end = strstr(c->request, "\r\n\r\n");
	const char *length = end ? strcasestr(c->request, "\r\nContent-Length:") : NULL;

	if (!length)
		return NULL;
	*ret_len = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
	end += 4;
	return (size_t)(c->request + c->len - end) >= *ret_len ? end : NULL;
}

static void produce(struct client *c)
{
	static const char name[] = "\"id\":"; /* in both of the bench's bodies the scene's, first */
	size_t len;
	const char *body = whole_body(c, &len), *key = body ? strstr(body, name) : NULL;

	if (!key)
		return;
	key += sizeof name - 1;
	key += *key == '"';
	c->waits = true;
	if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
		    (void *)(uintptr_t)body, len, key, strspn(key, "0123456789"), c) != 0)
		die(rd_kafka_err2str(rd_kafka_last_error()));
}

static void hear(struct client *c)
{
	ssize_t n = recv(c->fd, c->request + c->len, REQUEST_MAX - c->len, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || c->waits) {
		drop(c);
		return;
	}
	c->len += (size_t)n;
	c->request[c->len] = '\0';
	produce(c);
}

static void watch(int fd, void *whom)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = whom };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl");
}

static void greet(void)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
	struct client *c;

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c = xcalloc(1, sizeof *c);
	c->fd = fd;
	watch(fd, c);
}

static void serve_reports(void)
{
	char bytes[64];

	while (read(reports[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
		;
	rd_kafka_poll(kafka, 0);
}

static uint16_t open_listener(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;

	listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listen_fd < 0 || bind(listen_fd, (struct sockaddr *)&address, len) < 0 ||
		listen(listen_fd, SOMAXCONN) < 0 ||
		getsockname(listen_fd, (struct sockaddr *)&address, &len) < 0)
		die("cannot listen");
	watch(listen_fd, &listen_fd);
	return ntohs(address.sin_port);
}

static void open_kafka(const char *bootstrap, const char *topic_name)
{
	/* As the product's (common/kafka.c, common/publisher.c). */
	static const char *const settings[][2] = { { "enable.idempotence", "true" },
		{ "acks", "all" }, { "linger.ms", "0" }, { "socket.nagle.disable", "true" },
		{ "partitioner", "murmur2_random" }, { "request.timeout.ms", "10000" },
		{ "message.timeout.ms", "10000" } };
	const struct rd_kafka_metadata *metadata;
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_queue_t *queue;
	char text[256];

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text))
			die(text);
	}
	if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, text, sizeof text))
		die(text);
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
	if (!kafka)
		die(text);
	topic = rd_kafka_topic_new(kafka, topic_name, NULL);
	if (rd_kafka_metadata(kafka, 0, topic, &metadata, WARM_UP_MS))
		die("Kafka does not answer");
	rd_kafka_metadata_destroy(metadata);
	if (pipe2(reports, O_NONBLOCK | O_CLOEXEC) < 0)
		die("pipe");
	queue = rd_kafka_queue_get_main(kafka);
	rd_kafka_queue_io_event_enable(queue, reports[1], "!", 1);
	rd_kafka_queue_destroy(queue);
	watch(reports[0], &reports);
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];

	if (argc != 3)
		die("usage: rawbound BOOTSTRAP TOPIC");
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	open_kafka(argv[1], argv[2]);
	printf("rawbound: port=%u\n", open_listener());
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(epoll_fd, events, EVENTS, -1);
		bool reported = false;

		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr == &reports)
				reported = true;
			else if (events[i].data.ptr == &listen_fd)
				greet();
			else
				hear(events[i].data.ptr);
		}
		if (reported) /* last: a report may free a client that is in `events` */
			serve_reports();
	}
}
