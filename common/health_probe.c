/* The client half of --healthcheck: a container has no curl, and the program need not bring one up. */
#include "common/health.h"
#include "common/hostport.h"
#include "common/process.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROBE_MS 3000

/* Waits for the socket until the deadline; false with errno. */
static bool wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int64_t left_ms = deadline_ms - process_mono_ms();
	int ready = left_ms > 0 ? poll(&poll_fd, 1, (int)left_ms) : 0;

	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0;
}

static bool connected(int fd, const struct addrinfo *address, int64_t deadline_ms)
{
	int code = 0;
	socklen_t len = sizeof code;

	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return true;
	if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, deadline_ms))
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0)
		return false;
	errno = code;
	return code == 0;
}

/* Asks, and reads the first line's beginning: "HTTP/1.1 200". */
static bool exchange(int fd, char *line, size_t size, int64_t deadline_ms)
{
	static const char request[] =
		"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	size_t len = 0;

	if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1)
		return false;
	while (len < size - 1) {
		ssize_t n;

		if (!wait_for(fd, POLLIN, deadline_ms))
			return false;
		n = recv(fd, line + len, size - 1 - len, 0);
		if (n < 0)
			return false;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	line[len] = '\0';
	return true;
}

static bool ask(const struct addrinfo *address, const char *listen, struct error *err)
{
	int64_t deadline_ms = process_mono_ms() + PROBE_MS;
	char line[sizeof "HTTP/1.1 200"] = "";
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool ok = false;

	if (fd < 0 || !connected(fd, address, deadline_ms) ||
		!exchange(fd, line, sizeof line, deadline_ms))
		error_set(err, "no answer from http://%s/livez: %s", listen, strerror(errno));
	else if (strcmp(line, "HTTP/1.1 200") != 0)
		error_set(err, "http://%s/livez answers \"%s\" instead of 200", listen, line);
	else
		ok = true;
	if (fd >= 0)
		close(fd);
	return ok;
}

bool health_probe(const char *listen, struct error *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses = NULL;
	struct hostport hostport;
	const char *host;
	char port[6];
	int code;
	bool ok;

	if (!hostport_parse(listen, &hostport, err))
		return false;
	host = hostport.host; /* who listens everywhere is asked on loopback */
	if (str_equal(host, "0.0.0.0"))
		host = "127.0.0.1";
	else if (str_equal(host, "::"))
		host = "::1";
	snprintf(port, sizeof port, "%u", (unsigned)hostport.port);
	code = getaddrinfo(host, port, &hints, &addresses);
	if (code)
		return error_set(err, "cannot ask http://%s/livez: %s", listen, gai_strerror(code));
	ok = ask(addresses, listen, err);
	freeaddrinfo(addresses);
	return ok;
}
