/* The part of a job that is about a scene which Stash has no more. */
#include "consumer/jobsteps.h"

void job_judge_gone(struct job *job)
{
	job_judge(job, VERDICT_GONE, NULL, "Stash has no such scene any more.");
}

/* Something of ours is known to be in an item; whether the item is still the scene's is seen when it is read. */
static bool has_traces(const struct job *job)
{
	const struct stamp *stamp = &job->stamp;

	return plex_key_valid(stamp->rating_key) && (stamp->pinned || stamp->plex_path_hash) &&
	       (stamp->applied.count || stamp->intended_count);
}

void job_end_gone(struct job *job, const struct job_world *world)
{
	if (!world->policy->clear_on_destroy || !world->gate->enabled || !has_traces(job)) {
		job_judge_gone(job);
		return;
	}
	job->clears = true;
	job->pinned = job->stamp.pinned;
	scene_complete(&job->scene);
	job_set_item(
		job, job->stamp.rating_key, job->stamp.section ? job->stamp.section : "", NULL);
	job_read_item(job, world, JOB_READ);
}

static bool has_file(const struct job *job)
{
	for (size_t i = 0; i < job->item.part_count; i++)
		if (pathindex_path_hash(job->item.parts[i].file) == job->stamp.plex_path_hash)
			return true;
	return false;
}

bool job_may_clear(const struct job *job, const struct job_world *world)
{
	return (job->pinned || has_file(job)) &&
	       !stamps_claimed(world->stamps, job->rating_key, job->scene_id);
}
