/*
 * Plex's XML by libxml2's SAX push parser: no DTD, no entities, no network, capped depth, strict.
 * A body that is not well-formed (Plex emits raw control characters) is scrubbed and parsed
 * strictly once more; RECOVER would silently lose items.
 */
#ifndef CONSUMER_PLEXXML_H
#define CONSUMER_PLEXXML_H

#include "consumer/plex.h"

enum { PLEXXML_BODY_MAX = 64 * 1024 * 1024 }; /* bytes of one answer */

/* What stands on the MediaContainer. */
struct plexxml_container {
	int64_t size; /* -1: missing */
	int64_t total_size; /* -1: missing (an unpaged answer) */
	int64_t offset; /* -1: missing */
	int64_t rows; /* what `size` counts: sections, items and posters, also such as are not handed over */
	bool scrubbed; /* the first parse failed */
};

/*
 * Borrowed for the call. NULL callbacks are skipped; elements of no interest are ignored, and so are
 * collections among items and items whose rating key cannot stand in a request.
 */
struct plexxml_handler {
	void (*on_section)(void *cookie, const struct plex_section *section);
	void (*on_item)(void *cookie, const struct plex_item *item);
	void (*on_poster)(void *cookie, const struct plex_poster *poster);
	void *cookie;
};

/*
 * Parses one whole answer. false with *err, in a sentence, when it is no MediaContainer (HTML of a
 * proxy, a Response document, nothing at all), is truncated, or does not hold as many rows as its
 * `size` says. Rows are handed over only after the whole document proved right.
 */
bool plexxml_parse(const char *body, size_t len, const struct plexxml_handler *handler,
	struct plexxml_container *ret, struct error *err) WARN_UNUSED;

#endif
