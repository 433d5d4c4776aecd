/* The plugin's task "Send waiting events" (args.mode = "send"). */
#ifndef HOOK_TASK_H
#define HOOK_TASK_H

#include "hook/environment.h"
#include "hook/reply.h"

/*
 * Sends all that waits in the spool, up to the first event that the producer cannot take now, and
 * writes Stash's progress lines (0 to 1) to standard error meanwhile.
 */
void task_send_waiting(const struct environment *env, struct reply *ret_reply);

#endif
