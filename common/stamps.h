/* The stamp, what is known of a scene (DESIGN §3 "Stamp"), and the table of all stamps. */
#ifndef COMMON_STAMPS_H
#define COMMON_STAMPS_H

#include "common/covers.h"
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
	uint64_t
		plex_path_hash; /* of the item's file that is the scene's, as Plex has it; 0: none, or a person chose the item */
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
/* false: it is there already, as for an edit that is sent again. */
bool stamp_add_intent(struct stamp *s, const struct marks *intent);
void stamp_drop_intent(struct stamp *s, const struct marks *intent);
void stamp_clear_intents(struct stamp *s);
/*
 * Nothing intended can land any more, but it may be in Plex: it stays among what was applied, and as nobody
 * saw it there its marks get this behind the name of their field.
 */
#define MARKS_UNPROVEN "?"
void stamp_settle_intents(struct stamp *s);

/* Tolerant of unknown and missing keys; false for what is no stamp at all. */
bool stamp_parse(struct stamp *ret, const char *json, size_t len) WARN_UNUSED;
char *stamp_format(const struct stamp *s) WARN_UNUSED; /* minified JSON; free() it */

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
 * goes back: a new owner's generation must be above all of them.
 */
int64_t stamps_generation(const struct stamps *t, int32_t partition);

/* Whether a record of the topic holds an intent: an edit may be on its way. */
bool stamp_record_has_intent(const struct record *record);
bool stamps_has_intent(const struct stamps *t, const char *scene_id); /* … or a rival's */

/* The scene's record as it stands in the topic, a grave as a tombstone; false: none. */
bool stamps_record(const struct stamps *t, const char *scene_id, struct record *ret) WARN_UNUSED;

/* Whether another scene, one that is not gone, was brought to this item of Plex. Looks at all of them. */
bool stamps_claimed(const struct stamps *t, const char *rating_key, const char *but_scene_id);

/*
 * Two owners may work on a scene for a moment, and the stamp of one goes over the other's without knowing
 * it. What the other one edited in Plex, or was about to, is not a person's doing: the fold keeps it
 * beside the stamp until somebody takes it. stamps_take_rivals() adds it to a stamp's intents, as far
 * as it is about the same item.
 */
void stamps_take_rivals(struct stamps *t, struct stamp *stamp);

/* Every scene, graves too, in no particular order: NULL from the start, and at the end. */
struct stamps_cursor;
const struct stamps_cursor *stamps_next(const struct stamps *t, const struct stamps_cursor *after);
const struct stamps_cursor *stamps_find(
	const struct stamps *t, const char *scene_id); /* NULL: none */
const char *stamps_cursor_scene_id(const struct stamps_cursor *c);
int32_t stamps_cursor_partition(const struct stamps_cursor *c);
bool stamps_cursor_is_grave(const struct stamps_cursor *c); /* its scene is gone from Stash */

/* Where in Plex the scene was found; the texts live as long as the stamp. */
struct stamp_place {
	uint64_t plex_path_hash;
	const char *rating_key;
	size_t rating_key_len;
};

/* false: nowhere, or not by its path. */
bool stamps_cursor_place(const struct stamps_cursor *c, struct stamp_place *ret) WARN_UNUSED;

#endif
