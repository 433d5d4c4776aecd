/* Calls of Plex and Stash on their way: what arrives, what is answered, and what gets lost. */
#ifndef TESTS_DST_CALLS_H
#define TESTS_DST_CALLS_H

#include "tests/dst/consumerworld.h"

/* The engine's DO_FETCH_SCENE, DO_LIST_…, DO_READ_ITEM and DO_EDIT_ITEM. */
void call_start(struct consumer *c, const struct effect *effect);

/* The client does not want the answer any more; whether the request arrived is for the dice. */
void calls_cancel(struct consumer *c, call_id id);
void calls_cancel_all(struct consumer *c);

#endif
