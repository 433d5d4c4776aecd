/*
 * Keeps the index of Plex's paths fresh, with one call at a time:
 *
 * - A *rebuild* lists every configured section whole: at first, and now and then, since nothing
 *   else is sure to tell what was deleted.
 * - A *refresh* asks for what changed: when somebody misses a path, when a scan ended, when the
 *   event stream began anew. It looks at the sections first, and only into those whose
 *   contentChangedAt moved. Where Plex refuses to say what changed, it lists the section whole.
 * - A *reread* reads one item that the event stream told of.
 */
#ifndef CONSUMER_LIBRARY_H
#define CONSUMER_LIBRARY_H

#include "consumer/effects.h"
#include "consumer/pathindex.h"

struct library;

struct library_options {
	struct string_list libraries; /* titles or keys; empty: every movie library. Borrowed */
	int64_t page_size; /* rows to ask for; Plex caps them at about 1000 */
	int64_t rebuild_interval_ms; /* how long deletions may go unseen */
	int64_t spacing_ms; /* rest after a rebuild, and after a failure */
	int64_t refresh_spacing_ms; /* rest after a refresh */
};

struct library *library_new(const struct library_options *o);
void library_free(struct library *l);

const struct pathindex *library_index(const struct library *l);

/* Changes whenever the index does: who remembers it knows whether to look again. */
uint64_t library_version(const struct library *l);

/* Every configured section was listed whole at least once: matches can be decided. */
bool library_ready(const struct library *l);

/* What went wrong with the last listing that failed, in a sentence. */
const char *library_trouble(const struct library *l);

/*
 * The index holds everything that Plex had and told of at this time (mono): what was added or
 * updated. What was deleted, and a file that moved without its item being updated, may be found only by
 * the event stream or the next rebuild.
 */
bool library_fresh_since(const struct library *l, int64_t mono_ms);

/* Since when, mono; INT64_MIN: there is no index yet. */
int64_t library_fresh_ms(const struct library *l);

/* Somebody needs an index that is fresh since `mono_ms`. */
void library_want_fresh(struct library *l, int64_t mono_ms);

/* The event stream tells something. */
void library_tell(struct library *l, struct now now, const struct plexnews *news);

/*
 * An item was read by somebody. That somebody was told of none says too little: a proxy says 404 as well,
 * while Plex starts, and no listing of changes would bring the item back.
 */
void library_saw(
	struct library *l, struct now now, const char *rating_key, const struct plex_item *item);

/*
 * Plex lacks this file: asks it to scan the file's directory, once in ten minutes, if it is below a
 * location of a configured section.
 */
void library_scan(struct library *l, struct now now, const char *path, struct effects *effects);

/* Whether something should be asked now; library_start() then does. */
bool library_due(const struct library *l, struct now now);
void library_start(struct library *l, struct now now, struct effects *effects);

/* When library_due() may turn true; INT64_MAX: only by an event. */
int64_t library_deadline_ms(const struct library *l);

/* The call that is under way; 0: none. */
call_id library_call(const struct library *l);

enum listing {
	LISTING_GOES_ON,
	LISTING_COMPLETE, /* a rebuild */
	LISTING_UPDATED, /* a refresh or a reread */
	LISTING_FAILED,
};

/*
 * Its answer. What failed keeps the old index, and is due again after the spacing;
 * library_trouble() says what was wrong.
 */
enum listing library_feed(
	struct library *l, struct now now, const struct input *answer, struct effects *effects);

#endif
