#include "consumer/engine.h"

#include "consumer/lookout.h"
#include "consumer/ownership.h"
#include "consumer/scheduler.h"

#include <stdlib.h>
#include <string.h>

struct engine *engine_new(const struct engine_options *o)
{
	struct engine *e = xcalloc(1, sizeof *e);

	e->options = *o;
	if (!o->stash_url)
		e->options.stash_url = "";
	e->seed = o->seed;
	effects_init(&e->effects);
	e->stamps = stamps_new();
	e->library = library_new(&o->library);
	e->pending = pending_new();
	watch_init(&e->watch, o->news);
	dependency_init(&e->plex, "plex", &o->breaker);
	dependency_init(&e->stash, "stash", &o->breaker);
	e->letters.again_ms = o->limits.retry_max_ms;
	e->lanes = lanes_new();
	e->running = xcalloc(RUNNING_MAX, sizeof(struct lane *));
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
	lookout_done(&e->lookout);
	stamps_free(e->stamps);
	pending_free(e->pending);
	effect_free(e->current);
	effects_done(&e->effects);
	free(e);
}

/* splitmix64 (Steele, Lea, Flood 2014): the whole of the engine's randomness comes from its seed. */
uint64_t engine_dice(struct engine *e)
{
	uint64_t z = e->seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct report *engine_report(struct engine *e, enum report_kind kind)
{
	struct report *r = &effects_add(&e->effects, DO_REPORT)->report;

	r->kind = kind;
	r->after_ms = -1;
	return r;
}

bool engine_has_stash(const struct engine *e)
{
	return e->options.stash_url[0] != '\0';
}

struct job_world engine_job_world(struct engine *e)
{
	return (struct job_world){
		.now = e->now,
		.index = library_index(e->library),
		.index_fresh_ms = library_fresh_ms(e->library),
		.path_map = e->options.path_map,
		.stamps = e->stamps,
		.pending = e->pending,
		.partitions = &e->partitions,
		.policy = &e->options.policy,
		.gate = &e->options.gate,
		.effects = &e->effects,
		.stash = engine_has_stash(e),
		.stash_up = e->stash.breaker.state != BREAKER_OPEN,
		.stash_url = e->options.stash_url,
		.group = e->options.group,
		.events_topic = e->options.events_topic,
	};
}

/* ---- what moves by itself ---- */

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
	if (e->stopping || !library_due(e->library, e->now) || !breaker_admits(&e->plex.breaker))
		return;
	breaker_start(&e->plex.breaker);
	library_start(e->library, e->now, &e->effects);
}

static void start_watch(struct engine *e)
{
	if (!e->stopping && watch_due(&e->watch, e->now) && breaker_admits(&e->plex.breaker))
		watch_start(&e->watch, e->now, &e->effects);
}

/* ---- inputs ---- */

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

static void add_to_lane(struct engine *e, struct partition *partition, const struct record *record,
	int64_t end, struct event *take_event)
{
	ownership_note_event(e, partition, record, end, take_event);
	lanes_add(e->lanes, record, take_event, e->now.mono_ms, e->options.settle_window_ms);
}

static void feed_record(struct engine *e, const struct record *record, int64_t end)
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
		add_to_lane(e, partition, record, end, &event);
	event_done(&event);
}

static void feed_listing(struct engine *e, const struct input *in)
{
	enum listing listing = library_feed(e->library, e->now, in, &e->effects);
	struct report *r;

	if (listing == LISTING_GOES_ON || listing == LISTING_UPDATED)
		return;
	r = engine_report(e, REPORT_LIBRARY);
	r->count = (int64_t)pathindex_paths(library_index(e->library));
	r->trouble = listing == LISTING_FAILED;
	if (r->trouble)
		r->detail = xstrdup(library_trouble(e->library));
}

static void report_news(struct engine *e, const char *state, const char *detail)
{
	struct report *r = engine_report(e, REPORT_NEWS);

	r->verdict = xstrdup(state);
	r->detail = xstrdup(detail ? detail : "");
}

static void feed_news(struct engine *e, const struct input *in)
{
	if (in->call != e->watch.call)
		return;
	if (in->news->kind == PLEXNEWS_LISTENING && watch_listens(&e->watch))
		report_news(e, "up", NULL);
	library_tell(e->library, e->now, in->news);
}

static void watch_broke(struct engine *e, const struct input *in)
{
	if (in->call == e->watch.call &&
		watch_ended(&e->watch, e->now, in->outcome, engine_dice(e)))
		report_news(e, in->outcome == OUTCOME_ABSENT ? "absent" : "down", in->detail);
}

/* What a job reads is true of the item now: the index learns it by the way. */
static void teach_library(struct engine *e, const struct job *job, const struct input *answer)
{
	if (answer->kind == IN_ITEM && answer->outcome == OUTCOME_DONE)
		library_saw(e->library, e->now, job->rating_key, answer->item);
}

static struct dependency *answering(struct engine *e, const struct input *in)
{
	switch ((int)in->kind) {
	case IN_SCENE:
		return &e->stash;
	case IN_COVER:
		return in->cover.stash ? &e->stash : NULL;
	case IN_SECTIONS:
	case IN_ROWS:
	case IN_ITEM:
	case IN_POSTERS:
	case IN_EDITED:
	case IN_SCANNED:
		return &e->plex;
	default:
		return NULL;
	}
}

static void feed_answer(struct engine *e, const struct input *in)
{
	struct lane *lane = scheduler_lane_of(e, in->call);
	struct dependency *dependency = answering(e, in);

	if (dependency)
		dependency_note(dependency, e->now, in, lane ? lane->scene_id : NULL, &e->effects);
	if (lane) {
		teach_library(e, lane->job, in);
		scheduler_feed(e, lane, in);
	} else if (in->call && in->call == library_call(e->library))
		feed_listing(e, in);
	else if (in->kind == IN_DELIVERED)
		letters_feed(&e->letters, in, e->now.mono_ms, &e->partitions);
}

static void feed_gap(struct engine *e, const struct input *in)
{
	struct report *r = engine_report(e, REPORT_GAP);

	r->count = in->gap.first;
	r->event_id = xasprintf("%d/%lld", (int)in->gap.partition, (long long)in->gap.first);
	r->trouble = true;
	e->gaps++;
}

static void feed_probed(struct engine *e, const struct input *in)
{
	if (!dependency_feed(&e->plex, e->now, in, &e->effects))
		dependency_feed(&e->stash, e->now, in, &e->effects);
}

static void dispatch(struct engine *e, const struct input *in)
{
	switch (in->kind) {
	case IN_ASSIGNED:
		ownership_assigned(e, in);
		break;
	case IN_REVOKED:
		ownership_revoked(e);
		break;
	case IN_LOST:
		ownership_lost(e);
		break;
	case IN_RECORD:
		feed_record(e, in->record, in->end);
		break;
	case IN_GAP:
		feed_gap(e, in);
		break;
	case IN_TABLE_RECORD:
		ownership_fold(e, in->record);
		break;
	case IN_TABLE_LOADED:
		ownership_loaded(e, in);
		break;
	case IN_PROBED:
		feed_probed(e, in);
		break;
	case IN_SECRET_CHANGED:
		breaker_hurry(&e->plex.breaker, e->now);
		breaker_hurry(&e->stash.breaker, e->now);
		break;
	case IN_DELIVERED:
	case IN_SCENE:
	case IN_SECTIONS:
	case IN_ROWS:
	case IN_COVER:
	case IN_ITEM:
	case IN_POSTERS:
	case IN_EDITED:
	case IN_SCANNED:
		feed_answer(e, in);
		break;
	case IN_PLEX_NEWS:
		feed_news(e, in);
		break;
	case IN_WATCH_ENDED:
		watch_broke(e, in);
		break;
	case IN_STOP:
		e->stopping = true;
		break;
	case IN_TICK:
		break;
	}
}

void engine_polled(struct engine *e, int64_t mono_ms)
{
	e->polled_ms = mono_ms;
}

void engine_feed(struct engine *e, struct now now, const struct input *in)
{
	e->now = now;
	ownership_check_poll(e, now.mono_ms);
	dispatch(e, in);
	if (e->stopping || e->group == GROUP_RELEASING)
		scheduler_drop_lanes(e, true);
	if (e->group == GROUP_RUNNING && !e->stopping) {
		lookout_move(e);
		graves_move(e);
		scheduler_start_jobs(e);
	}
	scheduler_move_jobs(e);
	letters_send_due(&e->letters, e->now.mono_ms, &e->effects);
	dependency_probe(&e->plex, e->now, &e->effects);
	dependency_probe(&e->stash, e->now, &e->effects);
	start_watch(e);
	start_library(e);
	ownership_move(e);
	move_intake(e);
}

const struct effect *engine_next(struct engine *e, int64_t mono_ms)
{
	effect_free(e->current);
	ownership_check_poll(e, mono_ms);
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

int64_t engine_deadline_ms(struct engine *e)
{
	int64_t deadline_ms = INT64_MAX;

	if (e->group == GROUP_RUNNING) {
		earliest(e, &deadline_ms, scheduler_deadline_ms(e));
		earliest(e, &deadline_ms, lookout_deadline_ms(e));
		earliest(e, &deadline_ms, graves_deadline_ms(e));
	}
	earliest(e, &deadline_ms, letters_deadline_ms(&e->letters));
	earliest(e, &deadline_ms, library_deadline_ms(e->library));
	earliest(e, &deadline_ms, watch_deadline_ms(&e->watch));
	earliest(e, &deadline_ms, breaker_deadline_ms(&e->plex.breaker));
	earliest(e, &deadline_ms, breaker_deadline_ms(&e->stash.breaker));
	if (e->group == GROUP_RELEASING)
		earliest(e, &deadline_ms, e->release_by_ms);
	return deadline_ms;
}

bool engine_drained(const struct engine *e)
{
	return e->stopping && !e->running_count && letters_empty(&e->letters);
}

const struct outage *engine_outage(const struct engine *e, const char *service, size_t i)
{
	return dependency_outage(str_equal(service, "plex") ? &e->plex : &e->stash, i);
}

bool engine_ready(const struct engine *e, struct error *ret_reason)
{
	if (e->group != GROUP_RUNNING)
		return error_set(ret_reason,
			"No partition of the events topic is assigned to this instance.");
	if (e->plex.breaker.state != BREAKER_CLOSED)
		return error_set(ret_reason, "Plex: %s", e->plex.breaker.reason);
	if (e->stash.breaker.state != BREAKER_CLOSED)
		return error_set(ret_reason, "Stash: %s", e->stash.breaker.reason);
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
		.pending = pending_count(e->pending),
		.gaps = e->gaps,
		.plex_open = e->plex.breaker.state != BREAKER_CLOSED,
		.stash_open = e->stash.breaker.state != BREAKER_CLOSED,
		.listening = e->watch.listening,
	};
	for (size_t i = 0; i < e->partitions.count; i++)
		ret->open_records += (int64_t)offsets_open(&e->partitions.items[i].offsets);
}
