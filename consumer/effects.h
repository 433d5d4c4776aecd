/* What the engine wants done, in order. The driver carries it out; the engine never blocks. */
#ifndef CONSUMER_EFFECTS_H
#define CONSUMER_EFFECTS_H

#include "consumer/inputs.h"
#include "consumer/plexedit.h"

enum effect_kind {
	DO_LOAD_TABLES, /* call: everything written to sync-timestamps and to the assigned partitions of scene-retries before now */
	DO_START, /* consume the assigned partitions */
	DO_PAUSE, /* hand over no more records, keep the membership alive */
	DO_RESUME,
	DO_REJOIN, /* leave the group and come back: what we own may be somebody else's by now */
	DO_RELEASE, /* give the revoked or lost partitions back */
	DO_STORE_OFFSET, /* everything below is done with */
	DO_PRODUCE, /* call */
	DO_FETCH_SCENE, /* call */
	DO_FETCH_COVER, /* call */
	DO_LIST_SECTIONS, /* call */
	DO_LIST_PAGE, /* call */
	DO_READ_ITEM, /* call */
	DO_LIST_POSTERS, /* call */
	DO_EDIT_ITEM, /* call */
	DO_SELECT_POSTER, /* call */
	DO_UPLOAD_POSTER, /* call */
	DO_PROBE, /* call: an authorised one that changes nothing */
	DO_WATCH, /* call, answered when the stream of news ends */
	DO_SCAN, /* call */
	DO_CANCEL, /* the call's answer is not wanted any more */
	DO_REPORT, /* tell people: a log line and counters */
};

enum report_kind {
	REPORT_ENDED, /* one attempt for a scene ended in a verdict */
	REPORT_AMBIGUOUS, /* several items could be the scene's */
	REPORT_COVER, /* a scene is synced without its cover */
	REPORT_SHORTFALL, /* an edit does not hold all that Stash says */
	REPORT_INVALID, /* a record that is no event went to the dead letters */
	REPORT_STRAY, /* an event stood in a partition that is not its scene's, and was sent there */
	REPORT_LIBRARY, /* the index of Plex's paths is complete */
	REPORT_NEWS, /* Plex's event stream began, ended, or is not to be had */
	REPORT_DEPENDENCY, /* Plex or Stash went away or came back */
	REPORT_FOREIGN, /* a record of scene-retries that is none */
	REPORT_GAP, /* events were deleted before they were read */
	REPORT_ASLEEP, /* we did not poll for longer than the group waits */
	REPORT_REPAIRED, /* a former owner's record stood over ours in a table, and ours was written again */
};

/* One thing for people to know. Texts are owned; NULL where they say nothing. */
struct report {
	enum report_kind kind;
	char *scene_id;
	char *verdict; /* or "down", "up", "absent" */
	char *reason; /* a stable word */
	char *detail; /* a sentence */
	char *rating_key;
	char *event_id;
	char *fields; /* that were edited, comma-separated */
	int64_t attempt, count, duration_ms,
		after_ms; /* after_ms: when it is tried again; -1: not */
	bool trouble; /* a person should look at it */
};

struct effect {
	enum effect_kind kind;
	call_id call;
	int32_t partition; /* DO_STORE_OFFSET */
	int64_t offset; /* DO_STORE_OFFSET */
	struct record record; /* DO_PRODUCE */
	char scene_id[SCENE_ID_SIZE]; /* DO_FETCH_SCENE */
	const char *dependency; /* DO_PROBE: "plex", "stash" */
	char *section; /* DO_LIST_PAGE, DO_EDIT_ITEM, DO_SCAN */
	int64_t start, size; /* DO_LIST_PAGE */
	enum plex_listing listing; /* DO_LIST_PAGE: what is listed; rows of more do no harm */
	int64_t since; /* DO_LIST_PAGE of changes: seconds since 1970 */
	char *directory; /* DO_SCAN: as Plex sees it */
	char *rating_key; /* of all that is about one item */
	struct plex_edit edit; /* DO_EDIT_ITEM: one part, see plex_edit_split() */
	char *url; /* DO_FETCH_COVER; DO_SELECT_POSTER: Plex's key of the picture */
	bool stash; /* DO_FETCH_COVER: it is Stash's, and nobody else gets the API key */
	struct {
		char *bytes;
		size_t len;
		const char *type; /* static */
	} picture; /* DO_UPLOAD_POSTER */
	struct report report; /* DO_REPORT */
	struct effect *next;
};

/* A queue of effects; it owns them. */
struct effects {
	struct effect *first, **last;
	call_id calls; /* how many calls were made: the next one's name, less one */
};

void effects_init(struct effects *e);
void effects_done(struct effects *e);

/* Appends an effect, zeroed but for its kind, to be filled by the caller. */
struct effect *effects_add(struct effects *e, enum effect_kind kind);

/* The same, with a new call's name. */
struct effect *effects_call(struct effects *e, enum effect_kind kind);

/* Drops those that `keep` does not want. */
void effects_filter(struct effects *e, bool (*keep)(const struct effect *effect));

/* Takes the first one out; NULL when there is none. To be freed with effect_free(). */
struct effect *effects_take(struct effects *e) WARN_UNUSED;
void effect_free(struct effect *effect);

#endif
