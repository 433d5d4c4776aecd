/* Which scenes are brought to Plex at all. */
#ifndef CONSUMER_GATE_H
#define CONSUMER_GATE_H

#include "common/scene.h"
#include "common/setting.h"

struct gate_policy {
	bool enabled;
	bool organized_only;
	/* Names, compared without regard to case; globs. Borrowed. */
	struct setting_list include_tags, exclude_tags, exclude_studios, exclude_paths;
};

enum gate_known {
	GATE_NEW = 0,
	GATE_SYNCED = 1, /* plexsync wrote it to Plex before: emptying it is an edit, too */
	GATE_PINNED = 2, /* a person chose its Plex item, so that it needs no file */
};

/*
 * NULL: the scene passes. Else why not, a stable word, the first that holds:
 *
 * disabled           `enabled` is off
 * no_files           no file, by which Plex's item could be found
 * not_organized      organized_only, and it is not
 * excluded_tag       it has one of exclude_tags, or none of include_tags
 * excluded_studio    its studio, or that studio's parent, is one of exclude_studios
 * excluded_path      every file of it is below one of exclude_paths, or matches it as a glob: `*` is
 *                    anything, slashes too, `?` any one character, `[…]` one of several, `\` itself
 * low_quality        nothing is known of it: no title but the file's name, no details, date, studio,
 *                    performer or tag; only while GATE_NEW
 *
 * `known` are flags of enum gate_known.
 */
const char *gate_check(const struct gate_policy *policy, const struct scene *scene, unsigned known);

/* The same for people, in a sentence. */
const char *gate_sentence(const char *reason);

#endif
