#include "consumer/ownership.h"

#include "consumer/scheduler.h"

#include <string.h>

/* An edit that a former owner sent may take effect until then. */
enum { VERIFY_AFTER_MS = 60000 };

/* ---- giving back ---- */

static void store_offsets(struct engine *e)
{
	for (size_t i = 0; i < e->partitions.count; i++) {
		int64_t offset;

		if (offsets_store(&e->partitions.items[i].offsets, &offset)) {
			struct effect *effect = effects_add(&e->effects, DO_STORE_OFFSET);

			effect->partition = e->partitions.items[i].id;
			effect->offset = offset;
		}
	}
}

static void forget(struct engine *e)
{
	scheduler_drop_lanes(e, false);
	letters_clear(&e->letters);
	partitions_clear(&e->partitions);
	pending_clear(e->pending);
}

static void release(struct engine *e)
{
	forget(e);
	effects_add(&e->effects, DO_RELEASE);
	e->group = GROUP_NONE;
}

void ownership_revoked(struct engine *e)
{
	if (e->group == GROUP_ASLEEP) {
		release(e);
		return;
	}
	e->group = GROUP_RELEASING;
	e->release_by_ms = e->now.mono_ms + e->options.release_timeout_ms;
}

void ownership_lost(struct engine *e)
{
	release(e);
}

/* Revoked partitions go once nothing is half done, or once it takes too long. */
void ownership_move(struct engine *e)
{
	bool idle = !e->running_count && letters_empty(&e->letters);

	store_offsets(e);
	if (e->group == GROUP_RELEASING && (idle || e->now.mono_ms >= e->release_by_ms))
		release(e);
}

/* ---- sleep ---- */

/* What changes nothing outside, and what others wait for. */
static bool is_harmless(const struct effect *effect)
{
	switch (effect->kind) {
	case DO_RELEASE:
	case DO_REJOIN:
	case DO_LIST_SECTIONS:
	case DO_LIST_PAGE:
	case DO_READ_ITEM:
	case DO_WATCH:
	case DO_SCAN:
	case DO_PROBE:
	case DO_CANCEL:
	case DO_REPORT:
		return true;
	default:
		return false;
	}
}

/*
 * A process that was stopped, or a machine that slept, wakes up in the middle of an edit: by then
 * somebody else owns its partitions and may have brought a newer state to Plex.
 */
void ownership_check_poll(struct engine *e, int64_t mono_ms)
{
	struct report *r;

	if (e->group == GROUP_NONE || e->group == GROUP_ASLEEP ||
		mono_ms - e->polled_ms <= e->options.session_timeout_ms)
		return;
	e->now.wall_ms += mono_ms - e->now.mono_ms;
	e->now.mono_ms = mono_ms;
	forget(e);
	effects_filter(&e->effects, is_harmless);
	effects_add(&e->effects, DO_REJOIN);
	e->group = GROUP_ASLEEP;
	r = engine_report(e, REPORT_ASLEEP);
	r->duration_ms = mono_ms - e->polled_ms;
	r->trouble = true;
}

/* ---- taking over ---- */

void ownership_assigned(struct engine *e, const struct input *in)
{
	pending_clear(e->pending);
	partitions_assign(&e->partitions, in->assigned.partitions, in->assigned.count);
	e->group = GROUP_LOADING;
	e->assigned_ms = e->now.mono_ms;
	e->load_call = effects_call(&e->effects, DO_LOAD_TABLES)->call;
}

/* The larger of our clock and one more than any owner before us had (DESIGN §3 "Fence"). */
static void raise_generations(struct engine *e)
{
	for (size_t i = 0; i < e->partitions.count; i++) {
		struct partition *partition = &e->partitions.items[i];

		partition->generation = e->now.wall_ms;
		partition_raise(partition, stamps_generation(e->stamps, partition->id));
		partition_raise(partition, pending_generation(e->pending, partition->id));
		partition->first_generation = partition->generation;
	}
}

void ownership_tell_again(struct engine *e, const char *scene_id, int32_t partition)
{
	struct event event = { .action = ACTION_RESYNC, .time_ms = e->now.wall_ms };
	struct record record;

	if (!engine_has_stash(e))
		return; /* its state is nowhere but in Plex */
	memcpy(event.scene_id, scene_id, strlen(scene_id) + 1);
	event.id = xasprintf("%s/%lld", scene_id, (long long)e->now.wall_ms);
	event.source = xstrdup("/plexsync/consumer");
	event_write(&event, &record);
	record.partition = partition;
	letters_send(&e->letters, &record, &e->effects);
	event_done(&event);
}

/* An edit whose outcome nobody knows is on its way, or was: whoever sent it. */
static void owe_for_intent(struct engine *e, const char *scene_id, int32_t partition)
{
	pending_owe(e->pending, scene_id, partition, e->now.mono_ms + VERIFY_AFTER_MS);
	ownership_tell_again(e, scene_id, partition);
}

static void owe_for_intents(struct engine *e)
{
	for (const struct stamps_cursor *at = stamps_next(e->stamps, NULL); at;
		at = stamps_next(e->stamps, at)) {
		const char *scene_id = stamps_cursor_scene_id(at);

		if (partitions_find(&e->partitions, stamps_cursor_partition(at)) &&
			stamps_has_intent(e->stamps, scene_id))
			owe_for_intent(e, scene_id, stamps_cursor_partition(at));
	}
}

void ownership_loaded(struct engine *e, const struct input *in)
{
	if (e->group != GROUP_LOADING || in->call != e->load_call)
		return;
	raise_generations(e);
	e->group = GROUP_RUNNING;
	e->paused = false;
	lookout_restart(&e->lookout);
	graves_restart(&e->graves);
	owe_for_intents(e);
	pending_owe_all(e->pending, e->now.mono_ms + VERIFY_AFTER_MS);
	effects_add(&e->effects, DO_START);
}

/*
 * Below the log's end as it was when we came: the last owner may be at it still. A thin event needs no
 * such care: its state is fetched, and an edit that is on its way has its intent in the stamps.
 */
void ownership_note_event(struct engine *e, struct partition *partition,
	const struct record *record, int64_t end, const struct event *event)
{
	if (event->scene && record->offset < end)
		pending_owe(e->pending, event->scene_id, partition->id,
			e->assigned_ms + VERIFY_AFTER_MS);
}

/* ---- the tables ---- */

static bool fold(struct engine *e, const struct record *record)
{
	struct fault fault;
	struct report *r;

	if (record->topic == TOPIC_STAMPS)
		return stamps_fold(e->stamps, record);
	switch (pending_fold(e->pending, record, e->now, &fault)) {
	case PENDING_TAKEN:
		return true;
	case PENDING_FENCED:
		return false;
	case PENDING_FOREIGN:
		break;
	}
	r = engine_report(e, REPORT_FOREIGN);
	r->event_id = record_place(record);
	r->detail = xstrdup(fault.error.text);
	r->trouble = true;
	return true;
}

static bool table_record(
	const struct engine *e, enum topic topic, const char *scene_id, struct record *ret)
{
	return topic == TOPIC_STAMPS ? stamps_record(e->stamps, scene_id, ret)
				     : pending_record(e->pending, scene_id, ret);
}

/* Ours is written again, behind the intruder. */
static void repair(struct engine *e, struct record *take_record)
{
	struct report *r = engine_report(e, REPORT_REPAIRED);

	r->scene_id = xstrndup(take_record->key, take_record->key_len);
	r->event_id = record_place(take_record);
	letters_send(&e->letters, take_record, &e->effects);
}

/* A record of ours for that table and scene is on its way, and will stand above the intruder. */
static bool is_writing(const struct engine *e, enum topic topic, const char *scene_id)
{
	const struct lane *lane = lanes_find(e->lanes, scene_id);
	enum job_step step = lane && lane->job ? lane->job->step : JOB_OVER;

	if (topic == TOPIC_STAMPS)
		return step == JOB_INTEND || step == JOB_STAMP;
	return step == JOB_PEND || step == JOB_CLEAR;
}

/*
 * What the fence ignores and yet comes to stand last in the log would be what remains of the scene when
 * the log is compacted: ours is written again. An owner before us whose intent lands only now may have
 * its edit land too.
 */
static void repair_if_overwritten(
	struct engine *e, const struct record *record, const char *scene_id)
{
	struct record ours;

	if (!table_record(e, record->topic, scene_id, &ours))
		return;
	if (record->offset > ours.offset && !is_writing(e, record->topic, scene_id))
		repair(e, &ours);
	record_done(&ours);
}

static void fold_owned(struct engine *e, struct partition *partition, const struct record *record)
{
	char scene_id[SCENE_ID_SIZE];
	struct covers covers;
	bool taken = fold(e, record);

	if (!scene_id_read(scene_id, record->key, record->key_len) || !covers_read(&covers, record))
		return;
	if (!taken)
		repair_if_overwritten(e, record, scene_id);
	if (covers.generation < partition->first_generation && stamp_record_has_intent(record))
		owe_for_intent(e, scene_id, partition->id);
}

void ownership_fold(struct engine *e, const struct record *record)
{
	struct partition *partition = partitions_find(&e->partitions, record->partition);

	if (partition && (e->group == GROUP_RUNNING || e->group == GROUP_RELEASING))
		fold_owned(e, partition, record);
	else if (record->topic == TOPIC_STAMPS || partition)
		fold(e, record);
}
