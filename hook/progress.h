/* Stash's progress lines of a task, as fast as Stash can take them. */
#ifndef HOOK_PROGRESS_H
#define HOOK_PROGRESS_H

#include "common/base.h"

/* Stash v0.30.1 drops progress lines that come faster than 0.4 s. */
#define PROGRESS_MS 500

struct progress {
	int64_t next_ms;
};

/* done/total, from 0 to 1, unless the last line is too young. */
void progress_show(struct progress *p, uint64_t done, uint64_t total);

/* A line of Stash's log at level Info: a step that is worth reading when a task fails later. */
void progress_say(const char *text, const char *secret);

#endif
