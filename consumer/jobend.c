#include "consumer/deadletters.h"
#include "consumer/jobsteps.h"

#include <stdlib.h>
#include <string.h>

void job_judge(struct job *job, enum verdict_kind kind, const char *reason, const char *detail)
{
	verdict_set(&job->verdict, kind, reason, detail);
	job->step = JOB_JUDGED;
}

/* An answer that is not DONE ends the attempt, unless the caller knows better. */
void job_judge_answer(struct job *job, enum verdict_call call, const struct input *answer)
{
	verdict_of_call(&job->verdict, call, answer);
	job->step = JOB_JUDGED;
}

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
	return (job->step == JOB_BURY || job->step == JOB_STAMP) && !job->call;
}

void job_resend(struct job *job, const struct job_world *world)
{
	send_output(job, world, job->step);
}

void job_send_stamp(
	struct job *job, const struct job_world *world, int64_t covers, enum job_step step)
{
	auto_free char *value = stamp_format(&job->stamp);
	struct record *record = &job->output;

	record_done(record);
	record->topic = TOPIC_STAMPS;
	record->partition = job->partition;
	record_set_key(record, job->scene_id, strlen(job->scene_id));
	record_set_value(record, value, strlen(value));
	covers_write(record, (struct covers){ .generation = job->generation, .offset = covers });
	send_output(job, world, step);
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
	free(stamp->confidence);
	stamp->confidence = xstrdup(job->confidence);
}

static void conclude_stamp(struct job *job, const struct job_world *world)
{
	const struct verdict *verdict = &job->verdict;
	struct stamp *stamp = &job->stamp;
	int64_t covers = job->want.covers > job->stamp_covers.offset ? job->want.covers
								     : job->stamp_covers.offset;

	if (verdict->kind == VERDICT_SYNCED || verdict->kind == VERDICT_UNCHANGED ||
		verdict->kind == VERDICT_GONE)
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
	job_send_stamp(job, world, covers, JOB_STAMP);
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

void job_conclude(
	struct job *job, const struct job_world *world, int attempts, int64_t first_failed_ms)
{
	if (job->verdict.kind == VERDICT_DEAD)
		bury(job, world, attempts, first_failed_ms);
	else
		conclude_stamp(job, world);
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
	if (job->step == JOB_BURY) {
		conclude_stamp(job, world);
		return;
	}
	job->output.offset = answer->offset;
	stamps_fold(world->stamps, &job->output);
	job->step = job->step == JOB_INTEND ? JOB_TURN : JOB_OVER;
}
