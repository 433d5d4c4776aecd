#include "tests/sim/plexsim_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum scalar_type { SCALAR_STRING, SCALAR_DATE, SCALAR_INTEGER, SCALAR_REAL, SCALAR_LOCK_ONLY };

struct scalar {
	const char *name;
	enum scalar_type type;
};

static const struct scalar scalars[] = {
	{ "title", SCALAR_STRING },
	{ "titleSort", SCALAR_STRING },
	{ "originalTitle", SCALAR_STRING },
	{ "summary", SCALAR_STRING },
	{ "tagline", SCALAR_STRING },
	{ "studio", SCALAR_STRING },
	{ "contentRating", SCALAR_STRING },
	{ "editionTitle", SCALAR_STRING },
	{ "originallyAvailableAt", SCALAR_DATE },
	{ "year", SCALAR_INTEGER },
	{ "addedAt", SCALAR_INTEGER },
	{ "rating", SCALAR_REAL },
	{ "audienceRating", SCALAR_REAL },
	{ "userRating", SCALAR_REAL },
	{ "thumb", SCALAR_LOCK_ONLY },
	{ "art", SCALAR_LOCK_ONLY },
	{ "banner", SCALAR_LOCK_ONLY },
	{ "theme", SCALAR_LOCK_ONLY },
	{ "clearLogo", SCALAR_LOCK_ONLY },
};

/* "genre[0].tag.tag" taken apart. */
struct tag_key {
	enum plexsim_tag_kind kind;
	int index; /* -1 for [] */
	const char *member; /* "tag.tag", "tag.tag-", "tag", "tag.thumb", "tagging.text" */
};

static const struct scalar *find_scalar(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(scalars); i++)
		if (strlen(scalars[i].name) == len && memcmp(scalars[i].name, name, len) == 0)
			return &scalars[i];
	return NULL;
}

/* The scalar of "summary.value"; NULL when the key is something else. */
static const struct scalar *value_key(const char *key)
{
	const char *dot = strchr(key, '.');

	if (!dot || !str_equal(dot, ".value"))
		return NULL;
	return find_scalar(key, (size_t)(dot - key));
}

static bool tag_key_parse(const char *key, struct tag_key *ret)
{
	size_t len = strcspn(key, "[");
	char *end;
	long index;

	if (key[len] != '[')
		return false;
	index = strtol(key + len + 1, &end, 10);
	if (end[0] != ']' || end[1] != '.')
		return false;
	ret->kind = plexsim_tag_kind_find(key, len);
	ret->index = key[len + 1] == ']' ? -1 : (int)index;
	ret->member = end + 2;
	return ret->kind != PLEXSIM_NO_TAG_KIND;
}

/* The name in "genre.locked"; false when the key is something else or no field. */
static bool lock_key_parse(const char *key, char *ret_name, size_t size)
{
	const char *dot = strchr(key, '.');
	size_t len = dot ? (size_t)(dot - key) : 0;

	if (!dot || !str_equal(dot, ".locked") || len >= size)
		return false;
	if (!find_scalar(key, len) && plexsim_tag_kind_find(key, len) == PLEXSIM_NO_TAG_KIND)
		return false;
	memcpy(ret_name, key, len);
	ret_name[len] = '\0';
	return true;
}

static bool is_number(const char *text)
{
	char *end;

	(void)strtod(text, &end);
	return end != text && !*end;
}

static bool is_date(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	return end && (!*end || *end == ' ' || *end == 'T');
}

static bool value_fits(const struct scalar *scalar, const char *value)
{
	if (!*value)
		return !str_equal(scalar->name, "title");
	switch (scalar->type) {
	case SCALAR_INTEGER:
	case SCALAR_REAL:
		return is_number(value);
	case SCALAR_DATE:
		return is_date(value);
	case SCALAR_STRING:
	case SCALAR_LOCK_ONLY:
		break;
	}
	return true;
}

unsigned plexsim_edit_check(const struct plexsim_query *query)
{
	for (size_t i = 0; i < query->count; i++) {
		const struct plexsim_argument *argument = &query->arguments[i];
		const struct scalar *scalar = value_key(argument->key);

		if (strncmp(argument->key, "role[", 5) == 0)
			return 403;
		if (scalar && !value_fits(scalar, argument->value))
			return 400;
	}
	return 200;
}

static void set_scalar(struct plexsim_item *item, const struct scalar *scalar, const char *value)
{
	json_t *attributes = item->attributes;

	if (scalar->type == SCALAR_LOCK_ONLY)
		return;
	if (!*value)
		json_object_del(attributes, scalar->name);
	else if (scalar->type == SCALAR_INTEGER)
		json_object_set_new(
			attributes, scalar->name, json_integer(strtoll(value, NULL, 10)));
	else if (scalar->type == SCALAR_REAL)
		json_object_set_new(attributes, scalar->name, json_real(strtod(value, NULL)));
	else
		json_object_set_new(attributes, scalar->name, json_string(value));
}

static bool is_ignored(const struct plexsim_edit *edit, const char *name)
{
	return edit->ignored_field && str_equal(edit->ignored_field, name);
}

/* An edited field whose lock the request does not mention. */
static void default_lock(
	const struct plexsim_edit *edit, struct plexsim_item *item, const char *name)
{
	char key[64];

	snprintf(key, sizeof key, "%s.locked", name);
	if (edit->modes->default_lock == PLEXSIM_LOCK_SET && !edit->ignore_locks &&
		!plexsim_query_get(edit->query, key))
		plexsim_item_lock(item, name, true);
}

static void apply_scalars(const struct plexsim_edit *edit, struct plexsim_item *item)
{
	for (size_t i = 0; i < edit->query->count; i++) {
		const struct plexsim_argument *argument = &edit->query->arguments[i];
		const struct scalar *scalar = value_key(argument->key);

		if (!scalar || is_ignored(edit, scalar->name))
			continue;
		set_scalar(item, scalar, argument->value);
		default_lock(edit, item, scalar->name);
	}
}

/* Names joined by commas, each percent-encoded once more than the value itself. */
static void remove_names(struct plexsim_item *item, enum plexsim_tag_kind kind, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		auto_free char *name = plexsim_percent_decode(list, len, false);

		plexsim_item_untag(item, kind, name);
		list += len + (list[len] == ',');
	}
}

/* "genre[].tag=", and in replacing mode every "genre[0].tag.tag=…". */
static bool removes_all(
	const struct plexsim_edit *edit, const struct tag_key *key, const char *value)
{
	if (str_equal(key->member, "tag"))
		return !*value;
	return str_equal(key->member, "tag.tag") && edit->modes->tag_mode == PLEXSIM_TAGS_REPLACE;
}

/* Removals come first, so that "remove what is unwanted, add what is wanted" works in one PUT. */
static void apply_removals(const struct plexsim_edit *edit, struct plexsim_item *item)
{
	for (size_t i = 0; i < edit->query->count; i++) {
		const struct plexsim_argument *argument = &edit->query->arguments[i];
		struct tag_key key;

		if (!tag_key_parse(argument->key, &key) ||
			is_ignored(edit, plexsim_tag_kinds[key.kind].name))
			continue;
		if (str_equal(key.member, "tag.tag-"))
			remove_names(item, key.kind, argument->value);
		else if (removes_all(edit, &key, argument->value))
			plexsim_item_untag(item, key.kind, NULL);
		default_lock(edit, item, plexsim_tag_kinds[key.kind].name);
	}
}

/* Another member of the same tag: "actor[3].tagging.text" beside "actor[3].tag.tag". */
static const char *sibling(
	const struct plexsim_query *query, const struct tag_key *key, const char *member)
{
	char name[64];

	snprintf(name, sizeof name, "%s[%d].%s", plexsim_tag_kinds[key->kind].name, key->index,
		member);
	return plexsim_query_get(query, name);
}

static void apply_additions(
	const struct plexsim_edit *edit, struct plexsim_library *library, struct plexsim_item *item)
{
	for (size_t i = 0; i < edit->query->count; i++) {
		const struct plexsim_argument *argument = &edit->query->arguments[i];
		struct tag_key key;
		struct plexsim_tag *tag;
		const char *thumb;

		if (!tag_key_parse(argument->key, &key) || !str_equal(key.member, "tag.tag") ||
			!*argument->value || is_ignored(edit, plexsim_tag_kinds[key.kind].name))
			continue;
		tag = plexsim_tag_intern(
			library, key.kind, argument->value, edit->modes->capitalise);
		plexsim_item_tag(item, tag, key.index < 0 ? 0 : key.index,
			sibling(edit->query, &key, "tagging.text"));
		thumb = sibling(edit->query, &key, "tag.thumb");
		if (thumb) {
			free(tag->thumb);
			tag->thumb = xstrdup(thumb);
		}
	}
}

static void apply_locks(const struct plexsim_edit *edit, struct plexsim_item *item)
{
	for (size_t i = 0; i < edit->query->count && !edit->ignore_locks; i++) {
		const struct plexsim_argument *argument = &edit->query->arguments[i];
		char name[32];

		if (lock_key_parse(argument->key, name, sizeof name) && !is_ignored(edit, name))
			plexsim_item_lock(item, name, str_equal(argument->value, "1"));
	}
}

void plexsim_edit_apply(
	const struct plexsim_edit *edit, struct plexsim_library *library, struct plexsim_item *item)
{
	apply_scalars(edit, item);
	apply_removals(edit, item);
	apply_additions(edit, library, item);
	apply_locks(edit, item);
	json_object_set_new(item->attributes, "updatedAt", json_integer(edit->now));
}
