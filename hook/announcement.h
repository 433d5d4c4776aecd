/* One hook of Stash: kept in the spool, told to the producer, all within a second. */
#ifndef HOOK_ANNOUNCEMENT_H
#define HOOK_ANNOUNCEMENT_H

#include "common/hookpayload.h"
#include "hook/environment.h"
#include "hook/reply.h"

/*
 * The event is in the spool before the producer hears of it, and leaves it when the producer has
 * decided; after that a share of what waits is sent too. When the time is over, the process ends
 * with a line that says how far it came.
 */
void announcement_make(
	const struct environment *env, const struct hookpayload *payload, struct reply *ret_reply);

#endif
