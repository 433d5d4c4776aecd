#include "tests/dst/plexworld.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void announce(struct plexworld *p, const struct plexworld_item *item)
{
	struct plexworld_news *news;

	p->content_changed++;
	p->news = xrealloc(p->news, p->news_count + 1, sizeof *p->news);
	news = &p->news[p->news_count++];
	*news = (struct plexworld_news){ .updated_at = item->updated_at, .gone = item->gone };
	memcpy(news->key, item->key, sizeof news->key);
	if (p->on_news)
		p->on_news(p->cookie);
}

static void touch(struct plexworld *p, struct plexworld_item *item)
{
	item->updated_at = world_wall_ms(p->world) / 1000;
	announce(p, item);
}

static struct plexworld_item *add_item(struct plexworld *p, int number)
{
	struct world *w = p->world;
	struct plexworld_item *item;

	p->items = xrealloc(p->items, p->count + 1, sizeof *p->items);
	item = &p->items[p->count++];
	*item = (struct plexworld_item){ .number = number };
	snprintf(item->key, sizeof item->key, "%d", 1000 + (int)p->count);
	touch(p, item);
	item->added_at = item->updated_at;
	snprintf(item->path, sizeof item->path, "/data/stem%d.mp4", number);
	snprintf(item->values[PLEX_TITLE], VALUE_SIZE, "stem%d", number);
	/* What an agent found; with preserve_plex_edits it would rightly stay. */
	if (!w->faults.preserve && dice_hits(&w->dice, 300))
		snprintf(item->values[PLEX_STUDIO], VALUE_SIZE, "An agent's studio");
	item->poisoned = dice_hits(&w->dice, w->faults.poisoned);
	if (dice_hits(&w->dice, w->faults.ignoring))
		item->ignores_until_ms =
			w->now_ms + dice_between(&w->dice, 0, 2 * w->faults.span_ms);
	return item;
}

void plexworld_add(struct plexworld *p, int number)
{
	struct plexworld_file *file = &p->files[number];
	struct plexworld_item *item = add_item(p, number);

	file->here = true;
	file->since_ms = p->world->now_ms;
	world_tell(p->world, "plex: item %s has %s%s%s", item->key, item->path,
		item->poisoned ? ", refuses some values" : "",
		item->ignores_until_ms ? ", ignores edits for a while" : "");
}

void plexworld_remove(struct plexworld *p, int number)
{
	struct plexworld_file *file = &p->files[number];

	for (size_t i = 0; i < p->count; i++) {
		if (p->items[i].gone || p->items[i].number != number)
			continue;
		p->items[i].gone = true;
		announce(p, &p->items[i]);
	}
	file->here = false;
	file->since_ms = p->world->now_ms;
	world_tell(p->world, "plex: no item has stem%d.mp4 any more", number);
}

static void add_later(void *owner, void *data)
{
	struct plexworld_file *file = data;
	struct plexworld *p = owner;

	if (!file->here)
		plexworld_add(p, (int)(file - p->files));
}

void plexworld_init(struct plexworld *p, struct world *w)
{
	*p = (struct plexworld){ .world = w };
	p->files = xcalloc((size_t)w->faults.scenes, sizeof *p->files);
	for (int i = 0; i < w->faults.scenes; i++) {
		if (dice_hits(&w->dice, w->faults.absent)) {
			p->files[i].since_ms = 0;
			if (dice_hits(&w->dice, 600))
				world_plan(w, dice_between(&w->dice, 0, w->faults.span_ms),
					add_later, p, &p->files[i], NULL);
			continue;
		}
		plexworld_add(p, i);
		p->files[i].ambiguous = dice_hits(&w->dice, w->faults.ambiguous);
		if (p->files[i].ambiguous)
			plexworld_add(p, i);
	}
}

void plexworld_done(struct plexworld *p)
{
	free(p->items);
	free(p->files);
	free(p->news);
}

struct plexworld_item *plexworld_find(struct plexworld *p, const char *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (!p->items[i].gone && str_equal(p->items[i].key, key))
			return &p->items[i];
	return NULL;
}

struct plexworld_item *plexworld_of_scene(struct plexworld *p, int number)
{
	for (size_t i = 0; i < p->count; i++)
		if (!p->items[i].gone && p->items[i].number == number)
			return &p->items[i];
	return NULL;
}

void plexworld_read(const struct plexworld_item *item, struct plex_item *ret)
{
	*ret = (struct plex_item){
		.rating_key = xstrdup(item->key),
		.section = xstrdup(PLEXWORLD_SECTION),
		.type = xstrdup("movie"),
		.title = xstrdup(item->values[PLEX_TITLE]),
		.summary = xstrdup(item->values[PLEX_SUMMARY]),
		.studio = xstrdup(item->values[PLEX_STUDIO]),
		.date = xstrdup(item->values[PLEX_DATE]),
		.parts = xcalloc(1, sizeof *ret->parts),
		.part_count = 1,
		.added_at = item->added_at,
		.updated_at = item->updated_at,
		.rating100 = item->rating100,
	};
	plexlists_read(&item->lists, item->number, ret);
	ret->parts[0] = (struct plex_part){ .file = xstrdup(item->path), .size = 1 };
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		if (item->locked[f])
			string_list_add(&ret->locked, plex_field_name(f));
}

/* Every third version has something that this item does not take. */
static bool refuses(const struct plexworld_item *item, const struct plex_edit *edit)
{
	int number, version;

	for (enum plex_field f = 0; item->poisoned && f < PLEX_FIELDS; f++)
		if (edit->fields[f].wanted &&
			stashworld_whose(edit->fields[f].value, f, &number, &version) &&
			version % 3 == 0)
			return true;
	return false;
}

void plexworld_refresh(struct plexworld *p, struct plexworld_item *item)
{
	world_tell(p->world, "plex: an agent refreshes item %s", item->key);
	touch(p, item);
	for (int f = 0; f < PLEX_FIELDS; f++)
		if (!*item->values[f] && !item->locked[f])
			snprintf(item->values[f], VALUE_SIZE, "An agent's");
}

void plexworld_add_member(struct plexworld *p, struct plexworld_item *item, enum plex_list list)
{
	world_tell(
		p->world, "plex: a person adds to %s of item %s", plex_list_name(list), item->key);
	touch(p, item);
	plexlists_add_person(&item->lists, p->world, list);
}

enum outcome plexworld_edit(struct plexworld *p, const char *key, const struct plex_edit *edit)
{
	struct plexworld_item *item = plexworld_find(p, key);

	if (!item)
		return OUTCOME_ABSENT;
	if (refuses(item, edit)) {
		p->files[item->number].refused = true;
		return OUTCOME_REFUSED;
	}
	if (item->ignores_until_ms > p->world->now_ms)
		return OUTCOME_DONE;
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		if (!edit->fields[f].wanted)
			continue;
		snprintf(item->values[f], VALUE_SIZE, "%s", edit->fields[f].value);
		item->locked[f] = edit->lock;
	}
	plexlists_edit(&item->lists, p->world, item->number, edit);
	if (edit->rating.wanted)
		item->rating100 = edit->rating.rating100;
	p->edits++;
	touch(p, item);
	/* An agent is quicker than whoever reads it back. */
	if (p->world->faults.refreshes && dice_hits(&p->world->dice, 200))
		plexworld_refresh(p, item);
	return OUTCOME_DONE;
}
