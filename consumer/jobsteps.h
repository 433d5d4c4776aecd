/* How the parts of a job call each other; for job*.c only. */
#ifndef CONSUMER_JOBSTEPS_H
#define CONSUMER_JOBSTEPS_H

#include "consumer/job.h"

/* Ends the attempt. */
void job_judge(struct job *job, enum verdict_kind kind, const char *reason, const char *detail);

/* Ends it with what an answer that is not DONE means. */
void job_judge_answer(struct job *job, enum verdict_call call, const struct input *answer);
void job_judge_not_found(struct job *job);
void job_judge_gone(struct job *job);

/* This is the item; the texts are copied. */
void job_set_item(
	struct job *job, const char *rating_key, const char *section, const char *confidence);

/* The scene is gone: takes back what we wrote, if that is wanted, or ends. */
void job_end_gone(struct job *job, const struct job_world *world);

/* Whether the item is still that of the scene that is gone, and nobody else's. */
bool job_may_clear(const struct job *job, const struct job_world *world);

/* Asks for the item; its answer belongs to `step`. */
void job_read_item(struct job *job, const struct job_world *world, enum job_step step);

/* The item is not what the index said: matches once more, on an index that is fresh from now on. */
void job_match_again(struct job *job, const struct job_world *world);

/* Sends the stamp as it is now; `covers` is what it settles. Its answer belongs to `step`. */
void job_send_stamp(
	struct job *job, const struct job_world *world, int64_t covers, enum job_step step);

/* An edit whose outcome is not known may land later: a verification is owed. */
void job_owe(struct job *job, const struct job_world *world);

/* Nothing is owed, or the last read proves that nothing of ours is still to land. */
bool job_discharges(struct job *job, const struct job_world *world);

/* ---- posters ---- */

/* The item was read: fetches the scene's cover and asks for the item's posters, as far as needed; then plans. */
void job_look_at_poster(struct job *job, const struct job_world *world);

/* What the edit does about the poster; the posters are known, or no cover is to be brought. */
enum planposter job_poster_step(const struct job *job, const struct job_world *world);

/* Asks for the item's posters; the answer belongs to `step`. */
void job_read_posters(struct job *job, const struct job_world *world, enum job_step step);

/* Sends what poster.step says. */
void job_send_poster(struct job *job, const struct job_world *world);

/* Plex does not take the picture: the scene is synced without it. */
void job_give_up_poster(struct job *job, const struct job_world *world, const char *detail);

/* Makes the cover the base's poster if the item shows it; false: it was sent, and does not show. */
bool job_poster_applied(const struct job *job, struct marks *m);

void job_poster_done(struct job_poster *p);
void job_forget_picture(struct job *job); /* its bytes only */

/* When a late cover is looked for again, from now. */
int64_t job_late_cover_ms(const struct job *job);

/* ---- the rest ---- */

/* Nothing of the edit can be in Plex, if nothing of it was sent before. */
void job_forget_intent(struct job *job);

/* Frees the edit and its parts. */
void job_edit_done(struct job *job);

/* The plan for the item as it was read: an edit, or nothing to do. */
void job_plan(struct job *job, const struct job_world *world);

/* The item, and its posters if they were edited, are read again. */
void job_judge_read_back(struct job *job, const struct job_world *world);

/* A report about the job's scene, to be filled. */
struct report *job_report(
	const struct job *job, const struct job_world *world, enum report_kind kind);

/* Answers, by step. */
void job_feed_cover(struct job *job, const struct job_world *world, const struct input *answer);
void job_feed_posters(struct job *job, const struct job_world *world, const struct input *answer);
void job_feed_read(struct job *job, const struct job_world *world, const struct input *answer);
void job_feed_edited(struct job *job, const struct job_world *world, const struct input *answer);
void job_feed_read_back(struct job *job, const struct job_world *world, const struct input *answer);
void job_feed_delivered(struct job *job, const struct job_world *world, const struct input *answer);

#endif
