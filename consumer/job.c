#include "consumer/job.h"

#include "common/buf.h"
#include "consumer/deadletters.h"

#include <stdlib.h>
#include <string.h>

/* ---- endings ---- */

static void judge(struct job *job, enum verdict_kind kind, const char *reason, const char *detail)
{
	verdict_set(&job->verdict, kind, reason, detail);
	job->step = JOB_JUDGED;
}

/* An answer that is not DONE ends the attempt, unless the caller knows better. */
static void judge_answer(struct job *job, enum verdict_call call, const struct input *answer)
{
	verdict_of_call(&job->verdict, call, answer);
	job->step = JOB_JUDGED;
}

/* ---- effects ---- */

static void call_for_item(struct job *job, const struct job_world *world, enum job_step step)
{
	struct effect *effect = effects_call(world->effects, DO_READ_ITEM);

	effect->rating_key = xstrdup(job->rating_key);
	job->call = effect->call;
	job->step = step;
}

/* Sends the stamp as it is now; `covers` is what it settles. */
static void call_for_stamp(
	struct job *job, const struct job_world *world, int64_t covers, enum job_step step)
{
	struct effect *effect = effects_call(world->effects, DO_PRODUCE);
	auto_free char *value = stamp_format(&job->stamp);
	struct record *record = &effect->record;

	record->topic = TOPIC_STAMPS;
	record->partition = job->partition;
	record_set_key(record, job->scene_id, strlen(job->scene_id));
	record_set_value(record, value, strlen(value));
	covers_write(record, (struct covers){ .generation = job->generation, .offset = covers });
	record_done(&job->pending);
	record_copy(&job->pending, record);
	job->call = effect->call;
	job->step = step;
}

/* ---- find the item ---- */

static void set_item(
	struct job *job, const char *rating_key, const char *section, const char *confidence)
{
	char *key = xstrdup(rating_key), *key_section = xstrdup(section);

	free(job->rating_key);
	free(job->section);
	job->rating_key = key;
	job->section = key_section;
	job->confidence = confidence;
}

static void judge_ambiguous(struct job *job)
{
	auto_buf detail;

	buf_init(&detail, sizeof job->verdict.detail - 1);
	for (size_t i = 0; i < job->match.count && !detail.overflowed; i++)
		buf_printf(&detail, "%s%s %s", i ? " | " : "", job->match.candidates[i].rating_key,
			job->match.candidates[i].path);
	judge(job, VERDICT_DEAD, "ambiguous", buf_text(&detail));
}

static void judge_not_found(struct job *job)
{
	auto_free char *detail = xasprintf("Plex has no item with the file %s: has it scanned the "
					   "directory, and does it see the file by this path?",
		job->scene.files[0].path);

	judge(job, VERDICT_RETRY, "not_found", detail);
}

void job_match(struct job *job, const struct job_world *world)
{
	match_done(&job->match);
	match_scene(&job->match, &job->scene, world->index);
	switch (job->match.kind) {
	case MATCH_HIGH:
		set_item(job, job->match.candidates[0].rating_key, job->match.candidates[0].section,
			"HIGH");
		call_for_item(job, world, JOB_READ);
		break;
	case MATCH_NONE:
		judge_not_found(job);
		break;
	case MATCH_AMBIGUOUS:
		judge_ambiguous(job);
		break;
	case MATCH_NO_FILES:
		judge(job, VERDICT_SKIPPED, "no_files", "The scene has no file in Stash.");
		break;
	}
}

/* The item is not what the index said: match once more, on an index that is fresh from now on. */
static void match_again(struct job *job, const struct job_world *world)
{
	job->pinned = false;
	if (job->rematched) {
		judge_not_found(job);
		return;
	}
	job->rematched = true;
	job->fresh_since_ms = world->now.mono_ms;
	job->step = JOB_INDEX;
}

/* ---- the state ---- */

/* What the stamp says is applied already. */
static struct version applied_version(const struct stamp *stamp)
{
	return (struct version){ .updated_ms = stamp->updated_at_ms,
		.observed_ms = stamp->observed_at_ms };
}

/*
 * An older full state must not go over a newer one. Equal ones run: a redelivery after a crash is
 * one, and a run that finds nothing to do costs one read. The stamp holds no offset, so equal times
 * count as equal.
 */
static bool is_superseded(const struct job *job)
{
	struct version mine = job->version;

	mine.offset = 0;
	return job->stamp_covers.offset >= 0 && job->stamp.updated_at_ms &&
	       version_compare(mine, applied_version(&job->stamp)) < 0;
}

static void find_item(struct job *job, const struct job_world *world)
{
	if (!job->scene.file_count && !job->want.rating_key) {
		judge(job, VERDICT_SKIPPED, "no_files", "The scene has no file in Stash.");
	} else if (job->want.rating_key) {
		job->pinned = true;
		set_item(job, job->want.rating_key, "", "PINNED");
		call_for_item(job, world, JOB_READ);
	} else {
		job_match(job, world);
	}
}

static void use_full_event(struct job *job, const struct job_world *world)
{
	scene_copy(&job->scene, job->want.event.scene);
	job->version = want_version(&job->want.event, job->want.record.offset);
	if (is_superseded(job))
		judge(job, VERDICT_SUPERSEDED, NULL, "");
	else
		find_item(job, world);
}

static void judge_gone(struct job *job, int64_t observed_at_ms)
{
	job->version = want_version(&job->want.event, job->want.record.offset);
	job->version.observed_ms = observed_at_ms;
	judge(job, VERDICT_GONE, NULL, "Stash has no such scene any more.");
}

static void fetch(struct job *job, const struct job_world *world)
{
	struct effect *effect;

	if (!world->stash) {
		if (job->want.event.action == ACTION_DESTROY)
			judge_gone(job, job->want.event.time_ms);
		else
			judge(job, VERDICT_HOLD, "stash_not_configured",
				"The event carries no scene, and no Stash is configured to ask: "
				"set stash_url.");
		return;
	}
	effect = effects_call(world->effects, DO_FETCH_SCENE);
	memcpy(effect->scene_id, job->scene_id, sizeof effect->scene_id);
	job->call = effect->call;
	job->step = JOB_FETCH;
}

static void feed_fetched(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (answer->outcome == OUTCOME_ABSENT) {
		judge_gone(job, answer->fetched.observed_at_ms);
	} else if (answer->outcome != OUTCOME_DONE) {
		judge_answer(job, CALL_FETCH_SCENE, answer);
	} else {
		scene_copy(&job->scene, answer->fetched.scene);
		job->version = (struct version){
			.updated_ms = job->scene.updated_at_ms,
			.observed_ms = answer->fetched.observed_at_ms,
		};
		find_item(job, world);
	}
}

/* ---- read, edit, read back ---- */

/* Whether the item still is what the index said: one of its files is one of the scene's. */
static bool item_has_file(const struct plex_item *item, const struct scene *scene)
{
	for (size_t p = 0; p < item->part_count; p++)
		for (size_t f = 0; f < scene->file_count; f++)
			if (str_equal(item->parts[p].file, scene->files[f].path))
				return true;
	return false;
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
	if (!job->unsure)
		stamp_clear_intents(&job->stamp);
	judge(job, job->sent ? VERDICT_SYNCED : VERDICT_UNCHANGED, NULL, "");
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
	stamp_add_intent(&job->stamp, &intent);
	marks_done(&intent);
	call_for_stamp(job, world, job->stamp_covers.offset, JOB_INTEND);
}

static void plan(struct job *job, const struct job_world *world)
{
	plex_edit_done(&job->edit);
	plan_edit(&job->edit, &job->scene, &job->item, &job->stamp, world->policy);
	if (plex_edit_empty(&job->edit))
		judge_done(job, world);
	else
		intend(job, world);
}

static void take_item(struct job *job, const struct input *answer)
{
	plex_item_done(&job->item);
	plex_item_copy(&job->item, answer->item);
}

static void feed_read(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (answer->outcome == OUTCOME_ABSENT) {
		match_again(job, world);
		return;
	}
	if (answer->outcome != OUTCOME_DONE) {
		judge_answer(job, CALL_READ_ITEM, answer);
		return;
	}
	take_item(job, answer);
	if (!job->pinned && !item_has_file(&job->item, &job->scene)) {
		match_again(job, world);
		return;
	}
	set_item(job, job->item.rating_key, job->item.section, job->confidence);
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
static void feed_edited(struct job *job, const struct job_world *world, const struct input *answer)
{
	bool unknown = answer->outcome == OUTCOME_UNKNOWN || answer->outcome == OUTCOME_FAILED ||
		       answer->outcome == OUTCOME_GARBLED;

	free(job->trouble);
	job->trouble = unknown ? xstrdup(answer->detail ? answer->detail : "") : NULL;

	if (answer->outcome == OUTCOME_ABSENT) {
		match_again(job, world);
	} else if (answer->outcome == OUTCOME_DONE || unknown) {
		job->unsure |= unknown;
		call_for_item(job, world, JOB_READ_BACK);
	} else {
		judge_answer(job, CALL_EDIT_ITEM, answer);
	}
}

static void judge_not_taken(struct job *job, const struct job_world *world)
{
	struct marks applied = { .count = 0 };
	auto_buf missing;

	if (job->trouble) {
		judge(job, VERDICT_RETRY, "plex_error", job->trouble);
		return;
	}
	buf_init(&missing, 200);
	plan_applied(&applied, &job->scene, &job->item, &job->stamp, &job->edit, world->policy,
		&missing);
	marks_done(&applied);
	auto_free char *detail =
		xasprintf("Plex answered the edit of item %s, but does not show it in: %s.",
			job->rating_key, buf_text(&missing));
	judge(job, VERDICT_RETRY, "not_visible", detail);
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

static void feed_read_back(
	struct job *job, const struct job_world *world, const struct input *answer)
{
	if (answer->outcome == OUTCOME_ABSENT) {
		match_again(job, world);
		return;
	}
	if (answer->outcome != OUTCOME_DONE) {
		judge_answer(job, CALL_READ_ITEM, answer);
		return;
	}
	take_item(job, answer);
	if (job->trouble && !job->replanned) {
		job->replanned = true;
		plan(job, world);
	} else if (item_lacks(job, world)) {
		judge_not_taken(job, world);
	} else {
		judge_done(job, world);
	}
}

/* ---- conclude ---- */

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
	call_for_stamp(job, world, covers, JOB_STAMP);
}

static void bury(
	struct job *job, const struct job_world *world, int attempts, int64_t first_failed_ms)
{
	struct effect *effect = effects_call(world->effects, DO_PRODUCE);

	deadletter_write(&effect->record, &job->want.record,
		&(struct deadletter_cause){
			.group = world->group,
			.topic = world->events_topic,
			.verdict = &job->verdict,
			.match = &job->match,
			.attempts = attempts,
			.first_failed_ms = first_failed_ms,
			.failed_at_ms = world->now.wall_ms,
		});
	job->call = effect->call;
	job->step = JOB_BURY;
}

void job_conclude(
	struct job *job, const struct job_world *world, int attempts, int64_t first_failed_ms)
{
	if (job->verdict.kind == VERDICT_DEAD)
		bury(job, world, attempts, first_failed_ms);
	else
		conclude_stamp(job, world);
}

static void feed_delivered(
	struct job *job, const struct job_world *world, const struct input *answer)
{
	if (answer->outcome != OUTCOME_DONE) {
		judge_answer(job, CALL_PRODUCE, answer);
		return;
	}
	if (job->step == JOB_BURY) {
		conclude_stamp(job, world);
		return;
	}
	job->pending.offset = answer->offset;
	stamps_fold(world->stamps, &job->pending);
	job->step = job->step == JOB_INTEND ? JOB_TURN : JOB_OVER;
}

/* ---- the machine ---- */

void job_feed(struct job *job, const struct job_world *world, const struct input *answer)
{
	job->call = 0;
	switch (job->step) {
	case JOB_FETCH:
		feed_fetched(job, world, answer);
		break;
	case JOB_READ:
		feed_read(job, world, answer);
		break;
	case JOB_EDIT:
		feed_edited(job, world, answer);
		break;
	case JOB_READ_BACK:
		feed_read_back(job, world, answer);
		break;
	case JOB_INTEND:
	case JOB_BURY:
	case JOB_STAMP:
		feed_delivered(job, world, answer);
		break;
	case JOB_INDEX:
	case JOB_TURN:
	case JOB_JUDGED:
	case JOB_OVER:
		break; /* no call is open in these */
	}
}

bool job_is_editing(const struct job *job)
{
	return job->step == JOB_EDIT || job->step == JOB_READ_BACK ||
	       (job->step >= JOB_JUDGED && job->sent) || job->step == JOB_STAMP ||
	       job->step == JOB_BURY;
}

struct job *job_new(const char *scene_id, int32_t partition, int64_t generation,
	struct want *take_want, const struct job_world *world)
{
	struct job *job = xcalloc(1, sizeof *job);

	memcpy(job->scene_id, scene_id, strlen(scene_id) + 1);
	job->partition = partition;
	job->generation = generation;
	job->want = *take_want;
	*take_want = (struct want){ .covers = -1 };
	job->started_ms = world->now.mono_ms;
	if (!stamps_get(world->stamps, scene_id, &job->stamp, &job->stamp_covers)) {
		memcpy(job->stamp.scene_id, job->scene_id, sizeof job->stamp.scene_id);
		job->stamp_covers = (struct covers){ .generation = -1, .offset = -1 };
	}
	if (job->want.fetch && (world->stash || !job->want.event.scene))
		fetch(job, world);
	else
		use_full_event(job, world);
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	want_done(&job->want);
	scene_done(&job->scene);
	stamp_done(&job->stamp);
	match_done(&job->match);
	free(job->rating_key);
	free(job->section);
	plex_item_done(&job->item);
	plex_edit_done(&job->edit);
	free(job->edited);
	free(job->trouble);
	record_done(&job->pending);
	free(job);
}
