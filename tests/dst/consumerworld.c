#include "tests/dst/consumerworld.h"

#include "tests/dst/calls.h"
#include "tests/dst/consumerparts.h"
#include "tests/dst/outputs.h"
#include "tests/dst/stage.h"

#include <string.h>

enum { STOP_TIMEOUT_MS = 7000, POLL_MAX = 8 };

static struct world *world(struct consumer *c)
{
	return &c->stage->world;
}

void consumer_plan(struct consumer *c, int64_t delay_ms, void (*run)(void *owner, void *data))
{
	world_plan(world(c), delay_ms, run, c, (void *)(uintptr_t)c->life, NULL);
}

bool consumer_is_alive(struct consumer *c, void *life, void (*run)(void *owner, void *data))
{
	if (!c->engine || c->life != (uint64_t)(uintptr_t)life)
		return false;
	if (!consumer_is_frozen(c))
		return true;
	consumer_plan(c, c->frozen_until_ms - world(c)->now_ms, run);
	return false;
}

bool consumer_is_frozen(const struct consumer *c)
{
	return c->frozen_until_ms > c->stage->world.now_ms;
}

void consumer_freeze(struct consumer *c, int64_t for_ms)
{
	world_tell(world(c), "consumer %d freezes for %lld ms", c->index, (long long)for_ms);
	if (c->engine)
		engine_polled(c->engine, world(c)->now_ms);
	c->frozen_until_ms = world(c)->now_ms + for_ms;
}

/* ---- what the engine is told ---- */

static void run_tick(void *owner, void *data);

static void plan_tick(struct consumer *c)
{
	int64_t at_ms = engine_deadline_ms(c->engine);

	if (at_ms == INT64_MAX || (at_ms >= c->tick_at_ms && c->tick_at_ms > world(c)->now_ms))
		return;
	c->tick_at_ms = at_ms;
	consumer_plan(c, at_ms - world(c)->now_ms, run_tick);
}

/* Between two inputs it polls on and on, unless it was frozen. */
static void poll_group(struct consumer *c)
{
	if (c->fed_ms >= c->frozen_until_ms)
		engine_polled(c->engine, world(c)->now_ms);
}

static void feed(struct consumer *c, const struct input *in)
{
	struct now now = { .mono_ms = world(c)->now_ms,
		.wall_ms = world_wall_ms(world(c)) + c->skew_ms };

	poll_group(c);
	c->fed_ms = now.mono_ms;
	engine_feed(c->engine, now, in);
}

static void carry_out_all(struct consumer *c)
{
	const struct effect *effect;

	poll_group(c);
	while ((effect = engine_next(c->engine, world(c)->now_ms))) {
		if (dice_hits(&world(c)->dice, world(c)->faults.crash)) {
			consumer_crash(c);
			return;
		}
		consumer_carry_out(c, effect);
	}
	plan_tick(c);
}

void consumer_feed(struct consumer *c, const struct input *in)
{
	feed(c, in);
	carry_out_all(c);
}

static void run_tick(void *owner, void *data)
{
	struct consumer *c = owner;

	if (!consumer_is_alive(c, data, run_tick))
		return;
	consumer_feed(c, &(struct input){ .kind = IN_TICK });
}

static bool read_partition(struct consumer *c, enum topic topic, struct followed *table, int32_t p)
{
	struct world *w = world(c);

	if (dice_hits(&w->dice, w->faults.table_restart)) {
		world_tell(w, "consumer %d reads %s/%d again", c->index, topic_name(topic), (int)p);
		table->positions[p] = 0;
	}
	while (table->positions[p] < log_end(&c->stage->log, topic, p)) {
		const struct record *record =
			log_at(&c->stage->log, topic, p, table->positions[p]++);

		if (!log_is_compacted(&c->stage->log, record))
			feed(c, &(struct input){ .kind = IN_TABLE_RECORD, .record = record });
	}
	return table->positions[p] >= table->load_ends[p];
}

/* Whether it was read as far as it was to be loaded. */
static bool read_table(struct consumer *c, enum topic topic, struct followed *table)
{
	bool loaded = true;

	for (int32_t p = 0; p < c->stage->log.partitions; p++)
		if (table->followed[p])
			loaded &= read_partition(c, topic, table, p);
	return loaded;
}

static void run_table(void *owner, void *data)
{
	struct consumer *c = owner;
	bool loaded;

	if (!consumer_is_alive(c, data, run_table))
		return;
	c->table_planned = false;
	loaded = read_table(c, TOPIC_STAMPS, &c->stamps);
	loaded &= read_table(c, TOPIC_RETRIES, &c->retries);
	if (c->load_call && loaded) {
		call_id call = c->load_call;

		c->load_call = 0;
		feed(c, &(struct input){ .kind = IN_TABLE_LOADED, .call = call });
	}
	carry_out_all(c);
}

/* The next record of any owned partition, chosen by the dice; NULL: none. */
static const struct record *next_record(struct consumer *c)
{
	struct log *log = &c->stage->log;
	int32_t first = (int32_t)dice_below(&world(c)->dice, (size_t)log->partitions);

	for (int32_t i = 0; i < log->partitions; i++) {
		int32_t p = (first + i) % log->partitions;

		if (c->owned[p] && c->positions[p] < log_end(log, TOPIC_EVENTS, p))
			return log_at(log, TOPIC_EVENTS, p, c->positions[p]++);
	}
	return NULL;
}

/* As the driver: several records first, their effects then. */
static void run_poll(void *owner, void *data)
{
	struct consumer *c = owner;
	const struct record *record = NULL;
	size_t count = 0;

	if (!consumer_is_alive(c, data, run_poll))
		return;
	c->poll_planned = false;
	while (c->started && !c->paused && count++ < POLL_MAX && (record = next_record(c)))
		feed(c, &(struct input){ .kind = IN_RECORD,
				.record = record,
				.end = c->ends[record->partition] });
	carry_out_all(c);
	if (record && c->engine)
		consumer_notice(c, TOPIC_EVENTS);
}

void consumer_notice(struct consumer *c, enum topic topic)
{
	struct dice *dice = &world(c)->dice;
	bool slow;

	if (!c->engine)
		return;
	slow = dice_hits(dice, world(c)->faults.slow);
	if ((topic == TOPIC_STAMPS || topic == TOPIC_RETRIES) && !c->table_planned) {
		c->table_planned = true;
		consumer_plan(c, dice_between(dice, 0, slow ? 5000 : 100), run_table);
	} else if (topic == TOPIC_EVENTS && !c->poll_planned) {
		c->poll_planned = true;
		consumer_plan(c, dice_between(dice, 0, slow ? 5000 : 100), run_poll);
	}
}

/* ---- the group ---- */

void consumer_assigned(struct consumer *c, const int32_t *partitions, size_t count)
{
	struct input in = { .kind = IN_ASSIGNED };

	if (!c->engine)
		return;
	world_tell(world(c), "consumer %d is given %zu partitions from %d", c->index, count,
		count ? (int)partitions[0] : -1);
	for (size_t i = 0; i < count; i++)
		c->owned[partitions[i]] = true;
	in.assigned.partitions = partitions;
	in.assigned.count = count;
	consumer_feed(c, &in);
}

void consumer_revoked(struct consumer *c)
{
	if (!c->engine)
		return;
	world_tell(world(c), "consumer %d is to give its partitions back", c->index);
	consumer_feed(c, &(struct input){ .kind = IN_REVOKED });
}

void consumer_lost(struct consumer *c)
{
	if (!c->engine)
		return;
	world_tell(world(c), "consumer %d has lost its partitions", c->index);
	consumer_feed(c, &(struct input){ .kind = IN_LOST });
}

static void run_rejoin(void *owner, void *data)
{
	struct consumer *c = owner;

	if (!consumer_is_alive(c, data, run_rejoin))
		return;
	group_expel(&c->stage->group, c->index, true);
}

void consumer_rejoin(struct consumer *c)
{
	consumer_plan(c, 0, run_rejoin);
}

/* ---- life ---- */

void consumer_init(struct consumer *c, struct stage *stage, int index)
{
	*c = (struct consumer){ .stage = stage, .index = index };
	c->last_output = &c->outputs;
}

bool consumer_follows_news(const struct world *w)
{
	return w->seed % 2;
}

static struct engine_options engine_options(const struct consumer *c, uint64_t seed)
{
	return (struct engine_options){
		.policy = {
			.preserve_plex_edits = c->stage->world.faults.preserve,
			.lock_fields = c->stage->world.faults.lock,
			.sync = { true, true, true, true },
			.sync_performers = true,
			.sync_tags = true,
			.sync_groups = true,
			.sync_rating = true,
		},
		.gate = { .enabled = true },
		.limits = {
			.not_found_min_ms = 30000,
			.not_found_max_ms = 600000,
			.not_found_window_ms = NOT_FOUND_WINDOW_MS,
			.retry_min_ms = 5000,
			.retry_max_ms = 80000,
			.max_retries = MAX_RETRIES,
		},
		.breaker = { .failures = 5, .probe_min_ms = 5000, .probe_max_ms = 60000 },
		.library = { .page_size = 500, .rebuild_interval_ms = REBUILD_INTERVAL_MS, .spacing_ms = 10000, .refresh_spacing_ms = 2000 },
		.settle_window_ms = 2000,
		.release_timeout_ms = 20000,
		.session_timeout_ms = SESSION_TIMEOUT_MS - HEARTBEAT_MS,
		.grave_ms = 10 * 60 * 1000,
		.max_jobs = 1 + seed % 4,
		.max_edits = 1 + seed % 2,
		.max_lanes = seed % 3 ? 5000 : 2,
		.stash_url = c->stage->world.faults.stash ? "http://stash:9999" : "",
		.news = consumer_follows_news(&c->stage->world),
		.topic_partitions = c->stage->log.partitions,
		.group = "plexsync",
		.events_topic = EVENTS_TOPIC,
		.seed = seed,
	};
}

void consumer_start(struct consumer *c)
{
	struct engine_options options = engine_options(c, dice_roll(&world(c)->dice));

	world_tell(world(c), "consumer %d starts", c->index);
	c->life++;
	c->engine = engine_new(&options);
	c->stopping = c->started = c->paused = false;
	c->poll_planned = c->commit_planned = c->table_planned = false;
	c->last_call = c->load_call = c->watch_call = 0;
	c->listening = c->news_planned = false;
	c->tick_at_ms = INT64_MAX;
	memset(c->owned, 0, sizeof c->owned);
	c->stamps = c->retries = (struct followed){ .followed = { false } };
	for (int p = 0; p < c->stage->log.partitions; p++)
		c->stamps.followed[p] = true;
	memset(c->stored, 0xff, sizeof c->stored);
	c->landing_ms = c->report_ms = c->frozen_until_ms = c->fed_ms = 0;
	consumer_notice(c, TOPIC_STAMPS);
	group_join(&c->stage->group, c->index);
}

static void run_start(void *owner, void *data)
{
	struct consumer *c = owner;

	(void)data;
	if (!c->engine)
		consumer_start(c);
}

static void end(struct consumer *c, bool flush)
{
	calls_cancel_all(c);
	outputs_end(c, flush);
	engine_free(c->engine);
	c->engine = NULL;
	world_plan(world(c), dice_between(&world(c)->dice, 100, 60000), run_start, c, NULL, NULL);
}

void consumer_crash(struct consumer *c)
{
	world_tell(world(c), "consumer %d crashes", c->index);
	end(c, false);
	group_die(&c->stage->group, c->index);
}

static void run_stopped(void *owner, void *data)
{
	struct consumer *c = owner;

	if (!consumer_is_alive(c, data, run_stopped))
		return;
	if (!engine_drained(c->engine) && world(c)->now_ms < c->stop_by_ms) {
		consumer_plan(c, 50, run_stopped);
		return;
	}
	world_tell(world(c), "consumer %d has stopped", c->index);
	consumer_commit(c);
	end(c, true);
	group_leave(&c->stage->group, c->index);
}

void consumer_stop(struct consumer *c)
{
	if (!c->engine || c->stopping)
		return;
	world_tell(world(c), "consumer %d is to stop", c->index);
	c->stopping = true;
	c->stop_by_ms = world(c)->now_ms + STOP_TIMEOUT_MS;
	consumer_feed(c, &(struct input){ .kind = IN_STOP });
	consumer_plan(c, 10, run_stopped);
}

bool consumer_is_idle(const struct consumer *c)
{
	struct engine_counts counts;

	if (!c->engine || !c->started)
		return false;
	engine_count(c->engine, &counts);
	return !counts.lanes && !counts.jobs && !counts.pending && !c->outputs && !c->stopping;
}

void consumer_done(struct consumer *c)
{
	outputs_done(c);
	engine_free(c->engine);
	c->engine = NULL;
}
