#include "common/httpclient.h"

#include "common/httpclient_answer.h"
#include "common/process.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define POOLED_CONNECTIONS 32
/* Plex closes an idle connection after 20 s: a younger one is rarely closed under a request. */
#define POOLED_IDLE_S 15L
TAILQ_HEAD(calls, httpcall);

struct httpclient {
	CURLM *multi;
	int64_t connect_timeout_ms;
	char *ca_file;
	struct calls calls;
	struct curl_waitfd *fds; /* what httpclient_wait() hands over, kept for the next time */
	size_t fd_capacity;
	bool performing; /* inside libcurl, where handles can be neither added nor removed */
};

struct httpcall {
	TAILQ_ENTRY(httpcall) link;
	struct httpclient *client;
	CURL *easy;
	struct curl_slist *headers;
	bool added; /* to the multi handle */
	bool cancelled;
	bool once; /* must not be written a second time */
	bool sending; /* libcurl has begun to write the request */
	bool idle_expired;
	struct httpclient_answer answer;
	curl_off_t moved; /* bytes up and down, as of the last progress report */
	int64_t started_ms, active_ms, idle_timeout_ms;
	void (*on_done)(void *cookie, const struct http_answer *answer);
	void *cookie;
};

struct httpclient *httpclient_open(const struct httpclient_options *o)
{
	struct httpclient *c = xcalloc(1, sizeof *c);

	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(c->multi = curl_multi_init()))
		abort(); /* out of memory is all that can be wrong */
	curl_multi_setopt(
		c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)o->max_connections_per_host);
	curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)POOLED_CONNECTIONS);
	c->connect_timeout_ms = o->connect_timeout_ms;
	c->ca_file = xstrdup_or_null(o->ca_file);
	TAILQ_INIT(&c->calls);
	return c;
}

static void call_free(struct httpcall *call)
{
	TAILQ_REMOVE(&call->client->calls, call, link);
	if (call->added)
		curl_multi_remove_handle(call->client->multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	httpclient_answer_done(&call->answer);
	free(call);
}

void httpclient_close(struct httpclient *c)
{
	struct httpcall *call;

	if (!c)
		return;
	while ((call = TAILQ_FIRST(&c->calls)))
		call_free(call); /* NOLINT(clang-analyzer-unix.Malloc): it does leave the list */
	curl_multi_cleanup(c->multi);
	curl_global_cleanup();
	free(c->ca_file);
	free(c->fds);
	free(c);
}

/* libcurl's write callback; anything but `count` ends the transfer. */
static size_t on_body(char *bytes, size_t size, size_t count, void *userdata)
{
	struct httpcall *call = userdata;

	if (call->cancelled || !httpclient_answer_put(&call->answer, bytes, size * count))
		return CURL_WRITEFUNC_ERROR;
	return call->cancelled ? CURL_WRITEFUNC_ERROR : size * count; /* on_data may cancel */
}

/* Called before the request is written, each time that it is. */
static int on_sending(void *userdata, char *their_ip, char *our_ip, int their_port, int our_port)
{
	struct httpcall *call = userdata;

	(void)their_ip, (void)our_ip, (void)their_port, (void)our_port;
	if (call->sending && call->once)
		return CURL_PREREQFUNC_ABORT;
	call->sending = true;
	call->active_ms = process_mono_ms();
	return CURL_PREREQFUNC_OK;
}

static int on_progress(
	void *userdata, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	struct httpcall *call = userdata;

	(void)down_total, (void)up_total;
	if (down + up != call->moved) {
		call->moved = down + up;
		call->active_ms = process_mono_ms();
	}
	return call->cancelled ? 1 : 0;
}

/* Header lines are activity too, and the progress report does not count them. */
static size_t on_header(char *line, size_t size, size_t count, void *userdata)
{
	struct httpcall *call = userdata;

	(void)line;
	call->active_ms = process_mono_ms();
	return size * count;
}

/* For options whose value libcurl copies: only memory can be missing. */
static void or_abort(CURLcode code)
{
	if (code == CURLE_OUT_OF_MEMORY)
		abort();
}

static void add_header(struct httpcall *call, const char *line)
{
	struct curl_slist *list = curl_slist_append(call->headers, line);

	if (!list)
		abort();
	call->headers = list;
}

static void set_headers(struct httpcall *call, const char *const *headers)
{
	bool typed = false;

	for (; headers && *headers; headers++) {
		typed |= strncasecmp(*headers, "Content-Type:", 13) == 0;
		add_header(call, *headers);
	}
	if (!typed)
		add_header(call, "Content-Type:"); /* not the form type that libcurl assumes */
	add_header(call, "Expect:"); /* do not wait for 100 Continue */
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

static void set_request(struct httpcall *call, const struct http_request *r)
{
	bool get = strcmp(r->method, "GET") == 0, head = strcmp(r->method, "HEAD") == 0;
	size_t body_len = r->body ? r->body_len : 0;

	or_abort(curl_easy_setopt(call->easy, CURLOPT_URL, r->url));
	call->once = !get && !head;
	if (head)
		curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
	if (call->once) {
		curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
		or_abort(curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, r->method));
		curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_len);
		or_abort(curl_easy_setopt(
			call->easy, CURLOPT_COPYPOSTFIELDS, body_len ? r->body : ""));
	}
	set_headers(call, r->headers);
}

static void set_limits(struct httpcall *call, const struct http_request *r)
{
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->client->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
	if (r->max_bytes < INT64_MAX)
		curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)r->max_bytes);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, POOLED_IDLE_S);
}

static void set_rules(struct httpcall *call)
{
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Otherwise the end of a call whose name is still being looked up waits for the resolver. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "plexsync/" PLEXSYNC_VERSION);
	if (call->client->ca_file)
		or_abort(curl_easy_setopt(easy, CURLOPT_CAINFO, call->client->ca_file));
}

static void set_callbacks(struct httpcall *call)
{
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_sending);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, call);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

static void call_add(struct httpcall *call)
{
	if (curl_multi_add_handle(call->client->multi, call->easy))
		abort();
	call->added = true;
}

struct httpcall *httpclient_start(struct httpclient *c, const struct http_request *r)
{
	struct httpcall *call = xcalloc(1, sizeof *call);

	call->client = c;
	call->on_done = r->on_done;
	call->cookie = r->cookie;
	call->idle_timeout_ms = r->idle_timeout_ms;
	call->started_ms = process_mono_ms();
	call->easy = curl_easy_init();
	if (!call->easy)
		abort();
	httpclient_answer_init(&call->answer, call->easy, r);
	set_request(call, r);
	set_limits(call, r);
	set_rules(call);
	set_callbacks(call);
	TAILQ_INSERT_TAIL(&c->calls, call, link);
	if (!c->performing)
		call_add(call);
	return call;
}

void httpclient_cancel(struct httpclient *c, struct httpcall *call)
{
	if (!call)
		return;
	call->cancelled = true;
	if (!c->performing)
		call_free(call);
}

/* The last of a call: it is forgotten before its owner hears of it. */
static void call_finish(struct httpcall *call, CURLcode code)
{
	const struct httpclient_end end = {
		.code = code,
		.sending = call->sending,
		.idle_expired = call->idle_expired,
	};
	struct http_answer answer;

	httpclient_answer_finish(&call->answer, &end, &answer);
	answer.duration_ms = process_mono_ms() - call->started_ms;
	curl_multi_remove_handle(call->client->multi, call->easy);
	call->added = false;
	call->on_done(call->cookie, &answer);
	call_free(call);
}

static void perform(struct httpclient *c)
{
	struct httpcall *call, *next;
	int running;

	c->performing = true;
	curl_multi_perform(c->multi, &running);
	c->performing = false;
	for (call = TAILQ_FIRST(&c->calls); call; call = next) {
		next = TAILQ_NEXT(call, link);
		if (call->cancelled)
			call_free(call);
		else if (!call->added)
			call_add(call);
	}
}

/* INT64_MAX: never. */
static int64_t idle_deadline_ms(const struct httpcall *call)
{
	if (!call->sending || !call->idle_timeout_ms)
		return INT64_MAX;
	return call->active_ms + call->idle_timeout_ms;
}

static struct httpcall *find_idle(struct httpclient *c, int64_t now_ms)
{
	struct httpcall *call;

	TAILQ_FOREACH (call, &c->calls, link)
		if (now_ms >=
			idle_deadline_ms(call)) /* NOLINT(clang-analyzer-unix.Malloc): as above */
			return call;
	return NULL;
}

void httpclient_dispatch(struct httpclient *c)
{
	struct httpcall *call;
	CURLMsg *message;
	int left;
	int64_t now_ms;

	perform(c);
	/* on_done may start and cancel calls, so that nothing found before it is sure after it. */
	while ((message = curl_multi_info_read(c->multi, &left))) {
		CURLcode code = message->data.result;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
		call_finish(call, code);
	}
	now_ms = process_mono_ms();
	while ((call = find_idle(c, now_ms))) {
		call->idle_expired = true;
		call_finish(call, CURLE_OPERATION_TIMEDOUT);
	}
}

void httpclient_wait(struct httpclient *c, const int *fds, size_t count, int64_t timeout_ms)
{
	struct httpcall *call;
	int64_t now_ms = process_mono_ms();

	if (timeout_ms < 0 || timeout_ms > INT_MAX)
		timeout_ms = INT_MAX;
	TAILQ_FOREACH (call, &c->calls, link) {
		int64_t deadline_ms = idle_deadline_ms(call);

		if (deadline_ms <= now_ms)
			timeout_ms = 0;
		else if (deadline_ms - now_ms < timeout_ms)
			timeout_ms = deadline_ms - now_ms;
	}
	if (count > c->fd_capacity) {
		c->fds = xrealloc(c->fds, count, sizeof *c->fds);
		c->fd_capacity = count;
	}
	for (size_t i = 0; i < count; i++)
		c->fds[i] = (struct curl_waitfd){ .fd = fds[i], .events = CURL_WAIT_POLLIN };
	curl_multi_poll(c->multi, c->fds, (unsigned)count, (int)timeout_ms, NULL);
}
