#include "tests/sim/stashsim_store.h"

#include "tests/sim/stashsim_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIME_SIZE sizeof "2026-01-11T18:07:53+11:00"

void stashsim_store_init(struct stashsim_store *store, int utc_offset_min)
{
	store->scenes = json_array();
	store->utc_offset_min = utc_offset_min;
}

void stashsim_store_done(struct stashsim_store *store)
{
	json_decref(store->scenes);
	store->scenes = NULL;
}

bool stashsim_id_parse_text(const char *text, int64_t *ret)
{
	char *end;
	long long id = strtoll(text, &end, 10);

	if (end == text || *end || text[0] < '0' || text[0] > '9')
		return false;
	*ret = id;
	return true;
}

bool stashsim_id_parse(const json_t *id, int64_t *ret)
{
	if (json_is_string(id))
		return stashsim_id_parse_text(json_string_value(id), ret);
	if (!json_is_integer(id))
		return false;
	*ret = json_integer_value(id);
	return true;
}

int64_t stashsim_scene_id(const json_t *scene)
{
	int64_t id = 0;

	return stashsim_id_parse(json_object_get(scene, "id"), &id) ? id : 0;
}

/* The place of the scene, or where it would be. */
static size_t place_of(const struct stashsim_store *store, int64_t id)
{
	size_t low = 0, high = json_array_size(store->scenes);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (stashsim_scene_id(json_array_get(store->scenes, middle)) < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

json_t *stashsim_store_find(const struct stashsim_store *store, int64_t id)
{
	json_t *scene = json_array_get(store->scenes, place_of(store, id));

	return scene && stashsim_scene_id(scene) == id ? scene : NULL;
}

/* Go's RFC 3339 in the server's time zone: whole seconds, Z for UTC. */
static void format_now(int utc_offset_min, char out[TIME_SIZE])
{
	time_t local = time(NULL) + (time_t)utc_offset_min * 60;
	unsigned minutes = (unsigned)abs(utc_offset_min) % (24 * 60);
	struct tm parts;
	size_t len;

	gmtime_r(&local, &parts);
	len = strftime(out, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
	if (utc_offset_min == 0)
		snprintf(out + len, TIME_SIZE - len, "Z");
	else
		snprintf(out + len, TIME_SIZE - len, "%c%02u:%02u", utc_offset_min < 0 ? '-' : '+',
			minutes / 60, minutes % 60);
}

/* Stash tells a file's name beside its path. */
static void fill_basenames(json_t *scene)
{
	json_t *files = json_object_get(scene, "files"), *file;
	size_t i;

	json_array_foreach (files, i, file) {
		const json_t *path = json_object_get(file, "path");
		const char *text = json_string_value(path),
			   *slash = text ? strrchr(text, '/') : NULL;

		if (slash)
			json_object_set_new(file, "basename",
				json_stringn_nocheck(slash + 1,
					json_string_length(path) - (size_t)(slash + 1 - text)));
	}
}

static void touch_scene(
	const struct stashsim_store *store, json_t *scene, const json_t *changes, bool created)
{
	char now[TIME_SIZE];

	format_now(store->utc_offset_min, now);
	if (created && !json_object_get(changes, "created_at"))
		json_object_set_new(scene, "created_at", json_string(now));
	if (!json_object_get(changes, "updated_at"))
		json_object_set_new(scene, "updated_at", json_string(now));
}

bool stashsim_store_put(struct stashsim_store *store, int64_t id, const json_t *changes,
	enum stashsim_touch touch, struct error *err)
{
	json_t *scene = stashsim_store_find(store, id), *decoded;
	auto_free char *id_text = xasprintf("%" PRId64, id);
	bool created = !scene;

	if (!json_is_object(changes))
		return error_set(err, "scene %s is no object", id_text);
	decoded = stashsim_json_decode(changes, err);
	if (!decoded)
		return false;
	if (created) {
		scene = json_object();
		json_array_insert_new(store->scenes, place_of(store, id), scene);
	}
	json_object_update(scene, decoded);
	json_object_set_new(scene, "id", json_string(id_text));
	fill_basenames(scene);
	if (created || touch == STASHSIM_EDIT)
		touch_scene(store, scene, decoded, created);
	json_decref(decoded);
	return true;
}

bool stashsim_store_delete(struct stashsim_store *store, int64_t id)
{
	if (!stashsim_store_find(store, id))
		return false;
	json_array_remove(store->scenes, place_of(store, id));
	return true;
}

bool stashsim_store_load(struct stashsim_store *store, const char *file, struct error *err)
{
	json_error_t problem;
	json_t *data = json_load_file(file, JSON_REJECT_DUPLICATES, &problem);
	const json_t *scenes = json_object_get(data, "scenes");
	bool good = json_is_array(scenes);

	if (!data)
		return error_set(err, "%s, line %d: %s", file, problem.line, problem.text);
	if (!good)
		error_set(err, "%s has no list \"scenes\"", file);
	for (size_t i = 0; good && i < json_array_size(scenes); i++) {
		const json_t *scene = json_array_get(scenes, i);
		int64_t id;

		if (!stashsim_id_parse(json_object_get(scene, "id"), &id))
			good = error_set(err, "%s: scene %zu has no id", file, i);
		else
			good = stashsim_store_put(store, id, scene, STASHSIM_KEEP, err);
	}
	json_decref(data);
	return good;
}

json_t *stashsim_scene_public(const json_t *scene)
{
	json_t *copy = json_deep_copy(scene);

	json_object_del(copy, "cover");
	return copy;
}
