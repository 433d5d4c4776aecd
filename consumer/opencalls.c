#include "consumer/opencalls.h"

#include <stdlib.h>

struct opencall *opencalls_add(struct opencalls *c, void *owner, const struct effect *effect)
{
	struct opencall *call = xcalloc(1, sizeof *call);

	*call = (struct opencall){
		.calls = c,
		.owner = owner,
		.id = effect->call,
		.kind = effect->kind,
		.stash = effect->stash,
		.next = c->first,
	};
	c->first = call;
	return call;
}

void opencall_end(struct opencall *call)
{
	struct opencall **at = &call->calls->first;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	free(call);
}

bool opencalls_cancel(struct opencalls *c, call_id id)
{
	struct opencall *call = c->first;

	while (call && call->id != id)
		call = call->next;
	if (!call)
		return false;
	httpclient_cancel(c->http, call->http);
	opencall_end(call);
	return true;
}

void opencalls_cancel_all(struct opencalls *c)
{
	while (c->first)
		opencalls_cancel(c, c->first->id);
}
