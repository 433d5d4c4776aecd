/* What the simulated server knows: sections, items, tags, locks, images. Not thread-safe. */
#ifndef TESTS_SIM_PLEXSIM_LIBRARY_H
#define TESTS_SIM_PLEXSIM_LIBRARY_H

#include "common/base.h"

#include <jansson.h>

struct plexsim_section {
	int64_t key;
	int64_t content_changed; /* a counter, not a time */
	int64_t scanned_at; /* epoch seconds */
	bool refreshing;
	json_t *attributes; /* type, title, agent, scanner, language, uuid, … */
	json_t *locations; /* array of paths */
};

/* Kinds of tags, in the order of their elements. */
enum plexsim_tag_kind {
	PLEXSIM_GENRE,
	PLEXSIM_COUNTRY,
	PLEXSIM_COLLECTION,
	PLEXSIM_DIRECTOR,
	PLEXSIM_WRITER,
	PLEXSIM_ACTOR,
	PLEXSIM_PRODUCER,
	PLEXSIM_LABEL,
	PLEXSIM_MOOD,
	PLEXSIM_STYLE,
	PLEXSIM_SIMILAR,
	PLEXSIM_TAG_KINDS,
	PLEXSIM_NO_TAG_KIND = PLEXSIM_TAG_KINDS,
};

struct plexsim_tag_kind_info {
	const char *name; /* in edits, filters and locks */
	const char *element; /* in XML */
	size_t row_limit; /* how many a listing row shows */
};

extern const struct plexsim_tag_kind_info plexsim_tag_kinds[PLEXSIM_TAG_KINDS];

/* PLEXSIM_NO_TAG_KIND when `name` (of `len` bytes) is none. */
enum plexsim_tag_kind plexsim_tag_kind_find(const char *name, size_t len);

/* One tag for all items; its name is that of the first who used it. */
struct plexsim_tag {
	int64_t id;
	enum plexsim_tag_kind kind;
	char *name;
	char *thumb; /* or NULL */
};

struct plexsim_tagging {
	struct plexsim_tag *tag;
	int index; /* the order of the elements */
	char *text; /* an actor's part, or NULL */
};

enum plexsim_image_kind { PLEXSIM_POSTER, PLEXSIM_ART };

struct plexsim_image {
	enum plexsim_image_kind kind;
	char *key; /* upload://posters/<sha1>, metadata://…, … */
	bool selected;
	unsigned char *bytes; /* NULL when only its key is known */
	size_t len;
};

/* How far the scan of an item has come. */
enum plexsim_stage {
	PLEXSIM_UNSCANNED, /* a file on disk, not seen by anybody */
	PLEXSIM_CREATED, /* an item without Media */
	PLEXSIM_UNANALYSED, /* Media and Part, nothing known about them */
	PLEXSIM_COMPLETE,
};

struct plexsim_item {
	int64_t key;
	struct plexsim_section *section;
	char *type; /* movie, show, collection */
	json_t *attributes; /* XML attributes: title, summary, studio, addedAt, … */
	json_t *media; /* array of attributes with "parts", and those with "streams" */
	json_t *guids; /* array of strings */
	json_t *agent; /* what a metadata refresh would write, or NULL */
	json_t *locked; /* name → true */
	struct plexsim_tagging *taggings; /* sorted by kind and index */
	size_t tagging_count;
	struct plexsim_image *images;
	size_t image_count;
	struct plexsim_tag *members; /* of a collection: the tag that its members carry */
	enum plexsim_stage stage;
	int64_t step_ms; /* when the scan takes its next step, monotonic; 0 = not under way */
	int64_t refresh_ms; /* when the agent's values are written; 0 = not under way */
};

struct plexsim_library {
	char *machine_identifier, *friendly_name;
	struct plexsim_section **sections;
	size_t section_count;
	struct plexsim_item **items; /* by key, ascending */
	size_t item_count;
	struct plexsim_tag **tags;
	size_t tag_count;
	int64_t next_key, next_tag, next_media, next_part;
};

struct plexsim_library *plexsim_library_new(void) WARN_UNUSED;
void plexsim_library_free(struct plexsim_library *library);

/* Both directions of the JSON form (plexsim_state.c). `now` in epoch seconds. */
struct plexsim_library *plexsim_library_load(
	json_t *state, int64_t now, struct error *err) WARN_UNUSED;
json_t *plexsim_library_dump(const struct plexsim_library *library) WARN_UNUSED;
struct plexsim_item *plexsim_item_load(
	struct plexsim_library *library, json_t *json, int64_t now, struct error *err) WARN_UNUSED;
json_t *plexsim_item_dump(const struct plexsim_item *item) WARN_UNUSED;

/* A key may be written as a number or, as Plex does, as a string of digits; else 0. */
int64_t plexsim_key_value(const json_t *value);

struct plexsim_section *plexsim_section_add(struct plexsim_library *library, int64_t key);
struct plexsim_section *plexsim_section_find(const struct plexsim_library *library, int64_t key);
const char *plexsim_section_text(const struct plexsim_section *section, const char *name);

/* A new item of that key; the key must be free. */
struct plexsim_item *plexsim_item_add(struct plexsim_library *library,
	struct plexsim_section *section, int64_t key, const char *type);
struct plexsim_item *plexsim_item_find(const struct plexsim_library *library, int64_t key);
void plexsim_item_remove(struct plexsim_library *library, struct plexsim_item *item);

/* The text of a string attribute, or NULL. */
const char *plexsim_item_text(const struct plexsim_item *item, const char *name);

/* 1 movie, 2 show, 18 collection: what `type=` means. */
int plexsim_item_type(const struct plexsim_item *item);

/* Seen by a scan, and therefore by clients. */
bool plexsim_item_visible(const struct plexsim_item *item);

/* The first Part's file, or NULL. */
const char *plexsim_item_file(const struct plexsim_item *item);

void plexsim_item_lock(struct plexsim_item *item, const char *name, bool locked);

/* The tag of that name, ASCII case ignored, created when it is new. */
struct plexsim_tag *plexsim_tag_intern(struct plexsim_library *library, enum plexsim_tag_kind kind,
	const char *name, bool capitalise);

/* Attaches a tag at a place, or moves it there; `text` NULL leaves the part as it is. */
void plexsim_item_tag(
	struct plexsim_item *item, struct plexsim_tag *tag, int index, const char *text);
bool plexsim_item_has_tag(const struct plexsim_item *item, const struct plexsim_tag *tag);

/* Detaches the tag of that name, or all tags of the kind when `name` is NULL. */
void plexsim_item_untag(struct plexsim_item *item, enum plexsim_tag_kind kind, const char *name);

/* A collection exists as an item exactly while it has members. */
void plexsim_library_settle_collections(struct plexsim_library *library, int64_t now);
size_t plexsim_collection_size(
	const struct plexsim_library *library, const struct plexsim_item *collection);

#endif
