/*
 * What Plex's event stream tells of its libraries: the notifications that matter to an index of
 * paths, out of all that come. They hold no path: an item that changed has to be read.
 */
#ifndef CONSUMER_PLEXNEWS_H
#define CONSUMER_PLEXNEWS_H

#include "consumer/plex.h"

enum plexnews_kind {
	PLEXNEWS_LISTENING, /* the stream is there: whatever happens from now on is told */
	PLEXNEWS_ITEM, /* an item was added, changed or deleted */
	PLEXNEWS_SCANNED, /* a scan of a section ended */
	PLEXNEWS_LOST, /* something was told that could not be read */
};

struct plexnews {
	enum plexnews_kind kind;
	char section[PLEX_KEY_MAX + 1]; /* ITEM, SCANNED; "": not said */
	char rating_key[PLEX_KEY_MAX + 1]; /* ITEM */
	int64_t updated_at; /* ITEM: seconds since 1970; 0: not said */
	bool gone; /* ITEM: it was deleted */
};

/*
 * Reads one notification, as JSON, in fixed memory; on_news is called for each thing it tells, perhaps
 * never. A NotificationContainer may be around it, and a single entry need not be in a list (both
 * forms are in use). false: it is no JSON, and what it would have told is lost.
 *
 * Of a timeline entry state 1 counts as well as 5 (processed) and 9 (deleted): libraries without an
 * agent, as Other Videos, end there
 * (python-plexapi's alert.py, Tautulli's activity_handler.py).
 */
bool plexnews_read(const char *json, size_t len,
	void (*on_news)(void *cookie, const struct plexnews *news), void *cookie) WARN_UNUSED;

#endif
