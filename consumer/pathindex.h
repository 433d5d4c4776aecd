/*
 * Path → Plex items, over all configured sections. Built by generations: a section's new generation
 * is filled aside and replaces the old one when it is complete.
 */
#ifndef CONSUMER_PATHINDEX_H
#define CONSUMER_PATHINDEX_H

#include "consumer/plex.h"

struct pathindex;

struct pathindex *pathindex_new(void);
void pathindex_free(struct pathindex *x);

/* Starts a new generation of a section; rows go there until commit or abort. */
void pathindex_begin(struct pathindex *x, const char *section);

/*
 * Every part of the item, by its exact path. A rating key that comes twice in one generation counts
 * once. Without an open generation nothing happens.
 */
void pathindex_add(struct pathindex *x, const char *section, const struct plex_item *item);

/* The generation is complete: it replaces what the section had. */
void pathindex_commit(struct pathindex *x, const char *section);
void pathindex_abort(struct pathindex *x, const char *section);

/* A section that is not configured any more. */
void pathindex_remove(struct pathindex *x, const char *section);

struct pathindex_hit {
	const char *rating_key; /* borrowed until the next change */
	const char *section;
	int64_t size; /* of the part, in bytes; -1: unknown */
	int64_t duration_ms; /* -1: unknown */
};

/*
 * Items that own exactly this path, those of a section in the order in which they came; at most `max`
 * go to ret. Returns how many there are in all.
 */
size_t pathindex_find(
	const struct pathindex *x, const char *path, struct pathindex_hit *ret, size_t max);

/* Paths that can be found, each once for every item that owns it. */
size_t pathindex_paths(const struct pathindex *x);

#endif
