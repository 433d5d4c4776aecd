/* GET /stash/index.yml and /stash/plexsync.zip: the producer as a package source for Stash. */
#ifndef PRODUCER_GATEWAY_PLUGIN_H
#define PRODUCER_GATEWAY_PLUGIN_H

#include "common/httproute.h"
#include "producer/plugin.h"

struct gateway_plugin {
	const struct plugin_source *source;
	const char *public_url; /* "": each client is given the address by which it asks */
	/* Private: the package that was asked for last. */
	char url[PLUGIN_URL_SIZE];
	struct buf zip, index;
	char last_modified[64]; /* a header */
};

/*
 * Both texts are borrowed, and `public_url` is plugin_url_valid() or empty. `now_s`, in seconds
 * since the epoch, is told as the package's Last-Modified: Stash keeps an index for as long as that
 * stays the same, and another configuration, which needs a restart, may change the package.
 */
void gateway_plugin_init(struct gateway_plugin *g, const struct plugin_source *source,
	const char *public_url, int64_t now_s);
void gateway_plugin_done(struct gateway_plugin *g);

#define GATEWAY_PLUGIN_ROUTES 2
void gateway_plugin_routes(struct gateway_plugin *g, struct httproute ret[GATEWAY_PLUGIN_ROUTES]);

#endif
