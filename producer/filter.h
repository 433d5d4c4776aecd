/* Which events are worth a record: decided from the names of the fields that changed. */
#ifndef PRODUCER_FILTER_H
#define PRODUCER_FILTER_H

#include "common/event.h"
#include "producer/synced.h"

/*
 * Whether a change of these fields can show in Plex. Names that are not known count as worthy,
 * and so does an empty list: Stash leaves the names out when a file changed, or when it created
 * the scene. Decided from the names only: Stash sends every key of its input, null or not.
 */
bool filter_sync_worthy(char *const *changed, size_t count);

/*
 * Whether the scene's stamp shows that the event brings nothing new (DESIGN §4 "Already synced"). Only
 * an event that carries its version can be skipped so, and only when that version was brought
 * to Plex: an older one; the same one, when a thin event's state was read a full second after it
 * (Stash's versions are whole seconds, and two edits in one second must both arrive) or when a full
 * event's content is the stamp's and was observed no later. What a person asked for is never skipped.
 */
bool filter_already_synced(const struct event *event, const struct synced_stamp *stamp);

#endif
