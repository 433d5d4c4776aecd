/*
 * How the hook is configured. The first that says it wins: the environment of the Stash process,
 * plexsync.conf beside the program (a person's, no update touches it), the plugin's settings in
 * Stash (hook/stash.h), producer.conf beside the program (of the package), the default.
 */
#ifndef HOOK_CONFIG_H
#define HOOK_CONFIG_H

#include "common/base.h"

#define CONFIG_TEXT 4096

struct config {
	char producer_url[CONFIG_TEXT]; /* PLEXSYNC_PRODUCER_URL, producer_url */
	char token[CONFIG_TEXT]; /* PLEXSYNC_API_TOKEN, api_token; "" for none */
	char spool_dir[CONFIG_TEXT]; /* "" if unset and this program's directory is unknown */
	bool url_given, token_given; /* by the environment or plexsync.conf: Stash is not asked */
	struct error fault; /* what is wrong with plexsync.conf; "" if nothing is */
};

/* Reads environment and files, and puts defaults for what is absent or empty. */
void config_read(struct config *ret);

/*
 * Lines "name = value", with comments (#): producer_url, api_token, spool_dir. What is given is put
 * into *config, also an empty api_token. A line that is none of these is told in config->fault and
 * passed over; `file` is what it is called there.
 */
void config_parse(struct config *config, const char *text, const char *file);

#endif
