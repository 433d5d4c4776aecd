/* Which Plex item a scene is, and how sure that is. Exact paths so far; tiers come on top. */
#ifndef CONSUMER_MATCH_H
#define CONSUMER_MATCH_H

#include "consumer/pathindex.h"

enum match_kind {
	MATCH_HIGH, /* one item, certain */
	MATCH_NONE,
	MATCH_AMBIGUOUS, /* several items own the scene's files */
	MATCH_NO_FILES,
};

enum { MATCH_CANDIDATES = 100 };

struct match_candidate {
	char *rating_key, *section, *path;
};

struct match {
	enum match_kind kind;
	struct match_candidate
		*candidates; /* de-duplicated by rating key, in the order of the scene's files */
	size_t count; /* at most MATCH_CANDIDATES */
	size_t total; /* how many there are in all */
};

void match_done(struct match *m);

/* Over all sections, and all files of the scene, by the paths that Plex has for them. */
void match_scene(struct match *ret, const struct scene_file *files, size_t file_count,
	const struct pathindex *index);

#endif
