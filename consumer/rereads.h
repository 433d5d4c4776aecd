/*
 * Items that Plex told something about, until they are read: a bounded set, each read once though it
 * is told of several times, and not at all when what was told is known already, as of our own edits.
 */
#ifndef CONSUMER_REREADS_H
#define CONSUMER_REREADS_H

#include "consumer/inputs.h"

enum { REREADS_MAX = 32, REREADS_SEEN_MAX = 64 };

struct reread {
	struct plexnews news; /* the newest of the item */
	int64_t due_mono_ms;
};

struct rereads {
	struct reread items[REREADS_MAX]; /* in the order in which they are due */
	size_t count;
	struct {
		char rating_key[PLEX_KEY_MAX + 1];
		int64_t updated_at, mono_ms;
	} seen[REREADS_SEEN_MAX]; /* a ring */
	size_t next_seen;
};

/* An item was told of. false: there is no room for one more. */
bool rereads_add(struct rereads *r, struct now now, const struct plexnews *news) WARN_UNUSED;

/* The item was read, by whomever; `updated_at` as Plex says (0: unknown). */
void rereads_saw(struct rereads *r, struct now now, const char *rating_key, int64_t updated_at);

/* When the first item is due, mono; INT64_MAX: there is none. */
int64_t rereads_deadline_ms(const struct rereads *r);

/* Takes the first one out; there must be one. */
void rereads_take(struct rereads *r, struct plexnews *ret);

#endif
