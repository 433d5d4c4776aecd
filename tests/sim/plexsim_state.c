/*
 * The library as JSON: the file of --library, and what /_sim/state speaks.
 *
 *   {"machineIdentifier": "…", "friendlyName": "…",
 *    "sections": [{"key": 1, "type": "movie", "title": "…", "agent": "…", …, "locations": ["/data"]}],
 *    "items": [{"ratingKey": 101, "section": 1, "type": "movie", "title": "…", any XML attribute …,
 *               "media": [{any attribute …, "parts": [{"file": "…", "size": 1, "streams": []}]}],
 *               "tags": {"genre": ["A", {"tag": "B"}], "actor": [{"tag": "N", "text": "part"}]},
 *               "locked": ["title"], "guids": ["imdb://tt1"], "agent": {"summary": "…"},
 *               "posters": [{"ratingKey": "default://", "selected": true}], "arts": [],
 *               "scanned": true}]}
 *
 * A missing title is the file's stem. Media and parts get ids when they have none. "scanned":
 * false is a file on disk that no scan has seen. "collections" is in what is dumped, not read.
 */
#include "tests/sim/plexsim_image.h"
#include "tests/sim/plexsim_library.h"

#include <stdlib.h>
#include <string.h>

/* Members of an item that are not XML attributes. */
static bool is_structural(const char *name)
{
	static const char *const names[] = { "ratingKey", "section", "type", "media", "tags",
		"locked", "guids", "agent", "posters", "arts", "scanned" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_equal(name, names[i]))
			return true;
	return false;
}

static void set_default_integer(json_t *object, const char *name, int64_t value)
{
	if (!json_object_get(object, name))
		json_object_set_new(object, name, json_integer(value));
}

static const char *extension(const json_t *part)
{
	const char *file = json_string_value(json_object_get(part, "file"));
	const char *dot = file ? strrchr(file, '.') : NULL;

	return dot ? dot + 1 : "mkv";
}

static void name_part(struct plexsim_library *library, json_t *part, int64_t now)
{
	char key[128];

	set_default_integer(part, "id", library->next_part++);
	if (json_object_get(part, "key"))
		return;
	snprintf(key, sizeof key, "/library/parts/%lld/%lld/file.%.16s",
		(long long)json_integer_value(json_object_get(part, "id")), (long long)now,
		extension(part));
	json_object_set_new(part, "key", json_string(key));
}

static bool load_media(struct plexsim_library *library, struct plexsim_item *item,
	const json_t *media, int64_t now, struct error *err)
{
	size_t i, k;
	json_t *version, *part;

	json_decref(item->media);
	item->media = media ? json_deep_copy(media) : json_array();
	if (!json_is_array(item->media))
		return error_set(err, "item %lld: media is not an array", (long long)item->key);
	json_array_foreach (item->media, i, version) {
		if (!json_is_array(json_object_get(version, "parts")))
			return error_set(err, "item %lld: media %zu has no parts array",
				(long long)item->key, i);
		set_default_integer(version, "id", library->next_media++);
		json_array_foreach (json_object_get(version, "parts"), k, part)
			name_part(library, part, now);
	}
	return true;
}

static bool is_tag_id(const struct plexsim_library *library, int64_t id)
{
	for (size_t i = 0; i < library->tag_count; i++)
		if (library->tags[i]->id == id)
			return true;
	return false;
}

/* Keeps the id that a dumped tag had, as long as it is free. */
static struct plexsim_tag *load_tag(
	struct plexsim_library *library, enum plexsim_tag_kind kind, const json_t *entry)
{
	const json_t *name = json_is_object(entry) ? json_object_get(entry, "tag") : entry;
	const char *thumb = json_string_value(json_object_get(entry, "thumb"));
	int64_t id = json_integer_value(json_object_get(entry, "id"));
	size_t known = library->tag_count;
	struct plexsim_tag *tag;

	if (!json_is_string(name))
		return NULL;
	tag = plexsim_tag_intern(library, kind, json_string_value(name), false);
	if (id > 0 && library->tag_count > known && !is_tag_id(library, id)) {
		tag->id = id;
		if (id >= library->next_tag)
			library->next_tag = id + 1;
	}
	if (thumb && !tag->thumb)
		tag->thumb = xstrdup(thumb);
	return tag;
}

static bool load_tags(
	struct plexsim_library *library, struct plexsim_item *item, json_t *tags, struct error *err)
{
	const char *name;
	json_t *list, *entry;
	size_t i;

	json_object_foreach (tags, name, list) {
		enum plexsim_tag_kind kind = plexsim_tag_kind_find(name, strlen(name));

		if (kind == PLEXSIM_NO_TAG_KIND)
			return error_set(err, "item %lld: no such kind of tag: %s",
				(long long)item->key, name);
		json_array_foreach (list, i, entry) {
			struct plexsim_tag *tag = load_tag(library, kind, entry);

			if (!tag)
				return error_set(err, "item %lld: a tag in %s has no name",
					(long long)item->key, name);
			plexsim_item_tag(item, tag, (int)i,
				json_string_value(json_object_get(entry, "text")));
		}
	}
	return true;
}

static void load_images(struct plexsim_item *item, enum plexsim_image_kind kind, const json_t *list)
{
	size_t i;
	json_t *image;

	json_array_foreach (list, i, image) {
		const char *key = json_string_value(json_object_get(image, "ratingKey"));

		if (key)
			plexsim_image_add(item, kind, key, NULL, 0)->selected =
				json_is_true(json_object_get(image, "selected"));
	}
}

/* "film" for /a/film.mp4, as Plex titles Other Videos; both kinds of separators. */
static char *file_stem(const char *file)
{
	const char *slash = strrchr(file, '/'), *backslash = strrchr(file, '\\'), *dot;

	if (slash)
		file = slash + 1;
	else if (backslash)
		file = backslash + 1;
	dot = strrchr(file, '.');
	return xstrndup(file, dot && dot != file ? (size_t)(dot - file) : strlen(file));
}

static void default_attributes(struct plexsim_item *item, int64_t now)
{
	const char *file = plexsim_item_file(item);
	auto_free char *stem = file_stem(file ? file : "Untitled");
	auto_free char *guid = xasprintf("local://%lld", (long long)item->key);

	if (!plexsim_item_text(item, "title"))
		json_object_set_new(item->attributes, "title", json_string(stem));
	if (!plexsim_item_text(item, "guid"))
		json_object_set_new(item->attributes, "guid", json_string(guid));
	set_default_integer(item->attributes, "addedAt", now);
	set_default_integer(item->attributes, "updatedAt", now);
}

static bool load_members(struct plexsim_library *library, struct plexsim_item *item, json_t *json,
	int64_t now, struct error *err)
{
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach (json, name, value)
		if (!is_structural(name))
			json_object_set(item->attributes, name, value);
	json_array_foreach (json_object_get(json, "locked"), i, value)
		if (json_is_string(value))
			plexsim_item_lock(item, json_string_value(value), true);
	json_array_foreach (json_object_get(json, "guids"), i, value)
		json_array_append(item->guids, value);
	item->agent = json_deep_copy(json_object_get(json, "agent"));
	if (json_is_false(json_object_get(json, "scanned")))
		item->stage = PLEXSIM_UNSCANNED;
	load_images(item, PLEXSIM_POSTER, json_object_get(json, "posters"));
	load_images(item, PLEXSIM_ART, json_object_get(json, "arts"));
	if (!load_media(library, item, json_object_get(json, "media"), now, err) ||
		!load_tags(library, item, json_object_get(json, "tags"), err))
		return false;
	default_attributes(item, now);
	return true;
}

int64_t plexsim_key_value(const json_t *value)
{
	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	return json_integer_value(value);
}

struct plexsim_item *plexsim_item_load(
	struct plexsim_library *library, json_t *json, int64_t now, struct error *err)
{
	int64_t key = plexsim_key_value(json_object_get(json, "ratingKey"));
	int64_t section_key = plexsim_key_value(json_object_get(json, "section"));
	const char *type = json_string_value(json_object_get(json, "type"));
	struct plexsim_section *section = plexsim_section_find(library, section_key);
	struct plexsim_item *item;

	if (!section) {
		error_set(err, "item %lld: there is no section %lld", (long long)key,
			(long long)section_key);
		return NULL;
	}
	if (key <= 0)
		key = library->next_key;
	if (plexsim_item_find(library, key)) {
		error_set(err, "there are two items with ratingKey %lld", (long long)key);
		return NULL;
	}
	item = plexsim_item_add(library, section, key, type ? type : "movie");
	if (!load_members(library, item, json, now, err)) {
		plexsim_item_remove(library, item);
		return NULL;
	}
	return item;
}

static bool load_section(struct plexsim_library *library, json_t *json, struct error *err)
{
	int64_t key = plexsim_key_value(json_object_get(json, "key"));
	struct plexsim_section *section;
	const char *name;
	json_t *value;
	size_t i;

	if (key <= 0 || plexsim_section_find(library, key))
		return error_set(err, "a section's key is missing or taken: %lld", (long long)key);
	section = plexsim_section_add(library, key);
	json_object_foreach (json, name, value)
		if (json_is_string(value) && !str_equal(name, "key"))
			json_object_set(section->attributes, name, value);
	json_array_foreach (json_object_get(json, "locations"), i, value)
		json_array_append(section->locations, value);
	section->content_changed = plexsim_key_value(json_object_get(json, "contentChangedAt"));
	section->scanned_at = plexsim_key_value(json_object_get(json, "scannedAt"));
	if (!plexsim_section_text(section, "type") || !plexsim_section_text(section, "title"))
		return error_set(err, "section %lld has no type or no title", (long long)key);
	return true;
}

static void load_name(char **name, const json_t *value)
{
	if (!json_is_string(value))
		return;
	free(*name);
	*name = xstrdup(json_string_value(value));
}

struct plexsim_library *plexsim_library_load(json_t *state, int64_t now, struct error *err)
{
	struct plexsim_library *library = plexsim_library_new();
	size_t i;
	json_t *entry;

	load_name(&library->machine_identifier, json_object_get(state, "machineIdentifier"));
	load_name(&library->friendly_name, json_object_get(state, "friendlyName"));
	json_array_foreach (json_object_get(state, "sections"), i, entry)
		if (!load_section(library, entry, err))
			goto failed;
	json_array_foreach (json_object_get(state, "items"), i, entry)
		if (!plexsim_item_load(library, entry, now, err))
			goto failed;
	plexsim_library_settle_collections(library, now);
	return library;
failed:
	plexsim_library_free(library);
	return NULL;
}

static json_t *dump_tags(const struct plexsim_item *item)
{
	json_t *tags = json_object();

	for (size_t i = 0; i < item->tagging_count; i++) {
		const struct plexsim_tagging *tagging = &item->taggings[i];
		const char *name = plexsim_tag_kinds[tagging->tag->kind].name;
		json_t *entry = json_pack("{s:s, s:I}", "tag", tagging->tag->name, "id",
			(json_int_t)tagging->tag->id);

		if (tagging->text)
			json_object_set_new(entry, "text", json_string(tagging->text));
		if (tagging->tag->thumb)
			json_object_set_new(entry, "thumb", json_string(tagging->tag->thumb));
		if (!json_object_get(tags, name))
			json_object_set_new(tags, name, json_array());
		json_array_append_new(json_object_get(tags, name), entry);
	}
	return tags;
}

static json_t *dump_images(const struct plexsim_item *item, enum plexsim_image_kind kind)
{
	json_t *list = json_array();

	for (size_t i = 0; i < item->image_count; i++)
		if (item->images[i].kind == kind)
			json_array_append_new(
				list, json_pack("{s:s, s:b}", "ratingKey", item->images[i].key,
					      "selected", item->images[i].selected));
	return list;
}

json_t *plexsim_item_dump(const struct plexsim_item *item)
{
	json_t *json = json_deep_copy(item->attributes);
	json_t *locked = json_array();
	const char *name;
	json_t *value;

	json_object_foreach (item->locked, name, value)
		json_array_append_new(locked, json_string(name));
	json_object_set_new(json, "ratingKey", json_integer(item->key));
	json_object_set_new(json, "section", json_integer(item->section->key));
	json_object_set_new(json, "type", json_string(item->type));
	json_object_set_new(json, "media", json_deep_copy(item->media));
	json_object_set_new(json, "tags", dump_tags(item));
	json_object_set_new(json, "locked", locked);
	json_object_set_new(json, "guids", json_deep_copy(item->guids));
	json_object_set_new(json, "posters", dump_images(item, PLEXSIM_POSTER));
	json_object_set_new(json, "arts", dump_images(item, PLEXSIM_ART));
	json_object_set_new(json, "scanned", json_boolean(plexsim_item_visible(item)));
	if (item->agent)
		json_object_set_new(json, "agent", json_deep_copy(item->agent));
	return json;
}

static json_t *dump_section(const struct plexsim_section *section)
{
	json_t *json = json_deep_copy(section->attributes);

	json_object_set_new(json, "key", json_integer(section->key));
	json_object_set_new(json, "contentChangedAt", json_integer(section->content_changed));
	json_object_set_new(json, "scannedAt", json_integer(section->scanned_at));
	json_object_set_new(json, "locations", json_deep_copy(section->locations));
	return json;
}

json_t *plexsim_library_dump(const struct plexsim_library *library)
{
	json_t *sections = json_array(), *items = json_array(), *collections = json_array();

	for (size_t i = 0; i < library->section_count; i++)
		json_array_append_new(sections, dump_section(library->sections[i]));
	for (size_t i = 0; i < library->item_count; i++)
		json_array_append_new(library->items[i]->members ? collections : items,
			plexsim_item_dump(library->items[i]));
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "machineIdentifier",
		library->machine_identifier, "friendlyName", library->friendly_name, "sections",
		sections, "items", items, "collections", collections);
}
