/* Which requests get in: every refusal is made here, before a byte of the body is read. */
#include "common/httpserver_request.h"
#include "common/process.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HEADERS_MAX ((size_t)16 * 1024)
/* A refused body up to this size is read and thrown away, so that the connection lives on. */
#define DISCARD_MAX ((uint64_t)64 * 1024)

/* A label for metrics takes few values: what is not here is "other". */
static const char *method_name(const char *method)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH",
		"OPTIONS", "TRACE", "CONNECT" };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(method, known[i]) == 0)
			return known[i];
	return "other";
}

/* Prepares a refusal of ours; `header` is one further header line, or NULL. */
static void refuse(struct httprequest *r, unsigned status, const char *detail, const char *header)
{
	const char *headers[] = { header, NULL };
	struct httpreply reply = { .status = status, .headers = headers };
	bool expects = MHD_lookup_connection_value(
			       r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT) != NULL;

	reply.close = httpguard_check(&r->guard, false) != 0 || r->guard.length > DISCARD_MAX ||
		      (expects && r->guard.length > 0);
	r->reads_body = false;
	r->asked = true; /* nobody else is to be asked */
	httpserver_reply_problem(
		r, &reply, "about:blank", MHD_get_reason_phrase_for(status), detail, NULL);
	r->refused_early = reply.close;
}

static enum MHD_Result count_header(void *request, enum MHD_ValueKind kind, const char *name,
	size_t name_len, const char *value, size_t value_len)
{
	struct httprequest *r = request;

	(void)kind;
	httpguard_add(&r->guard, name, name_len, value, value_len);
	return MHD_YES;
}

static void choose_id(struct httprequest *r)
{
	const char *given =
		MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "X-Request-Id");

	if (given && httpguard_request_id(given))
		memcpy(r->id, given, strlen(given) + 1);
	else
		process_uuid7(r->id);
}

static bool refuse_target(struct httprequest *r)
{
	if (r->target_status == 414)
		refuse(r, 414, "The URL is longer than 8 KiB.", NULL);
	else if (r->guard.bytes > HEADERS_MAX)
		refuse(r, 431, "The header lines are together longer than 16 KiB.", NULL);
	else if (r->target_status)
		refuse(r, r->target_status,
			"The URL is malformed: a path that begins with /, and escapes (%XX) of "
			"UTF-8 "
			"text without NUL, are needed.",
			NULL);
	else
		return false;
	return true;
}

static bool refuse_framing(struct httprequest *r, bool needs_length)
{
	unsigned status = httpguard_check(&r->guard, needs_length);

	if (status == 411)
		refuse(r, 411,
			"The body's length must be said, by one Content-Length and without "
			"Transfer-Encoding.",
			NULL);
	else if (status)
		refuse(r, status,
			"The header lines are ambiguous: one Content-Length, a number, and names "
			"without blanks are needed.",
			NULL);
	return status != 0;
}

static void refuse_method(struct httprequest *r)
{
	const struct httpserver_options *o = &r->server->o;
	auto_buf methods;
	auto_free char *allow = NULL;

	buf_init(&methods, 256);
	httproute_allow(o->routes, o->route_count, r->target.path, &methods);
	allow = xasprintf("Allow: %s", buf_text(&methods));
	refuse(r, 405, "This path does not know this method; the header Allow names those it does.",
		allow);
}

static bool refuse_route(struct httprequest *r, enum httproute_match match)
{
	if (r->route)
		return false;
	switch (match) {
	case ROUTE_NOT_FOUND:
		refuse(r, 404, "There is nothing at this path.", NULL);
		return true;
	case ROUTE_WRONG_METHOD:
		refuse_method(r);
		return true;
	case ROUTE_BAD_VALUE:
	case ROUTE_FOUND:
		break;
	}
	refuse(r, 400, "The path holds an escape that does not decode to a part of a path.", NULL);
	return true;
}

/*
 * The address that counts as one client: of IPv6 the network part, since a host chooses the rest as
 * it likes; IPv4 in the form that it has within IPv6.
 */
static void client_address(const struct sockaddr *from, unsigned char ret[RATELIMIT_ADDRESS])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memset(ret, 0, RATELIMIT_ADDRESS);
	if (from->sa_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, from, sizeof v4);
		memcpy(ret, mapped, sizeof mapped);
		memcpy(ret + sizeof mapped, &v4.sin_addr, sizeof v4.sin_addr);
	} else if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, from, sizeof v6);
		memcpy(ret, &v6.sin6_addr, IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) ? 16 : 8);
	}
}

/* Before the token, so that guessing tokens is slow, too; never the health of the service. */
static bool refuse_rate(struct httprequest *r)
{
	unsigned char address[RATELIMIT_ADDRESS];
	const union MHD_ConnectionInfo *info;
	char header[64];
	int64_t wait_ms;

	if (!r->server->rates || r->route->open)
		return false;
	info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	client_address(info->client_addr, address);
	wait_ms = ratelimit_take(r->server->rates, address, process_mono_ms());
	if (wait_ms == 0)
		return false;
	snprintf(header, sizeof header, "Retry-After: %lld", (long long)(wait_ms + 999) / 1000);
	refuse(r, 429,
		"This address sends more requests than are allowed (setting rate_limit); "
		"Retry-After "
		"says when the next one may come.",
		header);
	return true;
}

static bool refuse_token(struct httprequest *r)
{
	const char *token = r->server->token;
	const char *given = httprequest_header(r, MHD_HTTP_HEADER_AUTHORIZATION);

	if (!token || r->route->open || httpguard_authorised(given, token))
		return false;
	refuse(r, 401,
		given ? "The token in the header Authorization is not the one that was set here."
		      : "A token is needed: send the header Authorization: Bearer TOKEN.",
		"WWW-Authenticate: Bearer");
	return true;
}

static bool refuse_body(struct httprequest *r)
{
	const struct httproute *route = r->route;
	const char *type = httprequest_header(r, MHD_HTTP_HEADER_CONTENT_TYPE);

	if (r->guard.length > route->body_limit)
		refuse(r, 413,
			route->body_limit ? "The body is larger than this path takes."
					  : "This path takes no body.",
			NULL);
	else if (route->body_limit && route->content_type &&
		 !httpguard_media_type(type, route->content_type))
		refuse(r, 415, "This path does not take a body of this Content-Type.", NULL);
	else
		return false;
	return true;
}

void httprequest_admit(struct httprequest *r, const char *method)
{
	const struct httpserver_options *o = &r->server->o;
	enum httproute_match match = ROUTE_NOT_FOUND;

	r->method = method_name(method);
	choose_id(r);
	MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, count_header, r);
	if (!r->target_status)
		match = httproute_find(o->routes, o->route_count, method, &r->target, &r->route);
	/* Framing first, whatever else is wrong: it says where the next request begins. */
	if (refuse_framing(r, r->route && r->route->body_limit > 0) || refuse_target(r) ||
		refuse_route(r, match) || refuse_rate(r) || refuse_token(r) || refuse_body(r))
		return;
	r->reads_body = true;
	buf_init(&r->body, r->route->on_data ? 0 : r->route->body_limit);
	if (r->route->on_begin)
		r->data = r->route->on_begin(r->route->cookie);
}
