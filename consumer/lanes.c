#include "consumer/lanes.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* The public part comes first, so that one pointer serves as both. */
struct slot {
	struct lane lane;
	UT_hash_handle hh;
};

struct lanes {
	struct slot *slots;
};

struct lanes *lanes_new(void)
{
	return xcalloc(1, sizeof(struct lanes));
}

void lanes_free(struct lanes *l)
{
	struct lane *lane;

	if (!l)
		return;
	while ((lane = lanes_next(l, NULL)))
		lanes_drop(l, lane);
	free(l);
}

size_t lanes_count(const struct lanes *l)
{
	return HASH_COUNT(l->slots);
}

/* NOLINTNEXTLINE(readability-function-size): it is uthash that is long */
static struct lane *find_or_make(struct lanes *l, const struct record *record, const char *scene_id)
{
	struct slot *slot;

	HASH_FIND_STR(l->slots, scene_id, slot);
	if (!slot) {
		slot = xcalloc(1, sizeof *slot);
		memcpy(slot->lane.scene_id, scene_id, strlen(scene_id) + 1);
		slot->lane.partition = record->partition;
		slot->lane.want.covers = -1;
		slot->lane.missed_ms = INT64_MIN;
		HASH_ADD_STR(l->slots, lane.scene_id, slot);
	}
	return &slot->lane;
}

struct lane *lanes_add(struct lanes *l, const struct record *record, struct event *take_event,
	int64_t now_ms, int64_t settle_ms)
{
	struct lane *lane = find_or_make(l, record, take_event->scene_id);
	bool anew = !lane->want.any || lane->attempts || lane->misses || lane->held;

	if (anew) {
		lane->due_ms = now_ms + settle_ms;
		lane->held = false;
	}
	if (!lane->job)
		lane->attempts = lane->misses = 0;
	lane->offsets = xrealloc(lane->offsets, lane->offset_count + 1, sizeof *lane->offsets);
	lane->offsets[lane->offset_count++] = record->offset;
	want_add(&lane->want, record, take_event);
	return lane;
}

bool lane_waits(const struct lane *lane)
{
	return lane->want.any && !lane->job;
}

void lane_begin(struct lane *lane, struct job *job)
{
	lane->job = job;
	lane->held = false;
}

void lane_return(struct lane *lane, int64_t due_ms)
{
	/* What came meanwhile has its own, earlier time, and starts the attempts anew. */
	if (lane->want.any)
		lane->attempts = lane->misses = 0;
	else
		lane->due_ms = due_ms;
	want_merge(&lane->want, &lane->job->want);
	job_free(lane->job);
	lane->job = NULL;
}

bool lanes_settle(struct lanes *l, struct lane *lane, struct offsets *offsets)
{
	size_t settled = 0;

	while (settled < lane->offset_count && lane->offsets[settled] <= lane->job->want.covers)
		offsets_settle(offsets, lane->offsets[settled++]);
	lane->offset_count -= settled;
	memmove(lane->offsets, lane->offsets + settled, lane->offset_count * sizeof *lane->offsets);
	job_free(lane->job);
	lane->job = NULL;
	lane->attempts = lane->misses = 0;
	lane->first_failed_ms = 0;
	lane->missed_ms = INT64_MIN;
	if (lane->want.any)
		return true;
	lanes_drop(l, lane);
	return false;
}

void lanes_drop(struct lanes *l, struct lane *lane)
{
	struct slot *slot = (struct slot *)lane;

	HASH_DEL(l->slots, slot);
	want_done(&lane->want);
	job_free(lane->job);
	free(lane->offsets);
	free(slot);
}

struct lane *lanes_next(const struct lanes *l, const struct lane *after)
{
	const struct slot *slot = (const struct slot *)after;
	struct slot *next = slot ? slot->hh.next : l->slots;

	return next ? &next->lane : NULL;
}
