/*
 * One sweep over Stash: which events are missing, because a change fired no hook or its hook was
 * lost. Sans-I/O: sweep_next() says what to do, the answers come in by the functions below it.
 *
 * It walks over the scenes by a keyset of ids and publishes a `resync` for each that differs from its
 * stamp; at the end, a `destroy` for each that has a stamp and is gone from Stash (vanished.h says
 * when that is believed). What Kafka has not acknowledged is published again. When Stash or Kafka is
 * away it waits, and goes on where it was.
 *
 * Times are monotonic milliseconds unless they say wall.
 */
#ifndef PRODUCER_SWEEP_H
#define PRODUCER_SWEEP_H

#include "common/delivery.h"
#include "common/event.h"
#include "common/stash.h"
#include "producer/vanished.h"

enum {
	SWEEP_PLACES = 100, /* events that may wait for Kafka's acknowledgement */
	SWEEP_PAGE = 250, /* scenes that are asked for at one time */
	SWEEP_WAIT_MIN_MS = 1000, /* for Stash or Kafka, doubling */
	SWEEP_WAIT_MAX_MS = 60000,
	SWEEP_RATE_MAX = 10000,
};

enum sweep_mode {
	SWEEP_CHANGED, /* what differs from its stamp */
	SWEEP_FULL, /* every scene */
	SWEEP_TOUCHED, /* every scene of one object; vanished scenes are not looked for */
};

struct sweep_options {
	enum sweep_mode mode;
	enum stash_object object; /* whose scenes are walked: with SWEEP_TOUCHED not STASH_ANY */
	char object_id[SCENE_ID_SIZE];
	int64_t rate; /* questions and events in a second at most, 1 to SWEEP_RATE_MAX */
	size_t max_vanished; /* so many vanished scenes a person has agreed to; 0: nobody was asked */
	int64_t started_wall_ms; /* for people */
	const struct synced *synced; /* borrowed; what it held at the start must be loaded */
	int32_t partitions; /* of sync-timestamps */
};

struct sweep;

struct sweep *sweep_new(const struct sweep_options *o, int64_t now_ms) WARN_UNUSED;
void sweep_free(struct sweep *s);

enum sweep_effect_kind {
	SWEEP_ASK_PAGE, /* answered by sweep_page() or sweep_trouble() */
	SWEEP_ASK_EXISTS, /* answered by sweep_exists() or sweep_trouble() */
	SWEEP_PUBLISH, /* answered by sweep_delivered(); also when nothing could be sent */
};

struct sweep_effect {
	enum sweep_effect_kind kind;
	int64_t after; /* ASK_PAGE: ids above it, … */
	unsigned count; /* … so many */
	char scene_id[SCENE_ID_SIZE]; /* ASK_EXISTS, PUBLISH */
	enum action action; /* PUBLISH */
	size_t place; /* PUBLISH: below SWEEP_PLACES, for the answer */
};

/* What to do now; call it until it is false. */
bool sweep_next(struct sweep *s, int64_t now_ms, struct sweep_effect *ret) WARN_UNUSED;

/* When sweep_next() has more without an answer; INT64_MAX: not. */
int64_t sweep_deadline_ms(const struct sweep *s);

void sweep_page(struct sweep *s, int64_t now_ms, struct stash_page *take_page);
void sweep_exists(struct sweep *s, int64_t now_ms, bool exists);

enum sweep_trouble {
	SWEEP_STASH_AWAY, /* asked again later */
	SWEEP_TOO_LARGE, /* asked again for less */
	SWEEP_UNAUTHORISED, /* waiting does not mend it: the sweep fails */
};

/* `why`: a sentence for people. */
void sweep_trouble(struct sweep *s, int64_t now_ms, enum sweep_trouble trouble, const char *why);

void sweep_delivered(
	struct sweep *s, int64_t now_ms, size_t place, enum delivery outcome, const char *why);

/* Ends it; what Kafka has already stays. */
void sweep_cancel(struct sweep *s, int64_t now_ms);

enum sweep_state {
	SWEEP_RUNNING,
	SWEEP_WAITING, /* for Stash or Kafka; `detail` says what for */
	SWEEP_DONE,
	SWEEP_ASKING, /* ended, without a destroy: more scenes vanished than can be believed */
	SWEEP_FAILED, /* ended; `detail` says why */
	SWEEP_CANCELLED,
};

enum sweep_skip {
	SWEEP_UNCHANGED, /* as its stamp has seen it */
	SWEEP_UNREADABLE, /* Stash's answer for it is not as it should be */
	SWEEP_STILL_THERE, /* looked vanished, but Stash has it */
	SWEEP_SKIPS,
};

struct sweep_progress {
	enum sweep_state state;
	enum sweep_mode mode;
	int64_t started_wall_ms;
	int64_t duration_ms;
	uint64_t total, walked; /* scenes of Stash; total: 0 until the first page */
	uint64_t published, destroyed; /* acknowledged events; destroyed are among the published */
	uint64_t refused; /* events that Kafka refuses for ever */
	uint64_t vanished; /* scenes that look vanished */
	uint64_t skipped[SWEEP_SKIPS];
	double rate; /* scenes walked in a second */
	int64_t eta_ms; /* -1: unknown */
	const char *detail; /* "" or a sentence; borrowed */
};

bool sweep_ended(const struct sweep *s);
void sweep_progress(const struct sweep *s, int64_t now_ms, struct sweep_progress *ret);

const char *sweep_mode_name(enum sweep_mode mode);
const char *sweep_state_name(enum sweep_state state);
const char *sweep_skip_name(enum sweep_skip reason);

#endif
