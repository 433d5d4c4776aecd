#include "common/scene.h"

#include "common/jsonobject.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	NAME_CODE_POINTS = 255,
	DETAILS_CODE_POINTS = 10000,
	MEMBERS = 500,
	FILES = 1000,
	UTF8_BYTES = 4, /* of a code point, at most */
};

bool scene_id_valid(const char *text)
{
	return jsonobject_id_valid(text);
}

bool scene_id_read(char ret[SCENE_ID_SIZE], const char *bytes, size_t len)
{
	if (!bytes || len >= SCENE_ID_SIZE)
		return false;
	memcpy(ret, bytes, len);
	ret[len] = '\0';
	return strlen(ret) == len && scene_id_valid(ret);
}

void string_list_add(struct string_list *list, const char *text)
{
	list->items = xrealloc(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = xstrdup(text);
}

void string_list_done(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct string_list){ 0 };
}

static void string_list_copy(struct string_list *ret, const struct string_list *from)
{
	*ret = (struct string_list){ 0 };
	for (size_t i = 0; i < from->count; i++)
		string_list_add(ret, from->items[i]);
}

static bool string_list_holds(const struct string_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

/* Every text of a scene: what there is to complete, copy and free. */
static const size_t text_offsets[] = {
	offsetof(struct scene, title),
	offsetof(struct scene, details),
	offsetof(struct scene, date),
	offsetof(struct scene, studio),
	offsetof(struct scene, parent_studio),
	offsetof(struct scene, screenshot),
	offsetof(struct scene, altered),
};

static char **text_at(struct scene *s, size_t offset)
{
	return (char **)(void *)((char *)s + offset);
}

void scene_complete(struct scene *s)
{
	for (size_t i = 0; i < ARRAY_LEN(text_offsets); i++) {
		char **text = text_at(s, text_offsets[i]);

		if (!*text)
			*text = xstrdup("");
	}
}

void scene_done(struct scene *s)
{
	for (size_t i = 0; i < ARRAY_LEN(text_offsets); i++)
		free(*text_at(s, text_offsets[i]));
	for (size_t i = 0; i < s->file_count; i++)
		free(s->files[i].path);
	free(s->files);
	string_list_done(&s->performers);
	string_list_done(&s->tags);
	string_list_done(&s->groups);
	*s = (struct scene){ 0 };
}

void scene_copy(struct scene *ret, const struct scene *from)
{
	*ret = *from;
	for (size_t i = 0; i < ARRAY_LEN(text_offsets); i++) {
		char **text = text_at(ret, text_offsets[i]);

		*text = xstrdup_or_null(*text);
	}
	ret->files = from->file_count ? xcalloc(from->file_count, sizeof *ret->files) : NULL;
	for (size_t i = 0; i < from->file_count; i++) {
		ret->files[i] = from->files[i];
		ret->files[i].path = xstrdup(from->files[i].path);
	}
	string_list_copy(&ret->performers, &from->performers);
	string_list_copy(&ret->tags, &from->tags);
	string_list_copy(&ret->groups, &from->groups);
}

/* Replaces *text by its clean form; whether anything was lost. */
static bool clean(char **text, enum text_shape shape, size_t max_code_points)
{
	auto_buf out;
	unsigned alterations;

	buf_init(&out, max_code_points * UTF8_BYTES);
	alterations = text_clean(&out, *text, shape, max_code_points);
	free(*text);
	*text = buf_take(&out);
	return alterations != 0;
}

static bool clean_list(struct string_list *list)
{
	struct string_list kept = { 0 };
	bool altered = false;

	for (size_t i = 0; i < list->count; i++) {
		altered |= clean(&list->items[i], TEXT_LINE, NAME_CODE_POINTS);
		if (*list->items[i] == '\0' || string_list_holds(&kept, list->items[i]))
			continue;
		if (kept.count == MEMBERS) {
			altered = true;
			break;
		}
		string_list_add(&kept, list->items[i]);
	}
	string_list_done(list);
	*list = kept;
	return altered;
}

static bool cut_files(struct scene *s)
{
	if (s->file_count <= FILES)
		return false;
	for (size_t i = FILES; i < s->file_count; i++)
		free(s->files[i].path);
	s->file_count = FILES;
	return true;
}

/* In Stash's shape a parent hangs on its studio: without the one there is not the other. */
static bool drop_orphaned_parent(struct scene *s)
{
	if (*s->studio || !*s->parent_studio)
		return false;
	s->parent_studio[0] = '\0';
	return true;
}

/* Remembers the field's name if it was altered; 1 or 0. */
static int note(struct scene *s, const char *field, bool altered)
{
	char *names;

	if (!altered)
		return 0;
	names = *s->altered ? xasprintf("%s,%s", s->altered, field) : xstrdup(field);
	free(s->altered);
	s->altered = names;
	return 1;
}

int scene_sanitise(struct scene *s)
{
	int count = 0;

	scene_complete(s);
	count += note(s, "title", clean(&s->title, TEXT_LINE, NAME_CODE_POINTS));
	count += note(s, "details", clean(&s->details, TEXT_BLOCK, DETAILS_CODE_POINTS));
	count += note(s, "studio", clean(&s->studio, TEXT_LINE, NAME_CODE_POINTS));
	count += note(s, "parent_studio", clean(&s->parent_studio, TEXT_LINE, NAME_CODE_POINTS));
	count += note(s, "parent_studio", drop_orphaned_parent(s));
	count += note(s, "performers", clean_list(&s->performers));
	count += note(s, "tags", clean_list(&s->tags));
	count += note(s, "groups", clean_list(&s->groups));
	count += note(s, "files", cut_files(s));
	return count;
}

/* 0 means "unknown" wherever these hashes go. */
static uint64_t never_zero(uint64_t hash)
{
	return hash ? hash : 1;
}

uint64_t scene_content_hash(const struct scene *s)
{
	json_auto_t *content = scene_to_json(s);
	auto_free char *text = NULL;

	json_object_del(content, "id");
	json_object_del(content, "updated_at");
	json_object_del(content, "organized");
	text = jsonobject_format(content);
	return never_zero(hash_bytes(text, strlen(text)));
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

uint64_t scene_files_hash(const struct scene *s)
{
	auto_free const char **paths = xcalloc(s->file_count, sizeof *paths);
	uint64_t hash = hash_bytes(NULL, 0);

	for (size_t i = 0; i < s->file_count; i++)
		paths[i] = s->files[i].path;
	qsort(paths, s->file_count, sizeof *paths, compare_paths);
	for (size_t i = 0; i < s->file_count; i++) {
		const uint64_t link[] = { hash, hash_bytes(paths[i], strlen(paths[i])) };

		hash = hash_bytes(link, sizeof link);
	}
	return never_zero(hash);
}
