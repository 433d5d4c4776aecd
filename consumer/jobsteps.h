/* How the parts of a job call each other; for job.c, jobedit.c and jobend.c only. */
#ifndef CONSUMER_JOBSTEPS_H
#define CONSUMER_JOBSTEPS_H

#include "consumer/job.h"

/* Ends the attempt. */
void job_judge(struct job *job, enum verdict_kind kind, const char *reason, const char *detail);

/* Ends it with what an answer that is not DONE means. */
void job_judge_answer(struct job *job, enum verdict_call call, const struct input *answer);
void job_judge_not_found(struct job *job);

/* This is the item; the texts are copied. */
void job_set_item(
	struct job *job, const char *rating_key, const char *section, const char *confidence);

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

/* Answers, by step. */
void job_feed_read(struct job *job, const struct job_world *world, const struct input *answer);
void job_feed_edited(struct job *job, const struct job_world *world, const struct input *answer);
void job_feed_read_back(struct job *job, const struct job_world *world, const struct input *answer);
void job_feed_delivered(struct job *job, const struct job_world *world, const struct input *answer);

#endif
