#include "tests/dst/stashworld.h"

#include "tests/dst/plexlists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[PLEX_FIELDS] = {
	[PLEX_TITLE] = "title", [PLEX_SUMMARY] = "summary", [PLEX_STUDIO] = "studio"
};

void stashworld_value(char ret[VALUE_SIZE], int number, enum plex_field field, int version)
{
	if (field == PLEX_DATE)
		snprintf(ret, VALUE_SIZE, "%04d-%02d-%02d", 2000 + number, 1 + version / 28,
			1 + version % 28);
	else
		snprintf(ret, VALUE_SIZE, "%s %d.%d", words[field], number, version);
}

/* Now and then none. */
int stashworld_rating(int version)
{
	return version % 11 * 10;
}

bool stashworld_whose(const char *value, enum plex_field field, int *ret_number, int *ret_version)
{
	int number, version, month, day;

	if (field == PLEX_DATE) {
		if (sscanf(value, "%d-%d-%d", &number, &month, &day) != 3)
			return false;
		number -= 2000;
		version = (month - 1) * 28 + day - 1;
	} else if (strncmp(value, words[field], strlen(words[field])) != 0 ||
		   sscanf(value + strlen(words[field]), "%d.%d", &number, &version) != 2) {
		return false;
	}
	*ret_number = number;
	*ret_version = version;
	return true;
}

/* ---- scenes ---- */

static void touch(struct stashworld *s, struct stashscene *scene)
{
	scene->version++;
	scene->updated_at_ms = world_wall_ms(s->world) / 1000 * 1000;
	scene->newest_offset = -1;
	for (int f = 0; f < PLEX_FIELDS; f++)
		scene->empty[f] = dice_hits(&s->world->dice, s->world->faults.retitles);
	/* One of them tells the version. */
	scene->empty[PLEX_DATE] &= !(scene->empty[PLEX_TITLE] && scene->empty[PLEX_SUMMARY] &&
				     scene->empty[PLEX_STUDIO]);
}

void stashworld_init(struct stashworld *s, struct world *w, struct log *l)
{
	*s = (struct stashworld){ .world = w, .log = l, .count = (size_t)w->faults.scenes };
	s->scenes = xcalloc(s->count, sizeof *s->scenes);
	for (size_t i = 0; i < s->count; i++) {
		struct stashscene *scene = &s->scenes[i];

		scene->number = (int)i;
		snprintf(scene->id, sizeof scene->id, "%d", 100 + (int)i);
		snprintf(scene->path, sizeof scene->path, "/data/stem%d.mp4", (int)i);
		scene->partition =
			record_key_partition(scene->id, strlen(scene->id), l->partitions);
		touch(s, scene);
	}
}

void stashworld_done(struct stashworld *s)
{
	free(s->scenes);
}

struct stashscene *stashworld_find(struct stashworld *s, const char *id)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_equal(s->scenes[i].id, id))
			return &s->scenes[i];
	return NULL;
}

static char *value_of(const struct stashscene *scene, enum plex_field field)
{
	char value[VALUE_SIZE] = "";

	if (!scene->empty[field])
		stashworld_value(value, scene->number, field, scene->version);
	return xstrdup(value);
}

void stashworld_scene(struct scene *ret, const struct stashscene *scene)
{
	*ret = (struct scene){ .updated_at_ms = scene->updated_at_ms, .file_count = 1 };
	memcpy(ret->id, scene->id, sizeof ret->id);
	ret->title = value_of(scene, PLEX_TITLE);
	ret->details = value_of(scene, PLEX_SUMMARY);
	ret->studio = value_of(scene, PLEX_STUDIO);
	ret->date = value_of(scene, PLEX_DATE);
	ret->rating100 = stashworld_rating(scene->version);
	plexlists_names(&ret->performers, scene->number, PLEX_ACTORS,
		plexlists_wanted(scene->number, scene->version, PLEX_ACTORS));
	plexlists_names(&ret->tags, scene->number, PLEX_GENRES,
		plexlists_wanted(scene->number, scene->version, PLEX_GENRES));
	plexlists_names(&ret->groups, scene->number, PLEX_COLLECTIONS,
		plexlists_wanted(scene->number, scene->version, PLEX_COLLECTIONS));
	ret->files = xcalloc(1, sizeof *ret->files);
	ret->files[0] =
		(struct scene_file){ .path = xstrdup(scene->path), .size = 1, .duration_ms = -1 };
	scene_complete(ret);
}

/* ---- events ---- */

/* A record on its way to the log. */
struct hook {
	struct stashscene *scene;
	int version; /* 0: thin */
	struct record record;
};

static void drop_hook(void *data)
{
	struct hook *hook = data;

	record_done(&hook->record);
	free(hook);
}

static void accept_hook(void *owner, void *data)
{
	struct stashworld *s = owner;
	struct hook *hook = data;
	int64_t offset = log_append(s->log, &hook->record);
	int32_t partition = hook->record.partition;

	if (partition < 0)
		partition = hook->scene->partition;
	s->hooks--;
	s->on_accepted(s->cookie, hook->scene, hook->version,
		log_at(s->log, TOPIC_EVENTS, partition, offset));
	drop_hook(hook);
}

static int64_t hook_delay_ms(struct world *w)
{
	static const int64_t most_ms[] = { 5, 5, 100, 3000, 30000 };

	return dice_between(&w->dice, 0, most_ms[dice_below(&w->dice, ARRAY_LEN(most_ms))]);
}

static void send_hook(struct stashworld *s, struct hook *take_hook)
{
	struct hook *hook = xcalloc(1, sizeof *hook);

	*hook = *take_hook;
	s->hooks++;
	world_plan(s->world, hook_delay_ms(s->world), accept_hook, s, hook, drop_hook);
}

static void tell(
	struct stashworld *s, struct stashscene *scene, enum action action, const char *rating_key)
{
	struct world *w = s->world;
	bool full = action != ACTION_DESTROY && !scene->deleted &&
		    dice_hits(&w->dice, w->faults.full_events);
	struct event event = { .action = action, .time_ms = world_wall_ms(w) };
	struct hook hook = { .scene = scene, .version = full ? scene->version : 0 };
	struct scene state = { .title = NULL };

	memcpy(event.scene_id, scene->id, sizeof event.scene_id);
	event.id = xasprintf("event-%llu", (unsigned long long)w->planned);
	event.source = xstrdup("/plexsync/hook");
	event.rating_key = xstrdup_or_null(rating_key);
	if (full) {
		stashworld_scene(&state, scene);
		event.scene = &state;
		event.updated_at_ms = state.updated_at_ms;
	}
	event_write(&event, &hook.record);
	if (dice_hits(&w->dice, w->faults.strays))
		hook.record.partition = (int32_t)dice_below(&w->dice, (size_t)s->log->partitions);
	event.scene = NULL;
	event_done(&event);
	scene_done(&state);
	send_hook(s, &hook);
}

void stashworld_edit(struct stashworld *s, struct stashscene *scene)
{
	/* Two states of one millisecond could not be told apart. */
	if (scene->deleted || scene->edited_ms == s->world->now_ms)
		return;
	scene->edited_ms = s->world->now_ms;
	touch(s, scene);
	s->edits++;
	world_tell(s->world, "stash: scene %s is edited: version %d", scene->id, scene->version);
	tell(s, scene, ACTION_UPDATE, NULL);
}

void stashworld_delete(struct stashworld *s, struct stashscene *scene)
{
	/* Without a Stash to ask, a late full event may overtake the destroy: nothing is said of it. */
	if (scene->deleted || !s->world->faults.stash)
		return;
	scene->deleted = true;
	scene->newest_offset = -1;
	world_tell(s->world, "stash: scene %s is deleted", scene->id);
	tell(s, scene, ACTION_DESTROY, NULL);
}

void stashworld_resync(struct stashworld *s, struct stashscene *scene, const char *rating_key)
{
	if (scene->deleted)
		return;
	world_tell(s->world, "stash: scene %s is told of again%s%s", scene->id,
		rating_key ? ", for item " : "", rating_key ? rating_key : "");
	tell(s, scene, ACTION_RESYNC, rating_key);
}

void stashworld_corrupt(struct stashworld *s)
{
	static const char *const values[] = { "", "{", "[1]", "{\"scene_id\":7}",
		"{\"scene_id\":\"100\",\"action\":\"explode\"}", "\xff\xfe", NULL };
	struct world *w = s->world;
	const char *value = values[dice_below(&w->dice, ARRAY_LEN(values))];
	struct hook hook = { .record = { .topic = TOPIC_EVENTS } };

	hook.record.partition = (int32_t)dice_below(&w->dice, (size_t)s->log->partitions);
	if (dice_hits(&w->dice, 500))
		record_set_key(&hook.record, "100", 3);
	if (value)
		record_set_value(&hook.record, value, strlen(value));
	record_add_text_header(&hook.record, "x-foreign", "as it came");
	record_add_header(&hook.record, "x-empty", NULL, 0);
	send_hook(s, &hook);
}

struct stashscene *stashworld_read(
	struct stashworld *s, const struct record *record, int *ret_version)
{
	struct stashscene *scene;
	struct fault fault;
	struct event event;
	int number;

	*ret_version = 0;
	if (!event_read(&event, record, &fault))
		return NULL;
	scene = stashworld_find(s, event.scene_id);
	/* Of an empty field nobody knows the version; one of them is not empty. */
	for (enum plex_field f = 0; event.scene && f < PLEX_FIELDS; f++) {
		const char *texts[PLEX_FIELDS] = { event.scene->title, event.scene->details,
			event.scene->studio, event.scene->date };

		if (stashworld_whose(texts[f], f, &number, ret_version))
			break;
	}
	event_done(&event);
	return scene;
}

void stashworld_replay(struct stashworld *s)
{
	struct world *w = s->world;
	struct stashscene *scene = &s->scenes[dice_below(&w->dice, s->count)];
	int64_t end = log_end(s->log, TOPIC_EVENTS, scene->partition);
	struct hook hook = { .scene = NULL };

	if (!end)
		return;
	record_copy(&hook.record, log_at(s->log, TOPIC_EVENTS, scene->partition,
					  (int64_t)dice_below(&w->dice, (size_t)end)));
	hook.scene = stashworld_read(s, &hook.record, &hook.version);
	if (dice_hits(&w->dice, 300))
		record_drop_headers(&hook.record, "");
	send_hook(s, &hook);
}
