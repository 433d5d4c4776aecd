/* One hook of Stash: kept in the spool, told to the producer, all within a second. */
#ifndef HOOK_ANNOUNCEMENT_H
#define HOOK_ANNOUNCEMENT_H

#include "common/hookpayload.h"
#include "hook/config.h"
#include "hook/reply.h"
#include "hook/stash.h"

/*
 * `subject` is what the hook is about, for sentences. The event is in the spool before anybody hears of it; then *config is completed with what the
 * plugin's settings in Stash say. The event leaves it when the producer has
 * decided; after that a share of what waits is sent too. When the time is over, the process ends
 * with a line that says how far it came.
 */
void announcement_make(struct config *config, const struct stash *stash,
	const struct hookpayload *payload, const char *subject, struct reply *ret_reply);

#endif
