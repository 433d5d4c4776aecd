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
	struct marks applied;

	plan_applied(
		&applied, &job->scene, &job->item, &job->stamp, &job->edit, world->policy, NULL);
	(void)job_poster_applied(job, &applied);
	marks_done(&job->stamp.applied);
	job->stamp.applied = applied;
	if (job_discharges(job, world))
		stamp_clear_intents(&job->stamp);
	if (job->clears)
		job_judge_gone(job);
	else
		job_judge(job, job->sent ? VERDICT_SYNCED : VERDICT_UNCHANGED, NULL, "");
}

/* ---- the plan ---- */

/* "title,genre" */
static void note_edited_fields(struct job *job)
{
	auto_buf fields;

	buf_init(&fields, 1000);
	plex_edit_names(&job->edit, &fields);
	free(job->edited);
	job->edited = buf_take(&fields);
}

struct report *job_report(
	const struct job *job, const struct job_world *world, enum report_kind kind)
{
	struct report *r = &effects_add(world->effects, DO_REPORT)->report;

	r->kind = kind;
	r->after_ms = -1;
	r->scene_id = xstrdup(job->scene_id);
	r->rating_key = xstrdup_or_null(job->rating_key);
	return r;
}

/* What no request can hold is left out, and a person may want to know; once for an edit. */
static void report_shortfall(const struct job *job, const struct job_world *world)
{
	auto_buf missing;

	buf_init(&missing, 1000);
	plex_edit_shortfall(&job->edit, &missing);
	if (missing.len && !job->replanned)
		job_report(job, world, REPORT_SHORTFALL)->detail = xstrdup(buf_text(&missing));
}

/* The stamp goes first, with the old version and all that we are about to write (DESIGN §3 "Stamp"). */
static void intend(struct job *job, const struct job_world *world)
{
	struct marks intent;

	plan_intent(&intent, &job->edit);
	if (job->poster.step != PLANPOSTER_KEEP)
		planposter_intent(&intent, job->poster.sha1);
	marks_done(&job->own_intent);
	if (stamp_add_intent(&job->stamp, &intent))
		job->own_intent = intent;
	else
		marks_done(&intent);
	report_shortfall(job, world);
	job_send_stamp(job, world, job->stamp_covers.offset, JOB_INTEND);
}

static void drop_parts(struct job *job)
{
	for (size_t i = 0; i < job->part_count; i++)
		plex_edit_done(&job->parts[i]);
	free(job->parts);
	job->parts = NULL;
	job->part_count = job->part_next = 0;
}

void job_edit_done(struct job *job)
{
	drop_parts(job);
	plex_edit_done(&job->edit);
}

static void plan(struct plex_edit *ret, const struct job *job, const struct job_world *world)
{
	if (job->clears)
		plan_clear(ret, &job->item, &job->stamp, world->policy);
	else
		plan_edit(ret, &job->scene, &job->item, &job->stamp, world->policy);
}

void job_plan(struct job *job, const struct job_world *world)
{
	stamps_take_rivals(world->stamps, &job->stamp);
	job_edit_done(job);
	plan(&job->edit, job, world);
	job->poster.step = job_poster_step(job, world);
	job->edit.lock_poster = job->poster.step != PLANPOSTER_KEEP;
	if (plex_edit_empty(&job->edit))
		judge_done(job, world);
	else
		intend(job, world);
}

/* ---- the item ---- */

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

/* Where it lives; an item that does not say so, and of which the index does not know it, is edited by its key. */
static const char *find_section(const struct job *job)
{
	if (plex_key_valid(job->item.section))
		return job->item.section;
	return plex_key_valid(job->section) ? job->section : "";
}

void job_feed_read(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (!take_item(job, world, answer))
		return;
	if (job->clears ? !job_may_clear(job, world)
			: !job->pinned && !match_holds(&job->match, &job->item, job->plex_files,
						  job->scene.file_count)) {
		job_match_again(job, world);
		return;
	}
	job_set_item(job, job->item.rating_key, find_section(job), job->confidence);
	rebase(job);
	job_look_at_poster(job, world);
}

/* ---- the edit ---- */

void job_forget_intent(struct job *job)
{
	if (!job->part_next && !job->poster.sent)
		stamp_drop_intent(&job->stamp, &job->own_intent);
}

/* The poster first: an upload changes the lock that comes with the rest. */
static void send_next(struct job *job, const struct job_world *world)
{
	struct effect *effect;

	job->sent = true;
	job->step = JOB_EDIT;
	if (job->poster.step != PLANPOSTER_KEEP) {
		job_send_poster(job, world);
		return;
	}
	effect = effects_call(world->effects, DO_EDIT_ITEM);
	effect->section = xstrdup(job->section);
	effect->rating_key = xstrdup(job->rating_key);
	plex_edit_copy(&effect->edit, &job->parts[job->part_next]);
	job->call = effect->call;
}

void job_edit(struct job *job, const struct job_world *world)
{
	note_edited_fields(job);
	drop_parts(job);
	job->part_count = plex_edit_split(&job->edit, job->rating_key, &job->parts);
	send_next(job, world);
}

/* What was sent last is done with; the next part follows at once, as long as it is our turn. */
static void go_on(struct job *job, const struct job_world *world)
{
	if (job->poster.step != PLANPOSTER_KEEP)
		job->poster.step = PLANPOSTER_KEEP;
	else
		job->part_next++;
	if (job->part_next < job->part_count)
		send_next(job, world);
	else
		job_read_item(job, world, JOB_READ_BACK);
}

/* That Plex will not have the picture is no reason to keep the rest from it. */
static void go_on_without_poster(
	struct job *job, const struct job_world *world, const struct input *answer)
{
	job_give_up_poster(job, world, answer->detail);
	note_edited_fields(job);
	drop_parts(job);
	job->part_count = plex_edit_split(&job->edit, job->rating_key, &job->parts);
	if (job->part_count)
		send_next(job, world);
	else
		job_read_item(job, world, JOB_READ_BACK);
}

static bool is_unknown(enum outcome outcome)
{
	return outcome == OUTCOME_UNKNOWN || outcome == OUTCOME_FAILED ||
	       outcome == OUTCOME_GARBLED;
}

/* Where the outcome is not known, and where it is, the item itself tells what came of the edit. */
void job_feed_edited(struct job *job, const struct job_world *world, const struct input *answer)
{
	bool unknown = is_unknown(answer->outcome);

	free(job->trouble);
	job->trouble = unknown ? xstrdup(answer->detail ? answer->detail : "") : NULL;
	job->trouble_outcome = answer->outcome;
	if (unknown) {
		job_owe(job, world);
		job_read_item(job, world, JOB_READ_BACK);
	} else if (answer->outcome == OUTCOME_DONE) {
		go_on(job, world);
	} else if (answer->outcome == OUTCOME_ABSENT) {
		job_match_again(job, world);
	} else if (answer->outcome == OUTCOME_REFUSED && job->poster.step != PLANPOSTER_KEEP) {
		go_on_without_poster(job, world, answer);
	} else { /* Plex refuses it */
		job_forget_intent(job);
		job_judge_answer(job, CALL_EDIT_ITEM, answer);
	}
}

/* ---- reading back ---- */

/* What was asked for and does not show, by Plex's names. */
static void find_missing(const struct job *job, const struct job_world *world, struct buf *ret)
{
	struct marks applied;

	plan_applied(
		&applied, &job->scene, &job->item, &job->stamp, &job->edit, world->policy, ret);
	if (!job_poster_applied(job, &applied))
		buf_printf(ret, "%s%s", ret->len ? "," : "", PLEX_POSTER_NAME);
	marks_done(&applied);
}

static void judge_not_taken(struct job *job, const struct job_world *world)
{
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
	find_missing(job, world, &missing);
	auto_free char *detail =
		xasprintf("Plex answered the edit of item %s, but does not show it in: %s.",
			job->rating_key, buf_text(&missing));
	job_judge(job, VERDICT_RETRY, "not_visible", detail);
}

/* Whether the item, as last read, still lacks something that is wanted. */
static bool item_lacks(const struct job *job, const struct job_world *world)
{
	struct marks shown = { .count = 0 };
	struct plex_edit rest;
	bool lacks;

	plan(&rest, job, world);
	if (!rest.fields[PLEX_TITLE]
			.value) /* a lock alone is not waited for: some Plex ignore them */
		rest.fields[PLEX_TITLE].wanted = false;
	lacks = !plex_edit_empty(&rest) || !job_poster_applied(job, &shown);
	plex_edit_done(&rest);
	marks_done(&shown);
	return lacks;
}

void job_judge_read_back(struct job *job, const struct job_world *world)
{
	if (job->trouble && !job->replanned) {
		job->replanned = true;
		job_plan(job, world);
	} else if (item_lacks(job, world)) {
		judge_not_taken(job, world);
	} else {
		judge_done(job, world);
	}
}

void job_feed_read_back(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (!take_item(job, world, answer))
		return;
	if (job->poster.sent)
		job_read_posters(job, world, JOB_POSTERS_BACK);
	else
		job_judge_read_back(job, world);
}
