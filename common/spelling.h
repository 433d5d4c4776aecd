/* How far two names are apart: for "did you mean". */
#ifndef COMMON_SPELLING_H
#define COMMON_SPELLING_H

#include "common/base.h"

/*
 * How many characters must be added, removed or replaced to make one out of the other (Levenshtein).
 * Only the first 64 bytes of each count, so that the work is bounded.
 */
size_t spelling_distance(const char *a, const char *b);

/* Whether two names so far apart may be one that was misspelt: up to a third of `name` is wrong. */
bool spelling_near(const char *name, size_t distance);

#endif
