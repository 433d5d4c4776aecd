/* How an instance carries out what its engine wants. */
#include "tests/dst/calls.h"
#include "tests/dst/consumerparts.h"
#include "tests/dst/outputs.h"
#include "tests/dst/stage.h"
#include "tests/dst/watching.h"

#include <string.h>

enum { COMMIT_INTERVAL_MS = 1000 };

static struct world *world(struct consumer *c)
{
	return &c->stage->world;
}

void consumer_commit(struct consumer *c)
{
	for (int p = 0; p < c->stage->log.partitions; p++)
		if (c->stored[p] >= 0 && group_owns(&c->stage->group, c->index, p))
			log_commit(&c->stage->log, p, c->stored[p]);
}

static void run_commit(void *owner, void *data)
{
	struct consumer *c = owner;

	if (!consumer_is_alive(c, data, run_commit))
		return;
	c->commit_planned = false;
	consumer_commit(c);
}

static void store(struct consumer *c, const struct effect *effect)
{
	oracle_stored(&c->stage->oracle, c->index, effect->partition, effect->offset,
		c->owned[effect->partition]);
	c->stored[effect->partition] = effect->offset;
	if (!c->commit_planned)
		consumer_plan(c, dice_between(&world(c)->dice, 1, COMMIT_INTERVAL_MS), run_commit);
	c->commit_planned = true;
}

static void load_tables(struct consumer *c, call_id call)
{
	c->load_call = call;
	for (int p = 0; p < c->stage->log.partitions; p++) {
		c->stamps.load_ends[p] = log_end(&c->stage->log, TOPIC_STAMPS, p);
		c->retries.load_ends[p] = log_end(&c->stage->log, TOPIC_RETRIES, p);
		c->retries.positions[p] = 0;
		c->retries.followed[p] = c->owned[p];
	}
	consumer_notice(c, TOPIC_STAMPS);
}

static void start(struct consumer *c)
{
	c->started = true;
	c->paused = false;
	for (int p = 0; p < c->stage->log.partitions; p++) {
		c->positions[p] = c->stage->log.committed[p];
		c->ends[p] = log_end(&c->stage->log, TOPIC_EVENTS, p);
		c->stored[p] = -1;
	}
	consumer_notice(c, TOPIC_EVENTS);
}

static void release(struct consumer *c)
{
	world_tell(world(c), "consumer %d releases", c->index);
	consumer_commit(c);
	memset(c->owned, 0, sizeof c->owned);
	memset(c->retries.followed, 0, sizeof c->retries.followed);
	c->started = false;
	group_released(&c->stage->group, c->index);
}

static void produce(struct consumer *c, const struct effect *effect)
{
	const struct record *r = &effect->record;

	world_tell(world(c), "consumer %d produces %llu to %s/%d: %.*s", c->index,
		(unsigned long long)effect->call, topic_name(r->topic), (int)r->partition,
		(int)r->value_len, r->value ? r->value : "");
	if (r->topic ==
		TOPIC_EVENTS) /* a stray, to whosever partition is its home, or a scene that is to be looked at again */
		output_start(c, effect);
	else if (r->partition < 0 || !c->owned[r->partition])
		world_fail(world(c), "consumer %d produces to %s/%d, which it has given back",
			c->index, topic_name(r->topic), (int)r->partition);
	else
		output_start(c, effect);
}

/* As a number, for people. */
static int members(struct consumer *c, const struct effect *effect, const struct string_list *names,
	enum plex_list list)
{
	const struct plexworld_item *item = plexworld_find(&c->stage->plex, effect->rating_key);

	return item ? plexlists_members(names, item->number, list) : -1;
}

static void edit(struct consumer *c, const struct effect *effect)
{
	for (int f = 0; f < PLEX_FIELDS; f++)
		if (effect->edit.fields[f].wanted)
			world_tell(world(c), "consumer %d edits %llu item %s: %s=\"%s\"", c->index,
				(unsigned long long)effect->call, effect->rating_key,
				plex_field_name((enum plex_field)f), effect->edit.fields[f].value);
	for (enum plex_list l = 0; l < PLEX_LISTS; l++)
		if (effect->edit.lists[l].wanted)
			world_tell(world(c), "consumer %d edits %llu item %s: %s %d, less %d",
				c->index, (unsigned long long)effect->call, effect->rating_key,
				plex_list_name(l),
				members(c, effect, &effect->edit.lists[l].members, l),
				members(c, effect, &effect->edit.lists[l].removed, l));
	oracle_edit(&c->stage->oracle, c->index, c->owned, effect);
	call_start(c, effect);
}

static void report(struct consumer *c, const struct report *r)
{
	world_tell(world(c), "consumer %d says: %s %s %s, again in %lld ms. %s", c->index,
		r->scene_id ? r->scene_id : "-", r->verdict ? r->verdict : "-",
		r->reason ? r->reason : "-", (long long)r->after_ms, r->detail ? r->detail : "");
}

static void check_call(struct consumer *c, call_id call)
{
	if (call <= c->last_call)
		world_fail(world(c), "consumer %d names call %llu again", c->index,
			(unsigned long long)call);
	c->last_call = call;
}

void consumer_carry_out(struct consumer *c, const struct effect *effect)
{
	if (effect->call && effect->kind != DO_CANCEL)
		check_call(c, effect->call);
	switch (effect->kind) {
	case DO_LOAD_TABLES:
		load_tables(c, effect->call);
		break;
	case DO_START:
		start(c);
		break;
	case DO_PAUSE:
		c->paused = true;
		break;
	case DO_RESUME:
		c->paused = false;
		consumer_notice(c, TOPIC_EVENTS);
		break;
	case DO_REJOIN:
		consumer_rejoin(c);
		break;
	case DO_RELEASE:
		release(c);
		break;
	case DO_STORE_OFFSET:
		store(c, effect);
		break;
	case DO_PRODUCE:
		produce(c, effect);
		break;
	case DO_EDIT_ITEM:
		edit(c, effect);
		break;
	case DO_PROBE:
	case DO_FETCH_SCENE:
	case DO_LIST_SECTIONS:
	case DO_LIST_PAGE:
	case DO_READ_ITEM:
		call_start(c, effect);
		break;
	case DO_WATCH:
		watching_start(c, effect->call);
		break;
	case DO_FETCH_COVER:
	case DO_LIST_POSTERS:
	case DO_SELECT_POSTER:
	case DO_UPLOAD_POSTER:
	case DO_SCAN:
		world_fail(world(c), "consumer %d wants what this world lacks", c->index);
		break;
	case DO_CANCEL:
		calls_cancel(c, effect->call);
		break;
	case DO_REPORT:
		report(c, &effect->report);
		break;
	}
}
