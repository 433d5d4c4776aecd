#include "tests/sim/plexsim_library.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_COLLECTION_KEY 5000
#define FIRST_TAG_ID 500

const struct plexsim_tag_kind_info plexsim_tag_kinds[PLEXSIM_TAG_KINDS] = {
	[PLEXSIM_GENRE] = { "genre", "Genre", 2 },
	[PLEXSIM_COUNTRY] = { "country", "Country", 2 },
	[PLEXSIM_COLLECTION] = { "collection", "Collection", 2 },
	[PLEXSIM_DIRECTOR] = { "director", "Director", 2 },
	[PLEXSIM_WRITER] = { "writer", "Writer", 2 },
	[PLEXSIM_ACTOR] = { "actor", "Role", 3 },
	[PLEXSIM_PRODUCER] = { "producer", "Producer", 0 },
	[PLEXSIM_LABEL] = { "label", "Label", 0 },
	[PLEXSIM_MOOD] = { "mood", "Mood", 0 },
	[PLEXSIM_STYLE] = { "style", "Style", 0 },
	[PLEXSIM_SIMILAR] = { "similar", "Similar", 0 },
};

enum plexsim_tag_kind plexsim_tag_kind_find(const char *name, size_t len)
{
	for (size_t i = 0; i < PLEXSIM_TAG_KINDS; i++) {
		const char *known = plexsim_tag_kinds[i].name;

		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return (enum plexsim_tag_kind)i;
	}
	return PLEXSIM_NO_TAG_KIND;
}

struct plexsim_library *plexsim_library_new(void)
{
	struct plexsim_library *library = xcalloc(1, sizeof *library);

	library->machine_identifier = xstrdup("0000000000000000000000000000000000000000");
	library->friendly_name = xstrdup("plexsim");
	library->next_key = FIRST_COLLECTION_KEY;
	library->next_tag = FIRST_TAG_ID;
	library->next_media = 1;
	library->next_part = 1;
	return library;
}

static void item_free(struct plexsim_item *item)
{
	for (size_t i = 0; i < item->tagging_count; i++)
		free(item->taggings[i].text);
	for (size_t i = 0; i < item->image_count; i++) {
		free(item->images[i].key);
		free(item->images[i].bytes);
	}
	free(item->taggings);
	free(item->images);
	free(item->type);
	json_decref(item->attributes);
	json_decref(item->media);
	json_decref(item->guids);
	json_decref(item->agent);
	json_decref(item->locked);
	free(item);
}

void plexsim_library_free(struct plexsim_library *library)
{
	if (!library)
		return;
	for (size_t i = 0; i < library->item_count; i++)
		item_free(library->items[i]);
	for (size_t i = 0; i < library->section_count; i++) {
		json_decref(library->sections[i]->attributes);
		json_decref(library->sections[i]->locations);
		free(library->sections[i]);
	}
	for (size_t i = 0; i < library->tag_count; i++) {
		free(library->tags[i]->name);
		free(library->tags[i]->thumb);
		free(library->tags[i]);
	}
	free(library->items);
	free(library->sections);
	free(library->tags);
	free(library->machine_identifier);
	free(library->friendly_name);
	free(library);
}

struct plexsim_section *plexsim_section_add(struct plexsim_library *library, int64_t key)
{
	struct plexsim_section *section = xcalloc(1, sizeof *section);

	section->key = key;
	section->attributes = json_object();
	section->locations = json_array();
	library->sections = xrealloc(
		library->sections, library->section_count + 1, sizeof(struct plexsim_section *));
	library->sections[library->section_count++] = section;
	return section;
}

struct plexsim_section *plexsim_section_find(const struct plexsim_library *library, int64_t key)
{
	for (size_t i = 0; i < library->section_count; i++)
		if (library->sections[i]->key == key)
			return library->sections[i];
	return NULL;
}

const char *plexsim_section_text(const struct plexsim_section *section, const char *name)
{
	return json_string_value(json_object_get(section->attributes, name));
}

/* Where the item of `key` is, or has to be inserted. */
static size_t item_place(const struct plexsim_library *library, int64_t key)
{
	size_t low = 0, high = library->item_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (library->items[middle]->key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct plexsim_item *plexsim_item_add(struct plexsim_library *library,
	struct plexsim_section *section, int64_t key, const char *type)
{
	struct plexsim_item *item = xcalloc(1, sizeof *item);
	size_t place = item_place(library, key);

	item->key = key;
	item->section = section;
	item->type = xstrdup(type);
	item->attributes = json_object();
	item->media = json_array();
	item->guids = json_array();
	item->locked = json_object();
	item->stage = PLEXSIM_COMPLETE;
	library->items =
		xrealloc(library->items, library->item_count + 1, sizeof(struct plexsim_item *));
	memmove(library->items + place + 1, library->items + place,
		(library->item_count - place) * sizeof(struct plexsim_item *));
	library->items[place] = item;
	library->item_count++;
	if (key >= library->next_key)
		library->next_key = key + 1;
	return item;
}

struct plexsim_item *plexsim_item_find(const struct plexsim_library *library, int64_t key)
{
	size_t place = item_place(library, key);

	if (place == library->item_count || library->items[place]->key != key)
		return NULL;
	return library->items[place];
}

void plexsim_item_remove(struct plexsim_library *library, struct plexsim_item *item)
{
	size_t place = item_place(library, item->key);

	library->item_count--;
	memmove(library->items + place, library->items + place + 1,
		(library->item_count - place) * sizeof(struct plexsim_item *));
	item_free(item);
}

const char *plexsim_item_text(const struct plexsim_item *item, const char *name)
{
	return json_string_value(json_object_get(item->attributes, name));
}

int plexsim_item_type(const struct plexsim_item *item)
{
	static const struct {
		const char *name;
		int number;
	} types[] = { { "movie", 1 }, { "show", 2 }, { "season", 3 }, { "episode", 4 },
		{ "clip", 12 }, { "collection", 18 } };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_equal(item->type, types[i].name))
			return types[i].number;
	return 0;
}

bool plexsim_item_visible(const struct plexsim_item *item)
{
	return item->stage != PLEXSIM_UNSCANNED;
}

const char *plexsim_item_file(const struct plexsim_item *item)
{
	const json_t *media = json_array_get(item->media, 0);
	const json_t *part = json_array_get(json_object_get(media, "parts"), 0);

	return json_string_value(json_object_get(part, "file"));
}

void plexsim_item_lock(struct plexsim_item *item, const char *name, bool locked)
{
	if (locked)
		json_object_set_new(item->locked, name, json_true());
	else
		json_object_del(item->locked, name);
}

struct plexsim_tag *plexsim_tag_intern(struct plexsim_library *library, enum plexsim_tag_kind kind,
	const char *name, bool capitalise)
{
	struct plexsim_tag *tag;

	for (size_t i = 0; i < library->tag_count; i++)
		if (library->tags[i]->kind == kind && strcasecmp(library->tags[i]->name, name) == 0)
			return library->tags[i];
	tag = xcalloc(1, sizeof *tag);
	tag->id = library->next_tag++;
	tag->kind = kind;
	tag->name = xstrdup(name);
	if (capitalise && (kind == PLEXSIM_LABEL || kind == PLEXSIM_COLLECTION))
		tag->name[0] = (char)toupper((unsigned char)tag->name[0]);
	library->tags =
		xrealloc(library->tags, library->tag_count + 1, sizeof(struct plexsim_tag *));
	library->tags[library->tag_count++] = tag;
	return tag;
}

static int compare_taggings(const void *a, const void *b)
{
	const struct plexsim_tagging *x = a, *y = b;

	if (x->tag->kind != y->tag->kind)
		return x->tag->kind < y->tag->kind ? -1 : 1;
	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->tag->id < y->tag->id ? -1 : x->tag->id > y->tag->id;
}

static struct plexsim_tagging *find_tagging(
	const struct plexsim_item *item, const struct plexsim_tag *tag)
{
	for (size_t i = 0; i < item->tagging_count; i++)
		if (item->taggings[i].tag == tag)
			return &item->taggings[i];
	return NULL;
}

bool plexsim_item_has_tag(const struct plexsim_item *item, const struct plexsim_tag *tag)
{
	return find_tagging(item, tag) != NULL;
}

void plexsim_item_tag(
	struct plexsim_item *item, struct plexsim_tag *tag, int index, const char *text)
{
	struct plexsim_tagging *tagging = find_tagging(item, tag);

	if (!tagging) {
		item->taggings =
			xrealloc(item->taggings, item->tagging_count + 1, sizeof *item->taggings);
		tagging = &item->taggings[item->tagging_count++];
		*tagging = (struct plexsim_tagging){ .tag = tag };
	}
	tagging->index = index;
	if (text) {
		free(tagging->text);
		tagging->text = *text ? xstrdup(text) : NULL;
	}
	qsort(item->taggings, item->tagging_count, sizeof *item->taggings, compare_taggings);
}

void plexsim_item_untag(struct plexsim_item *item, enum plexsim_tag_kind kind, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < item->tagging_count; i++) {
		struct plexsim_tagging *tagging = &item->taggings[i];

		if (tagging->tag->kind == kind &&
			(!name || strcasecmp(tagging->tag->name, name) == 0))
			free(tagging->text);
		else
			item->taggings[kept++] = *tagging;
	}
	item->tagging_count = kept;
}

static bool is_member(const struct plexsim_item *item, const struct plexsim_section *section,
	const struct plexsim_tag *tag)
{
	return item->section == section && plexsim_item_visible(item) &&
	       plexsim_item_has_tag(item, tag);
}

size_t plexsim_collection_size(
	const struct plexsim_library *library, const struct plexsim_item *collection)
{
	size_t size = 0;

	for (size_t i = 0; i < library->item_count; i++)
		size += is_member(library->items[i], collection->section, collection->members);
	return size;
}

static bool has_collection(const struct plexsim_library *library,
	const struct plexsim_section *section, const struct plexsim_tag *tag)
{
	/* Collections were added last, mostly. */
	for (size_t i = library->item_count; i-- > 0;)
		if (library->items[i]->section == section && library->items[i]->members == tag)
			return true;
	return false;
}

static void create_collection(struct plexsim_library *library, struct plexsim_section *section,
	struct plexsim_tag *tag, int64_t now)
{
	struct plexsim_item *item =
		plexsim_item_add(library, section, library->next_key, "collection");

	item->members = tag;
	json_object_set_new(item->attributes, "title", json_string(tag->name));
	json_object_set_new(item->attributes, "subtype", json_string("movie"));
	json_object_set_new(item->attributes, "addedAt", json_integer(now));
	json_object_set_new(item->attributes, "updatedAt", json_integer(now));
}

void plexsim_library_settle_collections(struct plexsim_library *library, int64_t now)
{
	size_t item_count = library->item_count;

	for (size_t i = 0; i < item_count; i++) {
		struct plexsim_item *item = library->items[i];

		for (size_t k = 0; plexsim_item_visible(item) && k < item->tagging_count; k++) {
			struct plexsim_tag *tag = item->taggings[k].tag;

			if (tag->kind == PLEXSIM_COLLECTION &&
				!has_collection(library, item->section, tag))
				create_collection(library, item->section, tag, now);
		}
	}
	for (size_t i = library->item_count; i-- > 0;) {
		struct plexsim_item *item = library->items[i];

		if (item->members && plexsim_collection_size(library, item) == 0)
			plexsim_item_remove(library, item);
	}
}
