#include "tests/sim/plexsim_events.h"

#include <stdlib.h>

void plexsim_events_done(struct plexsim_events *events)
{
	for (size_t i = 0; i < events->count; i++) {
		free(events->list[i].type);
		free(events->list[i].data);
	}
	free(events->list);
	*events = (struct plexsim_events){ 0 };
}

/* Takes `notification`, one member of a NotificationContainer. */
static void append(
	struct plexsim_events *events, const char *type, const char *member, json_t *notification)
{
	json_t *frame = json_pack("{s:{s:s, s:i, s:[o]}}", "NotificationContainer", "type", type,
		"size", 1, member, notification);

	events->list = xrealloc(events->list, events->count + 1, sizeof *events->list);
	events->list[events->count++] = (struct plexsim_event){
		.type = xstrdup(type),
		.data = json_dumps(frame, JSON_COMPACT),
	};
	json_decref(frame);
}

void plexsim_events_timeline(struct plexsim_events *events, const struct plexsim_item *item,
	enum plexsim_timeline_state state, const char *metadata_state)
{
	auto_free char *key = xasprintf("%lld", (long long)item->key);
	auto_free char *section = xasprintf("%lld", (long long)item->section->key);
	const char *title = plexsim_item_text(item, "title");
	json_t *entry = json_pack("{s:s, s:s, s:s, s:i, s:s, s:i, s:O?}", "identifier",
		"com.plexapp.plugins.library", "sectionID", section, "itemID", key, "type",
		plexsim_item_type(item), "title", title ? title : "", "state", (int)state,
		"updatedAt", json_object_get(item->attributes, "updatedAt"));

	if (metadata_state)
		json_object_set_new(entry, "metadataState", json_string(metadata_state));
	append(events, "timeline", "TimelineEntry", entry);
}

void plexsim_events_activity(struct plexsim_events *events, const char *uuid, const char *event,
	const char *type, int64_t section_key)
{
	auto_free char *section = xasprintf("%lld", (long long)section_key);

	append(events, "activity", "ActivityNotification",
		json_pack("{s:s, s:s, s:{s:s, s:s, s:b, s:s, s:i, s:{s:s}}}", "event", event,
			"uuid", uuid, "Activity", "uuid", uuid, "type", type, "cancellable", 0,
			"title", "Scanning", "progress", str_equal(event, "ended") ? 100 : 0,
			"Context", "librarySectionID", section));
}
