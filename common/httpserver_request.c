#include "common/httpserver_request.h"

#include "common/buf.h"
#include "common/httpproblem.h"
#include "common/process.h"

#include <stdlib.h>
#include <string.h>

#define TARGET_MAX 8192
#define PROBLEM_MAX ((size_t)16 * 1024)
#define KEEPALIVE_MS 60000

static void drop_body(struct httprequest *r)
{
	if (r->data && r->route->on_end)
		r->route->on_end(r->data);
	r->data = NULL;
	buf_done(&r->body);
}

static void free_if_unheld(struct httprequest *r)
{
	if (r->held || r->connection)
		return;
	drop_body(r);
	httptarget_done(&r->target);
	if (r->response)
		MHD_destroy_response(r->response);
	free(r);
}

void *httprequest_on_line(void *server, const char *target, struct MHD_Connection *connection)
{
	struct httpserver *s = server;
	struct httprequest *r = xcalloc(1, sizeof *r);

	r->server = s;
	r->connection = connection;
	r->peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			  ->socket_context;
	r->peer->busy = true;
	r->peer->receiving = true;
	r->began_ms = process_mono_ms();
	r->method = "other";
	if (strlen(target) > TARGET_MAX)
		r->target_status = 414;
	else if (!httptarget_parse(&r->target, target))
		r->target_status = 400;
	s->open_requests++;
	httpserver_set_deadline(s, r->peer, r->began_ms + s->o.request_timeout_ms);
	return r;
}

static void report(struct httprequest *r, unsigned status)
{
	const struct httpserver_options *o = &r->server->o;

	r->answered = true;
	if (o->on_answered)
		o->on_answered(o->cookie, &(struct httpanswer){
						  .request_id = r->id,
						  .method = r->method,
						  .route = r->route ? r->route->path : "",
						  .status = status,
						  .duration_ms = process_mono_ms() - r->began_ms,
					  });
}

void httprequest_on_completed(void *server, struct MHD_Connection *connection, void **request,
	enum MHD_RequestTerminationCode code)
{
	struct httpserver *s = server;
	struct httprequest *r = *request;
	const union MHD_ConnectionInfo *info;

	(void)code;
	if (!r)
		return;
	*request = NULL;
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_HTTP_STATUS);
	if (!r->answered && info && info->http_status) /* refused by the library itself */
		report(r, info->http_status);
	r->connection = NULL;
	r->peer->busy = false;
	r->peer->receiving = false;
	httpserver_set_deadline(s, r->peer, s->quiescing ? 0 : process_mono_ms() + KEEPALIVE_MS);
	s->open_requests--;
	free_if_unheld(r);
}

static void add_header(struct MHD_Response *response, const char *line)
{
	const char *colon = strchr(line, ':');
	auto_free char *name = colon ? xstrndup(line, (size_t)(colon - line)) : NULL;

	if (name)
		MHD_add_response_header(response, name, colon + 1 + strspn(colon + 1, " "));
}

static struct MHD_Response *build_response(struct httprequest *r, const struct httpreply *reply)
{
	/* The library does not write to what it copies, but does not say so. */
	void *body = (void *)(uintptr_t)(reply->len ? reply->body : "");
	struct MHD_Response *response =
		MHD_create_response_from_buffer(reply->len, body, MHD_RESPMEM_MUST_COPY);

	if (!response)
		abort();
	MHD_add_response_header(response, "Content-Type",
		reply->content_type ? reply->content_type : "application/json");
	MHD_add_response_header(response, "X-Request-Id", r->id);
	if (reply->retry_after_s > 0) {
		auto_free char *line =
			xasprintf("Retry-After: %lld", (long long)reply->retry_after_s);

		add_header(response, line);
	}
	for (const char *const *line = reply->headers; line && *line; line++)
		add_header(response, *line);
	if (reply->close || r->server->quiescing)
		MHD_add_response_header(response, "Connection", "close");
	return response;
}

void httpserver_reply(struct httprequest *r, const struct httpreply *reply)
{
	r->held = false;
	if (!r->connection) {
		free_if_unheld(r);
		return;
	}
	r->status = reply->status;
	r->response = build_response(r, reply);
	drop_body(r); /* now, since the reply may be made of it */
	if (r->parked) {
		r->parked = false;
		TAILQ_REMOVE(&r->server->parked, r, link);
		r->server->resumed = true;
		MHD_resume_connection(r->connection);
	}
}

void httprequest_abandon_parked(struct httpserver *s)
{
	struct httprequest *r;

	while ((r = TAILQ_FIRST(&s->parked))) {
		TAILQ_REMOVE(&s->parked, r, link);
		r->parked = false;
		MHD_resume_connection(r->connection);
	}
}

void httpserver_reply_problem(struct httprequest *r, struct httpreply *reply, const char *type,
	const char *title, const char *detail, const char *pointer)
{
	auto_buf body;

	buf_init(&body, PROBLEM_MAX);
	httpproblem_print(&body, reply->status, type, title, detail, pointer);
	reply->content_type = "application/problem+json";
	reply->body = buf_text(&body);
	reply->len = body.len;
	httpserver_reply(r, reply);
}

void httpserver_problem(struct httprequest *r, unsigned status, const char *type, const char *title,
	const char *detail, const char *pointer)
{
	struct httpreply reply = { .status = status };

	httpserver_reply_problem(r, &reply, type, title, detail, pointer);
}

/*
 * false: no more can come. libmicrohttpd (0.9.75) would wait for it: on epoll it overlooks an end
 * that came together with data.
 */
static bool take_data(struct httprequest *r, const char *data, size_t len)
{
	r->received += len;
	if (r->reads_body && r->route->on_data)
		r->route->on_data(r->data, data, len);
	else if (r->reads_body)
		buf_put(&r->body, data, len); /* fits: its length was said and checked */
	return r->received >= r->guard.length || !httpserver_is_broken(r->peer);
}

static enum MHD_Result answer(struct httprequest *r)
{
	enum MHD_Result queued = MHD_queue_response(r->connection, r->status, r->response);

	MHD_destroy_response(r->response);
	r->response = NULL;
	httpserver_set_deadline(
		r->server, r->peer, process_mono_ms() + r->server->o.request_timeout_ms);
	report(r, r->status);
	return queued;
}

static void park(struct httprequest *r)
{
	r->parked = true;
	TAILQ_INSERT_TAIL(&r->server->parked, r, link);
	httpserver_set_deadline(r->server, r->peer, INT64_MAX);
	MHD_suspend_connection(r->connection);
}

/*
 * Called once when the header lines are there, then for each piece of the body, then without data,
 * and without data again when a parked request was answered.
 */
enum MHD_Result httprequest_on_data(void *server, struct MHD_Connection *connection,
	const char *path, const char *method, const char *version, const char *data, size_t *len,
	void **request)
{
	struct httprequest *r = *request;

	(void)server, (void)connection, (void)path, (void)version;
	if (!r->begun) {
		r->begun = true;
		httprequest_admit(r, method);
		return r->refused_early ? answer(r) : MHD_YES;
	}
	if (*len) {
		bool goes_on = take_data(r, data, *len);

		*len = 0;
		return goes_on ? MHD_YES : MHD_NO;
	}
	r->peer->receiving = false;
	if (!r->asked) {
		r->asked = true;
		r->held = true;
		r->route->on_request(r->route->cookie, r);
	}
	if (r->response)
		return answer(r);
	park(r);
	return MHD_YES;
}

const char *httprequest_id(const struct httprequest *r)
{
	return r->id;
}

const char *httprequest_path_value(const struct httprequest *r)
{
	return r->target.path_value;
}

const char *httprequest_query(const struct httprequest *r, const char *name)
{
	return httptarget_query(&r->target, name);
}

const char *httprequest_header(const struct httprequest *r, const char *name)
{
	if (!r->connection)
		return NULL;
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

const char *httprequest_body(const struct httprequest *r, size_t *ret_len)
{
	*ret_len = r->body.len;
	return buf_text(&r->body);
}

void *httprequest_data(const struct httprequest *r)
{
	return r->data;
}

bool httprequest_gone(const struct httprequest *r)
{
	return !r->connection || httpserver_is_broken(r->peer);
}

void httprequest_set_user(struct httprequest *r, void *user)
{
	r->user = user;
}

void *httprequest_user(const struct httprequest *r)
{
	return r->user;
}
