/*
 * A scripted world around the engine: a Stash, a Plex and a Kafka that fit on a page, and a clock.
 * Tests take effects in order, and answer them truthfully or not.
 */
#ifndef TESTS_UNIT_ENGINESCRIPT_H
#define TESTS_UNIT_ENGINESCRIPT_H

#include "common/event.h"
#include "common/stamps.h"
#include "consumer/engine.h"

enum { SCRIPT_MAX = 32, SCRIPT_LOG_MAX = 4096, SCRIPT_TEXT = 80 };

/* A scene of Stash, or an item of Plex. An empty path: it has no file. */
struct script_thing {
	char id[SCENE_ID_SIZE], path[SCRIPT_TEXT], title[SCRIPT_TEXT];
	int64_t updated_at_ms; /* a scene's; 0: unknown */
	int64_t size; /* of an item's file; 0: as large as the scenes' */
	int rating100;
	bool organized;
};

struct script_things {
	struct script_thing items[SCRIPT_MAX];
	size_t count;
};

/* A record that the engine produced. */
struct script_record {
	struct record record;
	bool delivered;
};

/* An effect that was taken, as far as tests look at it; its answer may come at any time. */
struct script_call {
	enum effect_kind kind;
	call_id id;
	char key[SCRIPT_TEXT]; /* scene id, rating key, section or directory */
	int64_t start, size; /* DO_LIST_PAGE */
	int32_t partition; /* DO_STORE_OFFSET */
	int64_t offset; /* DO_STORE_OFFSET */
	bool writes_title; /* DO_EDIT_ITEM */
	char title[SCRIPT_TEXT]; /* DO_EDIT_ITEM */
	char section[SCRIPT_TEXT]; /* DO_EDIT_ITEM */
	char names[SCRIPT_TEXT]; /* DO_EDIT_ITEM: what it edits, by Plex's names */
	int rating100; /* DO_EDIT_ITEM */
	char picture; /* DO_UPLOAD_POSTER, DO_SELECT_POSTER: see struct script */
	struct script_record *sent; /* DO_PRODUCE */
};

struct script {
	struct engine_options options; /* of the next script_open() */
	struct pathmap *path_map; /* of the options, when a test has one */
	struct engine *engine;
	struct now now;
	struct script_things stash, plex;
	const char *section; /* that items say they are in */
	int64_t page_rows; /* Plex hands over at most so many rows at once */
	struct script_record log[SCRIPT_LOG_MAX]; /* of all topics */
	size_t log_count;
	int64_t next_offset; /* of the next record of scene-events */
	int64_t stored; /* by the last DO_STORE_OFFSET; -1: none yet */
	int edits; /* that Plex carried out */
	/* Covers and posters are letters, of which SHA-1s are made; NUL: none. */
	char cover; /* of every scene in Stash; '-': not made yet */
	char poster; /* of every item in Plex */
	const char *posters; /* that Plex has beside it */
	int uploads;
	int reports[REPORT_REPAIRED + 1]; /* by kind */
	struct report ended; /* the last of its kind; only verdict, reason, after_ms, attempt */
	char verdict[SCRIPT_TEXT], reason[SCRIPT_TEXT];
	char fields[SCRIPT_TEXT], detail[200]; /* of the same report */
};

/* A world with one scene, "42", whose title is not that of its item, "101"; no engine yet. */
struct script *script_new(void);
void script_free(struct script *s);

/* One rule of path_map, for the next script_open(). */
void script_map_paths(struct script *s, const char *rule);

/* A new engine; what the old one had in memory is lost, as in a crash. */
void script_open(struct script *s);

/* Opens, assigns partition 0, hands over all stamps that arrived, and lists the library. */
void script_start(struct script *s);

struct script_thing *script_thing(struct script_things *things, const char *id);
struct script_thing *script_add(
	struct script_things *things, const char *id, const char *path, const char *title);

/* Another thing in the place of the one with this id. */
void script_replace(struct script_things *things, const char *old_id, const char *id,
	const char *path, const char *title);

/* ---- inputs ---- */

void script_feed(struct script *s, const struct input *in);
void script_feed_kind(struct script *s, enum input_kind kind);
void script_assign(struct script *s, int32_t partition);

/* Lets time pass, with a tick whenever the engine wants one; it must not want one at once. */
void script_pass(struct script *s, int64_t ms);

/* A record of scene-events at the next offset of partition 0, which is returned. */
int64_t script_thin(struct script *s, const char *scene_id);
int64_t script_full(struct script *s, const char *scene_id, const char *title, int64_t updated_ms);
int64_t script_event(struct script *s, struct event *take_event);
int64_t script_garbage(struct script *s, const char *value);

/* ---- effects ---- */

/* The next effect that is no report, which must be of this kind. */
struct script_call script_take(struct script *s, enum effect_kind kind);

/* false: there is none but reports. */
bool script_take_any(struct script *s, struct script_call *ret);
void script_quiet(struct script *s); /* asserts that */

/* Answers as the world is (DONE, or ABSENT where something is missing), or with a failure. */
void script_answer(struct script *s, const struct script_call *call);
void script_fail(struct script *s, const struct script_call *call, enum outcome outcome);

/* Takes and answers. */
void script_do(struct script *s, enum effect_kind kind);
void script_do_failing(struct script *s, enum effect_kind kind, enum outcome outcome);

/* Answers whatever is asked for, until the engine is quiet. */
void script_settle(struct script *s);

/* Takes a DO_PRODUCE of a stamp with this outcome (NULL: an intent). */
struct script_call script_take_stamp(struct script *s, const char *outcome);
void script_do_stamp(struct script *s, const char *outcome);

/* Takes and answers the record of what is pending, of this class; NULL: its tombstone. */
void script_do_pending(struct script *s, const char *reason);

/* Takes the DO_STORE_OFFSET that must come next. */
void script_stores(struct script *s, int64_t offset);

/* The last dead letter that was sent; NULL: none. */
const struct record *script_letter(const struct script *s);
size_t script_letters(const struct script *s);

/* Whether a final stamp that arrived covers this record of the scene. */
bool script_settled(const struct script *s, const char *scene_id, int64_t offset);

#endif
