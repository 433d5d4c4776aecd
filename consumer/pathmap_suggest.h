/* Which rules of path_map would make Stash's paths meet Plex's: a proposal for a person to accept. */
#ifndef CONSUMER_PATHMAP_SUGGEST_H
#define CONSUMER_PATHMAP_SUGGEST_H

#include "common/base.h"

struct pathmap_suggestion {
	char *rule; /* from:to, as path_map takes it */
	size_t samples; /* of Stash below `from` that no rule before explains */
	size_t matched; /* of them, that Plex has by the path that the rule gives */
	bool ambiguous; /* another rule for `from` does nearly as well, and is suggested too */
};

struct pathmap_suggestions {
	struct pathmap_suggestion *items; /* the one that explains most first */
	size_t count;
	size_t samples; /* of Stash, in all */
	size_t unmapped; /* of them, that Plex has without any rule */
	size_t matched; /* … or by a suggested rule that is not ambiguous */
};

/*
 * From files of both sides. Paths are compared from their ends, as folded ones are (pathkey.h), so that
 * the roots need not have anything in common. A rule is suggested when at least two samples and half of
 * those below its `from` are found by it. Samples of Stash shall be files that Plex may have; Plex's
 * side may be a sample too, but then the rates are too low.
 */
void pathmap_suggest(struct pathmap_suggestions *ret, const char *const *stash, size_t stash_count,
	const char *const *plex, size_t plex_count);

void pathmap_suggestions_done(struct pathmap_suggestions *s);

#endif
