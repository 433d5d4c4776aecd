/* The stamp, what is known of a scene (DESIGN §3 "Stamp"), and the table of all stamps. */
#ifndef COMMON_STAMPS_H
#define COMMON_STAMPS_H

#include "common/record.h"
#include "common/scene.h"

/*
 * A set of hashes of values, by field: what our edit left in Plex ("applied") or may have
 * ("intended"). A scalar has one mark, a list one for each member.
 */
struct mark {
	char field[16];
	uint64_t hash;
};

struct marks {
	struct mark *items;
	size_t count;
};

/* A mark that is there already is not added again. A field's name has at most 15 bytes. */
void marks_add(struct marks *m, const char *field, const char *value);
bool marks_hold(const struct marks *m, const char *field, const char *value);
void marks_copy(struct marks *ret, const struct marks *from);
void marks_done(struct marks *m);

struct stamp {
	char scene_id[SCENE_ID_SIZE];
	char *outcome; /* synced, unchanged, skipped, dead, gone, … as the verdict says; NULL: none yet, an intent */
	char *reason; /* NULL: none */
	int64_t seen_updated_at_ms; /* of the state that was judged; 0: unknown */
	int64_t updated_at_ms, observed_at_ms; /* the version applied to Plex; 0: unknown */
	int64_t synced_at_ms; /* wall clock, for people */
	uint64_t content_hash, files_hash; /* 0: unknown */
	char *rating_key, *section; /* NULL: none */
	bool pinned;
	char *confidence; /* HIGH, LOW, PINNED; NULL: none */
	struct marks applied;
	struct marks *intended; /* one for each edit whose outcome is not proven */
	size_t intended_count;
	char *event_id; /* NULL: unknown */
};

void stamp_done(struct stamp *s);
void stamp_copy(struct stamp *ret, const struct stamp *from);
void stamp_add_intent(struct stamp *s, const struct marks *intent);
void stamp_clear_intents(struct stamp *s);

/* Tolerant of unknown and missing keys; false for what is no stamp at all. */
bool stamp_parse(struct stamp *ret, const char *json, size_t len) WARN_UNUSED;
char *stamp_format(const struct stamp *s) WARN_UNUSED; /* minified JSON; free() it */

/*
 * The fence (DESIGN §3): the owner's generation and the highest scene-events offset that a record
 * settles, in the header `plexsync-covers: GENERATION/OFFSET`.
 */
struct covers {
	int64_t generation, offset;
};

#define COVERS_HEADER "plexsync-covers"
bool covers_read(struct covers *ret,
	const struct record *record) WARN_UNUSED; /* false: missing or garbled; ret is {-1, -1} */
void covers_write(struct record *record, struct covers covers);
int covers_compare(struct covers a, int64_t own_a, struct covers b,
	int64_t own_b); /* own: the record's offset in its topic */

/* The newest stamp of every scene: a fold over sync-timestamps. */
struct stamps;

struct stamps *stamps_new(void);
void stamps_free(struct stamps *t);

/*
 * Takes a record of the topic in. false: it is ignored, because the fence puts it below what is held
 * or its key is no scene id. A tombstone leaves a grave, so that an older record stays ignored.
 */
bool stamps_fold(struct stamps *t, const struct record *record);

/* A copy of the scene's stamp and what it covers (may be NULL); false when there is no readable one. */
bool stamps_get(const struct stamps *t, const char *scene_id, struct stamp *ret,
	struct covers *ret_covers) WARN_UNUSED;

/* Scenes with a stamp, without graves. */
size_t stamps_count(const struct stamps *t);

/*
 * The highest generation seen in a partition's records, ignored ones included; -1: none. It never
 * goes back, not even by stamps_forget(): a new owner's generation must be above all of them.
 */
int64_t stamps_generation(const struct stamps *t, int32_t partition);

/* Forgets what came from this partition, before it is read again from its beginning. */
void stamps_forget(struct stamps *t, int32_t partition);

#endif
