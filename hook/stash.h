/*
 * Stash, as it can be asked by the session that it gave us on standard input: for the plugin's
 * settings. The session cookie is a login: it is sent to that server and to nobody else, and it is
 * in no text of ours.
 */
#ifndef HOOK_STASH_H
#define HOOK_STASH_H

#include "common/jsonscan.h"
#include "hook/config.h"

#define STASH_NAME 128

/* What server_connection said, read as the bytes come, beside hookpayload. */
struct stash {
	char scheme[16], host[256], port[8]; /* "" what was not there */
	char cookie_name[STASH_NAME], cookie[JSONSCAN_TEXT + 1];

	/* Private to stash.c. */
	struct jsonscan scan;
	unsigned char places[4];
	char *next;
	size_t next_size;
};

void stash_init(struct stash *s);
void stash_feed(struct stash *s, const char *bytes, size_t len);

/*
 * Fills in what neither the environment nor plexsync.conf gave. *ret_why says why Stash could not
 * be asked, and is "" when it was, or when there was nothing to ask.
 */
void stash_complete(
	const struct stash *s, struct config *config, int64_t deadline_ms, struct error *ret_why);

#endif
