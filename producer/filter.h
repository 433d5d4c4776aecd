/* Which events are worth a record: decided from the names of the fields that changed. */
#ifndef PRODUCER_FILTER_H
#define PRODUCER_FILTER_H

#include "common/base.h"

/*
 * Whether a change of these fields can show in Plex. Names that are not known count as worthy,
 * and so does an empty list: Stash leaves the names out when a file changed, or when it created
 * the scene. Decided from the names only: Stash sends every key of its input, null or not.
 */
bool filter_sync_worthy(char *const *changed, size_t count);

#endif
