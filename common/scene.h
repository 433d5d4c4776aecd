/* struct scene: what Stash knows of a scene, as Stash's GraphQL and full events say it. */
#ifndef COMMON_SCENE_H
#define COMMON_SCENE_H

#include "common/buf.h"
#include "common/fault.h"

#include <jansson.h>

#define SCENE_ID_SIZE 20 /* a positive decimal of at most 18 digits, its NUL, and room */

/* A positive decimal without sign or leading zero, of at most 18 digits. */
bool scene_id_valid(const char *text);

/* The same of bytes, as a record's key (NULL: none). false: *ret is undefined. */
bool scene_id_read(char ret[SCENE_ID_SIZE], const char *bytes, size_t len) WARN_UNUSED;

struct scene_file {
	char *path;
	int64_t size; /* bytes; -1: unknown */
	int64_t duration_ms; /* -1: unknown */
};

struct string_list {
	char **items;
	size_t count;
};

void string_list_add(struct string_list *list, const char *text);
void string_list_done(struct string_list *list);

struct scene {
	char id[SCENE_ID_SIZE];
	char *title; /* "" when Stash has none, as all texts here */
	char *details; /* lines separated by LF */
	char *date; /* "", YYYY, YYYY-MM or YYYY-MM-DD */
	int rating100; /* 1-100; 0: none */
	bool organized;
	int64_t updated_at_ms; /* since 1970; 0: unknown */
	struct scene_file *files; /* the first is the primary */
	size_t file_count;
	char *studio;
	char *parent_studio;
	struct string_list performers, tags, groups;
	char *screenshot; /* "" or a URL */
	char *altered; /* what scene_sanitise() changed so far: names by comma; "" nothing, for the log */
};

void scene_done(struct scene *s);
void scene_copy(struct scene *ret, const struct scene *from);

/* Fills what is NULL with "", so that every text can be read. */
void scene_complete(struct scene *s);

/*
 * Reads the shape of Stash's GraphQL Scene (DESIGN §3 "Event"): ids as string or number, null
 * and missing alike, a missing id included ("" then). Strict in types and ranges: a wrong one fails with its pointer below
 * `pointer_prefix`. The result is sanitised (see scene_sanitise).
 */
bool scene_parse(struct scene *ret, const json_t *value, const char *pointer_prefix,
	struct fault *fault) WARN_UNUSED;

/*
 * Makes every text fit for Plex without changing what it says: NFC, no control characters,
 * newlines only in details, cut at word boundaries: title and names 255 code points, details
 * 10000, lists 500 members (empty and equal ones are dropped), files 1000. Paths and the screenshot
 * stay as they are. Returns the number of altered fields; their names are added to s->altered.
 */
int scene_sanitise(struct scene *s);

/* The shape that scene_parse() reads, minified by the caller. A new reference. */
json_t *scene_to_json(const struct scene *s) WARN_UNUSED;

/* Of the sanitised content (all but id, updated_at and organized): changes when Plex might have to. */
uint64_t scene_content_hash(const struct scene *s);

/* Of the sorted paths. */
uint64_t scene_files_hash(const struct scene *s);

#endif
