#include "consumer/scheduler.h"

#include "consumer/settlement.h"

#include <string.h>

/* ---- starting ---- */

static bool fetches(const struct engine *e, const struct lane *lane)
{
	return lane->want.fetch && engine_has_stash(e);
}

/* What is pending for the scene joins what is wanted now: a newer event starts the attempts anew. */
static void take_pending(struct engine *e, struct lane *lane)
{
	struct pending_state state;
	struct want want;
	bool anew = lane->want.any, late_cover;

	if (!pending_get(e->pending, lane->scene_id, &want, &state))
		return;
	late_cover = str_equal(state.retry.reason, JOB_LATE_COVER);
	lane->attempts = anew || late_cover ? 0 : state.retry.attempts;
	lane->cover_tries = late_cover && !anew ? state.retry.attempts : 0;
	lane->misses = anew ? 0 : state.retry.misses;
	if (state.first_failed_ms != INT64_MIN)
		lane->first_failed_ms = state.first_failed_ms;
	lane->tried_ms = INT64_MIN;
	if (str_equal(state.retry.reason, "plex_down") ||
		str_equal(state.retry.reason, "not_found"))
		lane->tried_ms = state.tried_ms;
	want_merge(&lane->want, &want);
	retry_done(&state.retry);
}

/* A new job; with `away` (NULL: none) that dependency keeps it from starting. */
static void start_job(struct engine *e, struct lane *lane, const struct dependency *away)
{
	struct job_world world = engine_job_world(e);
	struct job_options options = {
		.scene_id = lane->scene_id,
		.partition = lane->partition,
		.take_want = &lane->want,
		.fresh_since_ms = lane->misses ? lane->tried_ms : INT64_MIN,
		.cover_tries = lane->cover_tries,
	};

	pending_begin(e->pending, lane->scene_id);
	if (away) {
		options.hold_reason = away == &e->plex ? "plex_down" : "stash_down";
		options.hold_detail = away->breaker.reason;
	} else {
		lane->plex_try = breaker_start(&e->plex.breaker);
		lane->stash_try = fetches(e, lane) ? breaker_start(&e->stash.breaker) : 0;
	}
	lanes_begin(e->lanes, lane, job_new(&options, &world));
	e->running[e->running_count++] = lane;
	settlement_follow_up(e, lane);
}

static const struct dependency *away_for(const struct engine *e, const struct lane *lane)
{
	if (!breaker_admits(&e->plex.breaker))
		return &e->plex;
	if (fetches(e, lane) && !breaker_admits(&e->stash.breaker))
		return &e->stash;
	return NULL;
}

/* Jobs that keep Plex or Stash busy. */
static size_t talking(const struct engine *e)
{
	size_t count = 0;

	for (size_t i = 0; i < e->running_count; i++)
		count += job_talks(e->running[i]->job);
	return count;
}

/* The pending scene that is due first and whose services may be called; NULL: none. */
static const char *first_pending(struct engine *e, int64_t *ret_due_ms)
{
	static const bool kinds[] = { false, true };
	const char *first = NULL;

	*ret_due_ms = INT64_MAX;
	if (!breaker_admits(&e->plex.breaker))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		bool stash = kinds[i];
		int64_t due_ms;

		if (stash && engine_has_stash(e) && !breaker_admits(&e->stash.breaker))
			continue;
		if (pending_first(e->pending, stash, &due_ms) && due_ms < *ret_due_ms) {
			*ret_due_ms = due_ms;
			first = pending_first(e->pending, stash, &due_ms);
		}
	}
	return first;
}

/* Jobs that wait for the index must not crowd out those that need not. */
static bool crowded(const struct engine *e)
{
	size_t waiting = 0;

	for (size_t i = 0; i < e->running_count; i++)
		waiting += e->running[i]->job->step == JOB_INDEX;
	return waiting >= RUNNING_MAX / 2;
}

/*
 * The lane that comes next: the first of those that wait, or one for a pending scene that is due
 * earlier. NULL: nothing is due. A pending scene that has a lane is looked at there.
 */
static struct lane *next_lane(struct engine *e)
{
	for (;;) {
		struct lane *lane = lanes_first(e->lanes);
		int64_t due_ms, lane_due_ms = lane ? lane->due.due_ms : INT64_MAX;
		const char *scene_id = crowded(e) ? NULL : first_pending(e, &due_ms);

		if (!scene_id || due_ms > e->now.mono_ms || due_ms >= lane_due_ms)
			return lane_due_ms <= e->now.mono_ms ? lane : NULL;
		pending_begin(e->pending, scene_id);
		if (!lanes_find(e->lanes, scene_id))
			lanes_open(e->lanes, scene_id,
				record_key_partition(
					scene_id, strlen(scene_id), e->options.topic_partitions),
				due_ms);
	}
}

void scheduler_start_jobs(struct engine *e)
{
	size_t talkers = talking(e);
	struct lane *lane;

	while (e->running_count < RUNNING_MAX && talkers < e->options.max_jobs &&
		(lane = next_lane(e))) {
		const struct dependency *away;

		take_pending(e, lane);
		if (!lane->want.any) { /* it was settled meanwhile */
			lanes_drop(e->lanes, lane);
			continue;
		}
		away = away_for(e, lane);
		if (!away && !library_ready(e->library))
			return;
		start_job(e, lane, away);
		talkers = talking(e);
	}
}

/* ---- moving ---- */

static void resend_outputs(struct engine *e)
{
	struct job_world world = engine_job_world(e);

	for (size_t i = 0; i < e->running_count; i++) {
		struct job *job = e->running[i]->job;

		if (job_rests(job) && job->resend_ms <= e->now.mono_ms)
			job_resend(job, &world);
	}
}

/* While Plex is away there will be no fresher index: what waits for one is held with the others. */
static void match_on_fresh_index(struct engine *e)
{
	struct job_world world = engine_job_world(e);
	bool away = e->plex.breaker.state != BREAKER_CLOSED;

	for (size_t i = e->running_count; i-- > 0;) {
		struct lane *lane = e->running[i];

		if (lane->job->step != JOB_INDEX)
			continue;
		library_want_fresh(e->library, lane->job->fresh_since_ms);
		if (library_fresh_since(e->library, lane->job->fresh_since_ms))
			job_match(lane->job, &world);
		else if (away)
			job_hold(lane->job, "plex_down", e->plex.breaker.reason);
		settlement_follow_up(e, lane);
	}
}

/* Many intents may become durable at once: edits then wait until there is room for their calls, too. */
static void send_edits(struct engine *e)
{
	struct job_world world = engine_job_world(e);
	size_t edits = 0, calls = 0;

	for (size_t i = 0; i < e->running_count; i++) {
		const struct job *job = e->running[i]->job;

		edits += job->step == JOB_EDIT;
		calls += job_talks(job) && job->step != JOB_TURN;
	}
	for (size_t i = 0; i < e->running_count; i++) {
		if (edits >= e->options.max_edits || calls >= e->options.max_jobs)
			return;
		if (e->running[i]->job->step == JOB_TURN) {
			job_edit(e->running[i]->job, &world);
			edits++;
			calls++;
		}
	}
}

void scheduler_move_jobs(struct engine *e)
{
	resend_outputs(e);
	match_on_fresh_index(e);
	send_edits(e);
}

/* ---- the rest ---- */

struct lane *scheduler_lane_of(const struct engine *e, call_id call)
{
	for (size_t i = 0; i < e->running_count; i++)
		if (e->running[i]->job->call == call)
			return e->running[i];
	return NULL;
}

void scheduler_feed(struct engine *e, struct lane *lane, const struct input *answer)
{
	struct job_world world = engine_job_world(e);

	job_feed(lane->job, &world, answer);
	settlement_follow_up(e, lane);
}

/* Nobody waits for the answer any more. */
static void cancel_job(struct engine *e, struct lane *lane)
{
	if (lane->job->call)
		effects_add(&e->effects, DO_CANCEL)->call = lane->job->call;
	settlement_release_tries(e, lane);
	settlement_forget_running(e, lane);
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

static void earlier(int64_t *deadline_ms, int64_t at_ms)
{
	if (at_ms < *deadline_ms)
		*deadline_ms = at_ms;
}

int64_t scheduler_deadline_ms(struct engine *e)
{
	const struct lane *lane = lanes_first(e->lanes);
	int64_t deadline_ms = INT64_MAX, due_ms;

	if (lane)
		earlier(&deadline_ms, lane->due.due_ms);
	if (first_pending(e, &due_ms))
		earlier(&deadline_ms, due_ms);
	/* What is due already waits for an answer, not for time. */
	if (deadline_ms <= e->now.mono_ms)
		deadline_ms = INT64_MAX;
	for (size_t i = 0; i < e->running_count; i++)
		if (job_rests(e->running[i]->job))
			earlier(&deadline_ms, e->running[i]->job->resend_ms);
	return deadline_ms;
}
