/*
 * What the engine is told, one input at a time. The driver makes inputs of what the outside world
 * says; the simulated world makes them of dice. Everything an input points to is borrowed for the
 * call of engine_feed().
 */
#ifndef CONSUMER_INPUTS_H
#define CONSUMER_INPUTS_H

#include "common/record.h"
#include "consumer/plexnews.h"

struct now {
	int64_t mono_ms; /* for timers */
	int64_t wall_ms; /* since 1970: for stamps and what people read */
};

/* Names a call of the engine's; every call is answered exactly once, unless it was cancelled. */
typedef uint64_t call_id;

/* How a call to another service ended. */
enum outcome {
	OUTCOME_DONE, /* 2xx, understood */
	OUTCOME_ABSENT, /* 404, 410; Stash: no such scene */
	OUTCOME_REFUSED, /* 400, 413, 414, 422: the same again would be refused again */
	OUTCOME_UNAUTHORISED, /* 401, 403 */
	OUTCOME_BUSY, /* 429, 502, 503, 504 */
	OUTCOME_FAILED, /* other 5xx; Stash: errors for this scene */
	OUTCOME_DOWN, /* certainly not sent */
	OUTCOME_UNKNOWN, /* sent, no whole answer */
	OUTCOME_GARBLED, /* answered, but not by the service we know: HTML, broken XML */
	OUTCOMES
};

enum input_kind {
	IN_ASSIGNED, /* partitions are ours once we call for DO_START */
	IN_REVOKED, /* they go to somebody else as soon as we say DO_RELEASE */
	IN_LOST, /* they are somebody else's already */
	IN_RECORD, /* of scene-events */
	IN_GAP, /* records of scene-events were deleted before we read them */
	IN_TABLE_RECORD, /* of sync-timestamps, or of an owned partition of scene-retries */
	IN_TABLE_LOADED, /* answers DO_LOAD_TABLES */
	IN_DELIVERED, /* answers DO_PRODUCE: DONE, or REFUSED */
	IN_SCENE, /* answers DO_FETCH_SCENE */
	IN_COVER, /* answers DO_FETCH_COVER: DONE, ABSENT (not there yet), REFUSED (no picture for Plex), … */
	IN_SECTIONS, /* answers DO_LIST_SECTIONS */
	IN_ROWS, /* answers DO_LIST_PAGE */
	IN_ITEM, /* answers DO_READ_ITEM */
	IN_POSTERS, /* answers DO_LIST_POSTERS */
	IN_EDITED, /* answers DO_EDIT_ITEM, DO_SELECT_POSTER or DO_UPLOAD_POSTER */
	IN_PROBED, /* answers DO_PROBE */
	IN_SECRET_CHANGED, /* a token is another one now */
	IN_PLEX_NEWS, /* the stream of DO_WATCH tells something; `call` is that of DO_WATCH */
	IN_WATCH_ENDED, /* answers DO_WATCH: the stream ended, or never began */
	IN_SCANNED, /* answers DO_SCAN: Plex will look */
	IN_STOP, /* finish what must not be left half done; then engine_drained() */
	IN_TICK, /* time has passed */
};

struct input {
	enum input_kind kind;
	call_id call; /* of an answer */
	enum outcome outcome; /* of an answer */
	const char *detail; /* of an answer that is not DONE: a sentence; may be NULL */
	int64_t retry_after_ms; /* what the other side asked for; -1: nothing */
	union {
		struct {
			const int32_t *partitions;
			size_t count;
		} assigned;
		struct {
			const struct record *record;
			int64_t end; /* of its partition's log, when it was started; of scene-events only */
		};
		struct {
			int32_t partition;
			int64_t first; /* that is still there */
		} gap;
		int64_t offset; /* IN_DELIVERED */
		struct {
			const struct scene *scene;
			int64_t observed_at_ms; /* when Stash answered, by its own clock, less the request's duration */
		} fetched;
		struct {
			const struct plex_section *items;
			size_t count;
		} sections;
		struct {
			const struct plex_item *items;
			size_t count;
			int64_t listed; /* rows of the page, also those of no use to us */
			int64_t total; /* of the whole section; -1: not said, this is all */
		} rows;
		const struct plex_item *item;
		const struct plex_posters *posters;
		struct {
			bool stash; /* it is Stash that answers */
			const char *sha1, *type; /* see poster_judge() */
			const char *bytes;
			size_t len;
		} cover;
		const struct plexnews *news;
	};
};

#endif
