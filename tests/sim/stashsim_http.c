/* libmicrohttpd: one thread for each connection, so that a handler may simply wait. */
#include "tests/sim/stashsim_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define CONNECTION_LIMIT 256
#define CHUNKED_ABOVE 2048 /* Go counts the length of what fits its buffer, and chunks the rest */

struct stashsim_daemon {
	struct MHD_Daemon *mhd;
};

static char *header(struct MHD_Connection *connection, const char *name)
{
	return xstrdup_or_null(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static struct stashsim_request *request_new(
	struct MHD_Connection *connection, const char *method, const char *path)
{
	struct stashsim_request *request = xcalloc(1, sizeof *request);

	request->method = xstrdup(method);
	request->path = xstrdup(path);
	request->host = header(connection, MHD_HTTP_HEADER_HOST);
	request->accept = header(connection, MHD_HTTP_HEADER_ACCEPT);
	request->content_type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
	request->if_none_match = header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH);
	request->key = header(connection, "ApiKey");
	if (!request->key || !request->key[0]) {
		free(request->key);
		request->key = xstrdup_or_null(
			MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "apikey"));
	}
	request->keep_updated_at = str_equal(
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "keep_updated_at"),
		"1");
	buf_init(&request->body, STASHSIM_BODY_LIMIT);
	return request;
}

static void request_done(void *cookie, struct MHD_Connection *connection, void **request_cookie,
	enum MHD_RequestTerminationCode why)
{
	struct stashsim_request *request = *request_cookie;

	(void)cookie;
	(void)connection;
	(void)why;
	if (!request)
		return;
	free(request->method);
	free(request->path);
	free(request->host);
	free(request->key);
	free(request->accept);
	free(request->content_type);
	free(request->if_none_match);
	buf_done(&request->body);
	free(request);
	*request_cookie = NULL;
}

struct chunks {
	struct buf body;
	bool is_cut;
};

static ssize_t chunk_read(void *cookie, uint64_t position, char *out, size_t max)
{
	const struct chunks *chunks = cookie;
	size_t end = chunks->is_cut ? chunks->body.len / 2 : chunks->body.len;
	size_t left = position < end ? end - (size_t)position : 0;
	size_t len = left < max ? left : max;

	if (len == 0)
		return chunks->is_cut ? MHD_CONTENT_READER_END_WITH_ERROR
				      : MHD_CONTENT_READER_END_OF_STREAM;
	memcpy(out, chunks->body.data + position, len);
	return (ssize_t)len;
}

static void chunks_free(void *cookie)
{
	struct chunks *chunks = cookie;

	buf_done(&chunks->body);
	free(chunks);
}

static struct MHD_Response *response_new(struct stashsim_answer *answer)
{
	size_t len = answer->body.len;
	struct chunks *chunks;

	if (len <= CHUNKED_ABOVE && !answer->is_cut)
		return MHD_create_response_from_buffer(
			len, buf_take(&answer->body), MHD_RESPMEM_MUST_FREE);
	chunks = xcalloc(1, sizeof *chunks);
	*chunks = (struct chunks){ .body = answer->body, .is_cut = answer->is_cut };
	buf_init(&answer->body, STASHSIM_BODY_LIMIT);
	return MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, CHUNKED_ABOVE, chunk_read, chunks, chunks_free);
}

static enum MHD_Result queue(struct MHD_Connection *connection, struct stashsim_answer *answer)
{
	const struct pair {
		const char *name, *value;
	} headers[] = {
		{ MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type },
		{ MHD_HTTP_HEADER_WWW_AUTHENTICATE, answer->www_authenticate },
		{ MHD_HTTP_HEADER_LOCATION, answer->location },
		{ MHD_HTTP_HEADER_ETAG, answer->etag },
	};
	struct MHD_Response *response = response_new(answer);
	enum MHD_Result result;

	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		if (headers[i].value)
			MHD_add_response_header(response, headers[i].name, headers[i].value);
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result respond(struct stashsim *sim, struct MHD_Connection *connection,
	const struct stashsim_request *request)
{
	struct stashsim_answer answer = { .status = 500 };
	enum MHD_Result result = MHD_NO; /* closes the connection */

	buf_init(&answer.body, STASHSIM_BODY_LIMIT);
	if (stashsim_serve(sim, request, &answer))
		result = queue(connection, &answer);
	free(answer.location);
	free(answer.etag);
	buf_done(&answer.body);
	return result;
}

static enum MHD_Result handle(void *cookie, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_len,
	void **request_cookie)
{
	struct stashsim_request *request = *request_cookie;

	(void)version;
	if (!request) {
		*request_cookie = request_new(connection, method, url);
		return MHD_YES;
	}
	if (*upload_len) {
		if (!buf_put(&request->body, upload, *upload_len))
			return MHD_NO;
		*upload_len = 0;
		return MHD_YES;
	}
	return respond(cookie, connection, request);
}

struct stashsim_daemon *stashsim_daemon_start(
	struct stashsim *sim, uint16_t port, uint16_t *ret_port, struct error *err)
{
	struct stashsim_daemon *daemon = xcalloc(1, sizeof *daemon);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const union MHD_DaemonInfo *info;

	daemon->mhd = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC, port,
		NULL, NULL, handle, sim, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_NOTIFY_COMPLETED, request_done, NULL, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTION_LIMIT, MHD_OPTION_END);
	if (!daemon->mhd) {
		error_set(err, "cannot listen on 127.0.0.1:%u, is the port in use?", port);
		free(daemon);
		return NULL;
	}
	info = MHD_get_daemon_info(daemon->mhd, MHD_DAEMON_INFO_BIND_PORT);
	*ret_port = info ? info->port : port;
	return daemon;
}

void stashsim_daemon_stop(struct stashsim_daemon *daemon)
{
	if (!daemon)
		return;
	MHD_stop_daemon(daemon->mhd);
	free(daemon);
}
