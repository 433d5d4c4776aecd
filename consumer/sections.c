#include "consumer/sections.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void section_done(struct section *s)
{
	free(s->key);
	free(s->content_changed_at);
	free(s->listed_content);
	string_list_done(&s->locations);
}

void sections_done(struct sections *s)
{
	for (size_t i = 0; i < s->count; i++)
		section_done(&s->items[i]);
	free(s->items);
	*s = (struct sections){ 0 };
}

struct section *sections_find(const struct sections *s, const char *key)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->items[i].key, key) == 0)
			return &s->items[i];
	return NULL;
}

/* ---- choosing ---- */

/* A library may be configured by its title and by its key at once. */
static void add(struct sections *s, const struct plex_section *from)
{
	struct section *added;

	if (sections_find(s, from->key))
		return;
	s->items = xrealloc(s->items, s->count + 1, sizeof *s->items);
	added = &s->items[s->count++];
	*added = (struct section){
		.key = xstrdup(from->key),
		.content_changed_at = xstrdup_or_null(from->content_changed_at),
	};
	for (size_t i = 0; i < from->locations.count; i++)
		string_list_add(&added->locations, from->locations.items[i]);
}

static const struct plex_section *find_named(
	const struct plex_section *found, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(found[i].title, name) == 0 || str_equal(found[i].key, name))
			return &found[i];
	return NULL;
}

static bool add_named(struct sections *s, const struct plex_section *found, size_t count,
	const char *name, struct error *err)
{
	const struct plex_section *section = find_named(found, count, name);

	if (!section)
		return error_set(err, "Plex has no library \"%s\": correct plex_libraries.", name);
	if (!str_equal(section->type, "movie"))
		return error_set(err,
			"Plex's library \"%s\" is of type %s; only movie libraries (Movies, Other "
			"Videos) hold scenes: correct plex_libraries.",
			name, section->type);
	add(s, section);
	return true;
}

static bool add_wanted(struct sections *s, const struct string_list *wanted,
	const struct plex_section *found, size_t count, struct error *err)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!add_named(s, found, count, wanted->items[i], err))
			return false;
	for (size_t i = 0; i < count && !wanted->count; i++)
		if (str_equal(found[i].type, "movie"))
			add(s, &found[i]);
	if (!s->count)
		return error_set(
			err, "Plex has no movie library: create one, or set plex_libraries.");
	return true;
}

static void keep_known(struct section *s, struct section *take_old)
{
	s->listed = take_old->listed;
	s->newest_added_at = take_old->newest_added_at;
	s->newest_updated_at = take_old->newest_updated_at;
	s->listed_content = take_old->listed_content;
	take_old->listed_content = NULL;
}

bool sections_choose(struct sections *s, const struct string_list *wanted,
	const struct plex_section *found, size_t count,
	void (*on_gone)(void *cookie, const char *key), void *cookie, struct error *err)
{
	struct sections chosen = { .count = 0 };

	if (!add_wanted(&chosen, wanted, found, count, err)) {
		sections_done(&chosen);
		return false;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct section *same = sections_find(&chosen, s->items[i].key);

		if (same)
			keep_known(same, &s->items[i]);
		else
			on_gone(cookie, s->items[i].key);
	}
	sections_done(s);
	*s = chosen;
	return true;
}

/* ---- asking ---- */

bool sections_listed(const struct sections *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->items[i].listed)
			return false;
	return s->count > 0;
}

bool section_changed(const struct section *s)
{
	return !s->content_changed_at || !str_equal(s->content_changed_at, s->listed_content);
}

void section_note_listed(struct section *s)
{
	s->listed = true;
	free(s->listed_content);
	s->listed_content = xstrdup_or_null(s->content_changed_at);
}

void sections_forget_listed(struct sections *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->items[i].listed_content);
		s->items[i].listed_content = NULL;
	}
}

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

/* How much of the path this location covers, by whole components; 0: the path is not below it. */
static size_t covered(const char *path, const char *location)
{
	size_t len = strlen(location);

	while (len && is_separator(location[len - 1]))
		len--;
	return strncmp(path, location, len) == 0 && is_separator(path[len]) ? len : 0;
}

const struct section *sections_of_path(const struct sections *s, const char *path)
{
	const struct section *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < s->count; i++) {
		for (size_t k = 0; k < s->items[i].locations.count; k++) {
			size_t len = covered(path, s->items[i].locations.items[k]);

			if (len > most) {
				best = &s->items[i];
				most = len;
			}
		}
	}
	return best;
}
