#include "tests/bench/httpload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 8192, EVENTS = 64 };
#define SECOND_NS INT64_C(1000000000)
#define REDIAL_NS (SECOND_NS / 50)

struct connection {
	TAILQ_ENTRY(connection) link; /* in `idle` or `broken`; else it waits for an answer */
	struct httpload *load;
	int fd;
	size_t tag;
	int64_t redial_ns; /* while broken */
	size_t len;
	char answer[ANSWER_MAX + 1];
};

TAILQ_HEAD(connections, connection);

struct httpload {
	struct sockaddr_in address;
	struct connection *all;
	size_t count;
	struct connections idle, broken; /* each has waited longest at its head */
	int epoll_fd, timer_fd;
	httpload_answered *on_answered;
	void *cookie;
};

int64_t httpload_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void watch(const struct httpload *l, int fd, void *whom)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = whom };

	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		abort();
}

static void dial(struct connection *c)
{
	struct httpload *l = c->load;
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		abort();
	/* On loopback it is there or refused at once. */
	if (connect(c->fd, (struct sockaddr *)&l->address, sizeof l->address) < 0) {
		close(c->fd);
		c->redial_ns = httpload_now_ns() + REDIAL_NS;
		TAILQ_INSERT_TAIL(&l->broken, c, link);
		return;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	watch(l, c->fd, c);
	TAILQ_INSERT_TAIL(&l->idle, c, link);
}

struct httpload *httpload_open(
	uint16_t port, size_t connections, httpload_answered *on_answered, void *cookie)
{
	struct httpload *l = xcalloc(1, sizeof *l);

	l->address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	l->on_answered = on_answered;
	l->cookie = cookie;
	TAILQ_INIT(&l->idle);
	TAILQ_INIT(&l->broken);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	watch(l, l->timer_fd, NULL);
	l->count = connections;
	l->all = xcalloc(connections, sizeof *l->all);
	for (size_t i = 0; i < connections; i++) {
		l->all[i].load = l;
		dial(&l->all[i]);
	}
	return l;
}

void httpload_close(struct httpload *l)
{
	struct connection *c;

	TAILQ_FOREACH (c, &l->broken, link)
		c->fd = -1;
	for (size_t i = 0; i < l->count; i++) {
		if (l->all[i].fd >= 0)
			close(l->all[i].fd);
	}
	close(l->timer_fd);
	close(l->epoll_fd);
	free(l->all);
	free(l);
}

bool httpload_free(const struct httpload *l)
{
	return !TAILQ_EMPTY(&l->idle);
}

/* `waiting`: it had a request, which stays without an answer. */
static void lose(struct connection *c, bool waiting)
{
	struct httpload *l = c->load;

	close(c->fd);
	if (!waiting)
		TAILQ_REMOVE(&l->idle, c, link);
	c->redial_ns = httpload_now_ns() + REDIAL_NS;
	TAILQ_INSERT_TAIL(&l->broken, c, link);
	if (waiting)
		l->on_answered(l->cookie, c->tag, 0, "");
}

void httpload_send(struct httpload *l, size_t tag, const char *request, size_t len)
{
	struct connection *c = TAILQ_FIRST(&l->idle);

	TAILQ_REMOVE(&l->idle, c, link);
	c->tag = tag;
	c->len = 0;
	if (send(c->fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		shutdown(c->fd, SHUT_RDWR); /* it is readable now, and found to be at its end */
}

/* The status of an answer that is all there, and its body; 0: more must come. */
static unsigned whole_answer(const struct connection *c, const char **ret_body)
{
	const char *end = strstr(c->answer, "\r\n\r\n");
	const char *length = end ? strcasestr(c->answer, "\r\nContent-Length:") : NULL;

	if (!length || strncmp(c->answer, "HTTP/1.1 ", 9) != 0)
		return 0;
	*ret_body = end + 4;
	if (strlen(*ret_body) < strtoul(length + strlen("\r\nContent-Length:"), NULL, 10))
		return 0;
	return (unsigned)strtoul(c->answer + 9, NULL, 10);
}

static bool is_idle(const struct connection *c)
{
	const struct connection *other;

	TAILQ_FOREACH (other, &c->load->idle, link) {
		if (other == c)
			return true;
	}
	return false;
}

static void hear(struct connection *c)
{
	struct httpload *l = c->load;
	ssize_t n = recv(c->fd, c->answer + c->len, ANSWER_MAX - c->len, MSG_DONTWAIT);
	const char *body;
	unsigned status;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		lose(c, !is_idle(c));
		return;
	}
	c->len += (size_t)n;
	c->answer[c->len] = '\0';
	status = whole_answer(c, &body);
	if (!status)
		return;
	TAILQ_INSERT_TAIL(&l->idle, c, link);
	l->on_answered(l->cookie, c->tag, status, body);
}

static void redial(struct httpload *l, int64_t now_ns)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&l->broken)) && c->redial_ns <= now_ns) {
		TAILQ_REMOVE(&l->broken, c, link);
		dial(c);
	}
}

static void set_timer(const struct httpload *l, int64_t until_ns)
{
	const struct connection *c = TAILQ_FIRST(&l->broken);
	struct itimerspec timer = { .it_value.tv_sec = 0 };

	if (c && c->redial_ns < until_ns)
		until_ns = c->redial_ns;
	timer.it_value.tv_sec = until_ns / SECOND_NS;
	timer.it_value.tv_nsec = until_ns % SECOND_NS;
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

void httpload_wait(struct httpload *l, int64_t until_ns)
{
	struct epoll_event events[EVENTS];
	int count;

	redial(l, httpload_now_ns());
	set_timer(l, until_ns);
	count = epoll_wait(l->epoll_fd, events, EVENTS, -1);
	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr)
			hear(events[i].data.ptr);
	}
}
