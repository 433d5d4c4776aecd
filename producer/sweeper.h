/*
 * When sweeps run: at the start, every reconcile_interval, and on demand, one at a time; beside them
 * the small ones of fan_out. Without a Stash there are none.
 */
#ifndef PRODUCER_SWEEPER_H
#define PRODUCER_SWEEPER_H

#include "common/hookpayload.h"
#include "producer/outgoing.h"
#include "producer/sweep.h"
#include "producer/tables.h"

struct sweeper;

struct sweeper_options {
	const char *stash_url; /* "": none; borrowed, as all here */
	const char *stash_api_key; /* "": none */
	int64_t connect_timeout_ms, read_timeout_ms;
	int64_t interval_ms; /* 0: only on demand */
	int64_t rate; /* of questions and events, in a second */
	bool fan_out;
	int32_t partitions;
	struct outgoing *outgoing;
	const struct tables *tables;
	struct metrics *metrics;
};

struct sweeper *sweeper_new(const struct sweeper_options *o) WARN_UNUSED;

/* Ends what runs. Before the publisher is closed: the reports that are open go nowhere then. */
void sweeper_stop(struct sweeper *s);
void sweeper_free(struct sweeper *s);

enum sweeper_start {
	SWEEPER_STARTED,
	SWEEPER_BUSY, /* one runs already */
	SWEEPER_NO_STASH, /* stash_url is not set */
	SWEEPER_LOADING, /* the stamps are still being read */
};

enum sweeper_start sweeper_start(
	struct sweeper *s, enum sweep_mode mode, size_t max_vanished) WARN_UNUSED;

/* false: none runs. */
bool sweeper_cancel(struct sweeper *s) WARN_UNUSED;

enum sweeper_shown { SWEEPER_NONE, SWEEPER_CURRENT, SWEEPER_LAST };

/* The progress of the sweep that runs, else of the last one. */
enum sweeper_shown sweeper_show(const struct sweeper *s, struct sweep_progress *ret);

enum sweeper_fan_out {
	SWEEPER_IGNORED, /* switched off, or nothing that scenes show */
	SWEEPER_QUEUED, /* its scenes will be published */
	SWEEPER_FULL, /* too many wait */
};

/* A hook that is not about a scene. */
enum sweeper_fan_out sweeper_hook(struct sweeper *s, struct hookpayload *payload) WARN_UNUSED;

/*
 * The service's one wait: for these descriptors and, while a question to Stash is open, for its
 * answer. `timeout_ms` -1: ever.
 */
struct pollfd;
void sweeper_wait(struct sweeper *s, struct pollfd *fds, size_t count, int timeout_ms);

/* Does what is due. */
void sweeper_dispatch(struct sweeper *s);
int64_t sweeper_deadline_ms(const struct sweeper *s); /* monotonic; INT64_MAX: none */

#endif
