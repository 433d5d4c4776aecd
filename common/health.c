#include "common/health.h"

#include "common/buf.h"
#include "common/jsonstring.h"
#include "common/log.h"

#define READYZ_MAX ((size_t)64 * 1024)
#define METRICS_MAX ((size_t)1024 * 1024)

static void reply(
	struct httprequest *r, unsigned status, const char *content_type, const struct buf *body)
{
	static const char *const headers[] = { "Cache-Control: no-store", NULL };
	struct httpreply reply = { .status = status,
		.content_type = content_type,
		.body = body->data,
		.len = body->len,
		.headers = headers };

	httpserver_reply(r, &reply);
}

static void on_livez(void *cookie, struct httprequest *r)
{
	auto_buf body;

	(void)cookie;
	buf_init(&body, READYZ_MAX);
	buf_puts(&body, "{\"status\":\"ok\"}\n");
	reply(r, 200, NULL, &body);
}

static void put_check(struct buf *out, const char *name, bool ok, struct error *detail)
{
	log_redact(detail->text);
	if (out->len)
		buf_putc(out, ',');
	jsonstring_put(out, name);
	buf_printf(out, ":{\"ok\":%s,\"detail\":", ok ? "true" : "false");
	jsonstring_put(out, detail->text);
	buf_putc(out, '}');
}

static void on_readyz(void *cookie, struct httprequest *r)
{
	struct health *h = cookie;
	struct error detail;
	bool ready = true;
	auto_buf checks, body;

	buf_init(&checks, READYZ_MAX);
	buf_init(&body, 2 * READYZ_MAX);
	for (size_t i = 0; i < h->check_count; i++) {
		bool ok;

		detail.text[0] = '\0';
		ok = h->checks[i].ok(h->checks[i].cookie, &detail);
		ready = ready && ok;
		put_check(&checks, h->checks[i].name, ok, &detail);
	}
	if (h->stopping) {
		ready = false;
		error_set(&detail, "the service was told to stop and finishes what it has");
		put_check(&checks, "running", false, &detail);
	}
	buf_printf(&body, "{\"status\":\"%s\",\"checks\":{%s}}\n", ready ? "ok" : "unavailable",
		buf_text(&checks));
	reply(r, ready ? 200 : 503, NULL, &body);
}

static void on_metrics(void *cookie, struct httprequest *r)
{
	struct health *h = cookie;
	auto_buf body;

	if (h->refresh)
		h->refresh(h->cookie);
	buf_init(&body, METRICS_MAX);
	if (metrics_print(h->metrics, &body))
		reply(r, 200, "text/plain; version=0.0.4", &body);
	else
		httpserver_problem(r, 500, "about:blank", "Internal Server Error",
			"The metrics are longer than 1 MiB.", NULL);
}

void health_routes(struct health *h, struct httproute ret[HEALTH_ROUTES])
{
	static const struct {
		const char *path;
		void (*on_request)(void *cookie, struct httprequest *request);
	} table[HEALTH_ROUTES] = {
		{ "/livez", on_livez },
		{ "/readyz", on_readyz },
		{ "/metrics", on_metrics },
	};

	for (size_t i = 0; i < HEALTH_ROUTES; i++)
		ret[i] = (struct httproute){ .method = "GET",
			.path = table[i].path,
			.open = true,
			.on_request = table[i].on_request,
			.cookie = h };
}
