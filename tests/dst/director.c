#include "tests/dst/director.h"

#include "tests/dst/stage.h"

#include <string.h>

static struct dice *dice(struct stage *stage)
{
	return &stage->world.dice;
}

static struct stashscene *any_scene(struct stage *stage)
{
	return &stage->stash.scenes[dice_below(dice(stage), stage->stash.count)];
}

static struct consumer *any_consumer(struct stage *stage)
{
	return &stage->consumers[dice_below(dice(stage), (size_t)stage->world.faults.consumers)];
}

static void plan(
	struct stage *stage, int64_t delay_ms, void (*run)(void *stage, void *data), void *data)
{
	world_plan(&stage->world, delay_ms, run, stage, data, NULL);
}

/* ---- people ---- */

static void resync(void *owner, void *data)
{
	struct stage *stage = owner;

	stashworld_resync(&stage->stash, data, NULL);
}

/* A person chooses one of the items that could be the scene's. */
static void choose(void *owner, void *data)
{
	struct stage *stage = owner;
	struct stashscene *scene = data;
	const struct plexworld_item *item = plexworld_of_scene(&stage->plex, scene->number);

	if (!item || !stage->plex.files[scene->number].ambiguous)
		return;
	stage->plex.files[scene->number].chosen = true;
	stashworld_resync(&stage->stash, scene, item->key);
}

static void replay(void *owner, void *data)
{
	struct stage *stage = owner;

	(void)data;
	stashworld_replay(&stage->stash);
}

static void edit(void *owner, void *data)
{
	struct stage *stage = owner;
	const struct faults *f = &stage->world.faults;
	struct stashscene *scene = data ? data : any_scene(stage);

	if (dice_hits(dice(stage), f->deletes))
		stashworld_delete(&stage->stash, scene);
	else
		stashworld_edit(&stage->stash, scene);
	if (dice_hits(dice(stage), f->same_second))
		plan(stage, dice_between(dice(stage), 0, 900), edit, scene);
	if (dice_hits(dice(stage), f->bursts))
		for (int64_t i = dice_between(dice(stage), 1, 6); i > 0; i--)
			plan(stage, dice_between(dice(stage), 0, 3000), resync, scene);
	if (dice_hits(dice(stage), f->ambiguous))
		plan(stage, dice_between(dice(stage), 0, 10000), choose, scene);
	if (dice_hits(dice(stage), f->replays))
		plan(stage, dice_between(dice(stage), 0, f->span_ms), replay, NULL);
	if (dice_hits(dice(stage), f->corrupt))
		stashworld_corrupt(&stage->stash);
}

/* ---- fate ---- */

static void outage(void *owner, void *data)
{
	static const enum outcome plex_hows[] = { OUTCOME_DOWN, OUTCOME_BUSY, OUTCOME_UNKNOWN,
		OUTCOME_UNAUTHORISED, OUTCOME_GARBLED };
	struct stage *stage = owner;
	int64_t until_ms = stage->world.now_ms +
			   dice_between(dice(stage), 100, stage->world.faults.span_ms / 2 + 60000);
	enum outcome how = plex_hows[dice_below(dice(stage), ARRAY_LEN(plex_hows))];

	(void)data;
	if (dice_hits(dice(stage), 650)) {
		stage->plex.down_until_ms = until_ms;
		stage->plex.down_how = how;
		world_tell(&stage->world, "plex: outage %d until %lld ms", (int)how,
			(long long)until_ms);
	} else {
		stage->stash.down_until_ms = until_ms;
		stage->stash.down_how = how;
		world_tell(&stage->world, "stash: outage %d until %lld ms", (int)how,
			(long long)until_ms);
	}
}

static void rebalance(void *owner, void *data)
{
	struct stage *stage = owner;

	(void)data;
	if (dice_hits(dice(stage), 300))
		consumer_stop(any_consumer(stage));
	else
		group_rebalance(&stage->group);
}

static void lose_partitions(void *owner, void *data)
{
	struct stage *stage = owner;
	struct consumer *c = any_consumer(stage);

	(void)data;
	if (c->engine)
		group_expel(&stage->group, c->index, true);
}

static void expel_silently(void *owner, void *data)
{
	struct stage *stage = owner;
	struct consumer *c = data;

	if (c->engine)
		group_expel(&stage->group, c->index, false);
}

static void freeze(void *owner, void *data)
{
	struct stage *stage = owner;
	struct consumer *c = any_consumer(stage);

	(void)data;
	if (dice_hits(dice(stage), 500)) {
		consumer_freeze(c, dice_between(dice(stage), SESSION_TIMEOUT_MS, 150000));
		plan(stage, SESSION_TIMEOUT_MS - HEARTBEAT_MS / 2, expel_silently, c);
	} else {
		expel_silently(stage, c);
	}
}

static void jump_clock(void *owner, void *data)
{
	struct stage *stage = owner;
	bool far = stage->world.faults.features & FEATURE_CLOCKS;
	int64_t most_ms = far ? 5 * 3600000 : 120000;
	struct consumer *c = any_consumer(stage);

	(void)data;
	c->skew_ms = dice_between(dice(stage), -most_ms, most_ms);
	world_tell(&stage->world, "consumer %d: its clock is wrong by %lld ms", c->index,
		(long long)c->skew_ms);
}

/* An item has come back under another key. */
static void tell_of_key(struct stage *stage, struct stashscene *scene)
{
	if (stage->world.faults.stash)
		return; /* the index learns of it, and Stash has the scene's state */
	scene->newest_offset = -1;
	stashworld_resync(&stage->stash, scene, NULL);
}

static void come_back(void *owner, void *data)
{
	struct stage *stage = owner;
	struct stashscene *scene = data;

	if (stage->plex.files[scene->number].here)
		return;
	plexworld_add(&stage->plex, scene->number);
	tell_of_key(stage, scene);
}

static void rekey(void *owner, void *data)
{
	struct stage *stage = owner;
	struct stashscene *scene = any_scene(stage);
	const struct plexworld_file *file = &stage->plex.files[scene->number];

	(void)data;
	if (!file->here || file->ambiguous)
		return;
	plexworld_remove(&stage->plex, scene->number);
	plan(stage, dice_hits(dice(stage), 500) ? 0 : dice_between(dice(stage), 0, 300000),
		come_back, scene);
}

enum { COMPACTION_LAG_MS = 300000 };

static void compact(void *owner, void *data)
{
	struct stage *stage = owner;

	(void)data;
	log_compact(&stage->log, COMPACTION_LAG_MS);
}

static void refresh(void *owner, void *data)
{
	struct stage *stage = owner;
	struct plexworld_item *item = plexworld_of_scene(&stage->plex, any_scene(stage)->number);

	(void)data;
	if (item)
		plexworld_refresh(&stage->plex, item);
}

static void add_member(void *owner, void *data)
{
	struct stage *stage = owner;
	struct plexworld_item *item = plexworld_of_scene(&stage->plex, any_scene(stage)->number);

	(void)data;
	if (item)
		plexworld_add_member(
			&stage->plex, item, (enum plex_list)dice_below(dice(stage), PLEX_LISTS));
}

/* The span is over: what was away comes back, what froze wakes, and the rest is left in peace. */
static void make_peace(void *owner, void *data)
{
	struct stage *stage = owner;

	(void)data;
	world_tell(&stage->world, "peace");
	faults_stop(&stage->world.faults);
	stage->plex.down_until_ms = stage->stash.down_until_ms = 0;
}

/* In peace Plex finds some of the files that it lacked: who waits for one must notice. */
static void find_files(void *owner, void *data)
{
	struct stage *stage = owner;

	(void)data;
	for (int i = 0; i < stage->world.faults.scenes; i++) {
		if (stage->plex.files[i].here || !dice_hits(dice(stage), 500))
			continue;
		plexworld_add(&stage->plex, i);
		oracle_item_came(&stage->oracle, i);
		if (stage->world.faults.rekeys)
			tell_of_key(stage, &stage->stash.scenes[i]);
	}
}

/* Until then all that was away, asleep or being restarted is back. */
enum { RECOVERED_MS = 250000 };

void director_plan(struct stage *stage)
{
	const struct faults *f = &stage->world.faults;
	const struct {
		int times;
		void (*run)(void *stage, void *data);
	} acts[] = {
		{ f->edits, edit },
		{ f->outages, outage },
		{ f->rebalances, rebalance },
		{ f->lost_partitions, lose_partitions },
		{ f->clock_jumps, jump_clock },
		{ f->rekeys, rekey },
		{ f->refreshes, refresh },
		{ f->persons, add_member },
		{ f->freezes, freeze },
		{ f->compactions, compact },
	};

	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		for (int n = 0; n < acts[i].times; n++)
			plan(stage, dice_between(dice(stage), 0, f->span_ms), acts[i].run, NULL);
	plan(stage, f->span_ms + 1, make_peace, NULL);
	plan(stage, f->span_ms + RECOVERED_MS, find_files, NULL);
}
