/* The configured sections of Plex, and what is known of each between two listings. */
#ifndef CONSUMER_SECTIONS_H
#define CONSUMER_SECTIONS_H

#include "consumer/plex.h"

struct section {
	char *key;
	struct string_list locations;
	char *content_changed_at; /* as Plex says now; NULL: it does not */
	char *listed_content; /* the same, before its last listing began; NULL: unknown */
	bool listed; /* whole, at least once */
	/* The newest of its items' times, in seconds since 1970; 0: there was none. */
	int64_t newest_added_at, newest_updated_at;
};

struct sections {
	struct section *items;
	size_t count;
};

void sections_done(struct sections *s);

/*
 * Takes over the sections that are configured (by title or key; `wanted` empty: every movie library)
 * of those that Plex has, and keeps what was known of them. on_gone is told those that are no more.
 * false with a sentence when one is missing or of a wrong type: then nothing changes.
 */
bool sections_choose(struct sections *s, const struct string_list *wanted,
	const struct plex_section *found, size_t count,
	void (*on_gone)(void *cookie, const char *key), void *cookie,
	struct error *err) WARN_UNUSED;

/* NULL: it is not configured. */
struct section *sections_find(const struct sections *s, const char *key);

/* Each was listed whole; false also when there is none. */
bool sections_listed(const struct sections *s);

/* Something may have changed in it since its last listing began. */
bool section_changed(const struct section *s);

/* A listing that began after the last sections_choose() is complete. */
void section_note_listed(struct section *s);

/* Something was missed: each may have changed since its last listing. */
void sections_forget_listed(struct sections *s);

/* The section whose location covers most of the path; NULL: none does. */
const struct section *sections_of_path(const struct sections *s, const char *path);

#endif
