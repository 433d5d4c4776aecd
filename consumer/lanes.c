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
	struct dueheap waiting; /* lanes without a job */
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
	dueheap_done(&l->waiting);
	free(l);
}

size_t lanes_count(const struct lanes *l)
{
	return HASH_COUNT(l->slots);
}

/* NOLINTNEXTLINE(readability-function-size): it is uthash that is long */
struct lane *lanes_find(const struct lanes *l, const char *scene_id)
{
	struct slot *slot;

	HASH_FIND_STR(l->slots, scene_id, slot);
	return slot ? &slot->lane : NULL;
}

/* NOLINTNEXTLINE(readability-function-size): it is uthash that is long */
static struct lane *make(struct lanes *l, const char *scene_id, int32_t partition)
{
	struct slot *slot = xcalloc(1, sizeof *slot);

	memcpy(slot->lane.scene_id, scene_id, strlen(scene_id) + 1);
	slot->lane.partition = partition;
	slot->lane.want.covers = -1;
	slot->lane.first_failed_ms = slot->lane.tried_ms = INT64_MIN;
	HASH_ADD_STR(l->slots, lane.scene_id, slot);
	return &slot->lane;
}

struct lane *lanes_open(struct lanes *l, const char *scene_id, int32_t partition, int64_t now_ms)
{
	struct lane *lane = make(l, scene_id, partition);

	dueheap_put(&l->waiting, &lane->due, now_ms);
	return lane;
}

struct lane *lanes_add(struct lanes *l, const struct record *record, struct event *take_event,
	int64_t now_ms, int64_t settle_ms)
{
	struct lane *lane = lanes_find(l, take_event->scene_id);

	if (!lane)
		lane = make(l, take_event->scene_id, record->partition);
	if (!lane->want.any)
		lane->due.due_ms = now_ms + settle_ms;
	if (!lane->job)
		dueheap_put(&l->waiting, &lane->due, lane->due.due_ms);
	lane->offsets = xrealloc(lane->offsets, lane->offset_count + 1, sizeof *lane->offsets);
	lane->offsets[lane->offset_count++] = record->offset;
	want_add(&lane->want, record, take_event);
	return lane;
}

struct lane *lanes_first(const struct lanes *l)
{
	return (struct lane *)dueheap_first(&l->waiting);
}

void lanes_begin(struct lanes *l, struct lane *lane, struct job *job)
{
	dueheap_remove(&l->waiting, &lane->due);
	lane->job = job;
}

/* What came meanwhile has its own time, and so have lanes that are to be looked at at once. */
static void end_job(struct lanes *l, struct lane *lane)
{
	job_free(lane->job);
	lane->job = NULL;
	lane->attempts = lane->misses = lane->cover_tries = 0;
	dueheap_put(&l->waiting, &lane->due, lane->due.due_ms);
}

void lanes_return(struct lanes *l, struct lane *lane)
{
	want_merge(&lane->want, &lane->job->want);
	end_job(l, lane);
}

bool lanes_settle(struct lanes *l, struct lane *lane, struct offsets *offsets)
{
	size_t settled = 0;

	while (settled < lane->offset_count && lane->offsets[settled] <= lane->job->want.covers)
		offsets_settle(offsets, lane->offsets[settled++]);
	lane->offset_count -= settled;
	if (lane->offset_count) /* a lane that only what is pending opened has none */
		memmove(lane->offsets, lane->offsets + settled,
			lane->offset_count * sizeof *lane->offsets);
	lane->first_failed_ms = lane->tried_ms = INT64_MIN;
	end_job(l, lane);
	if (lane->want.any)
		return true;
	lanes_drop(l, lane);
	return false;
}

void lanes_drop(struct lanes *l, struct lane *lane)
{
	struct slot *slot = (struct slot *)lane;

	dueheap_remove(&l->waiting, &lane->due);
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
