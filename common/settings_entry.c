#include "common/settings_entry.h"

#include "common/spelling.h"
#include "common/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PROPERTY_PREFIX "kafka_"
#define FILE_SUFFIX "_file"

static size_t line_of(const struct given *given, bool path)
{
	return path ? given->path_line : given->text_line;
}

char *settings_place(const struct settings *s, const struct settings_entry *e,
	enum settings_origin origin, bool path)
{
	char *name = xasprintf("%s%s", e->name, path ? FILE_SUFFIX : "");
	char *place;

	if (origin == ORIGIN_COMMAND_LINE)
		text_replace(name, '_', '-');
	for (char *p = name; *p && origin == ORIGIN_ENVIRONMENT; p++)
		*p = (char)toupper((unsigned char)*p);
	if (origin == ORIGIN_COMMAND_LINE)
		place = xasprintf("--%s", name);
	else if (origin == ORIGIN_FILE)
		place = xasprintf(
			"%s (line %zu of %s)", name, line_of(&e->given[origin], path), s->file);
	else
		place = xstrdup(name);
	free(name);
	return place;
}

static bool name_is_secret(const char *name)
{
	static const char *const words[] = { "password", "secret", "token", "key" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strstr(name, words[i]))
			return true;
	}
	return false;
}

struct settings_entry *settings_add(
	struct settings *s, const struct setting *row, const char *name, size_t len)
{
	struct settings_entry *e;

	s->entries = xrealloc(s->entries, s->count + 1, sizeof *s->entries);
	e = &s->entries[s->count++];
	*e = (struct settings_entry){ .row = row, .name = xstrndup(name, len) };
	if (row) {
		e->secret = row->secret;
		return e;
	}
	e->property = xstrdup(e->name + strlen(PROPERTY_PREFIX));
	text_replace(e->property, '_', '.');
	e->secret = name_is_secret(e->property);
	return e;
}

struct settings_entry *settings_find(const struct settings *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->count; i++) {
		struct settings_entry *e = &s->entries[i];

		if (strlen(e->name) == len && memcmp(e->name, name, len) == 0)
			return e;
	}
	return NULL;
}

static bool has_suffix(const char *name, size_t len, const char *suffix)
{
	return len > strlen(suffix) && strcmp(name + len - strlen(suffix), suffix) == 0;
}

/*
 * The entry that a name means, one for a property made at need; NULL for an unknown name. The very
 * name comes first: a setting may itself end in `_file`.
 */
static struct settings_entry *resolve(struct settings *s, const char *name, bool *ret_is_path)
{
	size_t len = strlen(name);
	struct settings_entry *e = settings_find(s, name, len);

	*ret_is_path = !e && has_suffix(name, len, FILE_SUFFIX);
	if (*ret_is_path) {
		len -= strlen(FILE_SUFFIX);
		e = settings_find(s, name, len);
	}
	if (!e && len > strlen(PROPERTY_PREFIX) &&
		strncmp(name, PROPERTY_PREFIX, strlen(PROPERTY_PREFIX)) == 0)
		e = settings_add(s, NULL, name, len);
	return e;
}

enum giving settings_give(struct settings *s, enum settings_origin origin, size_t line,
	const char *name, const char *value, struct error *err)
{
	bool is_path;
	struct settings_entry *e = resolve(s, name, &is_path);
	struct given *given;
	char **slot;

	if (!e)
		return UNKNOWN;
	given = &e->given[origin];
	slot = is_path ? &given->path : &given->text;
	if (origin == ORIGIN_FILE && *slot) {
		error_set(err, "Line %zu of %s sets %s again, after line %zu: keep one of them.",
			line, s->file, name, line_of(given, is_path));
		return CONFLICT;
	}
	*(is_path ? &given->path_line : &given->text_line) = line;
	free(*slot);
	*slot = xstrdup(value);
	if (given->text && given->path) {
		auto_free char *text = settings_place(s, e, origin, false);
		auto_free char *path = settings_place(s, e, origin, true);

		error_set(err, "%s and %s are both set: keep one of them.", text, path);
		return CONFLICT;
	}
	return GIVEN;
}

const char *settings_nearest(const struct settings *s, const char *name)
{
	const char *nearest = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < s->table_count; i++) {
		size_t distance = spelling_distance(name, s->table[i].name);

		if (distance < least) {
			least = distance;
			nearest = s->table[i].name;
		}
	}
	return nearest && spelling_near(name, least) ? nearest : NULL;
}

char *settings_normalise(const char *name, size_t len)
{
	char *normal = xstrndup(name, len);

	for (char *p = normal; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	text_replace(normal, '-', '_');
	return normal;
}
