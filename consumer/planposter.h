/*
 * Whether a cover becomes an item's poster. A poster is set once for each cover: what people or agents
 * do to it later stays until Stash has another cover.
 */
#ifndef CONSUMER_PLANPOSTER_H
#define CONSUMER_PLANPOSTER_H

#include "consumer/plan.h"

enum planposter {
	PLANPOSTER_KEEP, /* nothing to do */
	PLANPOSTER_LOOK, /* ask Plex for the item's posters (plex_list_posters), then ask again */
	PLANPOSTER_SELECT, /* Plex has the picture: plex_select_poster() with planposter_key() */
	PLANPOSTER_UPLOAD, /* plex_upload_poster() */
};

/*
 * `sha1` of the cover: see poster_judge(). `posters` NULL: not asked for yet. What has to happen:
 *
 * the base says that it was brought, and no     keep, without asking Plex
 *   edit of the poster may be on its way
 * it is the item's poster                      keep; planposter_applied() makes it ours
 * preserve_plex_edits, the poster is locked    keep: a person chose it
 *   and none of ours
 * else                                         select it, if Plex has it, or upload it
 */
enum planposter planposter_step(const char *sha1, const struct plex_item *item,
	const struct plex_posters *posters, const struct stamp *stamp,
	const struct plan_policy *policy);

/* Plex's key of an uploaded picture (facts/plex.md §2.10). free() it. */
char *planposter_key(const char *sha1) WARN_UNUSED;

/* Adds to an intent what a select or an upload is about to do. */
void planposter_intent(struct marks *ret, const char *sha1);

/*
 * Makes the cover the base's poster in *m (what plan_applied() gave) if the item's posters, read
 * afterwards, show it. `before`: those before the upload, by which a Plex is understood that gives its
 * uploads other keys. false, and nothing changes: it did not take (PLEX_POSTER_NAME).
 */
bool planposter_applied(struct marks *m, const char *sha1, const struct plex_posters *before,
	const struct plex_posters *after);

#endif
