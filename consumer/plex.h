/* Plex Media Server as data: items, sections, and the requests that read them. No network here. */
#ifndef CONSUMER_PLEX_H
#define CONSUMER_PLEX_H

#include "common/scene.h"

struct plex_section {
	char *key; /* "1" */
	char *title; /* "Scenes" */
	char *type; /* "movie", "show", … */
	char *content_changed_at; /* a counter, not a time; NULL: unknown */
	struct string_list locations; /* the directories that it is made of */
};

void plex_section_done(struct plex_section *s);

struct plex_part {
	char *file; /* as Plex sees it; never NULL */
	int64_t size; /* bytes; -1: unknown */
	int64_t duration_ms; /* of its Media; -1: unknown */
};

/* A listing's row or a whole item. Texts are "" when Plex leaves the attribute out. */
struct plex_item {
	char *rating_key;
	char *section; /* librarySectionID, also when it stands on the container */
	char *type; /* "movie", … */
	char *title, *summary, *studio;
	char *date; /* originallyAvailableAt, cut to YYYY-MM-DD */
	struct plex_part *parts; /* every part of every version, but optimised ones */
	size_t part_count;
	struct string_list actors, genres,
		collections; /* truncated in rows: never edit from a row */
	struct string_list locked; /* names of locked fields; details only */
	int rating100; /* userRating, of a hundred; 0: none */
	int64_t added_at, updated_at; /* seconds since 1970; 0: unknown */
};

void plex_item_done(struct plex_item *item);
void plex_item_copy(struct plex_item *ret, const struct plex_item *from);

/* The fields of text that plexsync writes, and how Plex calls them in an edit. */
enum plex_field { PLEX_TITLE, PLEX_SUMMARY, PLEX_STUDIO, PLEX_DATE, PLEX_FIELDS };

const char *plex_field_name(
	enum plex_field field); /* "title", "summary", "studio", "originallyAvailableAt" */
const char *plex_item_value(const struct plex_item *item, enum plex_field field);
bool plex_item_locked(const struct plex_item *item, enum plex_field field);

/* The lists that it writes, too. */
enum plex_list { PLEX_ACTORS, PLEX_GENRES, PLEX_COLLECTIONS, PLEX_LISTS };

const char *plex_list_name(enum plex_list list); /* "actor", "genre", "collection" */
const struct string_list *plex_item_list(const struct plex_item *item, enum plex_list list);

/* And what is neither; how locks and people call them. */
#define PLEX_RATING_NAME "userRating"
#define PLEX_POSTER_NAME "thumb"

bool plex_item_locks(const struct plex_item *item, const char *name); /* any of these names */

/* 85 is "8.5", as Plex writes ratings, of ten. free() it. */
char *plex_rating_text(int rating100) WARN_UNUSED;

/* One of the pictures that an item has to choose from. */
struct plex_poster {
	char *key; /* "upload://posters/<SHA-1 of the bytes>", "metadata://posters/…", … */
	bool selected; /* the item's poster */
};

struct plex_posters {
	struct plex_poster *items;
	size_t count;
};

void plex_posters_add(struct plex_posters *p, const struct plex_poster *poster);
void plex_posters_done(struct plex_posters *p);

struct plex_request {
	const char *method;
	char *path; /* with query, percent-encoded; goes behind plex_url */
};

void plex_request_done(struct plex_request *r);

/*
 * Fit to stand in a request as a rating key or a section: 1 to PLEX_KEY_MAX letters, digits, `-` and
 * `_`. Plex's are decimal but documented as opaque. A comma would name several items.
 */
enum { PLEX_KEY_MAX = 64 };
bool plex_key_valid(const char *key);

/* Each of these aborts on a key that is not valid: check what comes from outside. */
void plex_list_sections(struct plex_request *ret);
void plex_list_page(struct plex_request *ret, const char *section, int64_t start, int64_t size);

/*
 * The same of what was added or updated after `since` (seconds since 1970), newest first: what changes
 * while it is paged then moves rows back, so that they come twice instead of never. Filtering by
 * updatedAt is not advertised but works (python-plexapi's library.py); deletions are never told.
 */
enum plex_listing { PLEX_LIST_ALL, PLEX_LIST_ADDED, PLEX_LIST_UPDATED };
void plex_list_changes(struct plex_request *ret, const char *section, enum plex_listing listing,
	int64_t since, int64_t start, int64_t size);

/* The stream of notifications, timeline and activities only; it never ends by itself. */
void plex_watch(struct plex_request *ret);

/* Asks Plex to look what is in one directory of the section; answers before it has looked. */
void plex_scan(struct plex_request *ret, const char *section, const char *directory);

void plex_read_item(struct plex_request *ret, const char *rating_key);

#endif
