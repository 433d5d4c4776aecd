#include "hook/http.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD 8192 /* of a request, and of an answer */

int64_t http_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* false, with errno, when the deadline passed first. */
static bool wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd poller = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline_ms - http_now_ms();
		int ready = poll(&poller, 1, left > 0 ? (int)left : 0);

		if (ready > 0)
			return true;
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready == 0 || errno != EINTR)
			return false;
	}
}

/* ---- connecting ---- */

static int connect_address(const struct addrinfo *address, int64_t deadline_ms)
{
	int problem = 0;
	socklen_t size = sizeof problem;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	problem = errno;
	if (problem == EINPROGRESS) {
		if (!wait_for(fd, POLLOUT, deadline_ms) ||
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) < 0)
			problem = errno;
	}
	if (problem == 0)
		return fd;
	close(fd);
	errno = problem;
	return -1;
}

/* The time that is left is shared by the addresses that are left. */
static int connect_first(const struct addrinfo *addresses, int64_t deadline_ms)
{
	int left = 0;

	for (const struct addrinfo *a = addresses; a; a = a->ai_next)
		left++;
	for (const struct addrinfo *a = addresses; a; a = a->ai_next) {
		int64_t now = http_now_ms();
		int fd = connect_address(a, now + (deadline_ms - now) / left--);

		if (fd >= 0)
			return fd;
	}
	return -1;
}

static int connect_host(const struct http_call *call, struct error *err)
{
	const struct url *url = call->url;
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses = NULL;
	int problem = getaddrinfo(url->host, url->port, &wanted, &addresses);
	int fd;

	if (problem) {
		error_set(err, "the name %s of %s cannot be resolved (%s): %s", url->host,
			call->peer, gai_strerror(problem), call->advice);
		return -1;
	}
	fd = connect_first(addresses, call->deadline_ms);
	if (fd < 0)
		error_set(err, "no connection to %s at %s (%s): %s", call->peer, url->authority,
			strerror(errno), call->advice);
	freeaddrinfo(addresses);
	return fd;
}

/* ---- sending ---- */

static bool compose(const struct http_call *call, char *ret_text, size_t size, size_t *ret_len)
{
	bool secret = call->secret[0] != '\0', body = call->body_len > 0;
	int len = snprintf(ret_text, size,
		"%s %s%s HTTP/1.1\r\n"
		"Host: %s\r\n"
		"User-Agent: plexsync-hook/" PLEXSYNC_VERSION "\r\n"
		"Connection: close\r\n"
		"%s"
		"Content-Length: %zu\r\n"
		"%s%s%s\r\n",
		call->method, call->url->prefix, call->path, call->url->authority,
		body ? "Content-Type: application/json\r\n" : "", call->body_len,
		secret ? call->secret_header : "", call->secret, secret ? "\r\n" : "");

	if (len < 0 || (size_t)len > HEAD || (size_t)len + call->body_len > size)
		return false;
	if (body)
		memcpy(ret_text + len, call->body, call->body_len);
	*ret_len = (size_t)len + call->body_len;
	return true;
}

/* A peer that refuses early closes early: whether it left an answer is seen by reading. */
static void send_all(int fd, const char *bytes, size_t len, int64_t deadline_ms)
{
	while (len > 0) {
		ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

		if (sent >= 0) {
			bytes += sent;
			len -= (size_t)sent;
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, POLLOUT, deadline_ms))
				return;
		} else if (errno != EINTR) {
			return;
		}
	}
}

/* ---- the answer ---- */

struct head {
	int status;
	size_t len; /* with the empty line */
	size_t body_len; /* SIZE_MAX: up to the end of the connection */
	bool chunked;
};

static void parse_header(const char *line, struct head *head)
{
	static const char length[] = "Content-Length:", encoding[] = "Transfer-Encoding:";

	if (strncasecmp(line, length, sizeof length - 1) == 0)
		head->body_len = strtoul(line + sizeof length - 1, NULL, 10);
	else if (strncasecmp(line, encoding, sizeof encoding - 1) == 0)
		head->chunked = true;
}

/* false: the head is not complete, or it is none. `bytes` is NUL-terminated. */
static bool parse_head(const char *bytes, struct head *ret_head)
{
	const char *end = strstr(bytes, "\r\n\r\n");
	struct head head = { .body_len = SIZE_MAX };

	if (!end || strncmp(bytes, "HTTP/1.", 7) != 0 || strspn(bytes + 7, "01") != 1 ||
		bytes[8] != ' ')
		return false;
	head.status = (int)strtol(bytes + 9, NULL, 10);
	if (head.status < 200 || head.status > 599)
		return false;
	head.len = (size_t)(end - bytes) + 4;
	for (const char *line = bytes; line < end; line = strstr(line, "\r\n") + 2)
		parse_header(line, &head);
	*ret_head = head;
	return true;
}

static void take_body(const char *bytes, size_t len, const struct head *head, struct answer *ret)
{
	size_t body_len = len - head->len;

	if (body_len > head->body_len)
		body_len = head->body_len;
	if (body_len > ANSWER_BODY)
		body_len = ANSWER_BODY;
	if (head->chunked)
		body_len = 0;
	memcpy(ret->body, bytes + head->len, body_len);
	ret->body[body_len] = '\0';
	ret->body_len = body_len;
	ret->status = head->status;
}

/* The end of the connection (or of our room) ends only a body that did not say how long it is. */
static bool is_whole(const struct head *head, size_t len, bool ended)
{
	return len - head->len >= head->body_len || (ended && head->body_len == SIZE_MAX);
}

/* false if the time was over, or the peer gone, before the answer was whole. */
static bool read_answer(int fd, int64_t deadline_ms, struct answer *ret_answer)
{
	static char bytes[HEAD + ANSWER_BODY + 1];
	struct head head = { 0 };
	size_t len = 0;

	for (;;) {
		ssize_t got = recv(fd, bytes + len, sizeof bytes - 1 - len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN && wait_for(fd, POLLIN, deadline_ms))
			continue;
		if (got > 0)
			len += (size_t)got;
		bytes[len] = '\0';
		if (parse_head(bytes, &head) && is_whole(&head, len, got == 0))
			break;
		if (got <= 0)
			return false;
	}
	take_body(bytes, len, &head, ret_answer);
	return true;
}

enum http_outcome http_send(
	const struct http_call *call, struct answer *ret_answer, struct error *err)
{
	static char request[HEAD + HTTP_BODY];
	enum http_outcome outcome = HTTP_ANSWERED;
	size_t len;
	int fd;

	if (!compose(call, request, sizeof request, &len)) {
		error_set(err, "the request to %s is too long: its token cannot be right",
			call->peer);
		return HTTP_NOT_SENT;
	}
	fd = connect_host(call, err);
	if (fd < 0)
		return HTTP_NOT_SENT;
	send_all(fd, request, len, call->deadline_ms);
	if (!read_answer(fd, call->deadline_ms, ret_answer)) {
		error_set(err,
			http_now_ms() >= call->deadline_ms
				? "%s at %s did not answer in time"
				: "%s at %s closed the connection without a whole HTTP answer",
			call->peer, call->url->authority);
		outcome = HTTP_UNKNOWN;
	}
	close(fd);
	return outcome;
}
