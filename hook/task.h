/* The plugin's tasks: buttons in Stash, for which nobody's edit waits. */
#ifndef HOOK_TASK_H
#define HOOK_TASK_H

#include "hook/config.h"
#include "hook/reply.h"
#include "hook/stash.h"

/*
 * Does what args.mode wants, and meanwhile writes Stash's progress lines (0 to 1) to standard error:
 *   send    sends all that waits in the spool, up to the first event that the producer cannot take
 *   resync  asks the producer for a full sweep, and follows it to its end
 *   test    asks whether the producer is ready, and whether it takes our token; changes nothing
 * Completes *config as Stash says first.
 */
void task_run(const char *mode, struct config *config, const struct stash *stash,
	struct reply *ret_reply);

/* A moment, in which Stash reads the last line that it was given. */
void task_linger(void);

#endif
