/* What the environment of the Stash process says to the hook. */
#ifndef HOOK_ENVIRONMENT_H
#define HOOK_ENVIRONMENT_H

#include "common/base.h"

struct environment {
	const char *producer_url; /* PLEXSYNC_PRODUCER_URL */
	const char *token; /* PLEXSYNC_API_TOKEN; "" for none */
	const char *spool_dir; /* PLEXSYNC_SPOOL_DIR; "" if unset and this program's is unknown */
};

/* Reads the variables, and puts the defaults for those that are absent or empty. */
struct environment environment_read(void);

#endif
