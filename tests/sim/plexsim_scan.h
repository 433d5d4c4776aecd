/* Scans and metadata refreshes: what happens in steps, some time after it was asked for. */
#ifndef TESTS_SIM_PLEXSIM_SCAN_H
#define TESTS_SIM_PLEXSIM_SCAN_H

#include "tests/sim/plexsim_events.h"
#include "tests/sim/plexsim_library.h"

struct plexsim_clock {
	int64_t mono_ms;
	int64_t wall_s; /* epoch seconds */
};

/*
 * Files of the section below `path` (NULL = all) that nobody has seen yet begin to appear after
 * `delay_ms`: first without Media, then un-analysed, then complete.
 */
void plexsim_scan_start(struct plexsim_library *library, struct plexsim_events *events,
	struct plexsim_section *section, const char *path, int delay_ms,
	const struct plexsim_clock *clock);

/* After `delay_ms` the agent's values replace those of fields that are not locked. */
void plexsim_refresh_start(
	struct plexsim_item *item, int delay_ms, const struct plexsim_clock *clock);

/* An item that is there from now on, or is there no longer: its events. */
void plexsim_scan_announce(struct plexsim_events *events, const struct plexsim_item *item);
void plexsim_scan_withdraw(struct plexsim_events *events, const struct plexsim_item *item);

/* Takes every step that is due. Called at the start of each request and by listeners. */
void plexsim_scan_settle(struct plexsim_library *library, struct plexsim_events *events,
	int delay_ms, const struct plexsim_clock *clock);

/* When the next step is due, monotonic; INT64_MAX when none is. */
int64_t plexsim_scan_deadline(const struct plexsim_library *library);

/* The id of the section's scan among the activities. */
char *plexsim_scan_uuid(const struct plexsim_section *section) WARN_UNUSED;

/* A section has been changed by an edit or a scan. */
void plexsim_section_touch(struct plexsim_section *section);

#endif
