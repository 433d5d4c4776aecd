#include "tests/sim/plexsim_scan.h"

#include <string.h>

#define SCAN_ACTIVITY "library.update.section"

void plexsim_section_touch(struct plexsim_section *section)
{
	section->content_changed++;
}

/* At or below, by whole components; both kinds of separators. */
static bool is_below(const char *file, const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && (path[len - 1] == '/' || path[len - 1] == '\\'))
		len--;
	if (strncmp(file, path, len) != 0)
		return false;
	return !file[len] || file[len] == '/' || file[len] == '\\' || path[len - 1] == '/';
}

char *plexsim_scan_uuid(const struct plexsim_section *section)
{
	return xasprintf("00000000-0000-4000-8000-%012lld", (long long)section->key);
}

void plexsim_scan_start(struct plexsim_library *library, struct plexsim_events *events,
	struct plexsim_section *section, const char *path, int delay_ms,
	const struct plexsim_clock *clock)
{
	auto_free char *uuid = plexsim_scan_uuid(section);
	bool found = false;

	for (size_t i = 0; i < library->item_count; i++) {
		struct plexsim_item *item = library->items[i];
		const char *file = plexsim_item_file(item);

		if (item->section != section || item->stage != PLEXSIM_UNSCANNED || item->step_ms ||
			(path && (!file || !is_below(file, path))))
			continue;
		item->step_ms = clock->mono_ms + delay_ms;
		found = true;
	}
	if (found && !section->refreshing) {
		section->refreshing = true;
		plexsim_events_activity(events, uuid, "started", SCAN_ACTIVITY, section->key);
	} else if (!found) {
		section->scanned_at = clock->wall_s;
	}
}

void plexsim_refresh_start(
	struct plexsim_item *item, int delay_ms, const struct plexsim_clock *clock)
{
	item->refresh_ms = clock->mono_ms + delay_ms;
}

static bool is_agentless(const struct plexsim_item *item)
{
	const char *agent = plexsim_section_text(item->section, "agent");

	return agent && strstr(agent, "agents.none");
}

void plexsim_scan_announce(struct plexsim_events *events, const struct plexsim_item *item)
{
	plexsim_events_timeline(events, item, PLEXSIM_STATE_CREATED, "created");
	plexsim_events_timeline(events, item, PLEXSIM_STATE_PROGRESS, NULL);
	if (!is_agentless(item))
		plexsim_events_timeline(events, item, PLEXSIM_STATE_PROCESSED, NULL);
}

void plexsim_scan_withdraw(struct plexsim_events *events, const struct plexsim_item *item)
{
	plexsim_events_timeline(events, item, PLEXSIM_STATE_DELETED, "deleted");
}

static void scan_step(struct plexsim_events *events, struct plexsim_item *item, int delay_ms,
	const struct plexsim_clock *clock)
{
	item->stage++;
	item->step_ms = item->stage == PLEXSIM_COMPLETE ? 0 : clock->mono_ms + delay_ms;
	json_object_set_new(item->attributes, "updatedAt", json_integer(clock->wall_s));
	if (item->stage == PLEXSIM_CREATED) {
		json_object_set_new(item->attributes, "addedAt", json_integer(clock->wall_s));
		plexsim_events_timeline(events, item, PLEXSIM_STATE_CREATED, "created");
	} else if (item->stage == PLEXSIM_UNANALYSED || is_agentless(item)) {
		plexsim_events_timeline(events, item, PLEXSIM_STATE_PROGRESS, NULL);
	} else {
		plexsim_events_timeline(events, item, PLEXSIM_STATE_PROCESSED, NULL);
	}
	plexsim_section_touch(item->section);
}

static void refresh_step(
	struct plexsim_events *events, struct plexsim_item *item, const struct plexsim_clock *clock)
{
	const char *name;
	json_t *value;

	item->refresh_ms = 0;
	json_object_foreach (item->agent, name, value)
		if (!json_object_get(item->locked, name))
			json_object_set(item->attributes, name, value);
	json_object_set_new(item->attributes, "updatedAt", json_integer(clock->wall_s));
	plexsim_section_touch(item->section);
	plexsim_events_timeline(events, item, PLEXSIM_STATE_PROCESSED, NULL);
}

static void end_scans(struct plexsim_library *library, struct plexsim_events *events,
	const struct plexsim_clock *clock)
{
	for (size_t i = 0; i < library->section_count; i++) {
		struct plexsim_section *section = library->sections[i];
		auto_free char *uuid = plexsim_scan_uuid(section);
		bool busy = false;

		for (size_t k = 0; section->refreshing && k < library->item_count; k++)
			busy = busy || (library->items[k]->section == section &&
					       library->items[k]->step_ms);
		if (!section->refreshing || busy)
			continue;
		section->refreshing = false;
		section->scanned_at = clock->wall_s;
		plexsim_events_activity(events, uuid, "ended", SCAN_ACTIVITY, section->key);
	}
}

void plexsim_scan_settle(struct plexsim_library *library, struct plexsim_events *events,
	int delay_ms, const struct plexsim_clock *clock)
{
	bool stepped = false;

	for (size_t i = 0; i < library->item_count; i++) {
		struct plexsim_item *item = library->items[i];

		if (item->refresh_ms && item->refresh_ms <= clock->mono_ms)
			refresh_step(events, item, clock);
		if (item->step_ms && item->step_ms <= clock->mono_ms) {
			scan_step(events, item, delay_ms, clock);
			stepped = true;
		}
	}
	if (stepped) {
		end_scans(library, events, clock);
		plexsim_library_settle_collections(library, clock->wall_s);
	}
}

int64_t plexsim_scan_deadline(const struct plexsim_library *library)
{
	int64_t deadline = INT64_MAX;

	for (size_t i = 0; i < library->item_count; i++) {
		const struct plexsim_item *item = library->items[i];

		if (item->step_ms && item->step_ms < deadline)
			deadline = item->step_ms;
		if (item->refresh_ms && item->refresh_ms < deadline)
			deadline = item->refresh_ms;
	}
	return deadline;
}
