#include "consumer/settlement.h"

#include "consumer/lookout.h"

#include <stdio.h>
#include <string.h>

static int64_t wall(const struct engine *e, int64_t mono_ms)
{
	return e->now.wall_ms + (mono_ms - e->now.mono_ms);
}

/* ---- what people are told ---- */

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

/* ---- jobs that end ---- */

void settlement_forget_running(struct engine *e, const struct lane *lane)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->running_count; i++)
		if (e->running[i] != lane)
			e->running[kept++] = e->running[i];
	e->running_count = kept;
}

void settlement_release_tries(struct engine *e, struct lane *lane)
{
	breaker_release(&e->plex.breaker, lane->plex_try);
	breaker_release(&e->stash.breaker, lane->stash_try);
	lane->plex_try = lane->stash_try = 0;
}

/* What this job owes is the scene's debt, whatever becomes of the job. */
static void keep_debt(struct engine *e, const struct lane *lane)
{
	if (lane->job->owed_until_ms != INT64_MIN)
		pending_owe(e->pending, lane->scene_id, lane->partition, lane->job->owed_until_ms);
}

/* A newer event came meanwhile: with it the scene starts anew, and nothing need be written. */
static void start_anew(struct engine *e, struct lane *lane)
{
	report_ended(
		e, lane, lane->due.due_ms > e->now.mono_ms ? lane->due.due_ms - e->now.mono_ms : 0);
	settlement_forget_running(e, lane);
	lanes_return(e->lanes, lane);
}

static void pend(struct engine *e, struct lane *lane, int64_t after_ms)
{
	struct job_world world = engine_job_world(e);
	struct job *job = lane->job;
	struct retry retry = {
		.attempts = lane->attempts,
		.misses = lane->misses,
		.due_ms = e->now.wall_ms + after_ms,
		.first_failed_ms =
			lane->first_failed_ms == INT64_MIN ? 0 : wall(e, lane->first_failed_ms),
		.detail = xstrdup(job->verdict.detail),
	};

	if (str_equal(job->verdict.reason, "not_found"))
		lane->seen = lookout_trace(e, job, &retry.files);
	snprintf(retry.reason, sizeof retry.reason, "%s", job->verdict.reason);
	job_pend(job, &world, &retry);
}

static void hold(struct engine *e, struct lane *lane)
{
	int64_t after_ms = e->options.breaker.probe_min_ms;

	if (lane->job->verdict.after_ms > after_ms)
		after_ms = lane->job->verdict.after_ms;
	report_ended(e, lane, after_ms);
	pend(e, lane, after_ms);
}

static void conclude(struct engine *e, struct lane *lane)
{
	struct job_world world = engine_job_world(e);

	if (str_equal(lane->job->verdict.reason, "ambiguous"))
		report_ambiguous(e, lane->job);
	job_conclude(lane->job, &world, lane->attempts + lane->misses + 1,
		lane->first_failed_ms == INT64_MIN ? e->now.wall_ms
						   : wall(e, lane->first_failed_ms));
}

/* What Plex lacks it may merely not have scanned yet. */
static void ask_for_scan(struct engine *e, const struct job *job)
{
	for (size_t i = 0; e->options.scan && i < job->scene.file_count; i++)
		library_scan(e->library, e->now, job->plex_files[i].path, &e->effects);
}

/* Tries again while the limits last; then the verdict is final. */
static void retry(struct engine *e, struct lane *lane)
{
	struct verdict *verdict = &lane->job->verdict;
	bool missed = str_equal(verdict->reason, "not_found");
	int *spent = missed ? &lane->misses : &lane->attempts;
	int64_t after_ms;

	if (lane->first_failed_ms == INT64_MIN)
		lane->first_failed_ms = e->now.mono_ms;
	after_ms = verdict_retry_ms(verdict, &e->options.limits, *spent + 1,
		e->now.mono_ms - lane->first_failed_ms, engine_dice(e));
	if (after_ms < 0) {
		conclude(e, lane);
		return;
	}
	report_ended(e, lane, after_ms);
	if (missed)
		ask_for_scan(e, lane->job);
	++*spent;
	pend(e, lane, after_ms);
}

static void settle(struct engine *e, struct lane *lane)
{
	struct partition *partition = partitions_find(&e->partitions, lane->partition);
	const struct job *job = lane->job;
	char scene_id[SCENE_ID_SIZE];

	memcpy(scene_id, lane->scene_id, sizeof scene_id);
	if (verdict_final(job->verdict.kind))
		report_ended(e, lane, -1);
	else if (job->verdict.kind == VERDICT_RETRY || job->verdict.timed_out)
		pending_note_try(e->pending, lane->scene_id, job->started_ms);
	settlement_forget_running(e, lane);
	pending_resume(e->pending, lane->scene_id);
	if (str_equal(job->verdict.reason, "not_found"))
		pending_note_seen(e->pending, scene_id, lane->seen);
	lanes_settle(e->lanes, lane, &partition->offsets);
	lookout_check(e, scene_id);
}

/*
 * A time-out may be the service's fault or this scene's: it is the scene's when others were served since
 * it was tried before. So one poisoned item spends its attempts and comes to an end.
 */
static void blame_scene(struct engine *e, struct lane *lane)
{
	struct job *job = lane->job;
	const struct successes *served = job->trouble ? &e->plex.edits : &e->plex.reads;
	int64_t since_ms = lane->tried_ms == INT64_MIN ? job->started_ms : lane->tried_ms;

	if (job->verdict.kind == VERDICT_HOLD && job->verdict.timed_out &&
		str_equal(job->verdict.reason, "plex_down") &&
		dependency_serves_others(served, lane->scene_id, since_ms)) {
		job->verdict.kind = VERDICT_RETRY;
		job->verdict.reason = "plex_error";
	}
}

void settlement_follow_up(struct engine *e, struct lane *lane)
{
	struct job *job = lane->job;

	if (job->step == JOB_OVER) {
		settle(e, lane);
		return;
	}
	if (job->step != JOB_JUDGED)
		return;
	settlement_release_tries(e, lane);
	keep_debt(e, lane);
	blame_scene(e, lane);
	if (verdict_final(job->verdict.kind))
		conclude(e, lane);
	else if (lane->want.any)
		start_anew(e, lane);
	else if (job->verdict.kind == VERDICT_HOLD)
		hold(e, lane);
	else
		retry(e, lane);
}
