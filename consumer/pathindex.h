/*
 * Path → Plex items, over all configured sections. Built by generations: a section's new generation
 * is filled aside and replaces the old one when it is complete. Single items can be changed at any
 * time between.
 */
#ifndef CONSUMER_PATHINDEX_H
#define CONSUMER_PATHINDEX_H

#include "consumer/pathkey.h"
#include "consumer/plex.h"

struct pathindex;

struct pathindex *pathindex_new(void);
void pathindex_free(struct pathindex *x);

/* Starts a new generation of a section; rows go there until commit or abort. */
void pathindex_begin(struct pathindex *x, const char *section);

/*
 * Every part of the item. Of a rating key that comes again in one generation the last one counts.
 * Without an open generation nothing happens.
 */
void pathindex_add(struct pathindex *x, const char *section, const struct plex_item *item);

/* The generation is complete: it replaces what the section had. */
void pathindex_commit(struct pathindex *x, const char *section);
void pathindex_abort(struct pathindex *x, const char *section);

/* A section that is not configured any more. */
void pathindex_remove(struct pathindex *x, const char *section);

/*
 * News of one item: its parts replace those that the section knew of it, in the complete generation
 * and in the one that is being filled. A section that has neither stays without the item. Returns
 * whether the complete one changed.
 */
bool pathindex_update(struct pathindex *x, const char *section, const struct plex_item *item);

/* The item is gone from the section. Returns whether the complete generation changed. */
bool pathindex_drop(struct pathindex *x, const char *section, const char *rating_key);

struct pathindex_hit {
	const char *rating_key; /* borrowed until the next change, like all texts here */
	const char *section;
	const char *path; /* of the part, as Plex has it */
	int64_t size; /* of the part, in bytes; -1: unknown */
	int64_t duration_ms; /* -1: unknown */
};

/*
 * Parts whose path meets this one by that key, in no particular order; at most `max` go to ret, which
 * may be NULL for 0. Returns how many there are in all.
 */
size_t pathindex_find_by(const struct pathindex *x, enum pathkey key, const char *path,
	struct pathindex_hit *ret, size_t max);

/* By exactly this path. */
size_t pathindex_find(
	const struct pathindex *x, const char *path, struct pathindex_hit *ret, size_t max);

/*
 * Hashes that stand for a path, or for a file's name in any spelling, where the text itself is too
 * long to keep. The same on every machine and in every version.
 */
uint64_t pathindex_path_hash(const char *path);
uint64_t pathindex_name_hash(const char *path);

/* As pathindex_find(), by the hash of the path. */
size_t pathindex_find_hash(
	const struct pathindex *x, uint64_t path_hash, struct pathindex_hit *ret, size_t max);

/*
 * A number for all that could match a path of this trace: it changes when such a part comes or goes, or
 * its size changes, but for further ones that have only the name in common. 0: there is nothing.
 */
uint64_t pathindex_survey(const struct pathindex *x, const struct pathtrace *trace);

/* Whether any part's file has a name with this hash. */
bool pathindex_has_name(const struct pathindex *x, uint64_t name_hash);

/* Whether any section has the item, with or without parts. */
bool pathindex_has_item(const struct pathindex *x, const char *rating_key);

/* Paths that can be found, each once for every item that owns it. */
size_t pathindex_paths(const struct pathindex *x);

#endif
