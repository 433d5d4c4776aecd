/* The plexsync-producer, as the hook asks it: one event in, one sentence and a verdict out. */
#ifndef HOOK_PRODUCER_H
#define HOOK_PRODUCER_H

#include "hook/environment.h"
#include "hook/reply.h"
#include "hook/url.h"

struct producer {
	struct url url;
	const char *token;
};

/* false: the address or the token of the environment cannot be right. */
bool producer_init(
	struct producer *p, const struct environment *env, struct error *err) WARN_UNUSED;

/*
 * Announces scene `id` with its hookContext, and says what came of it. `deadline_ms` is on the
 * clock of post_now_ms(), and does not bound the lookup of a name.
 */
void producer_announce(const struct producer *p, const char *id, const char *body, size_t len,
	int64_t deadline_ms, struct reply *ret_reply);

#endif
