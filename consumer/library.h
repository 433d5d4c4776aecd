/*
 * Keeps the index of Plex's paths: lists the sections, pages through the configured ones, and does
 * it again when somebody misses a path or time has passed. One listing at a time.
 */
#ifndef CONSUMER_LIBRARY_H
#define CONSUMER_LIBRARY_H

#include "consumer/effects.h"
#include "consumer/pathindex.h"

struct library;

struct library_options {
	struct string_list libraries; /* titles or keys; empty: every movie library. Borrowed */
	int64_t page_size; /* rows to ask for; Plex caps them at about 1000 */
	int64_t rebuild_interval_ms; /* how old a complete index may get */
	int64_t spacing_ms; /* rest between two listings */
};

struct library *library_new(const struct library_options *o);
void library_free(struct library *l);

const struct pathindex *library_index(const struct library *l);

/* Every configured section was listed whole at least once: matches can be decided. */
bool library_ready(const struct library *l);

/* What went wrong with the last listing that failed, in a sentence. */
const char *library_trouble(const struct library *l);

/* The index holds everything that Plex knew at this time (mono). */
bool library_fresh_since(const struct library *l, int64_t mono_ms);

/* Since when, mono; INT64_MIN: there is no index yet. */
int64_t library_fresh_ms(const struct library *l);

/* Somebody needs an index that is fresh since `mono_ms`. */
void library_want_fresh(struct library *l, int64_t mono_ms);

/* Whether a listing should start now; library_start() then starts it. */
bool library_due(const struct library *l, struct now now);
void library_start(struct library *l, struct now now, struct effects *effects);

/* When library_due() may turn true; INT64_MAX: only by an event. */
int64_t library_deadline_ms(const struct library *l);

/* The call that is under way; 0: none. */
call_id library_call(const struct library *l);

enum listing { LISTING_GOES_ON, LISTING_COMPLETE, LISTING_FAILED };

/*
 * Its answer. A listing that failed keeps the old index, and is due again after the spacing;
 * library_trouble() says what was wrong.
 */
enum listing library_feed(
	struct library *l, struct now now, const struct input *answer, struct effects *effects);

#endif
