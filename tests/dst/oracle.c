#include "tests/dst/oracle.h"

#include "common/stamps.h"
#include "consumer/letters.h"
#include "tests/dst/letter.h"
#include "tests/dst/stage.h"

#include <stdlib.h>
#include <string.h>

void oracle_init(struct oracle *o, struct stage *stage)
{
	*o = (struct oracle){ .stage = stage };
	o->partitions = xcalloc((size_t)stage->log.partitions, sizeof *o->partitions);
	o->scenes = xcalloc(stage->stash.count, sizeof *o->scenes);
	for (size_t i = 0; i < stage->stash.count; i++) {
		struct oracle_scene *scene = &o->scenes[i];

		scene->dead_covers = scene->covers = scene->first_ms = scene->came_ms = -1;
		memset(scene->intent, 0xff, sizeof scene->intent);
	}
}

void oracle_done(struct oracle *o)
{
	for (int p = 0; p < o->stage->log.partitions; p++)
		free(o->partitions[p].records);
	free(o->partitions);
	free(o->scenes);
}

void oracle_accepted(
	void *oracle, struct stashscene *scene, int version, const struct record *record)
{
	struct oracle *o = oracle;
	struct oracle_partition *p = &o->partitions[record->partition];
	struct world *w = &o->stage->world;

	p->records = xrealloc(p->records, p->count + 1, sizeof *p->records);
	p->records[p->count] = (struct oracle_record){ .scene = scene };
	if (scene && scene->partition != record->partition) {
		p->records[p->count].stray = true;
	} else if (scene) {
		/* A thin event makes the newest state be fetched, whatever it was then. */
		if (scene->newest_offset < 0 && (!version || version == scene->version))
			scene->newest_offset = record->offset;
		if (o->scenes[scene->number].first_ms < 0)
			o->scenes[scene->number].first_ms = w->now_ms;
		p->records[p->count].pinned = strstr(record->value, "\"rating_key\"") != NULL;
	}
	p->count++;
	world_tell(w, "log: event %d/%lld of scene %s, version %d", (int)record->partition,
		(long long)record->offset, scene ? scene->id : "-", version);
	for (int i = 0; i < CONSUMERS_MAX; i++)
		consumer_notice(&o->stage->consumers[i], TOPIC_EVENTS);
}

/* ---- edits ---- */

static bool intends_lists(const struct marks *intent, const struct plex_edit *edit)
{
	static const char *const marks[PLEX_LISTS] = { "actors", "genres", "collections" };
	auto_free char *rating = plex_rating_text(edit->rating.rating100);

	for (enum plex_list l = 0; l < PLEX_LISTS; l++)
		if (edit->lists[l].wanted && !marks_hold(intent, marks[l], ""))
			return false;
	return !edit->rating.wanted || !edit->rating.rating100 ||
	       marks_hold(intent, "rating", rating);
}

/* The last stamp that this instance knows to be in the log holds the whole edit as an intent. */
static bool is_intended(struct oracle *o, int consumer, const struct stashscene *scene,
	const struct plex_edit *edit)
{
	static const char *const marks[PLEX_FIELDS] = { "title", "summary", "studio", "date" };
	int64_t offset = o->scenes[scene->number].intent[consumer];
	const struct record *record;
	struct stamp stamp;
	bool found = false;

	if (offset < 0)
		return false;
	record = log_at(&o->stage->log, TOPIC_STAMPS, scene->partition, offset);
	if (!stamp_parse(&stamp, record->value, record->value_len))
		return false;
	for (size_t i = 0; i < stamp.intended_count && !found; i++) {
		found = true;
		for (int f = 0; f < PLEX_FIELDS; f++)
			if (edit->fields[f].wanted)
				found &= marks_hold(
					&stamp.intended[i], marks[f], edit->fields[f].value);
		found &= intends_lists(&stamp.intended[i], edit);
	}
	stamp_done(&stamp);
	return found;
}

/* The scene whose file an item has, or had. */
static int number_of(const struct plexworld *plex, const char *key)
{
	for (size_t i = 0; i < plex->count; i++)
		if (str_equal(plex->items[i].key, key))
			return plex->items[i].number;
	return -1;
}

/* Several items could be the scene's, and nobody chose this one. */
static bool is_guess(struct plexworld *plex, int number, const char *key)
{
	const struct plexworld_file *file = &plex->files[number];

	return file->ambiguous &&
	       !(file->chosen && str_equal(plexworld_of_scene(plex, number)->key, key));
}

void oracle_edit(struct oracle *o, int consumer, const bool *owned, const struct effect *effect)
{
	struct world *w = &o->stage->world;
	int number = number_of(&o->stage->plex, effect->rating_key);
	const struct stashscene *scene;

	if (number < 0) {
		world_fail(w, "an edit of item %s, which Plex never had", effect->rating_key);
		return;
	}
	scene = &o->stage->stash.scenes[number];
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		int whose, version;

		if (!effect->edit.fields[f].wanted)
			continue;
		if (f == PLEX_TITLE && !*effect->edit.fields[f].value)
			world_fail(w, "an edit blanks the title of item %s", effect->rating_key);
		if (stashworld_whose(effect->edit.fields[f].value, f, &whose, &version) &&
			whose != number)
			world_fail(w, "an edit of item %s with what is scene %s's: a wrong item",
				effect->rating_key, o->stage->stash.scenes[whose].id);
	}
	if (is_guess(&o->stage->plex, number, effect->rating_key))
		world_fail(w, "an edit of item %s, one of several that scene %s could be",
			effect->rating_key, scene->id);
	if (plex_edit_empty(&effect->edit))
		world_fail(w, "an edit of item %s edits nothing", effect->rating_key);
	if (!owned[scene->partition])
		world_fail(w, "consumer %d edits for scene %s, which it has given back", consumer,
			scene->id);
	if (!is_intended(o, consumer, scene, &effect->edit))
		world_fail(w, "consumer %d edits item %s without an intent in the log", consumer,
			effect->rating_key);
}

void oracle_edit_begun(struct oracle *o, int consumer, int number)
{
	if (number >= 0 && o->scenes[number].in_flight[consumer]++)
		world_fail(&o->stage->world,
			"consumer %d has two edits of scene %s under way at one time", consumer,
			o->stage->stash.scenes[number].id);
}

void oracle_edit_over(struct oracle *o, int consumer, int number)
{
	if (number >= 0)
		o->scenes[number].in_flight[consumer]--;
}

void oracle_answered(struct oracle *o, enum effect_kind kind, enum outcome outcome, int number)
{
	const struct plexworld_item *item = plexworld_of_scene(&o->stage->plex, number);
	bool timed_out =
		(kind == DO_EDIT_ITEM || kind == DO_READ_ITEM) && outcome == OUTCOME_UNKNOWN;
	bool ignored = kind == DO_EDIT_ITEM && outcome == OUTCOME_DONE && item &&
		       item->ignores_until_ms > 0;

	if (outcome == OUTCOME_FAILED || ignored || timed_out)
		o->scenes[number].failures++;
}

/* ---- waiting for an item ---- */

/* The event stream tells at once; then there is the rest between two looks at the libraries. */
enum { NOTICED_WITHIN_MS = 30000 };

void oracle_item_came(struct oracle *o, int number)
{
	const struct world *w = &o->stage->world;

	if (o->scenes[number].missing && consumer_follows_news(w))
		o->scenes[number].came_ms = w->now_ms;
}

/* An attempt of the scene has ended; `missed`: it found no item. */
static void check_waiting(struct oracle *o, struct oracle_scene *scene, bool missed)
{
	struct world *w = &o->stage->world;

	if (scene->came_ms >= 0 && w->now_ms - scene->came_ms > NOTICED_WITHIN_MS)
		world_fail(w, "scene %s still waited for its item %lld ms after that came",
			o->stage->stash.scenes[scene - o->scenes].id,
			(long long)(w->now_ms - scene->came_ms));
	scene->missing = missed;
	if (!missed)
		scene->came_ms = -1;
}

/* ---- the log ---- */

static void check_pins(struct oracle *o, const struct stashscene *scene, int64_t above,
	int64_t up_to, const struct stamp *stamp)
{
	struct oracle_partition *p = &o->partitions[scene->partition];

	for (int64_t i = above + 1; i <= up_to && i < (int64_t)p->count; i++)
		if (p->records[i].scene == scene && p->records[i].pinned &&
			str_equal(stamp->outcome, "dead") && str_equal(stamp->reason, "ambiguous"))
			world_fail(&o->stage->world,
				"the item that a person chose for scene %s in %d/%lld is forgotten",
				scene->id, (int)scene->partition, (long long)i);
}

static void stamp_landed(struct oracle *o, const struct record *record)
{
	auto_free char *id = xstrndup(record->key, record->key_len);
	const struct stashscene *scene = stashworld_find(&o->stage->stash, id);
	struct oracle_scene *known;
	struct covers covers;
	struct stamp stamp;

	if (scene && !record->value) {
		if (!scene->deleted)
			world_fail(&o->stage->world, "the stamp of scene %s is deleted", id);
		return;
	}
	if (!scene || scene->partition != record->partition || !covers_read(&covers, record) ||
		!stamp_parse(&stamp, record->value, record->value_len)) {
		world_fail(&o->stage->world, "a stamp that is none: %.*s", (int)record->value_len,
			record->value);
		return;
	}
	known = &o->scenes[scene->number];
	if (!stamp.intended_count)
		check_waiting(o, known, false);
	if (covers.offset > known->covers) {
		/* One that was superseded leaves the outcome of another in the stamp. */
		if (known->letters > known->letters_before)
			check_pins(o, scene, known->covers, covers.offset, &stamp);
		known->covers = covers.offset;
		if (!known->pending)
			known->failures = 0;
	}
	known->letters_before = known->letters;
	if (str_equal(stamp.outcome, "dead") && known->letters &&
		covers.offset > known->dead_covers)
		known->dead_covers = covers.offset;
	stamp_done(&stamp);
}

static void retry_landed(struct oracle *o, const struct record *record)
{
	auto_free char *id = xstrndup(record->key, record->key_len);
	const struct stashscene *scene = stashworld_find(&o->stage->stash, id);
	auto_free char *attempts = record_header_text(record, "plexsync-attempt", 10);
	auto_free char *error = record_header_text(record, "plexsync-error", 30);

	if (!scene)
		return;
	check_waiting(o, &o->scenes[scene->number], str_equal(error, "not_found"));
	o->scenes[scene->number].pending = record->value && !str_equal(attempts, "0");
	if (!o->scenes[scene->number].pending)
		o->scenes[scene->number].failures = 0;
}

void oracle_landed(struct oracle *o, const struct record *record)
{
	struct stashscene *scene;
	int version;

	switch ((int)record->topic) {
	case TOPIC_STAMPS:
		stamp_landed(o, record);
		break;
	case TOPIC_RETRIES:
		retry_check(o->stage, record);
		retry_landed(o, record);
		break;
	case TOPIC_EVENTS: /* a stray goes home */
		scene = stashworld_read(&o->stage->stash, record, &version);
		if (scene && scene->partition == record->partition)
			oracle_accepted(o, scene, version, record);
		else
			world_fail(&o->stage->world, "a record was sent to %d that is not at home",
				(int)record->partition);
		break;
	default:
		letter_check(o->stage, record);
		break;
	}
}

/* Which stray it was is seen by its bytes; of equal ones, replays, one speaks for all. */
static void settle_stray(struct oracle *o, const struct record *record)
{
	bool known = false;

	for (int32_t n = 0; n < o->stage->log.partitions; n++) {
		struct oracle_partition *p = &o->partitions[n];

		for (size_t i = 0; i < p->count; i++) {
			if (!p->records[i].stray ||
				!letter_is_copy(record,
					log_at(&o->stage->log, TOPIC_EVENTS, n, (int64_t)i)))
				continue;
			p->records[i].settled = known = true;
		}
	}
	if (!known)
		world_fail(&o->stage->world, "a record was sent to %d that is no stray's",
			(int)record->partition);
}

static void settle_scene(struct oracle *o, const struct record *record)
{
	struct oracle_partition *p = &o->partitions[record->partition];
	auto_free char *id = xstrndup(record->key, record->key_len);
	struct covers covers;

	if (!covers_read(&covers, record))
		return;
	for (int64_t i = p->stored; i <= covers.offset && i < (int64_t)p->count; i++)
		if (p->records[i].scene && !p->records[i].stray &&
			str_equal(p->records[i].scene->id, id))
			p->records[i].settled = true;
}

void oracle_reported(
	struct oracle *o, int consumer, const struct record *record, int64_t offset, bool done)
{
	auto_free char *id = xstrndup(record->key ? record->key : "", record->key_len);
	const struct stashscene *scene = stashworld_find(&o->stage->stash, id);

	if (!done) {
		if (scene)
			o->scenes[scene->number].failures++;
	} else if (record->topic == TOPIC_STAMPS) {
		settle_scene(o, record);
		o->scenes[scene->number].intent[consumer] = offset;
	} else if (record->topic == TOPIC_RETRIES) {
		settle_scene(o, record);
	} else if (record->topic == TOPIC_EVENTS) {
		if (record_header(record, REROUTED_HEADER))
			settle_stray(o, record);
	} else {
		struct oracle_partition *p = &o->partitions[record->partition];
		int64_t original = letter_offset(record);

		if (original >= 0 && original < (int64_t)p->count && !p->records[original].scene)
			p->records[original].settled = true;
	}
}

void oracle_stored(struct oracle *o, int consumer, int32_t partition, int64_t offset, bool owned)
{
	struct oracle_partition *p = &o->partitions[partition];
	struct world *w = &o->stage->world;

	world_tell(w, "consumer %d stores %d/%lld", consumer, (int)partition, (long long)offset);
	if (!owned)
		world_fail(w, "consumer %d stores an offset of %d, which it has given back",
			consumer, (int)partition);
	for (; p->stored < offset; p->stored++)
		if (p->stored >= (int64_t)p->count || !p->records[p->stored].settled) {
			world_fail(w, "consumer %d stores %d/%lld, but %d/%lld has no outcome",
				consumer, (int)partition, (long long)offset, (int)partition,
				(long long)p->stored);
			return;
		}
}
