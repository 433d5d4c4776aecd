/* The HTTP requests that answer calls of the engine, while they are open. */
#ifndef CONSUMER_OPENCALLS_H
#define CONSUMER_OPENCALLS_H

#include "common/httpclient.h"
#include "consumer/effects.h"

struct opencalls {
	struct httpclient *http; /* borrowed */
	struct opencall *first;
};

struct opencall {
	struct opencalls *calls;
	void *owner; /* whose request it is */
	call_id id;
	enum effect_kind kind;
	bool stash; /* as the effect says */
	struct httpcall *http; /* set by the owner once the request was started */
	struct opencall *next;
};

struct opencall *opencalls_add(struct opencalls *c, void *owner, const struct effect *effect);

/* Its request is answered. */
void opencall_end(struct opencall *call);

/* Ends the request, too; false: it is none of these. */
bool opencalls_cancel(struct opencalls *c, call_id id);
void opencalls_cancel_all(struct opencalls *c);

#endif
