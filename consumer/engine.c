#include "consumer/engine.h"

#include "consumer/scheduler.h"

#include <stdlib.h>
#include <string.h>

struct engine *engine_new(const struct engine_options *o)
{
	struct engine *e = xcalloc(1, sizeof *e);

	e->options = *o;
	e->seed = o->seed;
	effects_init(&e->effects);
	e->stamps = stamps_new();
	e->library = library_new(&o->library);
	breaker_init(&e->plex, &o->breaker);
	breaker_init(&e->stash, &o->breaker);
	e->letters.again_ms = o->limits.retry_max_ms;
	e->lanes = lanes_new();
	e->running = xcalloc(o->max_jobs, sizeof(struct lane *));
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	letters_clear(&e->letters);
	partitions_clear(&e->partitions);
	lanes_free(e->lanes);
	free(e->running);
	library_free(e->library);
	stamps_free(e->stamps);
	effect_free(e->current);
	effects_done(&e->effects);
	free(e);
}

struct report *engine_report(struct engine *e, enum report_kind kind)
{
	struct report *r = &effects_add(&e->effects, DO_REPORT)->report;

	r->kind = kind;
	r->after_ms = -1;
	return r;
}

/* ---- the group ---- */

static void assigned(struct engine *e, const struct input *in)
{
	partitions_assign(&e->partitions, in->assigned.partitions, in->assigned.count);
	e->group = GROUP_LOADING;
	e->load_call = effects_call(&e->effects, DO_LOAD_TABLES)->call;
}

/* The larger of our clock and one more than any owner before us had (DESIGN §3 "Fence"). */
static void tables_loaded(struct engine *e, const struct input *in)
{
	if (e->group != GROUP_LOADING || in->call != e->load_call)
		return;
	for (size_t i = 0; i < e->partitions.count; i++) {
		struct partition *partition = &e->partitions.items[i];
		int64_t seen = stamps_generation(e->stamps, partition->id);

		partition->generation = e->now.wall_ms > seen ? e->now.wall_ms : seen + 1;
	}
	e->group = GROUP_RUNNING;
	e->paused = false;
	effects_add(&e->effects, DO_START);
}

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

static void release(struct engine *e)
{
	scheduler_drop_lanes(e, false);
	letters_clear(&e->letters);
	partitions_clear(&e->partitions);
	effects_add(&e->effects, DO_RELEASE);
	e->group = GROUP_NONE;
}

static void revoked(struct engine *e)
{
	e->group = GROUP_RELEASING;
	e->release_by_ms = e->now.mono_ms + e->options.release_timeout_ms;
}

/* Revoked partitions go once nothing is half done, or once it takes too long. */
static void move_release(struct engine *e)
{
	if (e->group == GROUP_RELEASING && ((!e->running_count && letters_empty(&e->letters)) ||
						   e->now.mono_ms >= e->release_by_ms)) {
		store_offsets(e);
		release(e);
	}
}

static void move_intake(struct engine *e)
{
	size_t lanes = lanes_count(e->lanes);

	if (e->group != GROUP_RUNNING)
		return;
	if (!e->paused && lanes >= e->options.max_lanes) {
		e->paused = true;
		effects_add(&e->effects, DO_PAUSE);
	} else if (e->paused && lanes < e->options.max_lanes - e->options.max_lanes / 4) {
		e->paused = false;
		effects_add(&e->effects, DO_RESUME);
	}
}

static void start_library(struct engine *e)
{
	if (e->stopping || !library_due(e->library, e->now) || !breaker_admits(&e->plex, e->now))
		return;
	breaker_start(&e->plex);
	library_start(e->library, e->now, &e->effects);
}

/* ---- inputs ---- */

static char *record_place(const struct record *record)
{
	return xasprintf("%d/%lld", (int)record->partition, (long long)record->offset);
}

/* A record that no version of ours wrote: a person must look at it, and consumption goes on. */
static void bury_record(struct engine *e, const struct record *record, const struct fault *fault)
{
	struct report *r = engine_report(e, REPORT_INVALID);
	struct verdict verdict;
	struct deadletter_cause cause = {
		.group = e->options.group,
		.topic = e->options.events_topic,
		.verdict = &verdict,
		.attempts = 1,
		.first_failed_ms = e->now.wall_ms,
		.failed_at_ms = e->now.wall_ms,
	};

	r->detail = xasprintf(
		"%s%s%s", fault->error.text, fault->pointer[0] ? " at " : "", fault->pointer);
	r->event_id = record_place(record);
	r->trouble = true;
	verdict_set(&verdict, VERDICT_DEAD, "invalid_event", r->detail);
	letters_bury(&e->letters, record, &cause, &e->effects);
}

static int32_t home_of(const struct engine *e, const char *scene_id)
{
	return record_key_partition(scene_id, strlen(scene_id), e->options.topic_partitions);
}

/*
 * Some tools partition by another hash, or at random. A stray that was sent on before is no use to
 * anybody: it would go round for ever.
 */
static void reroute(struct engine *e, const struct record *record, const char *scene_id)
{
	struct fault fault = { .pointer = "" };
	struct report *r;

	if (record_header(record, REROUTED_HEADER)) {
		fault_set(&fault, "",
			"The record was sent to this partition, not to that of its scene");
		bury_record(e, record, &fault);
		return;
	}
	r = engine_report(e, REPORT_STRAY);
	r->scene_id = xstrdup(scene_id);
	r->event_id = record_place(record);
	letters_reroute(&e->letters, record, scene_id, home_of(e, scene_id), &e->effects);
}

static void feed_record(struct engine *e, const struct record *record)
{
	struct partition *partition = partitions_find(&e->partitions, record->partition);
	struct event event = { .id = NULL };
	struct fault fault = { .pointer = "" };

	if (!partition || e->group != GROUP_RUNNING || e->stopping)
		return;
	offsets_receive(&partition->offsets, record->offset);
	if (!event_read(&event, record, &fault))
		bury_record(e, record, &fault);
	else if (record->partition != home_of(e, event.scene_id))
		reroute(e, record, event.scene_id);
	else
		lanes_add(e->lanes, record, &event, e->now.mono_ms, e->options.settle_window_ms);
	event_done(&event);
}

static void feed_listing(struct engine *e, const struct input *in)
{
	enum listing listing = library_feed(e->library, e->now, in, &e->effects);
	struct report *r;

	if (listing == LISTING_GOES_ON)
		return;
	r = engine_report(e, REPORT_LIBRARY);
	r->count = (int64_t)pathindex_paths(library_index(e->library));
	r->trouble = listing == LISTING_FAILED;
	if (r->trouble)
		r->detail = xstrdup(library_trouble(e->library));
}

static void feed_answer(struct engine *e, const struct input *in)
{
	scheduler_note_service(e, in);
	if (in->call && in->call == library_call(e->library))
		feed_listing(e, in);
	else if (!scheduler_feed(e, in) && in->kind == IN_DELIVERED)
		letters_feed(&e->letters, in, e->now.mono_ms, &e->partitions);
}

static void dispatch(struct engine *e, const struct input *in)
{
	switch (in->kind) {
	case IN_ASSIGNED:
		assigned(e, in);
		break;
	case IN_REVOKED:
		revoked(e);
		break;
	case IN_LOST:
		release(e);
		break;
	case IN_RECORD:
		feed_record(e, in->record);
		break;
	case IN_TABLE_RECORD:
		stamps_fold(e->stamps, in->record);
		break;
	case IN_TABLE_RESTART:
		stamps_forget(e->stamps, in->partition);
		break;
	case IN_TABLE_LOADED:
		tables_loaded(e, in);
		break;
	case IN_DELIVERED:
	case IN_SCENE:
	case IN_SECTIONS:
	case IN_ROWS:
	case IN_ITEM:
	case IN_EDITED:
		feed_answer(e, in);
		break;
	case IN_STOP:
		e->stopping = true;
		break;
	case IN_TICK:
		break;
	}
}

void engine_feed(struct engine *e, struct now now, const struct input *in)
{
	e->now = now;
	dispatch(e, in);
	if (e->stopping || e->group == GROUP_RELEASING)
		scheduler_drop_lanes(e, true);
	if (e->group == GROUP_RUNNING && !e->stopping && library_ready(e->library))
		scheduler_start_jobs(e);
	scheduler_move_jobs(e);
	letters_send_due(&e->letters, e->now.mono_ms, &e->effects);
	start_library(e);
	store_offsets(e);
	move_release(e);
	move_intake(e);
}

const struct effect *engine_next(struct engine *e)
{
	effect_free(e->current);
	e->current = effects_take(&e->effects);
	return e->current;
}

/* ---- what others ask ---- */

/* Keeps the earliest time that is still to come: what is due already waits for an answer. */
static void earliest(const struct engine *e, int64_t *deadline_ms, int64_t at_ms)
{
	if (at_ms > e->now.mono_ms && at_ms < *deadline_ms)
		*deadline_ms = at_ms;
}

int64_t engine_deadline_ms(const struct engine *e)
{
	int64_t deadline_ms = INT64_MAX;

	for (struct lane *lane = lanes_next(e->lanes, NULL); lane;
		lane = lanes_next(e->lanes, lane))
		if (lane_waits(lane))
			earliest(e, &deadline_ms, lane->due_ms);
	earliest(e, &deadline_ms, scheduler_deadline_ms(e));
	earliest(e, &deadline_ms, letters_deadline_ms(&e->letters));
	earliest(e, &deadline_ms, library_deadline_ms(e->library));
	earliest(e, &deadline_ms, breaker_deadline_ms(&e->plex));
	earliest(e, &deadline_ms, breaker_deadline_ms(&e->stash));
	if (e->group == GROUP_RELEASING)
		earliest(e, &deadline_ms, e->release_by_ms);
	return deadline_ms;
}

bool engine_drained(const struct engine *e)
{
	return e->stopping && !e->running_count && letters_empty(&e->letters);
}

bool engine_ready(const struct engine *e, struct error *ret_reason)
{
	if (e->group != GROUP_RUNNING)
		return error_set(ret_reason,
			"No partition of the events topic is assigned to this instance.");
	if (e->plex.open)
		return error_set(ret_reason, "Plex: %s", e->plex.reason);
	if (e->stash.open)
		return error_set(ret_reason, "Stash: %s", e->stash.reason);
	if (!library_ready(e->library))
		return error_set(ret_reason, "%s", library_trouble(e->library));
	return true;
}

void engine_count(const struct engine *e, struct engine_counts *ret)
{
	*ret = (struct engine_counts){
		.lanes = lanes_count(e->lanes),
		.jobs = e->running_count,
		.paths = pathindex_paths(library_index(e->library)),
		.stamps = stamps_count(e->stamps),
		.plex_open = e->plex.open,
		.stash_open = e->stash.open,
	};
	for (size_t i = 0; i < e->partitions.count; i++)
		ret->open_records += (int64_t)offsets_open(&e->partitions.items[i].offsets);
}
