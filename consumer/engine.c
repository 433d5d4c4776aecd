#include "consumer/engine.h"

#include "consumer/deadletters.h"
#include "consumer/lanes.h"

#include <stdlib.h>
#include <string.h>

enum group {
	GROUP_NONE, /* nothing is assigned */
	GROUP_LOADING, /* assigned; the stamps are being read up to now */
	GROUP_RUNNING,
	GROUP_RELEASING, /* revoked; edits under way are finished first */
};

struct partition {
	int32_t id;
	int64_t generation;
	struct offsets offsets;
};

/* A record that is no event, on its way to the dead letters. */
struct letter {
	struct record record; /* to be sent, again if need be */
	int32_t partition;
	int64_t offset;
	call_id call; /* 0: waits for due_ms */
	int64_t due_ms;
	struct letter *next;
};

struct engine {
	struct engine_options options;
	struct now now;
	uint64_t seed;
	struct effects effects;
	struct effect *current; /* what engine_next() gave out */
	enum group group;
	call_id load_call;
	int64_t release_by_ms;
	struct partition *partitions;
	size_t partition_count;
	bool paused, stopping;
	struct stamps *stamps;
	struct library *library;
	struct breaker plex, stash;
	struct lanes *lanes;
	struct lane **running; /* lanes with a job, in the order of their start */
	size_t running_count;
	struct letter *letters;
};

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
	e->lanes = lanes_new();
	e->running = xcalloc(o->max_jobs, sizeof(struct lane *));
	return e;
}

static void clear_partitions(struct engine *e)
{
	for (size_t i = 0; i < e->partition_count; i++)
		offsets_done(&e->partitions[i].offsets);
	free(e->partitions);
	e->partitions = NULL;
	e->partition_count = 0;
}

static void drop_letters(struct engine *e)
{
	while (e->letters) {
		struct letter *letter = e->letters;

		e->letters = letter->next;
		record_done(&letter->record);
		free(letter);
	}
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	drop_letters(e);
	clear_partitions(e);
	lanes_free(e->lanes);
	free(e->running);
	library_free(e->library);
	stamps_free(e->stamps);
	effect_free(e->current);
	effects_done(&e->effects);
	free(e);
}

/* splitmix64 (Steele, Lea, Flood 2014): the whole of the engine's randomness comes from its seed. */
static uint64_t dice(struct engine *e)
{
	uint64_t z = e->seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static struct job_world world(struct engine *e)
{
	return (struct job_world){
		.now = e->now,
		.index = library_index(e->library),
		.stamps = e->stamps,
		.policy = &e->options.policy,
		.effects = &e->effects,
		.stash = e->options.stash,
		.group = e->options.group,
		.events_topic = e->options.events_topic,
	};
}

static struct partition *find_partition(struct engine *e, int32_t id)
{
	for (size_t i = 0; i < e->partition_count; i++)
		if (e->partitions[i].id == id)
			return &e->partitions[i];
	return NULL;
}

/* ---- reports ---- */

static struct report *report(struct engine *e, enum report_kind kind)
{
	struct report *r = &effects_add(&e->effects, DO_REPORT)->report;

	r->kind = kind;
	r->after_ms = -1;
	return r;
}

static void report_service(struct engine *e, const char *name, bool away, const char *detail)
{
	struct report *r = report(e, REPORT_DEPENDENCY);

	r->verdict = xstrdup(away ? "down" : "up");
	r->reason = xstrdup(name);
	r->detail = xstrdup(detail);
	r->trouble = away;
}

static void report_ended(struct engine *e, const struct lane *lane, int64_t after_ms)
{
	const struct job *job = lane->job;
	struct report *r = report(e, REPORT_ENDED);

	r->scene_id = xstrdup(lane->scene_id);
	r->verdict = xstrdup(verdict_name(job->verdict.kind));
	r->reason = xstrdup_or_null(job->verdict.reason);
	r->detail = xstrdup_or_null(job->verdict.detail[0] ? job->verdict.detail : NULL);
	r->rating_key = xstrdup_or_null(job->rating_key);
	r->event_id = xstrdup_or_null(job->want.event.id);
	r->fields = xstrdup_or_null(job->edited);
	r->attempt = lane->attempts + 1;
	r->duration_ms = e->now.mono_ms - job->started_ms;
	r->after_ms = after_ms;
	r->trouble = job->verdict.kind == VERDICT_DEAD;
}

static void report_ambiguous(struct engine *e, const struct job *job)
{
	struct report *r = report(e, REPORT_AMBIGUOUS);

	r->scene_id = xstrdup(job->scene_id);
	r->detail = xstrdup(job->scene.files[0].path);
	r->fields = xstrdup(job->verdict.detail);
	r->count = (int64_t)job->match.total;
	r->trouble = true;
}

/* ---- services ---- */

/* Lanes that wait for a service try again when one is back; the breaker still admits them singly. */
static void wake_held(struct engine *e)
{
	for (struct lane *lane = lanes_next(e->lanes, NULL); lane;
		lane = lanes_next(e->lanes, lane))
		if (lane->held && lane->due_ms > e->now.mono_ms)
			lane->due_ms = e->now.mono_ms;
}

static void note_answer(
	struct engine *e, struct breaker *breaker, const char *name, const struct input *in)
{
	if (verdict_blames_service(in->outcome)) {
		if (breaker_fail(breaker, e->now, in->outcome, in->detail, in->retry_after_ms))
			report_service(e, name, true, in->detail ? in->detail : "");
	} else if (breaker_succeed(breaker)) {
		report_service(e, name, false, "");
		wake_held(e);
	}
}

static void note_service(struct engine *e, const struct input *in)
{
	switch ((int)in->kind) {
	case IN_SCENE:
		note_answer(e, &e->stash, "stash", in);
		break;
	case IN_SECTIONS:
	case IN_ROWS:
	case IN_ITEM:
	case IN_EDITED:
		note_answer(e, &e->plex, "plex", in);
		break;
	default:
		break;
	}
}

/* ---- jobs ---- */

static void forget_running(struct engine *e, const struct lane *lane)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->running_count; i++)
		if (e->running[i] != lane)
			e->running[kept++] = e->running[i];
	e->running_count = kept;
}

/* The job is about to end. A try that never reached its service makes room for another one. */
static void release_tries(struct engine *e, struct lane *lane)
{
	if (lane->tries_plex)
		breaker_release(&e->plex);
	if (lane->tries_stash)
		breaker_release(&e->stash);
	lane->tries_plex = lane->tries_stash = false;
}

static void hold(struct engine *e, struct lane *lane)
{
	int64_t after_ms = e->options.breaker.probe_min_ms;

	if (lane->job->verdict.after_ms > after_ms)
		after_ms = lane->job->verdict.after_ms;
	report_ended(e, lane, after_ms);
	lane_return(lane, e->now.mono_ms + after_ms);
	lane->held = true;
}

/* false: the limits are spent, and the verdict is final now. */
static bool retry(struct engine *e, struct lane *lane)
{
	struct job *job = lane->job;
	int64_t after_ms;

	if (!lane->first_failed_ms)
		lane->first_failed_ms = e->now.wall_ms;
	after_ms = verdict_retry_ms(&job->verdict, &e->options.limits, lane->attempts + 1,
		e->now.wall_ms - lane->first_failed_ms, dice(e));
	if (after_ms < 0)
		return false;
	report_ended(e, lane, after_ms);
	lane->attempts++;
	lane->missed_ms = str_equal(job->verdict.reason, "not_found") ? e->now.mono_ms : INT64_MIN;
	lane_return(lane, e->now.mono_ms + after_ms);
	return true;
}

static void conclude(struct engine *e, struct lane *lane)
{
	struct job_world w = world(e);

	if (str_equal(lane->job->verdict.reason, "ambiguous"))
		report_ambiguous(e, lane->job);
	job_conclude(lane->job, &w, lane->attempts + 1,
		lane->first_failed_ms ? lane->first_failed_ms : e->now.wall_ms);
}

static void settle(struct engine *e, struct lane *lane)
{
	struct partition *partition = find_partition(e, lane->partition);

	report_ended(e, lane, -1);
	forget_running(e, lane);
	if (partition)
		lanes_settle(e->lanes, lane, &partition->offsets);
	else
		lanes_drop(e->lanes, lane);
}

/* Looks at what the job's last step made of it. */
static void follow_up(struct engine *e, struct lane *lane)
{
	struct job *job = lane->job;

	if (job->step == JOB_OVER) {
		settle(e, lane);
		return;
	}
	if (job->step != JOB_JUDGED)
		return;
	release_tries(e, lane);
	if (job->verdict.kind == VERDICT_HOLD) {
		forget_running(e, lane);
		hold(e, lane);
	} else if (job->verdict.kind == VERDICT_RETRY && retry(e, lane)) {
		forget_running(e, lane);
	} else {
		conclude(e, lane);
	}
}

static void start_job(struct engine *e, struct lane *lane)
{
	struct partition *partition = find_partition(e, lane->partition);
	struct job_world w = world(e);
	struct job *job =
		job_new(lane->scene_id, lane->partition, partition->generation, &lane->want, &w);

	lane_begin(lane, job);
	e->running[e->running_count++] = lane;
	follow_up(e, lane);
}

/* Nobody waits for the answer any more. */
static void cancel_job(struct engine *e, struct lane *lane)
{
	if (lane->job->call)
		effects_add(&e->effects, DO_CANCEL)->call = lane->job->call;
	release_tries(e, lane);
	forget_running(e, lane);
	lanes_drop(e->lanes, lane);
}

/* Drops all lanes; with `finish`, those whose edit is under way go on to their stamp. */
static void drop_lanes(struct engine *e, bool finish)
{
	struct lane *next;

	for (struct lane *lane = lanes_next(e->lanes, NULL); lane; lane = next) {
		next = lanes_next(e->lanes, lane);
		if (!lane->job)
			lanes_drop(e->lanes, lane);
		else if (!finish || !job_is_editing(lane->job))
			cancel_job(e, lane);
	}
}

/* ---- choosing what to start ---- */

static bool fetches(const struct engine *e, const struct lane *lane)
{
	return lane->want.fetch && e->options.stash;
}

/* Due, and nothing that it needs is known to be missing. */
static bool may_start(struct engine *e, const struct lane *lane)
{
	if (!lane_waits(lane) || lane->due_ms > e->now.mono_ms)
		return false;
	if (lane->missed_ms != INT64_MIN && !library_fresh_since(e->library, lane->missed_ms)) {
		library_want_fresh(e->library, lane->missed_ms);
		return false;
	}
	return !fetches(e, lane) || breaker_admits(&e->stash, e->now);
}

static struct lane *first_to_start(struct engine *e)
{
	struct lane *best = NULL;

	for (struct lane *lane = lanes_next(e->lanes, NULL); lane;
		lane = lanes_next(e->lanes, lane))
		if ((!best || lane->due_ms < best->due_ms) && may_start(e, lane))
			best = lane;
	return best;
}

static void start_jobs(struct engine *e)
{
	struct lane *lane;

	while (e->running_count < e->options.max_jobs && breaker_admits(&e->plex, e->now) &&
		(lane = first_to_start(e))) {
		lane->tries_plex = breaker_start(&e->plex);
		lane->tries_stash = fetches(e, lane) && breaker_start(&e->stash);
		start_job(e, lane);
	}
}

/* Jobs that waited for a fresh index, and for their turn to edit. */
static void move_jobs(struct engine *e)
{
	struct job_world w = world(e);
	size_t edits = 0;

	for (size_t i = 0; i < e->running_count; i++)
		edits += e->running[i]->job->step == JOB_EDIT;
	for (size_t i = e->running_count; i-- > 0;) {
		struct lane *lane = e->running[i];

		if (lane->job->step == JOB_INDEX) {
			library_want_fresh(e->library, lane->job->fresh_since_ms);
			if (library_fresh_since(e->library, lane->job->fresh_since_ms)) {
				job_match(lane->job, &w);
				follow_up(e, lane);
			}
		}
	}
	for (size_t i = 0; i < e->running_count && edits < e->options.max_edits; i++) {
		if (e->running[i]->job->step == JOB_TURN) {
			job_edit(e->running[i]->job, &w);
			edits++;
		}
	}
}

static void start_library(struct engine *e)
{
	if (e->stopping || !library_due(e->library, e->now) || !breaker_admits(&e->plex, e->now))
		return;
	breaker_start(&e->plex);
	library_start(e->library, e->now, &e->effects);
}

/* ---- records that are no events ---- */

static void send_letter(struct engine *e, struct letter *letter)
{
	struct effect *effect = effects_call(&e->effects, DO_PRODUCE);

	record_copy(&effect->record, &letter->record);
	letter->call = effect->call;
}

static void send_due_letters(struct engine *e)
{
	for (struct letter *letter = e->letters; letter; letter = letter->next)
		if (!letter->call && letter->due_ms <= e->now.mono_ms)
			send_letter(e, letter);
}

static void bury_record(struct engine *e, const struct record *record, const struct fault *fault)
{
	struct letter *letter = xcalloc(1, sizeof *letter);
	struct verdict verdict;
	struct report *r = report(e, REPORT_INVALID);

	verdict_set(&verdict, VERDICT_DEAD, "invalid_event", fault->error.text);
	deadletter_write(&letter->record, record,
		&(struct deadletter_cause){
			.group = e->options.group,
			.topic = e->options.events_topic,
			.verdict = &verdict,
			.attempts = 1,
			.first_failed_ms = e->now.wall_ms,
			.failed_at_ms = e->now.wall_ms,
		});
	letter->partition = record->partition;
	letter->offset = record->offset;
	letter->next = e->letters;
	e->letters = letter;
	send_letter(e, letter);
	r->reason = xstrdup("invalid_event");
	r->detail = xasprintf(
		"%s%s%s", fault->error.text, fault->pointer[0] ? " at " : "", fault->pointer);
	r->event_id = xasprintf("%d/%lld", (int)record->partition, (long long)record->offset);
	r->trouble = true;
}

/* true: the answer was a letter's. One that Kafka refuses is sent again: it must not be lost. */
static bool feed_letter(struct engine *e, const struct input *in)
{
	struct letter **at = &e->letters;

	while (*at && (*at)->call != in->call)
		at = &(*at)->next;
	if (!*at)
		return false;

	struct letter *letter = *at;
	struct partition *partition = find_partition(e, letter->partition);

	if (in->outcome != OUTCOME_DONE) {
		letter->call = 0;
		letter->due_ms = e->now.mono_ms + e->options.limits.retry_max_ms;
		return true;
	}
	if (partition)
		offsets_settle(&partition->offsets, letter->offset);
	*at = letter->next;
	record_done(&letter->record);
	free(letter);
	return true;
}

/* ---- the group ---- */

static void assigned(struct engine *e, const struct input *in)
{
	clear_partitions(e);
	e->partition_count = in->assigned.count;
	e->partitions = xcalloc(in->assigned.count, sizeof *e->partitions);
	for (size_t i = 0; i < in->assigned.count; i++) {
		e->partitions[i].id = in->assigned.partitions[i];
		offsets_init(&e->partitions[i].offsets);
	}
	e->group = GROUP_LOADING;
	e->load_call = effects_call(&e->effects, DO_LOAD_TABLES)->call;
}

/* The larger of our clock and one more than any owner before us had (DESIGN §3 "Fence"). */
static void tables_loaded(struct engine *e, const struct input *in)
{
	if (e->group != GROUP_LOADING || in->call != e->load_call)
		return;
	for (size_t i = 0; i < e->partition_count; i++) {
		struct partition *partition = &e->partitions[i];
		int64_t seen = stamps_generation(e->stamps, partition->id);

		partition->generation = e->now.wall_ms > seen ? e->now.wall_ms : seen + 1;
	}
	e->group = GROUP_RUNNING;
	e->paused = false;
	effects_add(&e->effects, DO_START);
}

static void store_offsets(struct engine *e)
{
	for (size_t i = 0; i < e->partition_count; i++) {
		int64_t offset;

		if (offsets_store(&e->partitions[i].offsets, &offset)) {
			struct effect *effect = effects_add(&e->effects, DO_STORE_OFFSET);

			effect->partition = e->partitions[i].id;
			effect->offset = offset;
		}
	}
}

static void release(struct engine *e)
{
	drop_lanes(e, false);
	drop_letters(e);
	clear_partitions(e);
	effects_add(&e->effects, DO_RELEASE);
	e->group = GROUP_NONE;
}

static void revoked(struct engine *e)
{
	drop_lanes(e, true);
	e->group = GROUP_RELEASING;
	e->release_by_ms = e->now.mono_ms + e->options.release_timeout_ms;
}

/* Revoked partitions go once nothing is half done, or once it takes too long. */
static void move_release(struct engine *e)
{
	if (e->group == GROUP_RELEASING &&
		((!e->running_count && !e->letters) || e->now.mono_ms >= e->release_by_ms)) {
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
	} else if (e->paused && lanes <= e->options.max_lanes - e->options.max_lanes / 4) {
		e->paused = false;
		effects_add(&e->effects, DO_RESUME);
	}
}

/* ---- inputs ---- */

static void feed_record(struct engine *e, const struct record *record)
{
	struct partition *partition = find_partition(e, record->partition);
	struct event event = { .id = NULL };
	struct fault fault = { .pointer = "" };

	if (!partition || e->group != GROUP_RUNNING || e->stopping)
		return;
	offsets_receive(&partition->offsets, record->offset);
	if (event_read(&event, record, &fault))
		lanes_add(e->lanes, record, &event, e->now.mono_ms, e->options.settle_window_ms);
	else
		bury_record(e, record, &fault);
	event_done(&event);
}

static void feed_listing(struct engine *e, const struct input *in)
{
	enum listing listing = library_feed(e->library, e->now, in, &e->effects);
	struct report *r;

	if (listing == LISTING_GOES_ON)
		return;
	r = report(e, REPORT_LIBRARY);
	r->count = (int64_t)pathindex_paths(library_index(e->library));
	r->trouble = listing == LISTING_FAILED;
	if (r->trouble)
		r->detail = xstrdup(library_trouble(e->library));
}

static void feed_answer(struct engine *e, const struct input *in)
{
	struct job_world w = world(e);

	note_service(e, in);
	if (in->call && in->call == library_call(e->library)) {
		feed_listing(e, in);
		return;
	}
	for (size_t i = 0; i < e->running_count; i++) {
		struct lane *lane = e->running[i];

		if (lane->job->call == in->call) {
			job_feed(lane->job, &w, in);
			follow_up(e, lane);
			return;
		}
	}
	if (in->kind == IN_DELIVERED)
		feed_letter(e, in);
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
		drop_lanes(e, true);
		break;
	case IN_TICK:
		break;
	}
}

void engine_feed(struct engine *e, struct now now, const struct input *in)
{
	e->now = now;
	dispatch(e, in);
	if (e->group == GROUP_RUNNING && !e->stopping && library_ready(e->library))
		start_jobs(e);
	move_jobs(e);
	send_due_letters(e);
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
	for (const struct letter *letter = e->letters; letter; letter = letter->next)
		if (!letter->call)
			earliest(e, &deadline_ms, letter->due_ms);
	earliest(e, &deadline_ms, library_deadline_ms(e->library));
	earliest(e, &deadline_ms, breaker_deadline_ms(&e->plex));
	earliest(e, &deadline_ms, breaker_deadline_ms(&e->stash));
	if (e->group == GROUP_RELEASING)
		earliest(e, &deadline_ms, e->release_by_ms);
	return deadline_ms;
}

bool engine_drained(const struct engine *e)
{
	return e->stopping && !e->running_count && !e->letters;
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
	for (size_t i = 0; i < e->partition_count; i++)
		ret->open_records += (int64_t)offsets_open(&e->partitions[i].offsets);
}
