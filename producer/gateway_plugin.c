#include "producer/gateway_plugin.h"

#include "common/httpserver.h"

#include <string.h>
#include <time.h>

#define INDEX_LIMIT ((size_t)4096)
#define PROBLEM(name) "urn:plexsync:problem:" name

void gateway_plugin_init(struct gateway_plugin *g, const struct plugin_source *source,
	const char *public_url, int64_t now_s)
{
	time_t now = (time_t)now_s;
	struct tm tm = { .tm_year = 70, .tm_mday = 1 };

	*g = (struct gateway_plugin){ .source = source, .public_url = public_url };
	buf_init(&g->zip, PLUGIN_PACKAGE_LIMIT);
	buf_init(&g->index, INDEX_LIMIT);
	(void)gmtime_r(&now, &tm);
	(void)strftime(g->last_modified, sizeof g->last_modified,
		"Last-Modified: %a, %d %b %Y %H:%M:%S GMT", &tm);
}

void gateway_plugin_done(struct gateway_plugin *g)
{
	buf_done(&g->zip);
	buf_done(&g->index);
}

/* The package with this address; the last one is kept, since a client asks for both files. */
static bool make_package(struct gateway_plugin *g, const char *url)
{
	if (g->zip.len && strcmp(g->url, url) == 0)
		return true;
	buf_clear(&g->zip);
	buf_clear(&g->index);
	memcpy(g->url, url, strlen(url) + 1);
	return plugin_write_zip(g->source, url, &g->zip) &&
	       plugin_write_index(g->source, &g->zip, &g->index);
}

/* The package for this client, or false when it has had its answer. */
static bool package_for(struct gateway_plugin *g, struct httprequest *request)
{
	char url[PLUGIN_URL_SIZE] = "";

	if (!plugin_has_hook(g->source)) {
		httpserver_problem(request, 404, PROBLEM("no_plugin"),
			"This producer has no plugin to offer",
			"It was built with PLEXSYNC_HOOKS=none. Build it with PLEXSYNC_HOOKS=all, "
			"or install the plugin from elsewhere.",
			NULL);
		return false;
	}
	if (g->public_url[0]) {
		memcpy(url, g->public_url, strlen(g->public_url) + 1);
	} else if (!plugin_url_of_host(httprequest_header(request, "Host"), url)) {
		httpserver_problem(request, 400, PROBLEM("malformed"),
			"The address of this producer is not known",
			"The request's Host header does not name it. Set public_url.", NULL);
		return false;
	}
	if (make_package(g, url))
		return true;
	buf_clear(&g->zip);
	httpserver_problem(request, 500, PROBLEM("internal"), "The package cannot be made",
		"The plugin's files are too large for a package.", NULL);
	return false;
}

static void reply(const struct gateway_plugin *g, struct httprequest *request,
	const char *content_type, const struct buf *body)
{
	const char *const headers[] = { g->last_modified, "Cache-Control: no-cache", "Vary: Host",
		NULL };

	httpserver_reply(request, &(struct httpreply){
					  .status = 200,
					  .content_type = content_type,
					  .body = buf_text(body),
					  .len = body->len,
					  .headers = headers,
				  });
}

static void on_index(void *gateway, struct httprequest *request)
{
	struct gateway_plugin *g = gateway;

	if (package_for(g, request))
		reply(g, request, "application/yaml", &g->index);
}

static void on_zip(void *gateway, struct httprequest *request)
{
	struct gateway_plugin *g = gateway;

	if (package_for(g, request))
		reply(g, request, "application/zip", &g->zip);
}

void gateway_plugin_routes(struct gateway_plugin *g, struct httproute ret[GATEWAY_PLUGIN_ROUTES])
{
	ret[0] = (struct httproute){
		.method = "GET",
		.path = "/stash/index.yml",
		.open = true,
		.on_request = on_index,
		.cookie = g,
	};
	ret[1] = (struct httproute){
		.method = "GET",
		.path = "/stash/plexsync.zip",
		.open = true,
		.on_request = on_zip,
		.cookie = g,
	};
}
