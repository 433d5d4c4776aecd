#include "consumer/scheduler.h"

#include <string.h>

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
		.path_map = e->options.path_map,
		.stamps = e->stamps,
		.policy = &e->options.policy,
		.effects = &e->effects,
		.stash = e->options.stash,
		.group = e->options.group,
		.events_topic = e->options.events_topic,
	};
}

static void report_service(struct engine *e, const char *name, bool away, const char *detail)
{
	struct report *r = engine_report(e, REPORT_DEPENDENCY);

	r->verdict = xstrdup(away ? "down" : "up");
	r->reason = xstrdup(name);
	r->detail = xstrdup(detail);
	r->trouble = away;
}

static void report_ended(struct engine *e, const struct lane *lane, int64_t after_ms)
{
	const struct job *job = lane->job;
	struct report *r = engine_report(e, REPORT_ENDED);

	r->scene_id = xstrdup(lane->scene_id);
	r->verdict = xstrdup(verdict_name(job->verdict.kind));
	r->reason = xstrdup_or_null(job->verdict.reason);
	r->detail = xstrdup_or_null(job->verdict.detail[0] ? job->verdict.detail : NULL);
	r->rating_key = xstrdup_or_null(job->rating_key);
	r->event_id = xstrdup_or_null(job->want.event.id);
	r->fields = xstrdup_or_null(job->edited);
	r->attempt = lane->attempts + lane->misses + 1;
	r->duration_ms = e->now.mono_ms - job->started_ms;
	r->after_ms = after_ms;
	r->trouble = job->verdict.kind == VERDICT_DEAD;
}

static void report_ambiguous(struct engine *e, const struct job *job)
{
	struct report *r = engine_report(e, REPORT_AMBIGUOUS);

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

void scheduler_note_service(struct engine *e, const struct input *in)
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
	breaker_release(&e->plex, lane->plex_try);
	breaker_release(&e->stash, lane->stash_try);
	lane->plex_try = lane->stash_try = 0;
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
	bool missed = str_equal(job->verdict.reason, "not_found");
	int *spent = missed ? &lane->misses : &lane->attempts;
	int64_t after_ms;

	if (!lane->first_failed_ms)
		lane->first_failed_ms = e->now.wall_ms;
	after_ms = verdict_retry_ms(&job->verdict, &e->options.limits, *spent + 1,
		e->now.wall_ms - lane->first_failed_ms, dice(e));
	if (after_ms < 0)
		return false;
	report_ended(e, lane, after_ms);
	++*spent;
	lane->missed_ms = missed ? e->now.mono_ms : INT64_MIN;
	lane_return(lane, e->now.mono_ms + after_ms);
	return true;
}

static void conclude(struct engine *e, struct lane *lane)
{
	struct job_world w = world(e);

	if (str_equal(lane->job->verdict.reason, "ambiguous"))
		report_ambiguous(e, lane->job);
	job_conclude(lane->job, &w, lane->attempts + lane->misses + 1,
		lane->first_failed_ms ? lane->first_failed_ms : e->now.wall_ms);
}

static void settle(struct engine *e, struct lane *lane)
{
	struct partition *partition = partitions_find(&e->partitions, lane->partition);

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
	struct partition *partition = partitions_find(&e->partitions, lane->partition);
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

void scheduler_drop_lanes(struct engine *e, bool finish)
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

void scheduler_start_jobs(struct engine *e)
{
	struct lane *lane;

	while (e->running_count < e->options.max_jobs && breaker_admits(&e->plex, e->now) &&
		(lane = first_to_start(e))) {
		lane->plex_try = breaker_start(&e->plex);
		lane->stash_try = fetches(e, lane) ? breaker_start(&e->stash) : 0;
		start_job(e, lane);
	}
}

static void resend_outputs(struct engine *e)
{
	struct job_world w = world(e);

	for (size_t i = 0; i < e->running_count; i++) {
		struct job *job = e->running[i]->job;

		if (job_rests(job) && job->resend_ms <= e->now.mono_ms)
			job_resend(job, &w);
	}
}

static void match_on_fresh_index(struct engine *e)
{
	struct job_world w = world(e);

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
}

static void send_edits(struct engine *e)
{
	struct job_world w = world(e);
	size_t edits = 0;

	for (size_t i = 0; i < e->running_count; i++)
		edits += e->running[i]->job->step == JOB_EDIT;
	for (size_t i = 0; i < e->running_count && edits < e->options.max_edits; i++) {
		if (e->running[i]->job->step == JOB_TURN) {
			job_edit(e->running[i]->job, &w);
			edits++;
		}
	}
}

void scheduler_move_jobs(struct engine *e)
{
	resend_outputs(e);
	match_on_fresh_index(e);
	send_edits(e);
}

int64_t scheduler_deadline_ms(const struct engine *e)
{
	int64_t deadline_ms = INT64_MAX;

	for (size_t i = 0; i < e->running_count; i++)
		if (job_rests(e->running[i]->job) && e->running[i]->job->resend_ms < deadline_ms)
			deadline_ms = e->running[i]->job->resend_ms;
	return deadline_ms;
}

bool scheduler_feed(struct engine *e, const struct input *answer)
{
	struct job_world w = world(e);

	for (size_t i = 0; i < e->running_count; i++) {
		struct lane *lane = e->running[i];

		if (lane->job->call == answer->call) {
			job_feed(lane->job, &w, answer);
			follow_up(e, lane);
			return true;
		}
	}
	return false;
}
