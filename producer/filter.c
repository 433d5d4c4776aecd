#include "producer/filter.h"

#include <string.h>

/*
 * Fields of Stash's SceneUpdateInput and BulkSceneUpdateInput that never show in Plex. All other
 * names are worthy, also those that a later Stash invents: a needless sync costs one read, a
 * missing one is a lost edit. Shown to users in docs/configuration.md.
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
