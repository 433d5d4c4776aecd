/*
 * What Plex's XML means: which elements matter, and where, and what their attributes bring. It is
 * told of elements in the order of the document, by whatever reads the XML.
 */
#ifndef CONSUMER_PLEXDOC_H
#define CONSUMER_PLEXDOC_H

#include "consumer/plex.h"

enum { PLEXDOC_DEPTH_MAX = 32 };

struct plexdoc {
	int stack[PLEXDOC_DEPTH_MAX]; /* what the open elements mean */
	size_t depth;
	int64_t size, total_size, offset; /* what the MediaContainer says; -1: missing */
	int64_t rows; /* what `size` counts: sections and items, also such as are not kept */
	char *section; /* librarySectionID of the container; NULL: none */
	struct plex_item *items;
	size_t item_count, item_capacity;
	struct plex_section *sections;
	size_t section_count, section_capacity;
	bool section_open; /* the last of `sections` takes what is below its element */
	struct plex_posters posters;
	bool item_open; /* the last of `items` takes what is below its element */
	int64_t media_duration_ms; /* of the open Media */
};

/* The attributes of an element, as their reader holds them. */
struct plexdoc_attributes {
	/* The value of an attribute without a namespace, decoded, on the heap; NULL: missing. */
	char *(*find)(const void *cookie, const char *name);
	const void *cookie;
};

/* What answers when a proxy or a login page stands in Plex's place. */
extern const char plexdoc_html_sentence[];

void plexdoc_init(struct plexdoc *d);
void plexdoc_done(struct plexdoc *d); /* frees all that was read, too */

/*
 * An element begins. false with *err, in a sentence, when the document is none that we read: its
 * root is no MediaContainer, its numbers are none, it is nested too deep.
 */
bool plexdoc_open(struct plexdoc *d, const char *name, const struct plexdoc_attributes *a,
	struct error *err) WARN_UNUSED;

/* The innermost element ends. */
void plexdoc_close(struct plexdoc *d);

/* After the end: whether it held as many rows as its `size` says. */
bool plexdoc_whole(const struct plexdoc *d, struct error *err) WARN_UNUSED;

#endif
