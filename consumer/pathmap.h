/*
 * Paths of Stash's files → paths by which Plex sees them: literal prefixes, matched at component
 * boundaries, the longest first.
 *
 * A side that begins with a drive (`C:\`, `C:/`) or a backslash, or with two slashes (UNC), is a path
 * of Windows: both separators mean the same in it, it is written with backslashes as Plex does on
 * Windows, and the case of a drive letter to look for does not matter. In any other a backslash is a
 * character like all others.
 */
#ifndef CONSUMER_PATHMAP_H
#define CONSUMER_PATHMAP_H

#include "common/setting.h"

struct pathmap;

/*
 * From rules `from:to`; a letter before `:\` or `:/` at the start of a side is a drive. Separators at
 * the end of a side do not count. NULL: a rule is wrong, and the error is about the setting path_map.
 */
struct pathmap *pathmap_new(const struct setting_list *rules, struct error *err) WARN_UNUSED;
void pathmap_free(struct pathmap *map);

/*
 * The path with its longest prefix replaced, and what follows in the separators of the target; a
 * copy where no rule fits. Heap. NULL as map has no rules.
 */
char *pathmap_apply(const struct pathmap *map, const char *path) WARN_UNUSED;

/* As pathmap_apply(), and by which rule, as it was written: NULL when none fits. Borrowed. */
char *pathmap_explain(
	const struct pathmap *map, const char *path, const char **ret_rule) WARN_UNUSED;

#endif
