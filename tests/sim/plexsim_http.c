/* libmicrohttpd: one thread for each connection, so that a handler may simply wait. */
#include "tests/sim/plexsim_wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define CONNECTION_LIMIT 256
#define CONNECTION_MEMORY ((size_t)256 * 1024) /* a request line of 30 KB and more must fit */
#define UPLOAD_LIMIT ((size_t)64 << 20)

struct plexsim_daemon {
	struct MHD_Daemon *mhd;
};

/* One connection to the event stream. */
struct listener {
	struct plexsim *sim;
	char *filters; /* types that are wanted, by commas; NULL = all */
	size_t next; /* event */
	int64_t spoke_ms; /* when it was sent something last; 0: a ping is due, it flushes the head */
	struct buf pending;
};

static void *uri_seen(void *cookie, const char *uri, struct MHD_Connection *connection)
{
	struct plexsim_request *request = xcalloc(1, sizeof *request);
	const char *mark = strchr(uri, '?');
	size_t path_len = mark ? (size_t)(mark - uri) : strlen(uri);

	(void)cookie;
	(void)connection;
	request->uri_len = strlen(uri);
	request->path = plexsim_percent_decode(uri, path_len, false);
	request->raw_query = mark ? xstrdup(mark + 1) : NULL;
	plexsim_query_init(&request->query, request->raw_query);
	buf_init(&request->body, UPLOAD_LIMIT);
	return request;
}

static void request_done(void *cookie, struct MHD_Connection *connection, void **request_cookie,
	enum MHD_RequestTerminationCode why)
{
	struct plexsim_request *request = *request_cookie;

	(void)cookie;
	(void)why;
	if (!request)
		return;
	if (request->fault.action == PLEXSIM_CLOSE)
		plexsim_wire_end(connection);
	free(request->method);
	free(request->path);
	free(request->raw_query);
	plexsim_query_done(&request->query);
	free(request->token);
	free(request->page_start);
	free(request->page_size);
	buf_done(&request->body);
	plexsim_fault_done(&request->fault);
	free(request);
	*request_cookie = NULL;
}

/* X-Plex-* may come as a header or in the query; the header wins. */
static char *plex_header(
	struct MHD_Connection *connection, const struct plexsim_request *request, const char *name)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

	return xstrdup_or_null(value ? value : plexsim_query_get(&request->query, name));
}

static void read_head(
	struct MHD_Connection *connection, struct plexsim_request *request, const char *method)
{
	const char *accept =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

	request->method = xstrdup(method);
	request->token = plex_header(connection, request, "X-Plex-Token");
	request->page_start = plex_header(connection, request, "X-Plex-Container-Start");
	request->page_size = plex_header(connection, request, "X-Plex-Container-Size");
	request->wants_json = accept && strstr(accept, "application/json");
}

static void add_headers(struct MHD_Response *response, const struct plexsim_answer *answer)
{
	char number[32];

	MHD_add_response_header(response, "X-Plex-Protocol", "1.0");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
	MHD_add_response_header(response, "Keep-Alive", "timeout=20");
	if (answer->activity)
		MHD_add_response_header(response, "X-Plex-Activity", answer->activity);
	if (!answer->paged)
		return;
	snprintf(number, sizeof number, "%lld", (long long)answer->page_start);
	MHD_add_response_header(response, "X-Plex-Container-Start", number);
	snprintf(number, sizeof number, "%lld", (long long)answer->page_total);
	MHD_add_response_header(response, "X-Plex-Container-Total-Size", number);
}

static bool wants(const struct listener *listener, const char *type)
{
	return !listener->filters || strstr(listener->filters, type);
}

/* Puts what is to be sent next into `pending`; false: nothing yet. The lock is held. */
static bool listener_next(struct listener *listener, const struct plexsim_clock *clock)
{
	const struct plexsim_events *events = &listener->sim->events;

	while (listener->pending.len == 0 && listener->next < events->count) {
		const struct plexsim_event *event = &events->list[listener->next++];

		if (wants(listener, event->type))
			buf_printf(&listener->pending, "event: %s\ndata: %s\n\n", event->type,
				event->data);
	}
	if (listener->pending.len == 0 &&
		clock->mono_ms - listener->spoke_ms >= listener->sim->modes.ping_ms)
		buf_puts(&listener->pending, "event: ping\ndata: {}\n\n");
	if (listener->pending.len)
		listener->spoke_ms = clock->mono_ms;
	return listener->pending.len > 0;
}

static int64_t listener_deadline(const struct listener *listener)
{
	int64_t ping_ms = listener->spoke_ms + listener->sim->modes.ping_ms;
	int64_t scan_ms = plexsim_scan_deadline(listener->sim->library);

	return ping_ms < scan_ms ? ping_ms : scan_ms;
}

static ssize_t listener_read(void *cookie, uint64_t position, char *out, size_t max)
{
	struct listener *listener = cookie;
	struct plexsim *sim = listener->sim;
	struct plexsim_clock clock;
	size_t len;

	(void)position;
	pthread_mutex_lock(&sim->lock);
	plexsim_settle(sim, &clock);
	while (!sim->stopping && listener->pending.len == 0 && !listener_next(listener, &clock)) {
		plexsim_wait(sim, listener_deadline(listener));
		plexsim_settle(sim, &clock);
	}
	pthread_mutex_unlock(&sim->lock);
	if (listener->pending.len == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	len = listener->pending.len < max ? listener->pending.len : max;
	memcpy(out, listener->pending.data, len);
	memmove(listener->pending.data, listener->pending.data + len, listener->pending.len - len);
	listener->pending.len -= len;
	return (ssize_t)len;
}

static void listener_free(void *cookie)
{
	struct listener *listener = cookie;

	free(listener->filters);
	buf_done(&listener->pending);
	free(listener);
}

static struct MHD_Response *listener_response(
	struct plexsim *sim, const struct plexsim_request *request)
{
	struct listener *listener = xcalloc(1, sizeof *listener);

	listener->sim = sim;
	listener->filters = xstrdup_or_null(plexsim_query_get(&request->query, "filters"));
	buf_init(&listener->pending, PLEXSIM_BODY_LIMIT);
	pthread_mutex_lock(&sim->lock);
	listener->next = sim->events.count;
	pthread_mutex_unlock(&sim->lock);
	return MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, 4096, listener_read, listener, listener_free);
}

static enum MHD_Result queue(struct plexsim *sim, struct MHD_Connection *connection,
	const struct plexsim_request *request, struct plexsim_answer *answer)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (answer->streams_events)
		response = listener_response(sim, request);
	else
		response = plexsim_wire_response(sim, connection, answer, request->fault.delay_ms);
	MHD_set_response_options(response, MHD_RF_SEND_KEEP_ALIVE_HEADER, MHD_RO_END);
	add_headers(response, answer);
	if (request->fault.action == PLEXSIM_GZIP)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result respond(
	struct plexsim *sim, struct MHD_Connection *connection, struct plexsim_request *request)
{
	struct plexsim_answer answer = { .status = 200, .content_type = "text/xml;charset=utf-8" };
	enum MHD_Result result = MHD_NO;
	bool answered = true;

	buf_init(&answer.body, PLEXSIM_BODY_LIMIT);
	if (strncmp(request->path, "/_sim/", 6) == 0)
		plexsim_control(sim, request, &answer);
	else
		answered = plexsim_serve(sim, request, &answer);
	if (answered)
		result = queue(sim, connection, request, &answer);
	else
		plexsim_wire_cut(connection, request->fault.action);
	free(answer.activity);
	buf_done(&answer.body);
	return result;
}

static enum MHD_Result handle(void *cookie, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_len,
	void **request_cookie)
{
	struct plexsim_request *request = *request_cookie;

	(void)url;
	(void)version;
	if (!request->method) {
		read_head(connection, request, method);
		return MHD_YES;
	}
	if (*upload_len) {
		buf_put(&request->body, upload, *upload_len);
		*upload_len = 0;
		return MHD_YES;
	}
	return respond(cookie, connection, request);
}

struct plexsim_daemon *plexsim_daemon_start(
	struct plexsim *sim, uint16_t port, uint16_t *ret_port, struct error *err)
{
	struct plexsim_daemon *daemon = xcalloc(1, sizeof *daemon);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const union MHD_DaemonInfo *info;

	daemon->mhd = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC, port,
		NULL, NULL, handle, sim, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_URI_LOG_CALLBACK, uri_seen, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		request_done, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_END);
	if (!daemon->mhd) {
		error_set(err, "cannot listen on 127.0.0.1:%u, is the port in use?", port);
		free(daemon);
		return NULL;
	}
	info = MHD_get_daemon_info(daemon->mhd, MHD_DAEMON_INFO_BIND_PORT);
	*ret_port = info ? info->port : port;
	return daemon;
}

void plexsim_daemon_stop(struct plexsim_daemon *daemon)
{
	if (!daemon)
		return;
	MHD_stop_daemon(daemon->mhd);
	free(daemon);
}
