/* Plex: items with fields and locks, which answers as a server does, or does not answer. */
#ifndef TESTS_DST_PLEXWORLD_H
#define TESTS_DST_PLEXWORLD_H

#include "consumer/plexedit.h"
#include "tests/dst/plexlists.h"
#include "tests/dst/stashworld.h"

#define PLEXWORLD_SECTION "1"

struct plexworld_item {
	char key[VALUE_SIZE];
	int number; /* of the scene whose file it has */
	bool gone; /* no item any more, and its key is never given again */
	char path[VALUE_SIZE];
	int64_t added_at, updated_at; /* seconds since 1970 */
	char values[PLEX_FIELDS][VALUE_SIZE];
	bool locked[PLEX_FIELDS];
	struct plexlists lists;
	int rating100;
	bool poisoned; /* some versions are refused with 400 */
	int64_t ignores_until_ms; /* edits are answered with 200 and change nothing */
	int64_t broken_until_ms; /* answers 500 */
};

/* Where a scene's file is, for the oracle. */
struct plexworld_file {
	bool ambiguous; /* two items have it, for ever */
	bool chosen; /* … of which a person chose the first */
	bool here; /* at least one item has it */
	int64_t since_ms; /* … since then, or not */
	bool refused; /* an edit of its item was answered with 400 */
};

/* What the event stream tells of an item. */
struct plexworld_news {
	char key[VALUE_SIZE];
	int64_t updated_at;
	bool gone;
};

struct plexworld {
	struct world *world;
	struct plexworld_item *items;
	size_t count;
	struct plexworld_file *files; /* for each scene */
	int64_t down_until_ms; /* an outage */
	enum outcome down_how;
	uint64_t edits; /* that took effect */
	int64_t content_changed; /* contentChangedAt, a counter */
	struct plexworld_news *news; /* all since the beginning */
	size_t news_count;
	void (*on_news)(void *cookie); /* there is more of it; may be NULL */
	void *cookie;
};

void plexworld_init(struct plexworld *p, struct world *w);
void plexworld_done(struct plexworld *p);

struct plexworld_item *plexworld_find(struct plexworld *p, const char *key);

/* The living item of a scene, the first of several; NULL: none. */
struct plexworld_item *plexworld_of_scene(struct plexworld *p, int number);

/* As Plex tells of it. */
void plexworld_read(const struct plexworld_item *item, struct plex_item *ret);

/* An edit arrives. What it does is done; the outcome is what Plex would answer. */
enum outcome plexworld_edit(struct plexworld *p, const char *key, const struct plex_edit *edit);

/* An agent fills what is empty and not locked. */
void plexworld_refresh(struct plexworld *p, struct plexworld_item *item);

/* A person puts something into one of its lists. */
void plexworld_add_member(struct plexworld *p, struct plexworld_item *item, enum plex_list list);

/* The scene's file leaves Plex, or comes (back) under a new key. */
void plexworld_remove(struct plexworld *p, int number);
void plexworld_add(struct plexworld *p, int number);

#endif
