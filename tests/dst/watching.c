#include "tests/dst/watching.h"

#include "tests/dst/consumerparts.h"
#include "tests/dst/stage.h"

#include <string.h>

static bool plex_is_away(const struct consumer *c)
{
	return c->stage->plex.down_until_ms > c->stage->world.now_ms;
}

static void break_off(struct consumer *c, enum outcome outcome)
{
	call_id call = c->watch_call;

	world_tell(&c->stage->world, "consumer %d: Plex's event stream breaks off", c->index);
	c->watch_call = 0;
	c->listening = false;
	consumer_feed(c, &(struct input){ .kind = IN_WATCH_ENDED,
				 .call = call,
				 .outcome = outcome,
				 .detail = "It broke off in the world.",
				 .retry_after_ms = -1 });
}

static void tell(struct consumer *c, const struct plexnews *news)
{
	consumer_feed(
		c, &(struct input){ .kind = IN_PLEX_NEWS, .call = c->watch_call, .news = news });
}

static void tell_item(struct consumer *c, const struct plexworld_news *from)
{
	struct plexnews news = {
		.kind = PLEXNEWS_ITEM,
		.section = PLEXWORLD_SECTION,
		.updated_at = from->updated_at,
		.gone = from->gone,
	};

	memcpy(news.rating_key, from->key, sizeof from->key);
	tell(c, &news);
}

static void run_news(void *owner, void *data)
{
	struct consumer *c = owner;
	struct world *w = &c->stage->world;
	const struct plexworld *plex = &c->stage->plex;

	if (!consumer_is_alive(c, data, run_news))
		return;
	c->news_planned = false;
	if (!c->listening)
		return;
	if (plex_is_away(c) || dice_hits(&w->dice, w->faults.lose_answer)) {
		break_off(c, OUTCOME_UNKNOWN);
		return;
	}
	/* What is told may be the end of the instance. */
	while (c->engine && c->listening && c->news_position < plex->news_count) {
		struct plexworld_news news = plex->news[c->news_position++];

		tell_item(c, &news);
	}
}

void watching_notice(struct consumer *c)
{
	struct world *w = &c->stage->world;
	bool slow = dice_hits(&w->dice, w->faults.slow);

	if (!c->engine || !c->listening || c->news_planned)
		return;
	c->news_planned = true;
	consumer_plan(c, dice_between(&w->dice, 0, slow ? 5000 : 100), run_news);
}

static void run_open(void *owner, void *data)
{
	struct consumer *c = owner;

	if (!consumer_is_alive(c, data, run_open))
		return;
	if (plex_is_away(c)) {
		break_off(c, c->stage->plex.down_how);
		return;
	}
	c->listening = true;
	c->news_position = c->stage->plex.news_count;
	tell(c, &(struct plexnews){ .kind = PLEXNEWS_LISTENING });
}

void watching_start(struct consumer *c, call_id call)
{
	c->watch_call = call;
	consumer_plan(c, dice_between(&c->stage->world.dice, 1, 1000), run_open);
}
