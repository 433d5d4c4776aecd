#include "producer/filter.h"

#include <string.h>

/*
 * Fields of Stash's SceneUpdateInput and BulkSceneUpdateInput that never show in Plex. All other
 * names are worthy, also those that a later Stash invents: a needless sync costs one read, a
 * missing one is a lost edit. Shown to users in docs/events.md.
 */
static const char *const unworthy[] = {
	"id",
	"ids",
	"clientMutationId",
	"urls",
	"url",
	"code",
	"director",
	"stash_ids",
	"gallery_ids",
	"resume_time",
	"play_duration",
	"play_count",
	"o_counter",
};

static bool is_unworthy(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(unworthy); i++)
		if (strcmp(name, unworthy[i]) == 0)
			return true;
	return false;
}

bool filter_sync_worthy(char *const *changed, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_unworthy(changed[i]))
			return true;
	return count == 0;
}

enum { VERSION_STEP_MS = 1000 }; /* Stash's updated_at has whole seconds */

static bool is_applied(const struct synced_stamp *stamp)
{
	return (stamp->outcome == SYNCED_SYNCED || stamp->outcome == SYNCED_UNCHANGED) &&
	       stamp->updated_at_ms != 0;
}

static bool may_skip(const struct event *event)
{
	return (event->action == ACTION_UPDATE || event->action == ACTION_CREATE) &&
	       !event->force && !event->rating_key && event->updated_at_ms != 0;
}

bool filter_already_synced(const struct event *event, const struct synced_stamp *stamp)
{
	if (!may_skip(event) || !is_applied(stamp) || event->updated_at_ms > stamp->updated_at_ms)
		return false;
	if (event->updated_at_ms < stamp->updated_at_ms)
		return true;
	if (!event->scene)
		return stamp->observed_at_ms >= stamp->updated_at_ms + VERSION_STEP_MS;
	return stamp->content && stamp->observed_at_ms >= event->time_ms &&
	       stamp->content == synced_digest(scene_content_hash(event->scene));
}
