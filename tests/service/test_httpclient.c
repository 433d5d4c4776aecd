/* The HTTP client against a server of a few lines that misbehaves on demand, in one loop. */
#include "common/httpclient.h"

#include "common/process.h"
#include "tests/unit/check_main.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 8
#define DEADLINE_MS 10000

struct connection {
	int fd; /* -1: free */
	char request[8192];
	size_t len;
	int served; /* requests on this connection */
};

static struct server {
	int fd;
	uint16_t port;
	struct connection connections[CONNECTIONS];
	int accepted, requests;
	/* A whole request is there: writes what it likes; false closes the connection. */
	bool (*serve)(struct connection *c);
	char last[8192]; /* the last request */
} server;

static struct httpclient *client;

static struct outcome {
	int done;
	struct http_answer answer;
	char body[256], type[64], location[64], reason[256];
	size_t streamed, stream_limit;
} outcome;

static void on_done(void *cookie, const struct http_answer *answer)
{
	struct outcome *o = cookie;

	o->done++;
	o->answer = *answer;
	snprintf(o->body, sizeof o->body, "%s", answer->body);
	snprintf(o->type, sizeof o->type, "%s", answer->content_type);
	snprintf(o->location, sizeof o->location, "%s", answer->location);
	snprintf(o->reason, sizeof o->reason, "%s", answer->reason);
}

static bool on_data(void *cookie, const char *bytes, size_t len)
{
	struct outcome *o = cookie;

	ck_assert_ptr_nonnull(bytes);
	o->streamed += len;
	return o->streamed <= o->stream_limit;
}

static bool say(struct connection *c, const char *text)
{
	ck_assert_int_eq(send(c->fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	return true;
}

static void setup(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	struct httpclient_options options = { .connect_timeout_ms = 2000,
		.max_connections_per_host = 4 };

	server = (struct server){ 0 };
	outcome = (struct outcome){ 0 };
	for (int i = 0; i < CONNECTIONS; i++)
		server.connections[i].fd = -1;
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server.fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(server.fd, 16), 0);
	ck_assert_int_eq(getsockname(server.fd, (struct sockaddr *)&address, &len), 0);
	server.port = ntohs(address.sin_port);
	client = httpclient_open(&options);
}

static void teardown(void)
{
	httpclient_close(client);
	for (int i = 0; i < CONNECTIONS; i++)
		if (server.connections[i].fd >= 0)
			close(server.connections[i].fd);
	if (server.fd >= 0)
		close(server.fd);
}

static void accept_all(void)
{
	int fd;

	while (server.fd >= 0 && (fd = accept4(server.fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		int i = 0;

		while (i < CONNECTIONS && server.connections[i].fd >= 0)
			i++;
		ck_assert_int_lt(i, CONNECTIONS);
		server.connections[i] = (struct connection){ .fd = fd };
		server.accepted++;
	}
}

static bool whole(const struct connection *c)
{
	const char *end = strstr(c->request, "\r\n\r\n");
	const char *length = strstr(c->request, "Content-Length: ");

	if (!end)
		return false;
	return strlen(end + 4) >= (length ? (size_t)strtoul(length + 16, NULL, 10) : 0);
}

static void serve_connection(struct connection *c)
{
	ssize_t n = recv(c->fd, c->request + c->len, sizeof c->request - 1 - c->len, 0);
	bool keep = n > 0 || (n < 0 && errno == EAGAIN);

	if (n > 0) {
		c->len += (size_t)n;
		c->request[c->len] = '\0';
	}
	if (n > 0 && whole(c)) {
		memcpy(server.last, c->request, sizeof server.last);
		server.requests++;
		c->served++;
		keep = server.serve(c);
		c->len = 0;
		c->request[0] = '\0';
	}
	if (!keep) {
		close(c->fd);
		c->fd = -1;
	}
}

static void step(void)
{
	int fds[CONNECTIONS + 1];
	size_t count = 0;

	if (server.fd >= 0)
		fds[count++] = server.fd;
	for (int i = 0; i < CONNECTIONS; i++)
		if (server.connections[i].fd >= 0)
			fds[count++] = server.connections[i].fd;
	httpclient_wait(client, fds, count, 100);
	accept_all();
	for (int i = 0; i < CONNECTIONS; i++)
		if (server.connections[i].fd >= 0)
			serve_connection(&server.connections[i]);
	httpclient_dispatch(client);
}

static void run_until(int done)
{
	int64_t end_ms = process_mono_ms() + DEADLINE_MS;

	while (outcome.done < done) {
		ck_assert_msg(process_mono_ms() < end_ms, "nothing came back");
		step();
	}
	ck_assert_int_eq(outcome.done, done);
}

static struct http_request request(const char *method)
{
	static char url[64];

	snprintf(url, sizeof url, "http://127.0.0.1:%u/x", server.port);
	return (struct http_request){ .method = method,
		.url = url,
		.timeout_ms = 5000,
		.max_bytes = 1000,
		.on_done = on_done,
		.cookie = &outcome };
}

static void ask(const struct http_request *r)
{
	int done = outcome.done;

	httpclient_start(client, r);
	ck_assert_int_eq(outcome.done, done);
	run_until(done + 1);
}

static bool serve_hello(struct connection *c)
{
	return say(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
		      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nhello");
}

START_TEST(reads_a_whole_answer)
{
	struct http_request r = request("GET");

	server.serve = serve_hello;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_ANSWERED);
	ck_assert_int_eq(outcome.answer.status, 200);
	ck_assert_str_eq(outcome.body, "hello");
	ck_assert_uint_eq(outcome.answer.len, 5);
	ck_assert_str_eq(outcome.type, "text/plain");
	ck_assert_str_eq(outcome.location, "");
	ck_assert_str_eq(outcome.reason, "");
	ck_assert_int_eq(outcome.answer.date_ms, 784111777000);
	ck_assert_int_eq(outcome.answer.retry_after_ms, -1);
}
END_TEST

START_TEST(uses_a_connection_again)
{
	struct http_request r = request("GET");

	server.serve = serve_hello;
	for (int i = 0; i < 5; i++)
		ask(&r);
	ck_assert_int_eq(server.accepted, 1);
	ck_assert_int_eq(server.requests, 5);
}
END_TEST

START_TEST(sends_method_headers_and_body)
{
	const char *headers[] = { "X-Plex-Token: abcd", "Content-Type: application/json", NULL };
	struct http_request r = request("POST");

	server.serve = serve_hello;
	r.headers = headers;
	r.body = "{\"a\":1}";
	r.body_len = 7;
	ask(&r);
	ck_assert_ptr_nonnull(strstr(server.last, "POST /x HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(server.last, "X-Plex-Token: abcd\r\n"));
	ck_assert_ptr_nonnull(strstr(server.last, "Content-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(server.last, "Content-Length: 7\r\n"));
	ck_assert_ptr_nonnull(strstr(server.last, "\r\n\r\n{\"a\":1}"));
	ck_assert_ptr_null(strstr(server.last, "Expect"));
	ck_assert_ptr_null(strstr(server.last, "form-urlencoded"));
}
END_TEST

START_TEST(sends_a_put_without_a_body_as_empty)
{
	struct http_request r = request("PUT");

	server.serve = serve_hello;
	ask(&r);
	ck_assert_ptr_nonnull(strstr(server.last, "PUT /x HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(server.last, "Content-Length: 0\r\n"));
	ck_assert_ptr_null(strstr(server.last, "Content-Type"));
	ck_assert_ptr_null(strstr(server.last, "Transfer-Encoding"));
}
END_TEST

static bool serve_retry_seconds(struct connection *c)
{
	return say(c, "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy");
}

static bool serve_retry_date(struct connection *c)
{
	return say(c, "HTTP/1.1 429 Slow\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
		      "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\nContent-Length: 0\r\n\r\n");
}

static bool serve_retry_nonsense(struct connection *c)
{
	return say(c, "HTTP/1.1 503 Busy\r\nDate: today\r\nRetry-After: -5\r\n"
		      "Content-Length: 0\r\n\r\n");
}

START_TEST(reads_retry_after_in_both_forms)
{
	struct http_request r = request("GET");

	server.serve = serve_retry_seconds;
	ask(&r);
	ck_assert_int_eq(outcome.answer.status, 503);
	ck_assert_int_eq(outcome.answer.retry_after_ms, 7000);
	server.serve = serve_retry_date;
	ask(&r);
	ck_assert_int_eq(outcome.answer.retry_after_ms, 30000);
	server.serve = serve_retry_nonsense;
	ask(&r);
	ck_assert_int_eq(outcome.answer.retry_after_ms, -1);
	ck_assert_int_eq(outcome.answer.date_ms, 0);
}
END_TEST

static bool serve_redirect(struct connection *c)
{
	return say(c, "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n");
}

START_TEST(does_not_follow_redirects)
{
	struct http_request r = request("GET");

	server.serve = serve_redirect;
	ask(&r);
	ck_assert_int_eq(outcome.answer.status, 302);
	ck_assert_str_eq(outcome.location, "/login");
	ck_assert_int_eq(server.requests, 1);
}
END_TEST

static bool serve_truncated(struct connection *c)
{
	say(c, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
	return false;
}

static bool serve_truncated_chunks(struct connection *c)
{
	say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nhalf");
	return false;
}

static bool serve_nothing(struct connection *c)
{
	(void)c;
	return false;
}

static bool serve_silence(struct connection *c)
{
	(void)c;
	return true;
}

static bool serve_garbage(struct connection *c)
{
	say(c, "SSH-2.0-OpenSSH_9.2\r\n");
	return false;
}

static const struct {
	bool (*serve)(struct connection *c);
	long status;
} lost[] = {
	{ serve_truncated, 200 },
	{ serve_truncated_chunks, 200 },
	{ serve_nothing, 0 },
	{ serve_garbage, 0 },
	{ serve_silence, 0 },
};

START_TEST(knows_not_the_outcome_without_a_whole_answer)
{
	struct http_request r = request("PUT");

	server.serve = lost[_i].serve;
	r.timeout_ms = 300;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_NO_ANSWER);
	ck_assert_int_eq(outcome.answer.status, lost[_i].status);
	ck_assert_str_ne(outcome.reason, "");
	ck_assert_int_eq(server.requests, 1);
}
END_TEST

START_TEST(knows_that_nothing_was_sent_to_a_closed_port)
{
	struct http_request r = request("PUT");

	close(server.fd);
	server.fd = -1;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_NOT_SENT);
	ck_assert_str_ne(outcome.reason, "");
	/* How long it took would make each time another cause. */
	ck_assert_ptr_null(strstr(outcome.reason, " after "));
}
END_TEST

START_TEST(knows_that_nothing_was_sent_to_other_failures)
{
	static const char *const parts[][2] = { { "https://127.0.0.1:", "/" },
		{ "ftp://127.0.0.1:", "/" }, { "http://127.0.0.1:", ":x/" },
		{ "http://name.invalid:", "/" } };
	struct http_request r = request("PUT");
	char url[64];

	server.serve = serve_nothing;
	snprintf(url, sizeof url, "%s%u%s", parts[_i][0], server.port, parts[_i][1]);
	r.url = url;
	r.timeout_ms = 500;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_NOT_SENT);
	ck_assert_str_ne(outcome.reason, "");
	ck_assert_int_eq(server.requests, 0);
}
END_TEST

static bool serve_second_time_never(struct connection *c)
{
	return c->served == 1 && server.requests != 2 ? serve_hello(c) : false;
}

/* The server answers one request, reads the next one and closes: the pooled connection was dying. */
START_TEST(repeats_a_get_on_a_dying_connection)
{
	struct http_request r = request("GET");

	server.serve = serve_second_time_never;
	ask(&r);
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_ANSWERED);
	ck_assert_int_eq(server.requests, 3);
	ck_assert_int_eq(server.accepted, 2);
}
END_TEST

START_TEST(never_writes_a_put_twice)
{
	struct http_request r = request("PUT");

	server.serve = serve_second_time_never;
	ask(&r);
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_NO_ANSWER);
	ck_assert_str_eq(outcome.reason, "the server closed the connection without an answer");
	ck_assert_int_eq(server.requests, 2);
}
END_TEST

static bool serve_large(struct connection *c)
{
	char text[2100];

	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2099\r\n\r\n");
	return say(c, text);
}

static bool serve_large_unannounced(struct connection *c)
{
	char text[2100];

	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	say(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	say(c, text);
	return false;
}

START_TEST(stops_at_the_largest_size)
{
	struct http_request r = request("GET");

	server.serve = _i ? serve_large : serve_large_unannounced;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_TOO_LARGE);
	ck_assert_int_eq(outcome.answer.status, 200);
}
END_TEST

START_TEST(streams_without_collecting)
{
	struct http_request r = request("GET");

	server.serve = serve_large;
	outcome.stream_limit = 5000;
	r.on_data = on_data;
	r.max_bytes = 5000;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_ANSWERED);
	ck_assert_uint_eq(outcome.streamed, 2099);
	ck_assert_uint_eq(outcome.answer.len, 0);
}
END_TEST

START_TEST(ends_a_stream_that_the_reader_refuses)
{
	struct http_request r = request("GET");

	server.serve = serve_large;
	outcome.stream_limit = 1;
	r.on_data = on_data;
	r.max_bytes = 5000;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_NO_ANSWER);
	ck_assert_str_eq(outcome.reason, "the answer was not read to its end");
}
END_TEST

START_TEST(collects_an_error_body_instead_of_streaming_it)
{
	struct http_request r = request("GET");

	server.serve = serve_retry_seconds;
	r.on_data = on_data;
	ask(&r);
	ck_assert_uint_eq(outcome.streamed, 0);
	ck_assert_str_eq(outcome.body, "busy");
}
END_TEST

static bool serve_half(struct connection *c)
{
	return say(c, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
}

START_TEST(ends_a_stream_that_fell_silent)
{
	struct http_request r = request("GET");
	int64_t start_ms = process_mono_ms();

	server.serve = serve_half;
	outcome.stream_limit = 100;
	r.on_data = on_data;
	r.timeout_ms = 0;
	r.idle_timeout_ms = 200;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_NO_ANSWER);
	ck_assert_uint_eq(outcome.streamed, 4);
	ck_assert_int_ge(process_mono_ms() - start_ms, 200);
}
END_TEST

START_TEST(cancels_without_a_word)
{
	struct http_request r = request("GET");
	struct httpcall *call;

	server.serve = serve_silence;
	call = httpclient_start(client, &r);
	for (int i = 0; i < 100 && !server.requests; i++)
		step();
	ck_assert_int_eq(server.requests, 1);
	httpclient_cancel(client, call);
	httpclient_cancel(client, NULL);
	step();
	ck_assert_int_eq(outcome.done, 0);
	server.serve = serve_hello;
	ask(&r);
	ck_assert_int_eq(outcome.answer.transport, HTTP_ANSWERED);
}
END_TEST

static struct httpcall *streaming;
static struct http_request follow_up;

static bool cancels_itself(void *cookie, const char *bytes, size_t len)
{
	(void)cookie, (void)bytes, (void)len;
	httpclient_cancel(client, streaming);
	httpclient_start(client, &follow_up);
	return true;
}

START_TEST(may_be_cancelled_and_started_from_inside_a_stream)
{
	struct http_request r = request("GET");

	server.serve = serve_hello;
	follow_up = r;
	r.on_data = cancels_itself;
	streaming = httpclient_start(client, &r);
	run_until(1);
	ck_assert_str_eq(outcome.body, "hello");
	ck_assert_int_eq(server.requests, 2);
}
END_TEST

static void starts_another(void *cookie, const struct http_answer *answer)
{
	(void)cookie, (void)answer;
	httpclient_start(client, &follow_up);
}

START_TEST(may_be_started_from_on_done)
{
	struct http_request r = request("GET");

	server.serve = serve_hello;
	follow_up = r;
	r.on_done = starts_another;
	httpclient_start(client, &r);
	run_until(1);
	ck_assert_str_eq(outcome.body, "hello");
}
END_TEST

START_TEST(queues_above_the_connections_of_a_host)
{
	struct http_request r = request("GET");

	server.serve = serve_hello;
	for (int i = 0; i < 40; i++)
		httpclient_start(client, &r);
	run_until(40);
	ck_assert_int_le(server.accepted, 4);
	ck_assert_int_eq(server.requests, 40);
}
END_TEST

START_TEST(closes_with_open_calls)
{
	struct http_request r = request("GET");

	server.serve = serve_silence;
	for (int i = 0; i < 3; i++)
		httpclient_start(client, &r);
	step();
	step();
	ck_assert_int_eq(outcome.done, 0);
}
END_TEST

START_TEST(wakes_for_a_foreign_descriptor)
{
	int pipe_fds[2];
	int64_t start_ms = process_mono_ms();

	ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	ck_assert_int_eq(write(pipe_fds[1], "x", 1), 1);
	httpclient_wait(client, pipe_fds, 1, 5000);
	ck_assert_int_lt(process_mono_ms() - start_ms, 4000);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}
END_TEST

START_TEST(ignores_the_proxy_of_the_environment)
{
	struct http_request r = request("GET");

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	server.serve = serve_hello;
	ask(&r);
	unsetenv("http_proxy");
	ck_assert_int_eq(outcome.answer.transport, HTTP_ANSWERED);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, reads_a_whole_answer);
	tcase_add_test(cases, uses_a_connection_again);
	tcase_add_test(cases, sends_method_headers_and_body);
	tcase_add_test(cases, sends_a_put_without_a_body_as_empty);
	tcase_add_test(cases, reads_retry_after_in_both_forms);
	tcase_add_test(cases, does_not_follow_redirects);
	tcase_add_loop_test(
		cases, knows_not_the_outcome_without_a_whole_answer, 0, (int)ARRAY_LEN(lost));
	tcase_add_test(cases, knows_that_nothing_was_sent_to_a_closed_port);
	tcase_add_loop_test(cases, knows_that_nothing_was_sent_to_other_failures, 0, 4);
	tcase_add_test(cases, repeats_a_get_on_a_dying_connection);
	tcase_add_test(cases, never_writes_a_put_twice);
	tcase_add_loop_test(cases, stops_at_the_largest_size, 0, 2);
	tcase_add_test(cases, streams_without_collecting);
	tcase_add_test(cases, ends_a_stream_that_the_reader_refuses);
	tcase_add_test(cases, collects_an_error_body_instead_of_streaming_it);
	tcase_add_test(cases, ends_a_stream_that_fell_silent);
	tcase_add_test(cases, cancels_without_a_word);
	tcase_add_test(cases, may_be_cancelled_and_started_from_inside_a_stream);
	tcase_add_test(cases, may_be_started_from_on_done);
	tcase_add_test(cases, queues_above_the_connections_of_a_host);
	tcase_add_test(cases, closes_with_open_calls);
	tcase_add_test(cases, wakes_for_a_foreign_descriptor);
	tcase_add_test(cases, ignores_the_proxy_of_the_environment);
}

CHECK_MAIN("httpclient", add_cases)
