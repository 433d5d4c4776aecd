#include "common/httpserver.h"

#include "common/hostport.h"
#include "common/httpserver_request.h"
#include "common/log.h"
#include "common/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * One connection's header lines, and the window of its body. Twice what we allow in headers: in
 * between, a refusal is ours (problem+json), above it is libmicrohttpd's own short page. No more,
 * since libmicrohttpd clears all of it after each request.
 */
#define CONNECTION_MEMORY ((size_t)32 * 1024)

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, address, sizeof v4);
		return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, address, sizeof v6);
		return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
	}
	return false;
}

static int bind_socket(const struct addrinfo *address)
{
	int on = 1, off = 0;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (address->ai_family == AF_INET6) /* "[::]" is every address, IPv4 too */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* -1 with *err. */
static int open_socket(const struct httpserver_options *o, struct error *err)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses = NULL;
	struct hostport hostport;
	char port[6];
	int fd = -1, code;

	if (!hostport_parse(o->listen, &hostport, err))
		return -1;
	snprintf(port, sizeof port, "%u", (unsigned)hostport.port);
	code = getaddrinfo(hostport.host, port, &hints, &addresses);
	if (code) {
		error_set(err, "cannot listen on %s: %s", o->listen, gai_strerror(code));
		return -1;
	}
	if (!(o->token && *o->token) && !o->allow_anonymous && !is_loopback(addresses->ai_addr)) {
		error_set(err,
			"refusing to listen on %s without a token, since anybody could write; set "
			"a "
			"token, or listen on 127.0.0.1, or say allow_anonymous=true",
			o->listen);
		goto out;
	}
	fd = bind_socket(addresses);
	if (fd < 0)
		error_set(err, "cannot listen on %s: %s%s", o->listen, strerror(errno),
			errno == EADDRINUSE ? "; is another instance running?" : "");
out:
	freeaddrinfo(addresses);
	return fd;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage address = { 0 };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	socklen_t len = sizeof address;

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return 0;
	memcpy(&v4, &address, sizeof v4);
	memcpy(&v6, &address, sizeof v6);
	return ntohs(address.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

void httpserver_set_deadline(
	struct httpserver *s, struct httpconnection *connection, int64_t deadline_ms)
{
	connection->deadline_ms = deadline_ms;
	if (deadline_ms < s->next_deadline_ms)
		s->next_deadline_ms = deadline_ms;
}

bool httpserver_is_broken(const struct httpconnection *connection)
{
	char byte;
	ssize_t n = recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void on_connection(void *server, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct httpserver *s = server;
	struct httpconnection *c = *context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		TAILQ_REMOVE(&s->connections, c, link);
		free(c);
		*context = NULL;
		return;
	}
	c = xcalloc(1, sizeof *c);
	c->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	TAILQ_INSERT_TAIL(&s->connections, c, link);
	httpserver_set_deadline(s, c, process_mono_ms() + s->o.request_timeout_ms);
	*context = c;
}

/* Names and values stay as they were sent: httproute.c decodes them, more strictly. */
static size_t keep_escapes(void *server, struct MHD_Connection *connection, char *text)
{
	(void)server, (void)connection;
	return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void on_library_message(
	void *server, const char *format, va_list args)
{
	char text[256];

	(void)server;
	vsnprintf(text, sizeof text, format, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("http_library", "message=%s", text);
}

static struct MHD_Daemon *start_daemon(struct httpserver *s, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, httprequest_on_data, s, MHD_OPTION_EXTERNAL_LOGGER, on_library_message,
		s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, s->o.max_connections,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT,
		1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, s, MHD_OPTION_URI_LOG_CALLBACK,
		httprequest_on_line, s, MHD_OPTION_NOTIFY_COMPLETED, httprequest_on_completed, s,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
}

struct httpserver *httpserver_open(const struct httpserver_options *o, struct error *err)
{
	struct httpserver *s;
	int fd = open_socket(o, err);

	if (fd < 0)
		return NULL;
	s = xcalloc(1, sizeof *s);
	s->o = *o;
	s->token = o->token && *o->token ? xstrdup(o->token) : NULL;
	s->rates = o->rate_limit > 0 ? ratelimit_new(o->rate_limit) : NULL;
	s->port = port_of(fd);
	s->next_deadline_ms = INT64_MAX;
	TAILQ_INIT(&s->connections);
	TAILQ_INIT(&s->parked);
	s->daemon = start_daemon(s, fd);
	if (!s->daemon) {
		error_set(err, "cannot listen on %s: the HTTP library did not start", o->listen);
		close(fd);
		httpserver_close(s);
		return NULL;
	}
	s->epoll_fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	return s;
}

void httpserver_close(struct httpserver *s)
{
	if (!s)
		return;
	httprequest_abandon_parked(s);
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	ratelimit_free(s->rates);
	free(s->token);
	free(s);
}

uint16_t httpserver_port(const struct httpserver *s)
{
	return s->port;
}

int httpserver_fd(const struct httpserver *s)
{
	return s->epoll_fd;
}

int64_t httpserver_timeout_ms(const struct httpserver *s)
{
	MHD_UNSIGNED_LONG_LONG library_ms;
	int64_t timeout_ms = -1;

	if (s->resumed)
		return 0;
	if (s->next_deadline_ms != INT64_MAX) {
		timeout_ms = s->next_deadline_ms - process_mono_ms();
		if (timeout_ms < 0)
			timeout_ms = 0;
	}
	if (MHD_get_timeout(s->daemon, &library_ms) == MHD_YES &&
		(timeout_ms < 0 || library_ms < (uint64_t)timeout_ms))
		timeout_ms = library_ms > INT_MAX ? INT_MAX : (int64_t)library_ms;
	return timeout_ms;
}

/* The library's own time-out knows silence only, so that one byte a second would hold a place. */
static void cut_off_late(struct httpserver *s)
{
	int64_t now_ms = process_mono_ms();
	struct httpconnection *c;

	if (now_ms < s->next_deadline_ms)
		return;
	s->next_deadline_ms = INT64_MAX;
	TAILQ_FOREACH (c, &s->connections, link) {
		if (now_ms >= c->deadline_ms) {
			shutdown(c->fd, SHUT_RDWR); /* the library sees the end and closes */
			c->deadline_ms = INT64_MAX;
		}
		if (c->deadline_ms < s->next_deadline_ms)
			s->next_deadline_ms = c->deadline_ms;
	}
}

void httpserver_dispatch(struct httpserver *s)
{
	s->resumed = false;
	MHD_run(s->daemon);
	cut_off_late(s);
}

void httpserver_quiesce(struct httpserver *s)
{
	struct httpconnection *c;
	int fd;

	if (s->quiescing)
		return;
	s->quiescing = true;
	fd = MHD_quiesce_daemon(s->daemon);
	if (fd >= 0)
		close(fd);
	TAILQ_FOREACH (c, &s->connections, link)
		if (!c->busy || (c->receiving && httpserver_is_broken(c)))
			httpserver_set_deadline(s, c, 0);
}

bool httpserver_drained(const struct httpserver *s)
{
	return s->open_requests == 0;
}
