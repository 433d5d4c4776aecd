/* What the event stream tells its listeners. Not thread-safe; nothing is replayed. */
#ifndef TESTS_SIM_PLEXSIM_EVENTS_H
#define TESTS_SIM_PLEXSIM_EVENTS_H

#include "tests/sim/plexsim_library.h"

struct plexsim_event {
	char *type; /* timeline, activity */
	char *data; /* one line of JSON */
};

struct plexsim_events {
	struct plexsim_event *list; /* all since the start */
	size_t count;
};

void plexsim_events_done(struct plexsim_events *events);

/* States of an item in the timeline. */
enum plexsim_timeline_state {
	PLEXSIM_STATE_CREATED = 0,
	PLEXSIM_STATE_PROGRESS = 1,
	PLEXSIM_STATE_PROCESSED = 5,
	PLEXSIM_STATE_DELETED = 9,
};

/* `metadata_state` (created, deleted, queued) may be NULL. */
void plexsim_events_timeline(struct plexsim_events *events, const struct plexsim_item *item,
	enum plexsim_timeline_state state, const char *metadata_state);

/* `event`: started, ended. */
void plexsim_events_activity(struct plexsim_events *events, const char *uuid, const char *event,
	const char *type, int64_t section_key);

#endif
