#include "tests/dst/calls.h"

#include "tests/dst/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EDIT_TIMEOUT_MS = 10000, READ_TIMEOUT_MS = 30000 };

struct call {
	struct stage *stage;
	struct consumer *consumer;
	struct call *next; /* of the consumer's open ones */
	int refs; /* plans that name it */
	bool open; /* somebody waits for the answer */
	bool arrives; /* … or will */
	bool late; /* it arrives after the client gave up */
	bool lost_answer;
	bool in_outage; /* and so says nothing about the item */

	enum effect_kind kind;
	const char *dependency; /* of a probe */
	call_id id;
	char scene_id[SCENE_ID_SIZE], key[VALUE_SIZE];
	struct plex_edit edit;
	enum plex_listing listing;
	int64_t since;
	int number; /* the scene that it is about; -1: none */
	int64_t began_ms;

	enum outcome outcome;
	struct scene scene;
	int64_t observed_at_ms;
	struct plex_item *items;
	size_t count;
	struct plex_section section;
	char content_changed[24]; /* of the section */
};

/* ---- life ---- */

static void unref(void *data)
{
	struct call *call = data;

	if (--call->refs > 0)
		return;
	plex_edit_done(&call->edit);
	scene_done(&call->scene);
	for (size_t i = 0; i < call->count; i++)
		plex_item_done(&call->items[i]);
	free(call->items);
	free(call);
}

static void close_call(struct call *call)
{
	struct call **at = &call->consumer->calls;

	if (!call->open)
		return;
	call->open = false;
	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	if (call->kind == DO_EDIT_ITEM)
		oracle_edit_over(&call->stage->oracle, call->consumer->index, call->number);
}

/* ---- arriving ---- */

static bool is_of_stash(const struct call *call)
{
	return call->kind == DO_FETCH_SCENE || str_equal(call->dependency, "stash");
}

/* Whether its service is away, and how it answers then. */
static bool is_away(const struct call *call, enum outcome *ret)
{
	const struct stage *stage = call->stage;
	bool stash = is_of_stash(call);

	*ret = stash ? stage->stash.down_how : stage->plex.down_how;
	return (stash ? stage->stash.down_until_ms : stage->plex.down_until_ms) >
	       stage->world.now_ms;
}

static void fetch_scene(struct call *call)
{
	struct stage *stage = call->stage;
	struct stashscene *scene = stashworld_find(&stage->stash, call->scene_id);
	int64_t date_ms = world_wall_ms(&stage->world);

	if (stage->world.faults.features & FEATURE_DATES)
		date_ms = date_ms / 1000 * 1000;
	call->observed_at_ms = date_ms - (stage->world.now_ms - call->began_ms);
	call->outcome = !scene || scene->deleted ? OUTCOME_ABSENT : OUTCOME_DONE;
	if (call->outcome == OUTCOME_DONE)
		stashworld_scene(&call->scene, scene);
}

static bool is_listed(const struct call *call, const struct plexworld_item *item)
{
	if (call->listing == PLEX_LIST_ALL)
		return true;
	return (call->listing == PLEX_LIST_ADDED ? item->added_at : item->updated_at) > call->since;
}

static void list_sections(struct call *call)
{
	static char key[] = PLEXWORLD_SECTION, title[] = "Scenes", type[] = "movie";

	snprintf(call->content_changed, sizeof call->content_changed, "%lld",
		(long long)call->stage->plex.content_changed);
	call->section = (struct plex_section){ .key = key,
		.title = title,
		.type = type,
		.content_changed_at = call->content_changed };
	call->outcome = OUTCOME_DONE;
}

static void list_page(struct call *call)
{
	const struct plexworld *plex = &call->stage->plex;

	call->items = xcalloc(plex->count, sizeof *call->items);
	for (size_t i = 0; i < plex->count; i++)
		if (!plex->items[i].gone && is_listed(call, &plex->items[i]))
			plexworld_read(&plex->items[i], &call->items[call->count++]);
	call->outcome = OUTCOME_DONE;
}

static void read_item(struct call *call)
{
	const struct plexworld_item *item = plexworld_find(&call->stage->plex, call->key);

	call->outcome = item ? OUTCOME_DONE : OUTCOME_ABSENT;
	if (!item)
		return;
	call->items = xcalloc(1, sizeof *call->items);
	plexworld_read(item, &call->items[call->count++]);
}

static void edit_item(struct call *call)
{
	call->outcome = plexworld_edit(&call->stage->plex, call->key, &call->edit);
	world_tell(&call->stage->world, "plex: edit %llu of item %s arrives from consumer %d: %s",
		(unsigned long long)call->id, call->key, call->consumer->index,
		call->outcome == OUTCOME_DONE     ? "done"
		: call->outcome == OUTCOME_ABSENT ? "no such item"
						  : "refused");
}

static void serve(struct call *call)
{
	switch ((int)call->kind) {
	case DO_FETCH_SCENE:
		fetch_scene(call);
		break;
	case DO_LIST_PAGE:
		list_page(call);
		break;
	case DO_READ_ITEM:
		read_item(call);
		break;
	case DO_EDIT_ITEM:
		edit_item(call);
		break;
	case DO_PROBE:
		call->outcome = OUTCOME_DONE;
		break;
	default: /* DO_LIST_SECTIONS */
		list_sections(call);
		break;
	}
}

/* An item, or Stash for a scene, answers 500, now or for a while. */
static bool is_broken(struct call *call)
{
	struct world *w = &call->stage->world;
	struct plexworld_item *item = plexworld_find(&call->stage->plex, call->key);
	bool hit = dice_hits(&w->dice, w->faults.fail_item);

	if (call->kind == DO_PROBE)
		return false;
	if (is_of_stash(call))
		return hit;
	if (!item)
		return false;
	if (hit && item->broken_until_ms <= w->now_ms)
		item->broken_until_ms = w->now_ms + dice_between(&w->dice, 1, 300000);
	return hit || item->broken_until_ms > w->now_ms;
}

static void arrive(struct call *call)
{
	struct dice *dice = &call->stage->world.dice;
	enum outcome away;

	if (!call->arrives)
		return;
	call->arrives = false;
	if (is_away(call, &away)) {
		/* What times out may have been done all the same. */
		if (away == OUTCOME_UNKNOWN && dice_hits(dice, 300))
			serve(call);
		call->outcome = away;
		call->in_outage = true;
	} else if (is_broken(call)) {
		if (call->kind == DO_EDIT_ITEM && dice_hits(dice, 300))
			serve(call);
		call->outcome = OUTCOME_FAILED;
	} else {
		serve(call);
	}
}

static void run_arrive(void *owner, void *data)
{
	(void)owner;
	arrive(data);
	unref(data);
}

/* ---- answering ---- */

static void fill_answer(struct call *call, struct input *in)
{
	switch ((int)call->kind) {
	case DO_FETCH_SCENE:
		in->kind = IN_SCENE;
		in->fetched.scene = &call->scene;
		in->fetched.observed_at_ms = call->observed_at_ms;
		break;
	case DO_LIST_PAGE:
		in->kind = IN_ROWS;
		in->rows.items = call->items;
		in->rows.count = call->count;
		in->rows.listed = (int64_t)call->count;
		in->rows.total = (int64_t)call->count;
		break;
	case DO_READ_ITEM:
		in->kind = IN_ITEM;
		in->item = call->items;
		break;
	case DO_EDIT_ITEM:
		in->kind = IN_EDITED;
		break;
	case DO_PROBE:
		in->kind = IN_PROBED;
		break;
	default:
		in->kind = IN_SECTIONS;
		in->sections.items = &call->section;
		in->sections.count = 1;
		break;
	}
}

static void run_answer(void *owner, void *data)
{
	struct consumer *c = owner;
	struct call *call = data;
	struct world *w = &call->stage->world;
	struct input in = { .call = call->id, .retry_after_ms = -1 };
	enum outcome away;

	if (call->open && c->frozen_until_ms > w->now_ms) {
		world_plan(w, c->frozen_until_ms - w->now_ms, run_answer, c, call, unref);
		return;
	}
	if (call->open) {
		if (call->lost_answer)
			call->outcome = OUTCOME_UNKNOWN;
		in.outcome = call->outcome;
		in.detail = in.outcome == OUTCOME_DONE ? NULL : "It went wrong in the world.";
		if (in.outcome == OUTCOME_BUSY && dice_hits(&w->dice, 300))
			in.retry_after_ms = dice_between(&w->dice, 0, 60000);
		fill_answer(call, &in);
		close_call(call);
		if ((!call->in_outage || call->outcome == OUTCOME_UNKNOWN) &&
			!is_away(call, &away) && call->number >= 0)
			oracle_answered(
				&call->stage->oracle, call->kind, call->outcome, call->number);
		consumer_feed(c, &in);
	}
	unref(call);
}

/* ---- starting ---- */

static void plan(struct call *call, int64_t delay_ms, void (*run)(void *owner, void *data))
{
	call->refs++;
	world_plan(&call->stage->world, delay_ms, run, call->consumer, call, unref);
}

/* What becomes of it is decided when it is sent. */
static void plan_fate(struct call *call)
{
	struct world *w = &call->stage->world;
	int64_t timeout_ms = call->kind == DO_EDIT_ITEM ? EDIT_TIMEOUT_MS : READ_TIMEOUT_MS;
	int64_t there_ms = dice_between(&w->dice, 1, 30);
	int64_t back_ms = dice_between(&w->dice, 1, 30);

	if (dice_hits(&w->dice, w->faults.slow))
		there_ms = dice_between(&w->dice, 1, timeout_ms - 100);
	call->arrives = true;
	if (call->kind == DO_EDIT_ITEM && dice_hits(&w->dice, w->faults.late)) {
		call->late = call->lost_answer = true;
		there_ms = timeout_ms + dice_between(&w->dice, 1, 50000);
	} else if (dice_hits(&w->dice, w->faults.lose_request)) {
		call->lost_answer = true;
		call->arrives = false;
	} else if (dice_hits(&w->dice, w->faults.lose_answer)) {
		call->lost_answer = true;
		if (dice_hits(&w->dice, 500)) /* the connection breaks, rather than a time-out */
			timeout_ms = there_ms + back_ms;
	}
	if (call->arrives)
		plan(call, there_ms, run_arrive);
	plan(call, call->lost_answer ? timeout_ms : there_ms + back_ms, run_answer);
}

static int scene_of(const struct call *call)
{
	struct stage *stage = call->stage;
	const struct stashscene *scene = stashworld_find(&stage->stash, call->scene_id);

	if (is_of_stash(call))
		return scene ? scene->number : -1;
	if (!*call->key)
		return -1;
	for (size_t i = 0; i < stage->plex.count; i++)
		if (str_equal(stage->plex.items[i].key, call->key))
			return stage->plex.items[i].number;
	return -1;
}

void call_start(struct consumer *c, const struct effect *effect)
{
	struct call *call = xcalloc(1, sizeof *call);

	call->stage = c->stage;
	call->consumer = c;
	call->kind = effect->kind;
	call->id = effect->call;
	call->dependency = effect->dependency;
	call->began_ms = c->stage->world.now_ms;
	memcpy(call->scene_id, effect->scene_id, sizeof call->scene_id);
	if (effect->rating_key)
		snprintf(call->key, sizeof call->key, "%s", effect->rating_key);
	if (effect->kind == DO_EDIT_ITEM)
		plex_edit_copy(&call->edit, &effect->edit);
	call->listing = effect->listing;
	call->since = effect->since;
	call->number = scene_of(call);
	call->open = true;
	call->next = c->calls;
	c->calls = call;
	if (call->kind == DO_EDIT_ITEM)
		oracle_edit_begun(&c->stage->oracle, c->index, call->number);
	plan_fate(call);
}

/*
 * A request that is on its way may still arrive. That it arrives later than now is a feature of its
 * own: then only a verification helps.
 */
static void give_up(struct call *call)
{
	struct world *w = &call->stage->world;

	close_call(call);
	if (call->late || (w->faults.late && dice_hits(&w->dice, 500)))
		return;
	if (dice_hits(&w->dice, 500))
		arrive(call);
	call->arrives = false;
}

void calls_cancel(struct consumer *c, call_id id)
{
	for (struct call *call = c->calls; call; call = call->next) {
		if (call->id == id) {
			give_up(call);
			return;
		}
	}
}

void calls_cancel_all(struct consumer *c)
{
	while (c->calls)
		give_up(c->calls);
}
