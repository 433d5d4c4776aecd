#include "consumer/deadletters.h"
#include "consumer/jobsteps.h"

#include <stdlib.h>
#include <string.h>

/* What follows is only Kafka, and many jobs may wait for it: they must not hold pictures meanwhile. */
static void end_talking(struct job *job)
{
	job_forget_picture(job);
	job->step = JOB_JUDGED;
}

void job_judge(struct job *job, enum verdict_kind kind, const char *reason, const char *detail)
{
	verdict_set(&job->verdict, kind, reason, detail);
	end_talking(job);
}

void job_hold(struct job *job, const char *reason, const char *detail)
{
	job_judge(job, VERDICT_HOLD, reason, detail);
}

/* An answer that is not DONE ends the attempt, unless the caller knows better. */
void job_judge_answer(struct job *job, enum verdict_call call, const struct input *answer)
{
	verdict_of_call(&job->verdict, call, answer);
	end_talking(job);
}

/* ---- debts ---- */

enum { VERIFY_AFTER_MS = 60000 }; /* an edit that was given up may take effect until then */

void job_owe(struct job *job, const struct job_world *world)
{
	job->owed_until_ms = world->now.mono_ms + VERIFY_AFTER_MS;
}

/* What ends without having read an item has nothing that an old edit could spoil. */
bool job_discharges(struct job *job, const struct job_world *world)
{
	int64_t since_ms = job->read_ms == INT64_MIN ? job->started_ms : job->read_ms;
	int64_t until_ms = pending_owed_until_ms(world->pending, job->scene_id);

	if (until_ms > job->owed_until_ms) /* another's edit came to light meanwhile */
		job->owed_until_ms = until_ms;
	return job->owed_until_ms == INT64_MIN || since_ms >= job->owed_until_ms;
}

/* ---- outputs ---- */

/* A record that Kafka did not take rests so long before it is sent again. */
enum { RESEND_MS = 5000 };

static void send_output(struct job *job, const struct job_world *world, enum job_step step)
{
	struct effect *effect = effects_call(world->effects, DO_PRODUCE);

	record_copy(&effect->record, &job->output);
	job->call = effect->call;
	job->step = step;
}

bool job_rests(const struct job *job)
{
	return job->step >= JOB_PEND && job->step != JOB_OVER && !job->call;
}

/* The highest that anything of the scene covers: what is written must not stand below it. */
static struct covers covers(const struct job *job, const struct job_world *world, int64_t offset)
{
	const struct partition *partition = partitions_find(world->partitions, job->partition);

	return (struct covers){ .generation = partition->generation, .offset = offset };
}

void job_resend(struct job *job, const struct job_world *world)
{
	struct covers old;

	if (job->step != JOB_BURY && covers_read(&old, &job->output))
		covers_write(&job->output, covers(job, world, old.offset));
	send_output(job, world, job->step);
}

void job_send_stamp(
	struct job *job, const struct job_world *world, int64_t offset, enum job_step step)
{
	stamps_take_rivals(world->stamps, &job->stamp);
	auto_free char *value = stamp_format(&job->stamp);
	struct record *record = &job->output;

	record_done(record);
	record->topic = TOPIC_STAMPS;
	record->partition = job->partition;
	record_set_key(record, job->scene_id, strlen(job->scene_id));
	record_set_value(record, value, strlen(value));
	covers_write(record, covers(job, world, offset));
	send_output(job, world, step);
}

/* A job covers the highest of its events, the pending record (merged in), and the stamp. */
static int64_t highest(const struct job *job)
{
	return job->want.covers > job->stamp_covers.offset ? job->want.covers
							   : job->stamp_covers.offset;
}

/* A verdict that brought a state to Plex, or found it there, makes it the applied one. */
static void stamp_version(struct job *job, const struct job_world *world)
{
	struct stamp *stamp = &job->stamp;

	stamp->updated_at_ms = job->version.updated_ms;
	stamp->observed_at_ms = job->version.observed_ms;
	if (job->verdict.kind == VERDICT_GONE)
		return;
	stamp->synced_at_ms = world->now.wall_ms;
	stamp->content_hash = scene_content_hash(&job->scene);
	free(stamp->section);
	stamp->section = xstrdup(job->section);
	stamp->pinned = job->pinned;
	if (job->match.count)
		stamp->plex_path_hash = pathindex_path_hash(job->match.candidates[0].path);
	free(stamp->confidence);
	stamp->confidence = xstrdup(job->confidence);
}

static bool is_in_sync(const struct job *job)
{
	return job->verdict.kind == VERDICT_SYNCED || job->verdict.kind == VERDICT_UNCHANGED;
}

static void conclude_stamp(struct job *job, const struct job_world *world)
{
	const struct verdict *verdict = &job->verdict;
	struct stamp *stamp = &job->stamp;

	if (verdict->kind != VERDICT_SUPERSEDED)
		stamp->plex_path_hash = 0;
	if (job_discharges(job, world))
		stamp_settle_intents(stamp);
	if (is_in_sync(job) || verdict->kind == VERDICT_GONE)
		stamp_version(job, world);
	if (verdict->kind != VERDICT_SUPERSEDED) {
		free(stamp->outcome);
		free(stamp->reason);
		free(stamp->event_id);
		stamp->outcome = xstrdup(verdict_name(verdict->kind));
		stamp->reason = xstrdup_or_null(verdict->reason);
		stamp->event_id = xstrdup_or_null(job->want.event.id);
		stamp->seen_updated_at_ms = job->version.updated_ms;
		stamp->files_hash = scene_files_hash(&job->scene);
	}
	job_send_stamp(job, world, highest(job), JOB_STAMP);
}

static void bury(
	struct job *job, const struct job_world *world, int attempts, int64_t first_failed_ms)
{
	struct deadletter_cause cause = {
		.group = world->group,
		.topic = world->events_topic,
		.verdict = &job->verdict,
		.match = &job->match,
		.attempts = attempts,
		.first_failed_ms = first_failed_ms,
		.failed_at_ms = world->now.wall_ms,
	};

	record_done(&job->output);
	deadletter_write(&job->output, &job->want.record, &cause);
	send_output(job, world, JOB_BURY);
}

/* The scene was looked at once more because of a debt: its letter is there. */
static bool is_buried(const struct job *job)
{
	return str_equal(job->stamp.outcome, verdict_name(VERDICT_DEAD)) &&
	       str_equal(job->stamp.event_id, job->want.event.id) &&
	       job->want.covers <= job->stamp_covers.offset;
}

void job_conclude(
	struct job *job, const struct job_world *world, int attempts, int64_t first_failed_ms)
{
	if (job->verdict.kind == VERDICT_DEAD && !is_buried(job))
		bury(job, world, attempts, first_failed_ms);
	else
		conclude_stamp(job, world);
}

/* ---- what is pending ---- */

static int64_t wall(int64_t mono_ms, struct now now)
{
	return now.wall_ms + (mono_ms - now.mono_ms);
}

static void write_pending(
	struct job *job, const struct job_world *world, struct retry *retry, enum job_step step)
{
	retry->covers = covers(job, world, highest(job));
	if (job->owed_until_ms != INT64_MIN)
		retry->verify_until_ms = wall(job->owed_until_ms, world->now);
	record_done(&job->output);
	retry_write(&job->output, &job->want, retry);
	job->output.partition = job->partition;
	send_output(job, world, step);
}

void job_pend(struct job *job, const struct job_world *world, struct retry *take_retry)
{
	write_pending(job, world, take_retry, JOB_PEND);
	retry_done(take_retry);
}

/*
 * The stamp is durable. What was pending ends, but not a debt: the event is pending on, to be looked at
 * once more when nothing of ours can land any more. So it is when Stash may have a cover later.
 */
static void clear_pending(struct job *job, const struct job_world *world)
{
	if (!job_discharges(job, world)) {
		struct retry owed = { .reason = "verify",
			.due_ms = wall(job->owed_until_ms, world->now) };

		write_pending(job, world, &owed, JOB_CLEAR);
		return;
	}
	pending_discharge(world->pending, job->scene_id);
	if (job->poster.late && is_in_sync(job)) {
		struct retry late = { .reason = JOB_LATE_COVER,
			.attempts = job->poster.tries + 1,
			.due_ms = world->now.wall_ms + job_late_cover_ms(job) };

		write_pending(job, world, &late, JOB_CLEAR);
		return;
	}
	if (!pending_has(world->pending, job->scene_id)) {
		job->step = JOB_OVER;
		return;
	}
	record_done(&job->output);
	retry_write_tombstone(
		&job->output, job->scene_id, job->partition, covers(job, world, highest(job)));
	send_output(job, world, JOB_CLEAR);
}

/* ---- Kafka's answers ---- */

/* Takes what was written into our tables. false: a former owner's record stands above it. */
static bool fold(struct job *job, const struct job_world *world)
{
	struct fault fault;

	if (job->output.topic == TOPIC_STAMPS)
		return stamps_fold(world->stamps, &job->output);
	return pending_fold(world->pending, &job->output, world->now, &fault) == PENDING_TAKEN;
}

/* Above whatever stands in the way; the clock that made our generation may have been wrong. */
static void outbid(struct job *job, const struct job_world *world)
{
	struct partition *partition = partitions_find(world->partitions, job->partition);

	partition_raise(partition, stamps_generation(world->stamps, job->partition));
	partition_raise(partition, pending_generation(world->pending, job->partition));
	job_resend(job, world);
}

static void feed_written(struct job *job, const struct job_world *world)
{
	switch ((int)job->step) {
	case JOB_INTEND:
		job->step = JOB_TURN;
		if (job->clears && !job_may_clear(job, world)) {
			job_forget_intent(job);
			job_judge_gone(job);
		}
		break;
	case JOB_BURY:
		conclude_stamp(job, world);
		break;
	case JOB_STAMP:
		clear_pending(job, world);
		break;
	default:
		job->step = JOB_OVER;
		break;
	}
}

void job_feed_delivered(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (answer->outcome != OUTCOME_DONE && job->step == JOB_INTEND) {
		job_judge_answer(job, CALL_INTEND, answer);
		return;
	}
	if (answer->outcome != OUTCOME_DONE) {
		job->resend_ms = world->now.mono_ms + RESEND_MS;
		return;
	}
	job->output.offset = answer->offset;
	if (job->step != JOB_BURY && !fold(job, world))
		outbid(job, world);
	else
		feed_written(job, world);
}
