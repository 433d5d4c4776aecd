/* The part of a job that is about the scene's cover, and the item's poster. */
#include "consumer/jobsteps.h"

#include <stdlib.h>
#include <string.h>

enum {
	LATE_COVER_MS = 300000, /* Stash makes covers after its scan; doubled each time */
	LATE_COVER_TRIES = 3,
};

static void forget_bytes(struct job_poster *p)
{
	free(p->bytes);
	p->bytes = NULL;
	p->len = 0;
}

void job_forget_picture(struct job *job)
{
	forget_bytes(&job->poster);
}

void job_poster_done(struct job_poster *p)
{
	forget_bytes(p);
	plex_posters_done(&p->before);
	plex_posters_done(&p->now);
	*p = (struct job_poster){ .tries = p->tries };
}

/* ---- the cover ---- */

static void report_cover(const struct job *job, const struct job_world *world, const char *reason,
	const char *detail)
{
	struct report *r = job_report(job, world, REPORT_COVER);

	r->reason = xstrdup(reason);
	r->detail = xstrdup_or_null(detail);
	r->after_ms = job->poster.late ? job_late_cover_ms(job) : -1;
	r->trouble = true;
}

int64_t job_late_cover_ms(const struct job *job)
{
	return (int64_t)LATE_COVER_MS << job->poster.tries;
}

/* A scene that Stash has just found, and of which it will not tell when its cover is there. */
static bool is_new(const struct job *job)
{
	enum action action = job->want.event.action;

	return job->poster.tries || action == ACTION_CREATE ||
	       (!job->stamp.outcome && action != ACTION_RESYNC);
}

static void look_again(struct job *job)
{
	job->poster.late = job->poster.tries < LATE_COVER_TRIES;
}

void job_look_at_poster(struct job *job, const struct job_world *world)
{
	bool stash;
	auto_free char *url = poster_url(&job->scene, world->stash_url, &stash);
	struct effect *effect;

	job_poster_done(&job->poster);
	if (!world->policy->sync_poster || !url) {
		job_plan(job, world);
	} else if (stash && !world->stash_up && !job->want.fetch) {
		look_again(job);
		report_cover(job, world, "stash_down", "Stash is away.");
		job_plan(job, world);
	} else {
		effect = effects_call(world->effects, DO_FETCH_COVER);
		effect->url = xstrdup(url);
		effect->stash = stash;
		job->call = effect->call;
		job->step = JOB_COVER;
	}
}

static void take_cover(struct job_poster *p, const struct input *answer)
{
	memcpy(p->sha1, answer->cover.sha1, sizeof p->sha1);
	p->type = answer->cover.type;
	p->len = answer->cover.len;
	p->bytes = xcalloc(p->len, 1);
	memcpy(p->bytes, answer->cover.bytes, p->len);
}

/* The scene's texts do not wait for its cover, unless Stash is away that has to be asked for them anyway. */
static void go_without_cover(
	struct job *job, const struct job_world *world, const struct input *answer)
{
	switch ((int)answer->outcome) {
	case OUTCOME_ABSENT:
		if (is_new(job))
			look_again(job);
		if (job->poster.late)
			report_cover(job, world, "not_there_yet", answer->detail);
		break;
	case OUTCOME_REFUSED:
		report_cover(job, world, "no_picture", answer->detail);
		break;
	default:
		look_again(job);
		report_cover(job, world, "unreachable", answer->detail);
		break;
	}
	job_plan(job, world);
}

void job_feed_cover(struct job *job, const struct job_world *world, const struct input *answer)
{
	if (answer->outcome != OUTCOME_DONE) {
		if (answer->cover.stash && job->want.fetch &&
			verdict_blames_service(answer->outcome))
			job_judge_answer(job, CALL_FETCH_SCENE, answer);
		else
			go_without_cover(job, world, answer);
		return;
	}
	take_cover(&job->poster, answer);
	if (job_poster_step(job, world) == PLANPOSTER_LOOK) {
		job_read_posters(job, world, JOB_POSTERS);
	} else {
		forget_bytes(&job->poster);
		job_plan(job, world);
	}
}

/* ---- Plex's posters ---- */

void job_read_posters(struct job *job, const struct job_world *world, enum job_step step)
{
	struct effect *effect = effects_call(world->effects, DO_LIST_POSTERS);

	effect->rating_key = xstrdup(job->rating_key);
	job->call = effect->call;
	job->step = step;
}

static void copy_posters(struct plex_posters *ret, const struct plex_posters *from)
{
	plex_posters_done(ret);
	for (size_t i = 0; i < from->count; i++)
		plex_posters_add(ret, &from->items[i]);
}

void job_feed_posters(struct job *job, const struct job_world *world, const struct input *answer)
{
	struct job_poster *p = &job->poster;

	if (answer->outcome == OUTCOME_ABSENT) {
		job_match_again(job, world);
		return;
	}
	if (answer->outcome != OUTCOME_DONE) {
		job_judge_answer(job, CALL_READ_ITEM, answer);
		return;
	}
	copy_posters(&p->now, answer->posters);
	if (!p->known)
		copy_posters(&p->before, answer->posters);
	p->known = true;
	if (job->step == JOB_POSTERS)
		job_plan(job, world);
	else
		job_judge_read_back(job, world);
}

bool job_poster_applied(const struct job *job, struct marks *m)
{
	const struct job_poster *p = &job->poster;

	return !p->known || planposter_applied(m, p->sha1, &p->before, &p->now) || !p->sent;
}

enum planposter job_poster_step(const struct job *job, const struct job_world *world)
{
	const struct job_poster *p = &job->poster;
	struct marks shown = { .count = 0 };
	bool there;

	if (!p->sha1[0])
		return PLANPOSTER_KEEP;
	there = p->sent && job_poster_applied(job, &shown);
	marks_done(&shown);
	if (there)
		return PLANPOSTER_KEEP;
	return planposter_step(
		p->sha1, &job->item, p->known ? &p->now : NULL, &job->stamp, world->policy);
}

void job_send_poster(struct job *job, const struct job_world *world)
{
	struct job_poster *p = &job->poster;
	bool upload = p->step == PLANPOSTER_UPLOAD;
	struct effect *effect =
		effects_call(world->effects, upload ? DO_UPLOAD_POSTER : DO_SELECT_POSTER);

	effect->rating_key = xstrdup(job->rating_key);
	if (upload) {
		effect->picture.bytes = xcalloc(p->len, 1);
		effect->picture.len = p->len;
		effect->picture.type = p->type;
		memcpy(effect->picture.bytes, p->bytes, p->len);
	} else {
		effect->url = planposter_key(p->sha1);
	}
	p->sent = true;
	job->call = effect->call;
}

void job_give_up_poster(struct job *job, const struct job_world *world, const char *detail)
{
	struct job_poster *p = &job->poster;

	report_cover(job, world, "rejected_by_plex", detail);
	job_poster_done(p);
	job->edit.lock_poster = false;
}
