/* One instance of the consumer: the real engine, whose effects are carried out in the world. */
#ifndef TESTS_DST_CONSUMERWORLD_H
#define TESTS_DST_CONSUMERWORLD_H

#include "consumer/engine.h"
#include "tests/dst/group.h"
#include "tests/dst/stashworld.h"

struct call;
struct output;

enum { REBUILD_INTERVAL_MS = 3600000 }; /* of its index */

struct consumer {
	struct stage *stage;
	int index;
	struct engine *engine; /* NULL: it does not run */
	uint64_t life; /* counts its starts: what was planned for an older one is void */
	int64_t skew_ms; /* of its wall clock */
	int64_t frozen_until_ms, fed_ms; /* the engine was fed last */
	bool stopping;
	int64_t stop_by_ms;

	/* The group, and the events. */
	bool owned[PARTITIONS_MAX];
	bool started, paused;
	int64_t positions[PARTITIONS_MAX], ends[PARTITIONS_MAX], stored[PARTITIONS_MAX];
	bool poll_planned, commit_planned;

	/* The tables: all stamps, and the retries of what it was given. */
	struct followed {
		bool followed[PARTITIONS_MAX];
		int64_t positions[PARTITIONS_MAX], load_ends[PARTITIONS_MAX];
	} stamps, retries;
	call_id load_call; /* 0: none is open */
	bool table_planned;

	/* Plex's event stream. */
	call_id watch_call; /* 0: none is open */
	bool listening, news_planned;
	size_t news_position;

	int64_t tick_at_ms;
	call_id last_call; /* the highest that the engine named */
	struct call *calls; /* open ones */
	struct output *outputs, **last_output; /* records on their way to the log */
	int64_t landing_ms, report_ms; /* when the last of them lands, and is reported */
};

void consumer_init(struct consumer *c, struct stage *stage, int index);
void consumer_done(struct consumer *c);

/* Whether instances of that world are told what changes in Plex. */
bool consumer_follows_news(const struct world *w);

void consumer_start(struct consumer *c);
void consumer_crash(struct consumer *c); /* kill -9; it starts again a while later */
void consumer_stop(struct consumer *c); /* SIGTERM; it starts again a while later */
void consumer_freeze(struct consumer *c, int64_t for_ms);
bool consumer_is_frozen(const struct consumer *c);

/* From the group. */
void consumer_assigned(struct consumer *c, const int32_t *partitions, size_t count);
void consumer_revoked(struct consumer *c);
void consumer_lost(struct consumer *c);

/* Leaves the group and joins again, as an engine that overslept wants. */
void consumer_rejoin(struct consumer *c);

/* There is something new in a topic. */
void consumer_notice(struct consumer *c, enum topic topic);

/* Feeds, and carries out what follows, unless it runs no more by then. */
void consumer_feed(struct consumer *c, const struct input *in);

/* Nothing is in work or on its way. */
bool consumer_is_idle(const struct consumer *c);

#endif
