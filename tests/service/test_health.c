/* The health routes through a real server, and the probe that asks them, each in its own process. */
#include "common/health.h"

#include "common/log.h"
#include "common/process.h"
#include "tests/unit/check_main.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 10000

static struct health health;
static struct httproute routes[HEALTH_ROUTES];
static struct httpserver *server;
static bool kafka_ok;
static struct metric *gauge;
static char answer[4096];

static bool kafka_check(void *cookie, struct error *ret_detail)
{
	(void)cookie;
	error_set(ret_detail, "%s",
		kafka_ok ? "connected to 1 broker"
			 : "no broker answers at host:9092; pass hunter22");
	return kafka_ok;
}

static bool silent_check(void *cookie, struct error *ret_detail)
{
	(void)cookie, (void)ret_detail;
	return true;
}

static const struct health_check checks[] = { { "kafka", kafka_check, NULL },
	{ "index", silent_check, NULL } };

static void refresh(void *cookie)
{
	(void)cookie;
	metric_set(gauge, 42, METRIC_LABELS(""));
}

static void setup(void)
{
	struct httpserver_options o = { .listen = "127.0.0.1:0",
		.token = "a-token",
		.request_timeout_ms = 5000,
		.max_connections = 10,
		.routes = routes,
		.route_count = HEALTH_ROUTES };
	struct error err = { "" };

	kafka_ok = true;
	health = (struct health){ .checks = checks,
		.check_count = ARRAY_LEN(checks),
		.metrics = metrics_new(),
		.refresh = refresh };
	gauge = metrics_gauge(health.metrics, "waiting", "", "Scenes that wait.");
	health_routes(&health, routes);
	server = httpserver_open(&o, &err);
	ck_assert_msg(server, "%s", err.text);
}

static void teardown(void)
{
	httpserver_close(server);
	metrics_free(health.metrics);
}

static void step(int fd)
{
	struct pollfd fds[] = { { .fd = httpserver_fd(server), .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };

	poll(fds, ARRAY_LEN(fds), 20);
	httpserver_dispatch(server);
}

/* Reads everything until the server closes. */
static void ask(const char *path)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(httpserver_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int64_t end_ms = process_mono_ms() + DEADLINE_MS;
	char request[256];
	size_t len = 0;
	ssize_t n;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	n = snprintf(request, sizeof request,
		"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
	ck_assert_int_eq(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
	while ((n = recv(fd, answer + len, sizeof answer - 1 - len, MSG_DONTWAIT)) != 0) {
		ck_assert(process_mono_ms() < end_ms);
		if (n > 0)
			len += (size_t)n;
		else
			step(fd);
	}
	answer[len] = '\0';
	close(fd);
}

static bool says(const char *text)
{
	return strstr(answer, text) != NULL;
}

START_TEST(lives_without_a_token)
{
	ask("/livez");
	ck_assert(says("HTTP/1.1 200 "));
	ck_assert(says("{\"status\":\"ok\"}"));
}
END_TEST

START_TEST(is_ready_when_every_check_is)
{
	ask("/readyz");
	ck_assert(says("HTTP/1.1 200 "));
	ck_assert(says("{\"status\":\"ok\",\"checks\":{\"kafka\":{\"ok\":true,\"detail\":"
		       "\"connected to 1 broker\"},\"index\":{\"ok\":true,\"detail\":\"\"}}}"));
}
END_TEST

START_TEST(is_not_ready_when_one_check_is_not)
{
	kafka_ok = false;
	log_add_secret("hunter22");
	ask("/readyz");
	ck_assert(says("HTTP/1.1 503 "));
	ck_assert(says("{\"status\":\"unavailable\",\"checks\":{\"kafka\":{\"ok\":false,\"detail\":"
		       "\"no broker answers at host:9092; pass ***\"}"));
	ask("/livez");
	ck_assert(says("HTTP/1.1 200 "));
}
END_TEST

START_TEST(is_not_ready_while_stopping)
{
	health.stopping = true;
	ask("/readyz");
	ck_assert(says("HTTP/1.1 503 "));
	ck_assert(says("\"running\":{\"ok\":false,"));
}
END_TEST

START_TEST(shows_refreshed_metrics)
{
	ask("/metrics");
	ck_assert(says("HTTP/1.1 200 "));
	ck_assert(says("Content-Type: text/plain; version=0.0.4\r\n"));
	ck_assert(says("plexsync_waiting 42\n"));
}
END_TEST

/* The probe blocks, so it runs in a child while the server runs here. */
static int probe(const char *listen)
{
	int64_t end_ms = process_mono_ms() + DEADLINE_MS;
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(health_probe(listen, NULL) ? 0 : 1);
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (process_mono_ms() > end_ms)
			kill(child, SIGKILL);
		step(-1);
	}
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(probes_a_living_service)
{
	char listen[32];

	snprintf(listen, sizeof listen, "127.0.0.1:%u", httpserver_port(server));
	ck_assert_int_eq(probe(listen), 0);
	snprintf(listen, sizeof listen, "0.0.0.0:%u", httpserver_port(server));
	ck_assert_int_eq(probe(listen), 0);
}
END_TEST

START_TEST(probes_another_server_in_vain)
{
	char listen[32];

	routes[0].path = "/elsewhere"; /* then /livez is 404 */
	snprintf(listen, sizeof listen, "127.0.0.1:%u", httpserver_port(server));
	ck_assert_int_eq(probe(listen), 1);
}
END_TEST

START_TEST(says_why_a_probe_failed)
{
	struct error err = { "" };
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int64_t start_ms;
	char listen_text[32];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(listen_text, sizeof listen_text, "127.0.0.1:%u", ntohs(address.sin_port));
	ck_assert(!health_probe(listen_text, &err)); /* bound, but nobody listens */
	ck_assert_ptr_nonnull(strstr(err.text, "refused"));

	ck_assert_int_eq(listen(fd, 1), 0); /* connects, and never answers */
	start_ms = process_mono_ms();
	ck_assert(!health_probe(listen_text, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "timed out"));
	ck_assert_int_lt(process_mono_ms() - start_ms, 6000);
	close(fd);
	ck_assert(!health_probe("nonsense", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "nonsense"));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, lives_without_a_token);
	tcase_add_test(cases, is_ready_when_every_check_is);
	tcase_add_test(cases, is_not_ready_when_one_check_is_not);
	tcase_add_test(cases, is_not_ready_while_stopping);
	tcase_add_test(cases, shows_refreshed_metrics);
	tcase_add_test(cases, probes_a_living_service);
	tcase_add_test(cases, probes_another_server_in_vain);
	tcase_add_test(cases, says_why_a_probe_failed);
}

CHECK_MAIN("health", add_cases)
