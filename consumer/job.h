/*
 * The steps of one attempt for one scene: fetch, gate, match, read, plan, intend, edit, read back; then the
 * outcome is written: a final one as dead letter, stamp, and end of what was pending, in this order;
 * another one as a record of what is pending. A state machine without a clock or a network: it is told
 * answers and asks for calls.
 */
#ifndef CONSUMER_JOB_H
#define CONSUMER_JOB_H

#include "common/stamps.h"
#include "consumer/effects.h"
#include "consumer/gate.h"
#include "consumer/match.h"
#include "consumer/partitions.h"
#include "consumer/pathmap.h"
#include "consumer/pending.h"
#include "consumer/planposter.h"
#include "consumer/poster.h"
#include "consumer/verdict.h"
#include "consumer/want.h"

enum job_step {
	JOB_FETCH, /* Stash is asked for the newest state */
	JOB_INDEX, /* waits for an index that is fresh since fresh_since_ms */
	JOB_READ, /* the item is read */
	JOB_COVER, /* the scene's cover is fetched */
	JOB_POSTERS, /* the item's posters are read */
	JOB_INTEND, /* the stamp with the intent is on its way */
	JOB_TURN, /* waits for job_edit() */
	JOB_EDIT, /* a part of the edit is on its way */
	JOB_READ_BACK, /* the item is read again */
	JOB_POSTERS_BACK, /* … and so are its posters */
	JOB_JUDGED, /* the attempt is over: see the verdict */
	JOB_PEND, /* the record of what is pending is on its way; the verdict is not final */
	JOB_BURY, /* the dead letter is on its way */
	JOB_STAMP, /* the final stamp is on its way */
	JOB_CLEAR, /* … and so is what replaces the pending record: a tombstone, or what is owed */
	JOB_OVER, /* everything is durable */
};

/* What every job looks at; borrowed for each call. */
struct job_world {
	struct now now;
	const struct pathindex *index;
	int64_t index_fresh_ms; /* mono: it holds what Plex knew then */
	const struct pathmap *path_map; /* NULL: Plex has Stash's paths */
	struct stamps *stamps;
	struct pending *pending;
	struct partitions *partitions; /* for the owner's generation */
	const struct plan_policy *policy;
	const struct gate_policy *gate;
	struct effects *effects;
	bool stash; /* a Stash is configured */
	bool stash_up; /* … and not known to be away */
	const char *stash_url; /* "": none */
	const char *group, *events_topic; /* for dead letters */
};

/* Pending for this reason: the scene is in sync, but for a cover that Stash may have later. */
#define JOB_LATE_COVER "cover"

/* The scene's cover, on its way to become the item's poster. */
struct job_poster {
	char sha1[POSTER_SHA1_SIZE]; /* "": there is none to bring */
	char *bytes; /* while Plex may have to be given them */
	size_t len;
	const char *type; /* static */
	struct plex_posters before, now; /* the item's, before any edit of ours and as last read */
	bool known; /* they were read */
	enum planposter step; /* of the edit, that is still to be sent */
	bool sent; /* it was, whatever came of it */
	int tries; /* how often a late cover was looked for again */
	bool late; /* it is to be looked for once more */
};

struct job {
	char scene_id[SCENE_ID_SIZE];
	int32_t partition;
	struct want want;
	enum job_step step;
	call_id call; /* that is open; 0: none */
	struct verdict verdict;

	struct scene scene; /* the state to be brought to Plex */
	struct scene_file *plex_files; /* those of the scene, by their paths in Plex; NULL before */
	struct version version; /* of it */
	struct stamp stamp; /* what was known, becoming what is known */
	struct covers stamp_covers;
	struct match match;
	char *rating_key, *section;
	const char *confidence;
	struct plex_item item; /* as last read */
	struct plex_edit edit; /* that is intended */
	struct marks own_intent; /* of it, where nobody intended the same before */
	struct plex_edit *parts; /* of it, each a request; NULL: not made yet */
	size_t part_count, part_next; /* part_next: that is sent now or next */
	struct job_poster poster;
	char *edited; /* fields that were sent, comma-separated; NULL: none */
	bool pinned;
	bool clears; /* the scene is gone, and what we wrote to its item is taken back */
	bool sent; /* an edit was sent, whatever came of it */
	char *trouble; /* what went wrong with the last edit; NULL: it was answered well */
	enum outcome trouble_outcome;
	bool replanned;
	bool rematched;
	int64_t fresh_since_ms; /* mono: the index must know what Plex knew then; INT64_MIN: any will do */
	int64_t started_ms; /* mono */
	int64_t read_ms; /* mono: when the item was asked for last; INT64_MIN: never */
	int64_t owed_until_ms; /* mono: only a read started later proves that no edit of ours is still to land; INT64_MIN: nothing is owed */
	struct record output; /* on its way; a stamp is folded once it is there */
	int64_t resend_ms; /* mono: an output that has no call open is sent again then */
};

struct job_options {
	const char *scene_id;
	int32_t partition;
	struct want *take_want; /* empty afterwards */
	int64_t fresh_since_ms; /* as in struct job */
	int cover_tries; /* as in struct job_poster */
	const char *hold_reason,
		*hold_detail; /* it need not start: what it wants is held; NULL: it starts */
};

/* Begins an attempt. */
struct job *job_new(const struct job_options *o, const struct job_world *world) WARN_UNUSED;
void job_free(struct job *job);

/* The answer to job->call. */
void job_feed(struct job *job, const struct job_world *world, const struct input *answer);

/* JOB_INDEX: it cannot go on, because a dependency is away. */
void job_hold(struct job *job, const char *reason, const char *detail);

/* JOB_INDEX: the index is fresh enough now. */
void job_match(struct job *job, const struct job_world *world);

/* JOB_TURN: the edit may be sent. */
void job_edit(struct job *job, const struct job_world *world);

/*
 * JOB_JUDGED with a final verdict: makes it durable. `attempts` and `first_failed_ms` (wall) are
 * for the dead letter.
 */
void job_conclude(
	struct job *job, const struct job_world *world, int attempts, int64_t first_failed_ms);

/* JOB_JUDGED with another one: makes what is pending durable. Covers and debt are filled in here. */
void job_pend(struct job *job, const struct job_world *world, struct retry *take_retry);

/* A call of Plex or Stash is under way, or about to be: not only Kafka is waited for. */
bool job_talks(const struct job *job);

/*
 * The outcome is decided and Kafka did not take it: nothing else may happen to the scene before it
 * is durable, so the record is sent again, `resend_ms` on the clock. So is one that the fence put
 * below a former owner's, under a generation above it.
 */
bool job_rests(const struct job *job);
void job_resend(struct job *job, const struct job_world *world);

/* Plex was, or may have been, edited: better brought to its stamp than left to a successor. */
bool job_is_editing(const struct job *job);

#endif
