/*
 * Which Plex item a scene is, and how sure that is (DESIGN §5 "Matching"). Four tiers, one for each
 * key of a path; the strictest by which any file of the scene meets any part of an item decides.
 */
#ifndef CONSUMER_MATCH_H
#define CONSUMER_MATCH_H

#include "consumer/pathindex.h"

enum match_kind {
	MATCH_HIGH, /* one item, certain: candidates[0] */
	MATCH_LOW, /* not strict: the best of several or doubtful ones: candidates[0] */
	MATCH_AMBIGUOUS, /* strict: a person must choose among several or doubtful ones */
	MATCH_UNSURE, /* one item that is likely another file: counts as not found for now */
	MATCH_NONE,
	MATCH_NO_FILES,
};

struct match_policy {
	bool strict; /* strict_matching */
	bool window_over; /* Plex had its time to scan: what is UNSURE is so for good */
};

enum { MATCH_CANDIDATES = 100 };

/* An item, with the best that speaks for it. */
struct match_candidate {
	char *rating_key, *section;
	char *path; /* of its part, as Plex has it */
	size_t file; /* of the scene, which that part met */
	bool sure; /* were it alone, it would be HIGH */
	bool same_size; /* in bytes, both known */
	bool same_duration; /* within 2 s, both known */
	size_t common; /* components that the ends of the paths share, folded */
};

struct match {
	enum match_kind kind;
	enum pathkey tier; /* that decided; of no meaning without candidates */
	struct match_candidate *candidates; /* one for each rating key, the best first */
	size_t count; /* at most MATCH_CANDIDATES */
	size_t total; /* how many there are in all */
};

void match_done(struct match *m);

/* "exact path", "file name", … */
const char *match_tier_name(enum pathkey tier);

/*
 * Over all sections, and all files of the scene, by the paths that Plex has for them. The best is the
 * one with the same size, then duration, then the longest common end, then the lowest rating key.
 */
void match_scene(struct match *ret, const struct scene_file *files, size_t file_count,
	const struct pathindex *index, const struct match_policy *policy);

/* Whether the item, as it was read, still gives the reason for which it was chosen. */
bool match_holds(const struct match *m, const struct plex_item *item,
	const struct scene_file *files, size_t file_count);

#endif
