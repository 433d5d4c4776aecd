#include "consumer/lookout.h"

#include "consumer/ownership.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLICE = 1000, /* scenes that are looked at at one time: below a millisecond */
	PAUSE_MS = 5, /* … and then others have their turn */
	LETTERS_MAX = 100, /* while so many of ours are on their way to Kafka, no more are sent */
	RIVALS_MAX = 16, /* items with one path */
};

/* A scene for which an event was sent, because these items had its path: once is enough. */
struct told {
	int64_t id; /* of the scene */
	uint64_t others;
};

void lookout_done(struct lookout *l)
{
	struct told *told;
	size_t at = 0;

	while ((told = idmap_next(&l->told, &at)))
		free(told);
	idmap_done(&l->told);
}

void lookout_restart(struct lookout *l)
{
	lookout_done(l);
	*l = (struct lookout){ .next_ms = INT64_MIN };
	idmap_init(&l->told, offsetof(struct told, id));
}

/* ---- scenes that wait for an item ---- */

static uint64_t survey(const struct engine *e, const struct pathtrace *files, size_t count)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < count; i++)
		seen += pathindex_survey(library_index(e->library), &files[i]);
	return seen;
}

uint64_t lookout_trace(const struct engine *e, const struct job *job, struct pathtraces *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < job->scene.file_count && i < PATHTRACES_MAX; i++)
		pathkey_trace(job->plex_files[i].path, &ret->items[ret->count++]);
	return survey(e, ret->items, ret->count);
}

static void look_at_miss(struct engine *e, struct miss *miss)
{
	uint64_t seen = survey(e, miss->files, miss->file_count);

	if (seen == miss->seen)
		return;
	if (!seen || pending_wake(e->pending, miss->id, e->now.mono_ms))
		miss->seen = seen;
}

/* ---- scenes that were found ---- */

/* The items that have the path, as one number; 0: the scene's own is among them, or there is none. */
static uint64_t others_at(const struct engine *e, const struct stamp_place *place)
{
	struct pathindex_hit hits[RIVALS_MAX];
	size_t count = pathindex_find_hash(
		library_index(e->library), place->plex_path_hash, hits, RIVALS_MAX);
	uint64_t others = 0;

	if (count > RIVALS_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(hits[i].rating_key);

		if (len == place->rating_key_len &&
			memcmp(hits[i].rating_key, place->rating_key, len) == 0)
			return 0;
		others += hash_bytes(hits[i].rating_key, len);
	}
	return others;
}

/* Somebody looks at it anyway, and it is checked again at the end. */
static bool is_in_work(const struct engine *e, const char *scene_id)
{
	return lanes_find(e->lanes, scene_id) || pending_has(e->pending, scene_id);
}

/* false: it was told of them already. */
static bool note_told(struct lookout *l, const char *scene_id, uint64_t others)
{
	int64_t id = strtoll(scene_id, NULL, 10);
	struct told *told = idmap_get(&l->told, id);
	bool news = !told || told->others != others;

	if (!told) {
		told = xcalloc(1, sizeof *told);
		told->id = id;
		idmap_put(&l->told, told);
	}
	told->others = others;
	return news;
}

static void look_at_stamp(struct engine *e, const struct stamps_cursor *stamp)
{
	const char *scene_id = stamps_cursor_scene_id(stamp);
	struct stamp_place place;
	uint64_t others;

	if (!partitions_find(&e->partitions, stamps_cursor_partition(stamp)) ||
		!stamps_cursor_place(stamp, &place))
		return;
	others = others_at(e, &place);
	if (others && !is_in_work(e, scene_id) && note_told(&e->lookout, scene_id, others))
		ownership_tell_again(e, scene_id, stamps_cursor_partition(stamp));
}

void lookout_check(struct engine *e, const char *scene_id)
{
	const struct stamps_cursor *stamp = stamps_find(e->stamps, scene_id);

	if (stamp && e->group == GROUP_RUNNING && library_ready(e->library))
		look_at_stamp(e, stamp);
}

/* ---- the walk ---- */

static bool walks(const struct lookout *l)
{
	return l->misses_left || l->stamps_left;
}

static bool is_due(const struct engine *e)
{
	const struct lookout *l = &e->lookout;

	return library_ready(e->library) &&
	       (walks(l) || !l->known || l->version != library_version(e->library));
}

static void begin(struct engine *e)
{
	struct lookout *l = &e->lookout;

	l->known = true;
	l->version = library_version(e->library);
	l->misses_left = pending_misses(e->pending)->count;
	l->stamps_left = true;
	l->stamp = NULL;
}

static bool look_at_next_miss(struct engine *e)
{
	struct misses *misses = pending_misses(e->pending);
	size_t *left = &e->lookout.misses_left;

	if (*left > misses->count)
		*left = misses->count;
	if (!*left)
		return false;
	look_at_miss(e, misses->items[--*left]);
	return true;
}

static bool look_at_next_stamp(struct engine *e)
{
	struct lookout *l = &e->lookout;

	if (!l->stamps_left)
		return false;
	l->stamp = stamps_next(e->stamps, l->stamp);
	l->stamps_left = l->stamp != NULL;
	if (l->stamp)
		look_at_stamp(e, l->stamp);
	return l->stamps_left;
}

void lookout_move(struct engine *e)
{
	struct lookout *l = &e->lookout;

	if (!is_due(e) || e->now.mono_ms < l->next_ms)
		return;
	l->next_ms = e->now.mono_ms + PAUSE_MS;
	if (!walks(l))
		begin(e);
	for (int i = 0; i < SLICE && look_at_next_miss(e); i++)
		;
	if (letters_count(&e->letters) < LETTERS_MAX)
		for (int i = 0; i < SLICE && look_at_next_stamp(e); i++)
			;
}

int64_t lookout_deadline_ms(const struct engine *e)
{
	return is_due(e) ? e->lookout.next_ms : INT64_MAX;
}
