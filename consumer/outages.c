#include "consumer/outages.h"

#include "common/jsonstring.h"
#include "common/log.h"
#include "common/rfc3339.h"

#include <string.h>

/* Two services with 16 sentences each are far below. */
#define OUTAGES_MAX ((size_t)64 * 1024)

static void put_time(struct buf *out, const char *name, int64_t ms)
{
	char text[RFC3339_SIZE];

	rfc3339_format(ms, text);
	if (ms)
		buf_printf(out, "\"%s\":\"%s\",", name, text);
	else
		buf_printf(out, "\"%s\":null,", name);
}

static void put_service(struct buf *out, const struct driver *d, const char *service)
{
	const struct outage *outage;
	char reason[sizeof outage->reason];

	for (size_t i = 0; (outage = driver_outage(d, service, i)); i++) {
		buf_printf(out, "%s{\"service\":\"%s\",", out->data[out->len - 1] == '[' ? "" : ",",
			service);
		put_time(out, "since", outage->since_wall_ms);
		put_time(out, "until", outage->until_wall_ms);
		memcpy(reason, outage->reason, sizeof reason);
		log_redact(reason);
		buf_puts(out, "\"reason\":");
		jsonstring_put(out, reason);
		buf_putc(out, '}');
	}
}

static void on_request(void *cookie, struct httprequest *request)
{
	auto_buf body;

	buf_init(&body, OUTAGES_MAX);
	buf_puts(&body, "{\"outages\":[");
	put_service(&body, cookie, "plex");
	put_service(&body, cookie, "stash");
	buf_puts(&body, "]}\n");
	httpserver_reply(request,
		&(struct httpreply){ .status = 200, .body = buf_text(&body), .len = body.len });
}

struct httproute outages_route(struct driver *driver)
{
	return (struct httproute){
		.method = "GET", .path = "/v1/outages", .on_request = on_request, .cookie = driver
	};
}
