/* What the library is made of; for library.c and its parts only. */
#ifndef CONSUMER_LIBRARY_STATE_H
#define CONSUMER_LIBRARY_STATE_H

#include "consumer/library.h"
#include "consumer/rereads.h"
#include "consumer/scans.h"
#include "consumer/sections.h"

enum { MAX_DOUBTS = 64 };

/* An item that must be read before another one is taken for a second owner of the same path. */
struct doubt {
	struct plexnews item;
	bool settled; /* the other owners were read: what this one has is taken */
};

struct library {
	struct library_options options;
	struct pathindex *index;
	uint64_t version;
	struct sections sections;
	struct error trouble;
	call_id call;

	/* Single items. */
	struct rereads rereads;
	struct doubt doubts[MAX_DOUBTS];
	size_t doubt_count;
	bool too_doubtful; /* there was no room for a doubt: list whole instead */
	struct scans scans;
	struct plexnews reading; /* the item that is being read; no rating key: none */
	bool reading_doubt, reading_settled;
	int64_t earliest_read_mono_ms;

	/* The listing under way. */
	bool listing_open;
	bool rebuild;
	size_t section; /* the one that is on; as many as there are: none */
	enum plex_listing listing;
	int64_t start, total; /* of its paging; total -1: not known yet */
	bool moved; /* the total changed while paging */
	int repeats;
	int64_t newest_added_at, newest_updated_at; /* of the rows so far */
	int64_t started_mono_ms, started_wall_ms;

	int64_t fresh_mono_ms; /* when the last listing that is complete started */
	int64_t wanted_mono_ms; /* fresh since this time, somebody asked */
	int64_t rebuild_mono_ms; /* when the next one is due by itself */
	int64_t earliest_mono_ms; /* no listing starts before */
};

/* ---- library_items.c ---- */

/*
 * Puts one item of a section into the index. A path that another item owns may have changed hands,
 * and nothing tells what was deleted: then the others are read first, and this one once more.
 */
void library_take_item(
	struct library *l, const char *section, const struct plex_item *item, bool settled);

/* When an item may be read, mono; INT64_MAX: none is to be read. */
int64_t library_read_deadline_ms(const struct library *l);

/* Reads the next item; there must be one. */
void library_read(struct library *l, struct effects *effects);

/* The answer. false: Plex is away, and the item will be read later. */
bool library_feed_item(struct library *l, struct now now, const struct input *answer);

/* ---- library_listing.c ---- */

void library_list(struct library *l, struct now now, struct effects *effects);
enum listing library_feed_listing(
	struct library *l, struct now now, const struct input *answer, struct effects *effects);

/* No page is to come any more; `whole`: everything came. Doubts are read before it is over. */
enum listing library_end_listing(
	struct library *l, struct now now, bool whole, struct effects *effects);

#endif
