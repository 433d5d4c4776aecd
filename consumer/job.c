#include "common/buf.h"
#include "consumer/jobsteps.h"

#include <stdlib.h>
#include <string.h>

void job_set_item(
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
	job_judge(job, VERDICT_DEAD, "ambiguous", buf_text(&detail));
}

void job_judge_not_found(struct job *job)
{
	const char *path = job->scene.files[0].path, *plex_path = job->plex_files[0].path;
	auto_free char *detail =
		str_equal(path, plex_path)
			? xasprintf("Plex has no item with the file %s: has it scanned the "
				    "directory, and does it see the file by this path? If not, set "
				    "path_map.",
				  path)
			: xasprintf("Plex has no item with the file %s, which is %s in Stash: has "
				    "it scanned the directory, and is path_map right?",
				  plex_path, path);

	job_judge(job, VERDICT_RETRY, "not_found", detail);
}

void job_match(struct job *job, const struct job_world *world)
{
	static const struct match_policy policy = { .strict = true };

	if (world->index_fresh_ms < job->fresh_since_ms) {
		job->step = JOB_INDEX;
		return;
	}
	match_done(&job->match);
	match_scene(&job->match, job->plex_files, job->scene.file_count, world->index, &policy);
	switch (job->match.kind) {
	case MATCH_HIGH:
	case MATCH_LOW:
		job_set_item(job, job->match.candidates[0].rating_key,
			job->match.candidates[0].section,
			job->match.kind == MATCH_HIGH ? "HIGH" : "LOW");
		job_read_item(job, world, JOB_READ);
		break;
	case MATCH_NONE:
	case MATCH_UNSURE:
		job_judge_not_found(job);
		break;
	case MATCH_AMBIGUOUS:
		judge_ambiguous(job);
		break;
	case MATCH_NO_FILES:
		job_judge(job, VERDICT_SKIPPED, "no_files", "The scene has no file in Stash.");
		break;
	}
}

/* The item is not what the index said: match once more, on an index that is fresh from now on. */
void job_match_again(struct job *job, const struct job_world *world)
{
	if (job->clears) {
		job_judge_gone(job);
		return;
	}
	job->pinned = false;
	if (job->rematched) {
		job_judge_not_found(job);
		return;
	}
	job->rematched = true;
	job->fresh_since_ms = world->now.mono_ms;
	job_match(job, world);
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

/* From here on the item is looked for by these paths; the stamp is about Stash's own. */
static void map_paths(struct job *job, const struct pathmap *map)
{
	job->plex_files = xcalloc(job->scene.file_count, sizeof *job->plex_files);
	for (size_t i = 0; i < job->scene.file_count; i++) {
		job->plex_files[i] = job->scene.files[i];
		job->plex_files[i].path = pathmap_apply(map, job->scene.files[i].path);
	}
}

/* The item that a person chose, for this event or for one before; NULL: none. */
static const char *chosen_item(const struct job *job)
{
	if (job->want.rating_key)
		return job->want.rating_key;
	return job->stamp.pinned ? job->stamp.rating_key : NULL;
}

/* Which scenes are synced at all. */
static bool passes_gate(struct job *job, const struct job_world *world)
{
	unsigned known = (job->stamp.synced_at_ms ? GATE_SYNCED : GATE_NEW) |
			 (chosen_item(job) ? GATE_PINNED : GATE_NEW);
	const char *reason = gate_check(world->gate, &job->scene, known);

	if (reason)
		job_judge(job, VERDICT_SKIPPED, reason, gate_sentence(reason));
	return !reason;
}

static void find_item(struct job *job, const struct job_world *world)
{
	const char *chosen = chosen_item(job);

	if (!passes_gate(job, world))
		return;
	map_paths(job, world->path_map);
	if (chosen) {
		job->pinned = true;
		job_set_item(job, chosen, "", "PINNED");
		job_read_item(job, world, JOB_READ);
	} else {
		job_match(job, world);
	}
}

static void use_full_event(struct job *job, const struct job_world *world)
{
	scene_copy(&job->scene, job->want.event.scene);
	job->version = want_version(&job->want.event, job->want.record.offset);
	if (is_superseded(job))
		job_judge(job, VERDICT_SUPERSEDED, NULL, "");
	else
		find_item(job, world);
}

/* Where nobody can be asked, an old record must not undo what a newer one brought. */
static void scene_is_gone(struct job *job, const struct job_world *world, int64_t observed_at_ms)
{
	job->version = want_version(&job->want.event, job->want.record.offset);
	job->version.observed_ms = observed_at_ms;
	if (!world->stash && is_superseded(job))
		job_judge_gone(job);
	else
		job_end_gone(job, world);
}

static void fetch(struct job *job, const struct job_world *world)
{
	struct effect *effect;

	if (!world->stash) {
		if (job->want.event.action == ACTION_DESTROY)
			scene_is_gone(job, world, job->want.event.time_ms);
		else
			job_judge(job, VERDICT_HOLD, "stash_not_configured",
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
		scene_is_gone(job, world, answer->fetched.observed_at_ms);
	} else if (answer->outcome != OUTCOME_DONE) {
		job_judge_answer(job, CALL_FETCH_SCENE, answer);
	} else {
		scene_copy(&job->scene, answer->fetched.scene);
		job->version = (struct version){
			.updated_ms = job->scene.updated_at_ms,
			.observed_ms = answer->fetched.observed_at_ms,
		};
		find_item(job, world);
	}
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
		job_feed_read(job, world, answer);
		break;
	case JOB_EDIT:
		job_feed_edited(job, world, answer);
		break;
	case JOB_COVER:
		job_feed_cover(job, world, answer);
		break;
	case JOB_POSTERS:
	case JOB_POSTERS_BACK:
		job_feed_posters(job, world, answer);
		break;
	case JOB_READ_BACK:
		job_feed_read_back(job, world, answer);
		break;
	case JOB_INTEND:
	case JOB_PEND:
	case JOB_BURY:
	case JOB_STAMP:
	case JOB_CLEAR:
		job_feed_delivered(job, world, answer);
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
	return job->step >= JOB_PEND || (job->sent && job->step >= JOB_INTEND);
}

bool job_talks(const struct job *job)
{
	return job->step <= JOB_JUDGED && job->step != JOB_INDEX &&
	       (job->step != JOB_INTEND || job->poster.bytes);
}

static void begin(struct job *job, const struct job_world *world, const struct job_options *o)
{
	if (o->hold_reason)
		job_judge(job, VERDICT_HOLD, o->hold_reason, o->hold_detail);
	else if (job->want.fetch && (world->stash || !job->want.event.scene))
		fetch(job, world);
	else
		use_full_event(job, world);
}

struct job *job_new(const struct job_options *o, const struct job_world *world)
{
	struct job *job = xcalloc(1, sizeof *job);

	memcpy(job->scene_id, o->scene_id, strlen(o->scene_id) + 1);
	job->partition = o->partition;
	job->want = *o->take_want;
	*o->take_want = (struct want){ .covers = -1 };
	job->started_ms = world->now.mono_ms;
	job->read_ms = INT64_MIN;
	job->fresh_since_ms = o->fresh_since_ms;
	job->poster.tries = o->cover_tries;
	job->owed_until_ms = pending_owed_until_ms(world->pending, job->scene_id);
	if (!stamps_get(world->stamps, job->scene_id, &job->stamp, &job->stamp_covers)) {
		memcpy(job->stamp.scene_id, job->scene_id, sizeof job->stamp.scene_id);
		job->stamp_covers = (struct covers){ .generation = -1, .offset = -1 };
	}
	begin(job, world, o);
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	want_done(&job->want);
	for (size_t i = 0; job->plex_files && i < job->scene.file_count; i++)
		free(job->plex_files[i].path);
	free(job->plex_files);
	scene_done(&job->scene);
	stamp_done(&job->stamp);
	marks_done(&job->own_intent);
	match_done(&job->match);
	free(job->rating_key);
	free(job->section);
	plex_item_done(&job->item);
	job_edit_done(job);
	job_poster_done(&job->poster);
	free(job->edited);
	free(job->trouble);
	record_done(&job->output);
	free(job);
}
