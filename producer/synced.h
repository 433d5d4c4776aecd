/*
 * What the producer keeps of every stamp (DESIGN §3 "Stamp"): enough to say that an event brings
 * nothing new, and for a sweep to say which scenes differ. Compact, since there may be millions:
 * about 40 bytes for each scene, where common/stamps keeps the whole value.
 */
#ifndef PRODUCER_SYNCED_H
#define PRODUCER_SYNCED_H

#include "common/stamps.h"

enum synced_outcome {
	SYNCED_NONE, /* no final verdict yet, or one that we do not know */
	SYNCED_SYNCED,
	SYNCED_UNCHANGED,
	SYNCED_SKIPPED,
	SYNCED_DEAD,
	SYNCED_GONE,
	/* inside the table only, never told: */
	SYNCED_GRAVE, /* a tombstone, or forgotten: only the fence is left */
	SYNCED_UNREADABLE,
};

/* "synced", "dead", …; NULL for those that have none. */
const char *synced_outcome_name(enum synced_outcome outcome);

struct synced_stamp {
	uint64_t scene; /* its id as a number */
	enum synced_outcome outcome;
	int64_t seen_updated_at_ms; /* of the state that was judged; 0: unknown, as below */
	int64_t updated_at_ms, observed_at_ms; /* the version applied to Plex */
	uint32_t content, files; /* synced_digest() of the hashes; 0: unknown */
	struct covers covers;
	int32_t partition;
	int64_t offset; /* the record's own place in sync-timestamps */
};

/*
 * The part of a 64-bit hash that is kept. Two contents that share it count as equal: one in four
 * thousand million, and only within one version of one scene.
 */
uint32_t synced_digest(uint64_t hash);

/* Reads the value of a stamp, as stamp_parse() does, but only what struct synced_stamp has of it. */
bool synced_parse(struct synced_stamp *ret, const char *json, size_t len) WARN_UNUSED;

/* The scene that a record's key names, as a number; 0: none. */
uint64_t synced_scene(const struct record *record);

struct synced;

struct synced *synced_new(void);
void synced_free(struct synced *t);

/*
 * Takes a record of sync-timestamps in, by the fence of stamps_fold(): false when it is ignored.
 * A tombstone ends the stamp, but an older record stays ignored.
 */
bool synced_fold(struct synced *t, const struct record *record);

/* The scene's stamp; false when there is none that can be read. */
bool synced_get(const struct synced *t, const char *scene_id, struct synced_stamp *ret) WARN_UNUSED;

/* What the newest record of the scene covers, a tombstone's too; {-1, -1} when there is none. */
struct covers synced_covers(const struct synced *t, uint64_t scene);

/*
 * All stamps, one at a call; *cursor is 0 before the first. The table may change in between: a
 * stamp that stays is told exactly once, one that comes or goes meanwhile at most once. false at
 * the end.
 */
bool synced_next(const struct synced *t, size_t *cursor, struct synced_stamp *ret) WARN_UNUSED;

/* Scenes with a stamp. */
size_t synced_count(const struct synced *t);

/*
 * The offset behind the newest record of the partition that was folded (or ignored); 0 when there was
 * none. A stamp whose `offset` is below what this said earlier is older than that moment.
 */
int64_t synced_position(const struct synced *t, int32_t partition);

/* Forgets what came from this partition, before it is read again from its beginning. */
void synced_forget(struct synced *t, int32_t partition);

#endif
