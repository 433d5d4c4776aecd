/* The HTTP server, driven in this process, with raw sockets as its clients. */
#include "common/httpserver.h"

#include "common/buf.h"
#include "common/process.h"
#include "tests/unit/check_main.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_MS 10000
#define PARKED_MAX 256
#define TOKEN "correct-horse"

static struct httpserver *server;

static struct {
	struct httprequest *parked[PARKED_MAX];
	size_t parked_count;
	int begun, ended;
	size_t streamed;
	unsigned answers;
	char method[16], route[64], answered_id[80];
	unsigned status;
} seen;

static void echo(void *cookie, struct httprequest *r)
{
	auto_buf out;
	size_t len;
	const char *body = httprequest_body(r, &len), *query = httprequest_query(r, "q");
	struct httpreply reply = { .status = 200, .content_type = "text/plain" };

	(void)cookie;
	buf_init(&out, 100000);
	buf_printf(&out, "id=%s value=%s q=%s len=%zu body=%s", httprequest_id(r),
		httprequest_path_value(r) ? httprequest_path_value(r) : "-", query ? query : "-",
		len, body);
	reply.body = out.data;
	reply.len = out.len;
	httpserver_reply(r, &reply);
}

static void give_body_back(void *cookie, struct httprequest *r)
{
	struct httpreply reply = { .status = 200 };

	(void)cookie;
	reply.body = httprequest_body(r, &reply.len);
	httpserver_reply(r, &reply);
}

static void park(void *cookie, struct httprequest *r)
{
	(void)cookie;
	ck_assert_uint_lt(seen.parked_count, PARKED_MAX);
	httprequest_set_user(r, &seen);
	seen.parked[seen.parked_count++] = r;
}

static void busy(void *cookie, struct httprequest *r)
{
	struct httpreply reply = { .status = 503, .retry_after_s = 5 };

	(void)cookie;
	httpserver_reply_problem(
		r, &reply, "about:blank", "Busy", "a \"quoted\"\n\xff text", "/events/0");
}

static void *begin_stream(void *cookie)
{
	(void)cookie;
	seen.begun++;
	return xstrdup("state");
}

static void take_stream(void *data, const char *bytes, size_t len)
{
	ck_assert_str_eq(data, "state");
	ck_assert_ptr_nonnull(bytes);
	seen.streamed += len;
}

static void end_stream(void *data)
{
	seen.ended++;
	free(data);
}

static void finish_stream(void *cookie, struct httprequest *r)
{
	struct httpreply reply = { .status = 202, .body = "{}", .len = 2 };

	(void)cookie;
	ck_assert_str_eq(httprequest_data(r), "state");
	httpserver_reply(r, &reply);
}

#define MEBIBYTE ((size_t)1024 * 1024)
static const struct httproute routes[] = {
	{ .method = "GET", .path = "/open", .open = true, .on_request = echo },
	{ .method = "GET", .path = "/things/{id}", .on_request = echo },
	{ .method = "DELETE", .path = "/things/{id}", .on_request = echo },
	{ .method = "POST", .path = "/things/{id}/again", .on_request = echo },
	{ .method = "POST",
		.path = "/echo",
		.body_limit = 100,
		.content_type = "application/json|application/cloudevents+json",
		.on_request = echo },
	{ .method = "POST", .path = "/back", .body_limit = 100, .on_request = give_body_back },
	{ .method = "POST", .path = "/park", .body_limit = 100, .on_request = park },
	{ .method = "GET", .path = "/park", .on_request = park },
	{ .method = "GET", .path = "/busy", .on_request = busy },
	{ .method = "POST",
		.path = "/stream",
		.body_limit = 64 * MEBIBYTE,
		.on_begin = begin_stream,
		.on_data = take_stream,
		.on_end = end_stream,
		.on_request = finish_stream },
};

static void on_answered(void *cookie, const struct httpanswer *answer)
{
	(void)cookie;
	ck_assert_int_ge(answer->duration_ms, 0);
	seen.answers++;
	seen.status = answer->status;
	snprintf(seen.method, sizeof seen.method, "%s", answer->method);
	snprintf(seen.route, sizeof seen.route, "%s", answer->route);
	snprintf(seen.answered_id, sizeof seen.answered_id, "%s", answer->request_id);
}

static struct httpserver_options options(void)
{
	return (struct httpserver_options){ .listen = "127.0.0.1:0",
		.request_timeout_ms = 5000,
		.max_connections = 300,
		.routes = routes,
		.route_count = ARRAY_LEN(routes),
		.on_answered = on_answered };
}

static void open_server(const struct httpserver_options *o)
{
	struct error err = { "" };

	memset(&seen, 0, sizeof seen);
	server = httpserver_open(o, &err);
	ck_assert_msg(server, "%s", err.text);
}

static void setup(void)
{
	struct httpserver_options o = options();

	open_server(&o);
}

static void teardown(void)
{
	httpserver_close(server);
	server = NULL;
}

static void with(struct httpserver_options o)
{
	teardown();
	open_server(&o);
}

/* One turn of the loop; waits for the server or `fd` (-1: only the server). */
static void step(int fd)
{
	struct pollfd fds[] = { { .fd = httpserver_fd(server), .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };
	int64_t timeout_ms = httpserver_timeout_ms(server);

	if (timeout_ms < 0 || timeout_ms > 20)
		timeout_ms = 20;
	poll(fds, fd < 0 ? 1 : 2, (int)timeout_ms);
	httpserver_dispatch(server);
}

static void run_until_parked(size_t count)
{
	int64_t end_ms = process_mono_ms() + DEADLINE_MS;

	while (seen.parked_count < count) {
		ck_assert_msg(process_mono_ms() < end_ms, "only %zu parked", seen.parked_count);
		step(-1);
	}
}

static void run_until_drained(void)
{
	int64_t end_ms = process_mono_ms() + DEADLINE_MS;

	while (!httpserver_drained(server)) {
		ck_assert_msg(process_mono_ms() < end_ms, "not drained");
		step(-1);
	}
}

static int dial(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(httpserver_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void say_bytes(int fd, const char *bytes, size_t len)
{
	int64_t end_ms = process_mono_ms() + DEADLINE_MS;

	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		ck_assert(n > 0 || errno == EAGAIN);
		ck_assert(process_mono_ms() < end_ms);
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
		step(-1);
	}
}

static void say(int fd, const char *text)
{
	say_bytes(fd, text, strlen(text));
}

struct answer {
	char text[8192]; /* "" when the server closed without a word */
	size_t len;
	int status;
	bool closed;
	const char *body;
};

static bool is_whole(struct answer *a, bool head)
{
	char *body = strstr(a->text, "\r\n\r\n"),
	     *length = strcasestr(a->text, "\r\nContent-Length: ");

	if (!body)
		return false;
	a->body = body + 4;
	return head || !length || strlen(a->body) >= strtoul(length + 18, NULL, 10);
}

/* Reads one answer, or all until the server closes. */
static void hear_more(int fd, struct answer *ret, bool head, bool to_the_end)
{
	int64_t end_ms = process_mono_ms() + DEADLINE_MS;
	static const char none[] = "";

	*ret = (struct answer){ .body = none };
	while (!ret->closed && (to_the_end || !is_whole(ret, head))) {
		ssize_t n = recv(
			fd, ret->text + ret->len, sizeof ret->text - 1 - ret->len, MSG_DONTWAIT);

		ck_assert_msg(process_mono_ms() < end_ms, "no answer, only: %s", ret->text);
		if (n > 0)
			ret->len += (size_t)n;
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			ret->closed = true;
		else
			step(fd);
	}
	is_whole(ret, head);
	if (strncmp(ret->text, "HTTP/1.1 ", 9) == 0)
		ret->status = (int)strtol(ret->text + 9, NULL, 10);
}

static void hear(int fd, struct answer *ret)
{
	hear_more(fd, ret, false, false);
}

static struct answer answer;

static void ask(const char *text)
{
	int fd = dial();

	say(fd, text);
	hear(fd, &answer);
	close(fd);
}

static bool says(const char *text)
{
	return strcasestr(answer.text, text) != NULL;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST(path, headers) "POST " path " HTTP/1.1\r\nHost: x\r\n" headers "\r\n"

START_TEST(answers_a_get)
{
	ask(GET("/open?a=1&q=caf%C3%A9+noir"));
	ck_assert_int_eq(answer.status, 200);
	ck_assert(says("q=caf\xc3\xa9 noir"));
	ck_assert(says("\r\nX-Request-Id: "));
	ck_assert_uint_eq(seen.answers, 1);
	ck_assert_str_eq(seen.method, "GET");
	ck_assert_str_eq(seen.route, "/open");
}
END_TEST

START_TEST(decodes_the_value_in_a_path)
{
	ask(GET("/things/a%20b+c"));
	ck_assert(says("value=a b+c q=-"));
	ck_assert_str_eq(seen.route, "/things/{id}");
}
END_TEST

START_TEST(answers_head_like_get_without_a_body)
{
	int fd = dial();

	say(fd, "HEAD /open HTTP/1.1\r\nHost: x\r\n\r\n");
	hear_more(fd, &answer, true, false);
	ck_assert_int_eq(answer.status, 200);
	ck_assert_str_eq(answer.body, "");
	ck_assert(!says("Content-Length: 0"));
	ck_assert_str_eq(seen.method, "HEAD");
	say(fd, GET("/open")); /* the connection is still in order */
	hear(fd, &answer);
	ck_assert_int_eq(answer.status, 200);
	close(fd);
}
END_TEST

START_TEST(collects_a_body)
{
	ask(POST("/echo",
		"Content-Type: application/json; charset=utf-8\r\nContent-Length: 5\r\n") "hello");
	ck_assert_int_eq(answer.status, 200);
	ck_assert(says("len=5 body=hello"));
}
END_TEST

START_TEST(gives_a_body_back)
{
	ask(POST("/back", "Content-Length: 5\r\n") "hello");
	ck_assert_str_eq(answer.body, "hello");
}
END_TEST

START_TEST(keeps_a_sane_request_id_and_replaces_another)
{
	ask("GET /open HTTP/1.1\r\nHost: x\r\nX-Request-Id: abc-123\r\n\r\n");
	ck_assert(says("\r\nX-Request-Id: abc-123\r\n"));
	ck_assert_str_eq(seen.answered_id, "abc-123");
	ck_assert(says("id=abc-123 "));
	ask("GET /open HTTP/1.1\r\nHost: x\r\nX-Request-Id: \"evil\"\r\n\r\n");
	ck_assert(!says("evil"));
	ck_assert(says("\r\nX-Request-Id: "));
}
END_TEST

#define JSON "Content-Type: application/json\r\n"
static const struct refusal {
	const char *request;
	int status;
	bool closes;
	const char *header; /* that must be in the answer */
} refusals[] = {
	/* Framing. */
	{ POST("/echo", JSON "Content-Length: 2\r\nContent-Length: 2\r\n") "{}", 400, true, NULL },
	{ POST("/echo", JSON "Content-Length: 2\r\nContent-Length: 3\r\n") "{} ", 400, true, NULL },
	{ POST("/echo",
		  JSON "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\nGET /open "
									      "HTTP/1.1\r\nHost: "
									      "x\r\n\r\n",
		411, true, NULL },
	{ POST("/echo", JSON "Transfer-Encoding: chunked\r\n") "2\r\n{}\r\n0\r\n\r\n", 411, true,
		NULL },
	{ POST("/echo", JSON "Transfer-Encoding: xchunked\r\n") "{}", 411, true, NULL },
	{ POST("/echo", JSON "Content-Length : 2\r\n") "{}", 411, true, NULL },
	{ POST("/echo", JSON "X y: 1\r\nContent-Length: 2\r\n") "{}", 400, true, NULL },
	{ POST("/echo", JSON), 411, false, NULL },
	{ "GET /open HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400,
		true, NULL },
	{ "GET /open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411, true,
		NULL },
	{ "GET /open HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n", 400, true, NULL },
	{ POST("/nowhere", "Content-Length: 2\r\nContent-Length: 2\r\n") "{}", 400, true, NULL },
	/* Target, route and method. */
	{ GET("/nowhere"), 404, false, NULL },
	{ GET("/things/"), 404, false, NULL },
	{ GET("/things/1/2"), 404, false, NULL },
	{ GET("/open/"), 404, false, NULL },
	{ GET("/%6fpen"), 404, false, NULL },
	{ "PUT /things/7 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 405, false,
		"\r\nAllow: GET, HEAD, DELETE\r\n" },
	{ "BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405, false, "\r\nAllow: POST\r\n" },
	{ GET("/things/%zz"), 400, false, NULL },
	{ GET("/things/%4"), 400, false, NULL },
	{ GET("/things/%00"), 400, false, NULL },
	{ GET("/things/a%2Fb"), 400, false, NULL },
	{ GET("/things/%ff"), 400, false, NULL },
	{ GET("/open?q=%g0"), 400, false, NULL },
	{ "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400, false, NULL },
	/* Body. */
	{ POST("/echo", JSON "Content-Length: 101\r\n"), 413, false, NULL },
	{ POST("/echo", JSON "Content-Length: 1000000\r\n"), 413, true, NULL },
	{ POST("/things/1/again", "Content-Length: 1\r\n") "x", 413, false, NULL },
	{ POST("/echo", "Content-Type: text/plain\r\nContent-Length: 2\r\n") "{}", 415, false,
		NULL },
	{ POST("/echo", "Content-Length: 2\r\n") "{}", 415, false, NULL },
	{ POST("/echo", JSON "Expect: 100-continue\r\nContent-Length: 200\r\n"), 413, true, NULL },
};

START_TEST(refuses_with_a_problem)
{
	const struct refusal *c = &refusals[_i];
	char body[101] = "", status[32];
	int fd = dial();

	say(fd, c->request);
	if (!c->closes && strstr(c->request, "Content-Length: 101")) {
		memset(body, 'x', sizeof body);
		say_bytes(fd, body, sizeof body);
	}
	hear(fd, &answer);
	snprintf(status, sizeof status, "\"status\":%d,", c->status);
	ck_assert_msg(answer.status == c->status, "%s\ngot\n%s", c->request, answer.text);
	ck_assert(says("\r\nContent-Type: application/problem+json\r\n"));
	ck_assert(says("\r\nX-Request-Id: "));
	ck_assert(says("{\"type\":\"about:blank\",\"title\":\""));
	ck_assert(says(status));
	ck_assert(says("\"detail\":\""));
	ck_assert_msg(!c->header || says(c->header), "%s", answer.text);
	ck_assert_msg(says("\r\nConnection: close\r\n") == c->closes, "%s", answer.text);
	ck_assert_uint_eq(seen.answers, 1);
	ck_assert_uint_eq(seen.status, (unsigned)c->status);
	if (c->closes) { /* nothing behind it is answered */
		hear_more(fd, &answer, false, true);
		ck_assert_str_eq(answer.text, "");
	} else {
		say(fd, GET("/open"));
		hear(fd, &answer);
		ck_assert_int_eq(answer.status, 200);
	}
	close(fd);
}
END_TEST

/* What libmicrohttpd refuses by itself: its own page, but the right status. */
START_TEST(refuses_lengths_that_are_no_numbers)
{
	static const char *const requests[] = { POST("/echo", JSON "Content-Length: +2\r\n") "{}",
		POST("/echo", JSON "Content-Length: 0x2\r\n") "{}",
		POST("/echo", JSON "Content-Length: \r\n"), "GET /open HTTP/1.1\r\n\r\n" };

	ask(requests[_i]);
	ck_assert_int_eq(answer.status, 400);
	ck_assert_uint_eq(seen.answers, 1);
	ck_assert_uint_eq(seen.status, 400);
}
END_TEST

static void ask_long(const char *before, size_t len, const char *after)
{
	auto_buf text;

	buf_init(&text, 200000);
	buf_puts(&text, before);
	for (size_t i = 0; i < len; i++)
		buf_putc(&text, 'a');
	buf_puts(&text, after);
	int fd = dial();
	send(fd, text.data, text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	hear(fd, &answer);
	close(fd);
}

START_TEST(refuses_long_urls_and_headers)
{
	ask_long("GET /open?", 8000, " HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_eq(answer.status, 200);
	ask_long("GET /open?", 9000, " HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_eq(answer.status, 414);
	ck_assert(says("application/problem+json"));
	ask_long("GET /open HTTP/1.1\r\nHost: x\r\nX: ", 16000, "\r\n\r\n");
	ck_assert_int_eq(answer.status, 200);
	ask_long("GET /open HTTP/1.1\r\nHost: x\r\nX: ", 17000, "\r\n\r\n");
	ck_assert_int_eq(answer.status, 431);
	ck_assert(says("application/problem+json"));
	ask_long("GET /open HTTP/1.1\r\nHost: x\r\nX: ", 100000, "\r\n\r\n");
	ck_assert_int_eq(answer.status, 431);
	ask_long("GET /open?", 100000, " HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_eq(answer.status, 414);
}
END_TEST

#define BEARER(value) "GET /things/1 HTTP/1.1\r\nHost: x\r\nAuthorization: " value "\r\n\r\n"
START_TEST(demands_the_token_everywhere_but_on_open_routes)
{
	static const char *const wrong[] = { GET("/things/1"), BEARER("Bearer"), BEARER("Bearer "),
		BEARER("Bearer correct-hors"), BEARER("Bearer correct-horsf"),
		BEARER("Bearer correct-horse!"), BEARER("Basic " TOKEN), BEARER(TOKEN) };
	struct httpserver_options o = options();

	o.token = TOKEN;
	with(o);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		ask(wrong[i]);
		ck_assert_msg(answer.status == 401, "%s", wrong[i]);
		ck_assert(says("\r\nWWW-Authenticate: Bearer\r\n"));
		ck_assert(!says(TOKEN));
	}
	ask(BEARER("Bearer " TOKEN));
	ck_assert_int_eq(answer.status, 200);
	ask(BEARER("bearer " TOKEN));
	ck_assert_int_eq(answer.status, 200);
	ask(GET("/open"));
	ck_assert_int_eq(answer.status, 200);
	ask(POST("/echo", "Content-Type: text/plain\r\nContent-Length: 999999\r\n"));
	ck_assert_int_eq(answer.status, 401); /* a stranger learns nothing about limits */
}
END_TEST

START_TEST(a_client_that_asks_too_often_is_told_when_to_come_back)
{
	struct httpserver_options o = options();
	int tries = 0;

	o.token = TOKEN;
	o.rate_limit = 2;
	with(o);
	ask(GET("/things/1"));
	ck_assert_int_eq(answer.status, 401);
	do /* a busy machine may take its time, but not half a second for each */
		ask(GET("/things/1")); /* a wrong guess counts, too */
	while (answer.status == 401 && ++tries < 100);
	ck_assert_int_eq(answer.status, 429);
	ck_assert(says("\r\nRetry-After: 1\r\n"));
	ck_assert(says("rate_limit"));
	ask(GET("/open"));
	ck_assert_int_eq(answer.status, 200);
}
END_TEST

START_TEST(listens_beyond_loopback_only_with_a_token_or_leave)
{
	struct httpserver_options o = options();
	struct error err = { "" };
	struct httpserver *other;

	o.listen = "0.0.0.0:0";
	ck_assert_ptr_null(httpserver_open(&o, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "without a token"));
	o.token = "";
	ck_assert_ptr_null(httpserver_open(&o, &err));
	o.token = TOKEN;
	other = httpserver_open(&o, &err);
	ck_assert_ptr_nonnull(other);
	httpserver_close(other);
	o.token = NULL;
	o.allow_anonymous = true;
	other = httpserver_open(&o, &err);
	ck_assert_ptr_nonnull(other);
	httpserver_close(other);
}
END_TEST

START_TEST(explains_an_address_it_cannot_use)
{
	static const char *const wrong[] = { "", "8590", "127.0.0.1", "127.0.0.1:", ":8590",
		"::1:8590", "127.0.0.1:70000", "127.0.0.1:x", "[::1]", "[]:1", "no such host:80" };
	struct httpserver_options o = options();
	struct error err;
	char taken[32];

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		err.text[0] = '\0';
		o.listen = wrong[i];
		ck_assert_ptr_null(httpserver_open(&o, &err));
		ck_assert_msg(strstr(err.text, wrong[i]), "%s: %s", wrong[i], err.text);
	}
	snprintf(taken, sizeof taken, "127.0.0.1:%u", httpserver_port(server));
	o.listen = taken;
	ck_assert_ptr_null(httpserver_open(&o, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "another instance"));
}
END_TEST

START_TEST(writes_problems_that_are_json)
{
	ask(GET("/busy"));
	ck_assert_int_eq(answer.status, 503);
	ck_assert(says("\r\nRetry-After: 5\r\n"));
	ck_assert_str_eq(answer.body,
		"{\"type\":\"about:blank\",\"title\":\"Busy\",\"status\":503,\"detail\":"
		"\"a \\\"quoted\\\"\\u000a\xef\xbf\xbd text\",\"pointer\":\"/events/0\"}\n");
}
END_TEST

static void release(size_t i)
{
	struct httpreply reply = { .status = 202, .body = "{}", .len = 2 };

	ck_assert_ptr_eq(httprequest_user(seen.parked[i]), &seen);
	httpserver_reply(seen.parked[i], &reply);
}

START_TEST(answers_a_parked_request_later)
{
	int fd = dial();

	say(fd, POST("/park", "Content-Length: 2\r\n") "{}");
	run_until_parked(1);
	ck_assert(!httpserver_drained(server));
	ck_assert(!httprequest_gone(seen.parked[0]));
	ck_assert_str_eq(httprequest_header(seen.parked[0], "host"), "x");
	release(0);
	ck_assert_int_eq(httpserver_timeout_ms(server), 0);
	hear(fd, &answer);
	ck_assert_int_eq(answer.status, 202);
	say(fd, GET("/open"));
	hear(fd, &answer);
	ck_assert_int_eq(answer.status, 200);
	close(fd);
	run_until_drained();
}
END_TEST

START_TEST(parks_longer_than_a_request_may_take)
{
	struct httpserver_options o = options();
	int64_t start_ms;
	int fd;

	o.request_timeout_ms = 200;
	with(o);
	fd = dial();
	say(fd, POST("/park", "Content-Length: 2\r\n") "{}");
	run_until_parked(1);
	for (start_ms = process_mono_ms(); process_mono_ms() < start_ms + 500;)
		step(-1);
	release(0);
	hear(fd, &answer);
	ck_assert_int_eq(answer.status, 202);
	close(fd);
}
END_TEST

START_TEST(answers_pipelined_requests_in_order)
{
	int fd = dial();

	say(fd, GET("/park") GET("/things/2") POST("/back", "Content-Length: 3\r\n") "abc");
	run_until_parked(1);
	ck_assert_uint_eq(seen.answers, 0);
	release(0);
	hear_more(fd, &answer, false, false);
	ck_assert_int_eq(answer.status, 202);
	for (int i = 0; i < 200 && seen.answers < 3; i++)
		step(-1);
	ck_assert_uint_eq(seen.answers, 3);
	close(fd);
}
END_TEST

/* libmicrohttpd once had a fault in its lists when connections ended while others were suspended. */
START_TEST(survives_aborts_of_parked_requests)
{
	int fds[200];
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = dial();
		say(fds[i], POST("/park", "Content-Length: 2\r\n") "{}");
	}
	run_until_parked(ARRAY_LEN(fds));
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		if (i % 3 == 0)
			continue;
		if (i % 3 == 1) /* a reset, not an orderly end */
			setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		close(fds[i]);
	}
	step(-1);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		ck_assert_int_eq(httprequest_gone(seen.parked[i]), i % 3 != 0);
		release(i);
		if (i % 7 == 0)
			step(-1);
	}
	for (size_t i = 0; i < ARRAY_LEN(fds); i += 3) {
		hear(fds[i], &answer);
		ck_assert_int_eq(answer.status, 202);
		close(fds[i]);
	}
	run_until_drained();
	ask(GET("/open"));
	ck_assert_int_eq(answer.status, 200);
}
END_TEST

START_TEST(may_be_closed_with_parked_requests)
{
	struct httpserver_options o = options();
	int fds[5];
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = dial();
		say(fds[i], POST("/park", "Content-Length: 2\r\n") "{}");
	}
	run_until_parked(ARRAY_LEN(fds));
	httpserver_close(server);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		ck_assert(httprequest_gone(seen.parked[i]));
		ck_assert_ptr_null(httprequest_header(seen.parked[i], "Host"));
		ck_assert_str_eq(httprequest_body(seen.parked[i], &len), "{}");
		release(i);
		close(fds[i]);
	}
	open_server(&o);
}
END_TEST

START_TEST(cuts_off_a_slow_client)
{
	static const char *const starts[] = { "", "GET /op", "GET /open HTTP/1.1\r\nHost: x\r\nX: ",
		POST("/stream", "Content-Length: 60000000\r\n") };
	struct httpserver_options o = options();
	int64_t start_ms = process_mono_ms();
	char byte;
	int fd;

	o.request_timeout_ms = 300;
	with(o);
	fd = dial();
	send(fd, starts[_i], strlen(starts[_i]), MSG_NOSIGNAL);
	do { /* a byte now and then is no silence */
		ck_assert_msg(process_mono_ms() < start_ms + DEADLINE_MS, "still there");
		step(-1);
		if (*starts[_i])
			send(fd, "a", 1, MSG_NOSIGNAL);
	} while (recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
	ck_assert_int_ge(process_mono_ms() - start_ms, 250);
	close(fd);
	run_until_drained();
	ck_assert_int_eq(seen.begun, seen.ended);
}
END_TEST

START_TEST(streams_a_large_body)
{
	char *mebibyte = xcalloc(1, MEBIBYTE);
	int fd = dial();

	memset(mebibyte, 'x', MEBIBYTE);
	say(fd, POST("/stream", "Content-Length: 67108864\r\n"));
	for (int i = 0; i < 64; i++)
		say_bytes(fd, mebibyte, MEBIBYTE);
	hear(fd, &answer);
	ck_assert_int_eq(answer.status, 202);
	ck_assert_uint_eq(seen.streamed, 64 * MEBIBYTE);
	ck_assert_int_eq(seen.ended, 1);
	free(mebibyte);
	close(fd);
	ask(POST("/stream", "Content-Length: 67108865\r\n"));
	ck_assert_int_eq(answer.status, 413);
}
END_TEST

START_TEST(forgets_an_upload_that_breaks_off)
{
	int fd = dial();

	say(fd, POST("/stream", "Content-Length: 5000\r\n") "half");
	for (int i = 0; i < 200 && !seen.streamed; i++)
		step(-1);
	ck_assert_int_eq(seen.begun, 1);
	close(fd);
	run_until_drained();
	ck_assert_int_eq(seen.ended, 1);
	ck_assert_uint_eq(seen.answers, 0);
}
END_TEST

/* libmicrohttpd overlooks an end that comes together with data. */
START_TEST(forgets_an_upload_that_broke_off_at_once)
{
	static const char request[] = POST("/stream", "Content-Length: 5000\r\n") "half";
	int64_t start_ms = process_mono_ms();
	int fd = dial();

	step(-1); /* accepted */
	send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
	close(fd);
	for (int i = 0; i < 200 && !seen.streamed; i++)
		step(-1);
	ck_assert_int_eq(seen.begun, 1);
	run_until_drained();
	ck_assert_int_lt(process_mono_ms() - start_ms, options().request_timeout_ms);
	ck_assert_int_eq(seen.ended, 1);
	ck_assert_uint_eq(seen.answers, 0);
}
END_TEST

START_TEST(does_not_wait_for_headers_that_broke_off)
{
	static const char request[] = "GET /open HTTP/1.1\r\nHost: x\r\nX-Y: ";
	int64_t start_ms = process_mono_ms();
	int fd = dial();

	step(-1);
	send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
	close(fd);
	for (int i = 0; i < 10; i++)
		step(-1);
	httpserver_quiesce(server);
	run_until_drained();
	ck_assert_int_lt(process_mono_ms() - start_ms, options().request_timeout_ms);
}
END_TEST

START_TEST(holds_connections_above_the_limit_back)
{
	struct httpserver_options o = options();
	int fds[4];

	o.max_connections = 2;
	with(o);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = dial();
		send(fds[i], GET("/park"), strlen(GET("/park")), MSG_NOSIGNAL);
	}
	run_until_parked(2);
	for (int i = 0; i < 10; i++)
		step(-1);
	ck_assert_uint_eq(seen.parked_count, 2);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		run_until_parked(i + 1);
		release(i);
		hear(fds[i], &answer);
		ck_assert_int_eq(answer.status, 202);
		close(fds[i]);
	}
}
END_TEST

START_TEST(drains_when_told_to_stop)
{
	int idle = dial(), parked = dial();

	say(idle, GET("/open"));
	hear(idle, &answer);
	say(parked, GET("/park"));
	run_until_parked(1);
	httpserver_quiesce(server);
	httpserver_quiesce(server);
	hear_more(idle, &answer, false, true);
	ck_assert_str_eq(answer.text, "");
	ck_assert(!httpserver_drained(server));
	release(0);
	hear_more(parked, &answer, false, true);
	ck_assert_int_eq(answer.status, 202);
	ck_assert(says("\r\nConnection: close\r\n"));
	run_until_drained();
	close(idle);
	close(parked);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, answers_a_get);
	tcase_add_test(cases, decodes_the_value_in_a_path);
	tcase_add_test(cases, answers_head_like_get_without_a_body);
	tcase_add_test(cases, collects_a_body);
	tcase_add_test(cases, gives_a_body_back);
	tcase_add_test(cases, keeps_a_sane_request_id_and_replaces_another);
	tcase_add_loop_test(cases, refuses_with_a_problem, 0, (int)ARRAY_LEN(refusals));
	tcase_add_loop_test(cases, refuses_lengths_that_are_no_numbers, 0, 4);
	tcase_add_test(cases, refuses_long_urls_and_headers);
	tcase_add_test(cases, demands_the_token_everywhere_but_on_open_routes);
	tcase_add_test(cases, a_client_that_asks_too_often_is_told_when_to_come_back);
	tcase_add_test(cases, listens_beyond_loopback_only_with_a_token_or_leave);
	tcase_add_test(cases, explains_an_address_it_cannot_use);
	tcase_add_test(cases, writes_problems_that_are_json);
	tcase_add_test(cases, answers_a_parked_request_later);
	tcase_add_test(cases, parks_longer_than_a_request_may_take);
	tcase_add_test(cases, answers_pipelined_requests_in_order);
	tcase_add_test(cases, survives_aborts_of_parked_requests);
	tcase_add_test(cases, may_be_closed_with_parked_requests);
	tcase_add_loop_test(cases, cuts_off_a_slow_client, 0, 4);
	tcase_add_test(cases, streams_a_large_body);
	tcase_add_test(cases, forgets_an_upload_that_breaks_off);
	tcase_add_test(cases, forgets_an_upload_that_broke_off_at_once);
	tcase_add_test(cases, does_not_wait_for_headers_that_broke_off);
	tcase_add_test(cases, holds_connections_above_the_limit_back);
	tcase_add_test(cases, drains_when_told_to_stop);
}

CHECK_MAIN("httpserver", add_cases)
