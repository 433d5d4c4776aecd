/* The plexsync-producer, as the hook asks it: one event in, one sentence and a verdict out. */
#ifndef HOOK_PRODUCER_H
#define HOOK_PRODUCER_H

#include "hook/config.h"
#include "hook/http.h"
#include "hook/reply.h"
#include "hook/url.h"

struct producer {
	struct url url;
	const char *token;
};

/* false: the address or the token of the configuration cannot be right. Borrows the token. */
bool producer_init(struct producer *p, const struct config *config, struct error *err) WARN_UNUSED;

/*
 * Announces the `subject` of a hook with its hookContext, and says what came of it. `deadline_ms` is on the
 * clock of http_now_ms(), and does not bound the lookup of a name.
 */
void producer_announce(const struct producer *p, const char *subject, const char *body, size_t len,
	int64_t deadline_ms, struct reply *ret_reply);

/* Any other request, with the token; `body` is JSON, or NULL for none. As http_send(). */
enum http_outcome producer_ask(const struct producer *p, const char *method, const char *path,
	const char *body, int64_t deadline_ms, struct answer *ret_answer,
	struct error *err) WARN_UNUSED;

#endif
