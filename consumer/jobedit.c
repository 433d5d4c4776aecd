#include "common/buf.h"
#include "consumer/jobsteps.h"

#include <stdlib.h>

void job_read_item(struct job *job, const struct job_world *world, enum job_step step)
{
	struct effect *effect = effects_call(world->effects, DO_READ_ITEM);

	effect->rating_key = xstrdup(job->rating_key);
	job->read_ms = world->now.mono_ms;
	job->call = effect->call;
	job->step = step;
}

/* The base of the merge is about one item: another item starts without one. */
static void rebase(struct job *job)
{
	if (str_equal(job->stamp.rating_key, job->rating_key))
		return;
	free(job->stamp.rating_key);
	job->stamp.rating_key = xstrdup(job->rating_key);
	marks_done(&job->stamp.applied);
	stamp_clear_intents(&job->stamp);
}

/* The item shows all that is wanted: what it shows is ours from now on. */
static void judge_done(struct job *job, const struct job_world *world)
{
	struct marks applied = { .count = 0 };

	plan_applied(
		&applied, &job->scene, &job->item, &job->stamp, &job->edit, world->policy, NULL);
	marks_done(&job->stamp.applied);
	job->stamp.applied = applied;
	if (job_discharges(job, world))
		stamp_clear_intents(&job->stamp);
	job_judge(job, job->sent ? VERDICT_SYNCED : VERDICT_UNCHANGED, NULL, "");
}

/* "title,summary" */
static void note_edited_fields(struct job *job)
{
	auto_buf fields;

	buf_init(&fields, 1000);
	for (int f = 0; f < PLEX_FIELDS; f++)
		if (job->edit.fields[f].wanted)
			buf_printf(&fields, "%s%s", fields.len ? "," : "",
				plex_field_name((enum plex_field)f));
	free(job->edited);
	job->edited = buf_take(&fields);
}

/* The stamp goes first, with the old version and what we are about to write (DESIGN §3 "Stamp"). */
static void intend(struct job *job, const struct job_world *world)
{
	struct marks intent = { .count = 0 };

	plan_intent(&intent, &job->edit);
	marks_done(&job->own_intent);
	if (stamp_add_intent(&job->stamp, &intent))
		job->own_intent = intent;
	else
		marks_done(&intent);
	job_send_stamp(job, world, job->stamp_covers.offset, JOB_INTEND);
}

static void plan(struct job *job, const struct job_world *world)
{
	stamps_take_rivals(world->stamps, &job->stamp);
	plex_edit_done(&job->edit);
	plan_edit(&job->edit, &job->scene, &job->item, &job->stamp, world->policy);
	if (plex_edit_empty(&job->edit))
		judge_done(job, world);
	else
		intend(job, world);
}

/* Keeps the item that was read. false: there is none, and the job goes on or ends without it. */
static bool take_item(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (answer->outcome == OUTCOME_ABSENT) {
		job_match_again(job, world);
		return false;
	}
	if (answer->outcome != OUTCOME_DONE) {
		job_judge_answer(job, CALL_READ_ITEM, answer);
		return false;
	}
	plex_item_done(&job->item);
	plex_item_copy(&job->item, answer->item);
	return true;
}

/* An edit goes to a library; without one it cannot be expressed. */
static void judge_homeless(struct job *job)
{
	auto_free char *detail =
		xasprintf("Plex does not say in which library item %s is.", job->rating_key);

	job_judge(job, VERDICT_RETRY, "plex_error", detail);
}

void job_feed_read(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (!take_item(job, world, answer))
		return;
	if (!job->pinned &&
		!match_holds(&job->match, &job->item, job->plex_files, job->scene.file_count)) {
		job_match_again(job, world);
		return;
	}
	job_set_item(job, job->item.rating_key,
		plex_key_valid(job->item.section) ? job->item.section : job->section,
		job->confidence);
	if (!plex_key_valid(job->section)) {
		judge_homeless(job);
		return;
	}
	rebase(job);
	plan(job, world);
}

void job_edit(struct job *job, const struct job_world *world)
{
	struct effect *effect = effects_call(world->effects, DO_EDIT_ITEM);

	effect->section = xstrdup(job->section);
	effect->rating_key = xstrdup(job->rating_key);
	plex_edit_copy(&effect->edit, &job->edit);
	note_edited_fields(job);
	job->sent = true;
	job->call = effect->call;
	job->step = JOB_EDIT;
}

/* Where the outcome is not known, and where it is, the item itself tells what came of the edit. */
void job_feed_edited(struct job *job, const struct job_world *world, const struct input *answer)
{
	bool unknown = answer->outcome == OUTCOME_UNKNOWN || answer->outcome == OUTCOME_FAILED ||
		       answer->outcome == OUTCOME_GARBLED;

	free(job->trouble);
	job->trouble = unknown ? xstrdup(answer->detail ? answer->detail : "") : NULL;
	job->trouble_outcome = answer->outcome;

	if (answer->outcome == OUTCOME_ABSENT) {
		job_match_again(job, world);
	} else if (answer->outcome == OUTCOME_DONE || unknown) {
		if (unknown)
			job_owe(job, world);
		job_read_item(job, world, JOB_READ_BACK);
	} else { /* Plex refuses it: nothing of it can be there */
		stamp_drop_intent(&job->stamp, &job->own_intent);
		job_judge_answer(job, CALL_EDIT_ITEM, answer);
	}
}

static void judge_not_taken(struct job *job, const struct job_world *world)
{
	struct marks applied = { .count = 0 };
	auto_buf missing;

	buf_init(&missing, 200);
	if (job->trouble && job->trouble_outcome == OUTCOME_FAILED) {
		job_judge(job, VERDICT_RETRY, "plex_error", job->trouble);
		return;
	}
	if (job->trouble) { /* no answer, twice: whose fault that is others' edits tell */
		job_judge(job, VERDICT_HOLD, "plex_down", job->trouble);
		job->verdict.timed_out = true;
		return;
	}
	plan_applied(&applied, &job->scene, &job->item, &job->stamp, &job->edit, world->policy,
		&missing);
	marks_done(&applied);
	auto_free char *detail =
		xasprintf("Plex answered the edit of item %s, but does not show it in: %s.",
			job->rating_key, buf_text(&missing));
	job_judge(job, VERDICT_RETRY, "not_visible", detail);
}

/* Whether the item, as last read, still lacks something that is wanted. */
static bool item_lacks(const struct job *job, const struct job_world *world)
{
	struct plex_edit rest = { .lock = false };
	bool lacks;

	plan_edit(&rest, &job->scene, &job->item, &job->stamp, world->policy);
	lacks = !plex_edit_empty(&rest);
	plex_edit_done(&rest);
	return lacks;
}

void job_feed_read_back(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (!take_item(job, world, answer))
		return;
	if (job->trouble && !job->replanned) {
		job->replanned = true;
		plan(job, world);
	} else if (item_lacks(job, world)) {
		judge_not_taken(job, world);
	} else {
		judge_done(job, world);
	}
}
