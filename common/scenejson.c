/* The shape of Stash's GraphQL Scene, read and written; the rest of struct scene is in scene.c. */
#include "common/jsonobject.h"
#include "common/rfc3339.h"
#include "common/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX_S 1e9

static bool read_date(const struct jsonobject *o, char **ret)
{
	struct partial_date date;

	if (!jsonobject_text(o, "date", ret))
		return false;
	if (*ret && **ret && !date_parse(*ret, &date))
		return jsonobject_fault(o, "date", "must be YYYY, YYYY-MM or YYYY-MM-DD");
	return true;
}

static bool read_duration(const struct jsonobject *o, int64_t *ret_ms)
{
	const json_t *member = jsonobject_member(o, "duration");
	double seconds = json_number_value(member);

	if (!member)
		return true;
	if (!json_is_number(member) || !(seconds >= 0 && seconds <= DURATION_MAX_S))
		return jsonobject_fault(o, "duration", "must be a number of seconds, 0 or more");
	*ret_ms = llround(seconds * 1000);
	return true;
}

static bool read_file(const struct jsonobject *o, struct scene_file *ret)
{
	*ret = (struct scene_file){ .size = -1, .duration_ms = -1 };
	if (!jsonobject_text(o, "path", &ret->path))
		return false;
	if (!ret->path || *ret->path == '\0')
		return jsonobject_fault(o, "path", "is missing");
	return jsonobject_integer(o, "size", 0, INT64_MAX, &ret->size) &&
	       read_duration(o, &ret->duration_ms);
}

static bool read_files(const struct jsonobject *o, struct scene *ret)
{
	size_t count;
	struct jsonobject item;

	if (!jsonobject_list(o, "files", &count))
		return false;
	ret->files = xcalloc(count, sizeof *ret->files);
	for (size_t i = 0; i < count; i++) {
		ret->file_count = i + 1;
		if (!jsonobject_item(o, "files", i, &item) || !read_file(&item, &ret->files[i]))
			return false;
	}
	return true;
}

static bool read_name(const struct jsonobject *o, char **ret)
{
	if (!jsonobject_text(o, "name", ret))
		return false;
	return *ret || jsonobject_fault(o, "name", "is missing");
}

/* A list of objects with a name; with `inner`, the name lies in an object of that name. */
static bool read_names(
	const struct jsonobject *o, const char *key, const char *inner, struct string_list *ret)
{
	size_t count;

	if (!jsonobject_list(o, key, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		auto_free char *name = NULL;
		struct jsonobject item, child;
		bool present = true;

		if (!jsonobject_item(o, key, i, &item))
			return false;
		if (inner && !jsonobject_child(&item, inner, &child, &present))
			return false;
		if (!present)
			return jsonobject_fault(&item, inner, "is missing");
		if (!read_name(inner ? &child : &item, &name))
			return false;
		string_list_add(ret, name);
	}
	return true;
}

static bool read_studio(const struct jsonobject *o, struct scene *ret)
{
	struct jsonobject studio, parent;
	bool present;

	if (!jsonobject_child(o, "studio", &studio, &present))
		return false;
	if (!present)
		return true;
	if (!read_name(&studio, &ret->studio) ||
		!jsonobject_child(&studio, "parent_studio", &parent, &present))
		return false;
	return !present || read_name(&parent, &ret->parent_studio);
}

static bool read_screenshot(const struct jsonobject *o, char **ret)
{
	struct jsonobject paths;
	bool present;

	if (!jsonobject_child(o, "paths", &paths, &present))
		return false;
	return !present || jsonobject_text(&paths, "screenshot", ret);
}

static bool read_scene(const struct jsonobject *o, struct scene *ret)
{
	int64_t rating100 = 0;

	if (!jsonobject_id(o, "id", ret->id) || !jsonobject_text(o, "title", &ret->title) ||
		!jsonobject_text(o, "details", &ret->details) || !read_date(o, &ret->date) ||
		!jsonobject_integer(o, "rating100", 0, 100, &rating100) ||
		!jsonobject_bool(o, "organized", &ret->organized) ||
		!jsonobject_time(o, "updated_at", &ret->updated_at_ms) || !read_files(o, ret) ||
		!read_studio(o, ret) || !read_names(o, "performers", NULL, &ret->performers) ||
		!read_names(o, "tags", NULL, &ret->tags) ||
		!read_names(o, "groups", "group", &ret->groups) ||
		!read_screenshot(o, &ret->screenshot))
		return false;
	ret->rating100 = (int)rating100;
	return true;
}

bool scene_parse(
	struct scene *ret, const json_t *value, const char *pointer_prefix, struct fault *fault)
{
	struct jsonobject object;
	struct scene scene = { 0 };

	if (!jsonobject_init(&object, value, pointer_prefix, fault))
		return false;
	if (!read_scene(&object, &scene)) {
		scene_done(&scene);
		return false;
	}
	scene_sanitise(&scene);
	*ret = scene;
	return true;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text ? text : ""));
}

static void set_text_or_null(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, text && *text ? json_string(text) : json_null());
}

static json_t *named(const char *name)
{
	json_t *object = json_object();

	set_text(object, "name", name);
	return object;
}

static json_t *names_to_json(const struct string_list *list, const char *inner)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++) {
		json_t *object = named(list->items[i]);

		if (inner) {
			json_t *outer = json_object();

			json_object_set_new(outer, inner, object);
			object = outer;
		}
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *files_to_json(const struct scene *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->file_count; i++) {
		const struct scene_file *file = &s->files[i];
		json_t *object = json_object();

		set_text(object, "path", file->path);
		if (file->size >= 0)
			json_object_set_new(object, "size", json_integer(file->size));
		if (file->duration_ms >= 0)
			json_object_set_new(
				object, "duration", json_real((double)file->duration_ms / 1000));
		json_array_append_new(array, object);
	}
	return array;
}

/* A parent without a studio cannot be said in this shape; scene_parse() never makes one. */
static json_t *studio_to_json(const struct scene *s)
{
	json_t *studio;

	if (!s->studio || *s->studio == '\0')
		return json_null();
	studio = named(s->studio);
	json_object_set_new(studio, "parent_studio",
		s->parent_studio && *s->parent_studio ? named(s->parent_studio) : json_null());
	return studio;
}

json_t *scene_to_json(const struct scene *s)
{
	json_t *object = json_object(), *paths = json_object();
	char updated_at[RFC3339_SIZE] = "";

	if (s->updated_at_ms)
		rfc3339_format(s->updated_at_ms, updated_at);
	set_text(object, "id", s->id);
	set_text(object, "title", s->title);
	set_text(object, "details", s->details);
	set_text_or_null(object, "date", s->date);
	json_object_set_new(
		object, "rating100", s->rating100 ? json_integer(s->rating100) : json_null());
	json_object_set_new(object, "organized", json_boolean(s->organized));
	set_text_or_null(object, "updated_at", updated_at);
	json_object_set_new(object, "files", files_to_json(s));
	json_object_set_new(object, "studio", studio_to_json(s));
	json_object_set_new(object, "performers", names_to_json(&s->performers, NULL));
	json_object_set_new(object, "tags", names_to_json(&s->tags, NULL));
	json_object_set_new(object, "groups", names_to_json(&s->groups, "group"));
	set_text_or_null(paths, "screenshot", s->screenshot);
	json_object_set_new(object, "paths", paths);
	return object;
}
