/* What the oracle says at the end. */
#include "tests/dst/stage.h"

#include <string.h>

/* A dead letter that had to be answers the event of the newest state: what Plex shows is open. */
static bool is_excused(const struct oracle *o, const struct stashscene *scene)
{
	return o->scenes[scene->number].dead_covers >= scene->newest_offset;
}

/* NULL: the item shows the newest state; else the field that does not. */
static const char *lacks(
	const struct world *w, const struct stashscene *scene, const struct plexworld_item *item)
{
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		char wanted[VALUE_SIZE];
		int number, version;

		if (!scene->empty[f]) {
			stashworld_value(wanted, scene->number, f, scene->version);
			if (!str_equal(wanted, item->values[f]))
				return plex_field_name(f);
		} else if (f != PLEX_TITLE &&
			   stashworld_whose(item->values[f], f, &number, &version)) {
			return plex_field_name(f); /* what we wrote once was not cleared */
		}
	}
	if (item->rating100 != stashworld_rating(scene->version))
		return PLEX_RATING_NAME;
	return plexlists_lack(&item->lists, w, scene->number, scene->version);
}

static void judge_scene(struct oracle *o, const struct stashscene *scene)
{
	const struct plexworld *plex = &o->stage->plex;
	struct world *w = &o->stage->world;
	const char *lacking = NULL, *shown = "something else", *key = NULL;

	if (scene->newest_offset < 0 || scene->deleted || is_excused(o, scene))
		return;
	for (size_t i = 0; i < plex->count; i++) {
		const struct plexworld_item *item = &plex->items[i];

		if (item->gone || item->number != scene->number)
			continue;
		key = item->key;
		lacking = lacks(w, scene, item);
		if (!lacking)
			return;
		for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
			if (str_equal(lacking, plex_field_name(f)))
				shown = item->values[f];
	}
	if (!key)
		world_fail(w, "scene %s is in no item, and no dead letter says so", scene->id);
	else
		world_fail(w, "a lost edit: item %s shows \"%s\" for %s, but scene %s is at %d",
			key, shown, lacking, scene->id, scene->version);
}

void oracle_judge(struct oracle *o)
{
	for (int p = 0; p < o->stage->log.partitions; p++)
		for (size_t i = 0; i < o->partitions[p].count; i++)
			if (!o->partitions[p].records[i].settled)
				world_fail(&o->stage->world, "%d/%zu has no outcome", p, i);
	for (size_t i = 0; i < o->stage->stash.count; i++)
		judge_scene(o, &o->stage->stash.scenes[i]);
}
