/*
 * What a change of the index of Plex's paths means to scenes (DESIGN §5): one that waits for an item
 * is due at once when something comes to where it should be, and one whose file Plex has under
 * another key by now is looked at again. After each change all of them are walked over, a slice at a
 * time.
 */
#ifndef CONSUMER_LOOKOUT_H
#define CONSUMER_LOOKOUT_H

#include "common/stamps.h"
#include "consumer/idmap.h"
#include "consumer/job.h"

struct engine;

struct lookout {
	bool known; /* what is there was walked over, or is being so, … */
	uint64_t version; /* … as it was in the index of this version, or later */
	int64_t next_ms; /* mono: not before */
	size_t misses_left; /* of the walk under way */
	bool stamps_left;
	const struct stamps_cursor *stamp; /* the last that was looked at; NULL: none yet */
	struct idmap told; /* scenes for which an event was sent */
};

void lookout_done(struct lookout *l);

/* Other partitions are ours now: everything is to be looked at. */
void lookout_restart(struct lookout *l);

/* Looks at the next slice. */
void lookout_move(struct engine *e);

/* When lookout_move() is wanted, mono; INT64_MAX: when the index changes. */
int64_t lookout_deadline_ms(const struct engine *e);

/* A scene's job is over: the index may have changed while it ran. */
void lookout_check(struct engine *e, const char *scene_id);

/* What a job looked for and did not find, for its record. Returns what it saw instead, for pending_note_seen(). */
uint64_t lookout_trace(const struct engine *e, const struct job *job, struct pathtraces *ret);

#endif
