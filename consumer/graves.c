#include "consumer/graves.h"

#include "consumer/enginestate.h"

#include <string.h>

enum {
	SLICE = 1000, /* stamps that are looked at at one time: below a millisecond */
	PAUSE_MS = 5, /* … and then others have their turn */
	INTERVAL_MS = 24 * 60 * 60 * 1000,
};

void graves_restart(struct graves *g)
{
	*g = (struct graves){ .next_ms = INT64_MIN };
}

/* Nobody looks at it, and no edit of it may be on its way. */
static bool rests(const struct engine *e, const char *scene_id)
{
	return !lanes_find(e->lanes, scene_id) && !pending_has(e->pending, scene_id) &&
	       !stamps_has_intent(e->stamps, scene_id);
}

static void put_tombstone(
	struct engine *e, const char *scene_id, const struct partition *partition, int64_t offset)
{
	struct record record = { .topic = TOPIC_STAMPS, .partition = partition->id };

	record_set_key(&record, scene_id, strlen(scene_id));
	covers_write(
		&record, (struct covers){ .generation = partition->generation, .offset = offset });
	letters_send(&e->letters, &record, &e->effects);
}

static void look_at(struct engine *e, const struct stamps_cursor *cursor)
{
	const char *scene_id = stamps_cursor_scene_id(cursor);
	const struct partition *partition =
		partitions_find(&e->partitions, stamps_cursor_partition(cursor));
	struct covers covers;
	struct stamp stamp;

	if (!partition || !stamps_cursor_is_grave(cursor) || !rests(e, scene_id) ||
		!stamps_get(e->stamps, scene_id, &stamp, &covers))
		return;
	if (stamp.observed_at_ms && e->now.wall_ms - stamp.observed_at_ms >= e->options.grave_ms)
		put_tombstone(e, scene_id, partition, covers.offset);
	stamp_done(&stamp);
}

void graves_move(struct engine *e)
{
	struct graves *g = &e->graves;

	if (e->now.mono_ms < g->next_ms)
		return;
	g->next_ms = e->now.mono_ms + PAUSE_MS;
	for (int i = 0; i < SLICE; i++) {
		g->last = stamps_next(e->stamps, g->last);
		if (!g->last) {
			g->next_ms = e->now.mono_ms + INTERVAL_MS;
			return;
		}
		look_at(e, g->last);
	}
}

int64_t graves_deadline_ms(const struct engine *e)
{
	return e->graves.next_ms;
}
