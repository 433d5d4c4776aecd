/*
 * A scene's cover on its way to become the item's poster: where it is, and whether what came is a
 * picture that Plex can show. Pure: it judges an answer that somebody else got.
 */
#ifndef CONSUMER_POSTER_H
#define CONSUMER_POSTER_H

#include "common/scene.h"

enum {
	POSTER_SIZE_MAX =
		10 * 1024 * 1024, /* Plex refuses larger ones (413) or fails on them (500) */
	POSTER_SHA1_SIZE = 41, /* 40 lower-case hexadecimal digits and a NUL */
};

/*
 * Where the cover is, or NULL: the scene names none. Stash says its address as it sees itself, so where
 * it is Stash's own (`/scene/ID/screenshot`) the rest is taken from `stash_url` ("": no Stash).
 * *ret_stash: it is Stash, which wants the API key; nobody else may get it. free() it.
 */
char *poster_url(const struct scene *scene, const char *stash_url, bool *ret_stash) WARN_UNUSED;

enum poster_outcome {
	POSTER_GOOD,
	POSTER_NONE_YET, /* Stash's stand-in for a cover that is not there; it may come minutes later */
	POSTER_NO_ACCESS, /* Stash wants a login: the fault is in the settings, not in the scene */
	POSTER_REFUSED, /* nothing that Plex can show; the same bytes will be refused again */
};

/* An answer with a status of 2xx or 3xx; others say enough by themselves. */
struct poster_answer {
	long status;
	const char *location, *content_type; /* "": missing */
	const char *bytes;
	size_t len;
	bool too_large; /* the transfer was ended at POSTER_SIZE_MAX */
};

/*
 * *ret_sha1 of a good one: lower-case hexadecimal, as in Plex's keys of pictures. *ret_type: its media
 * type by its first bytes, never by what the server said. All others say why in *err.
 */
enum poster_outcome poster_judge(const struct poster_answer *answer,
	char ret_sha1[POSTER_SHA1_SIZE], const char **ret_type, struct error *err);

#endif
