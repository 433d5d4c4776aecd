#include "tests/sim/plexsim_filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct plexsim_field plexsim_fields[] = {
	{ "title", "Title", PLEXSIM_FIELD_STRING, true },
	{ "studio", "Studio", PLEXSIM_FIELD_STRING, true },
	{ "contentRating", "Content Rating", PLEXSIM_FIELD_STRING, true },
	{ "userRating", "Rating", PLEXSIM_FIELD_INTEGER, true },
	{ "year", "Year", PLEXSIM_FIELD_INTEGER, true },
	{ "duration", "Duration", PLEXSIM_FIELD_INTEGER, true },
	{ "viewCount", "Plays", PLEXSIM_FIELD_INTEGER, true },
	{ "originallyAvailableAt", "Release Date", PLEXSIM_FIELD_DATE, true },
	{ "addedAt", "Date Added", PLEXSIM_FIELD_DATE, true },
	{ "lastViewedAt", "Last Played", PLEXSIM_FIELD_DATE, true },
	{ "genre", "Genre", PLEXSIM_FIELD_TAG, true },
	{ "collection", "Collection", PLEXSIM_FIELD_TAG, true },
	{ "director", "Director", PLEXSIM_FIELD_TAG, true },
	{ "writer", "Writer", PLEXSIM_FIELD_TAG, true },
	{ "producer", "Producer", PLEXSIM_FIELD_TAG, true },
	{ "actor", "Actor", PLEXSIM_FIELD_TAG, true },
	{ "country", "Country", PLEXSIM_FIELD_TAG, true },
	{ "label", "Labels", PLEXSIM_FIELD_TAG, true },
	{ "unwatched", "Unplayed", PLEXSIM_FIELD_BOOLEAN, true },
	{ "trash", "Trashed", PLEXSIM_FIELD_BOOLEAN, true },
	{ "id", "Rating Key", PLEXSIM_FIELD_INTEGER, false },
	{ "guid", "Guid", PLEXSIM_FIELD_STRING, false },
	{ "rating", "Critic Rating", PLEXSIM_FIELD_INTEGER, false },
	{ "audienceRating", "Audience Rating", PLEXSIM_FIELD_INTEGER, false },
	{ "updatedAt", "Date Updated", PLEXSIM_FIELD_DATE, false },
	{ NULL, NULL, PLEXSIM_FIELD_STRING, false },
};

const struct plexsim_operators plexsim_operators[PLEXSIM_FIELD_TYPES] = {
	[PLEXSIM_FIELD_STRING] = { "string", { "=", "!=", "==", "!==", "<=", ">=", NULL },
		{ "contains", "does not contain", "is", "is not", "begins with", "ends with",
			NULL } },
	[PLEXSIM_FIELD_INTEGER] = { "integer", { "=", "!=", ">>=", "<<=", "<=", ">=", NULL },
		{ "is", "is not", "is greater than", "is less than", "is at most", "is at least",
			NULL } },
	[PLEXSIM_FIELD_DATE] = { "date", { "<<=", ">>=", NULL },
		{ "is before", "is after", NULL } },
	[PLEXSIM_FIELD_TAG] = { "tag", { "=", "!=", NULL }, { "is", "is not", NULL } },
	[PLEXSIM_FIELD_BOOLEAN] = { "boolean", { "=", "!=", NULL },
		{ "is true", "is false", NULL } },
};

/* One argument of the query, understood as a filter. */
struct condition {
	const struct plexsim_field *field;
	const char *operator;
	const char *value;
};

struct evaluation {
	const struct plexsim_query *query;
	const struct condition *conditions; /* of each argument; without a field: it is no filter */
	const struct plexsim_item *item;
	int64_t now;
	size_t at; /* the next argument */
};

static const struct plexsim_field *find_field(const char *name, size_t len)
{
	for (const struct plexsim_field *field = plexsim_fields; field->name; field++)
		if (strlen(field->name) == len && memcmp(field->name, name, len) == 0)
			return field;
	return NULL;
}

static const char *find_operator(enum plexsim_field_type type, const char *left_part)
{
	for (const char *const *key = plexsim_operators[type].keys; *key; key++)
		if (strlen(*key) == strlen(left_part) + 1 &&
			strncmp(*key, left_part, strlen(left_part)) == 0)
			return *key;
	return NULL;
}

/* movie.title is title; title.value (of an edit) is no filter. */
static const char *without_type(const char *key)
{
	static const char *const types[] = { "movie.", "show.", "collection." };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strncmp(key, types[i], strlen(types[i])) == 0)
			return key + strlen(types[i]);
	return key;
}

/* false when the argument is no filter. The operator is NULL when the field has no such one. */
static bool condition_parse(const struct plexsim_argument *argument, struct condition *ret)
{
	const char *key = without_type(argument->key);
	size_t len = strcspn(key, "!=<>");
	const struct plexsim_field *field = find_field(key, len);

	if (!field)
		return false;
	ret->field = field;
	ret->operator= find_operator(field->type, key + len);
	ret->value = argument->value;
	return true;
}

static bool begins_with(const char *text, const char *start)
{
	return strncasecmp(text, start, strlen(start)) == 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t text_len = strlen(text), end_len = strlen(end);

	return text_len >= end_len && strcasecmp(text + text_len - end_len, end) == 0;
}

static bool string_matches(const char *text, const char *operator, const char * wanted)
{
	text = text ? text : "";
	if (str_equal(operator, "=="))
		return strcasecmp(text, wanted) == 0;
	if (str_equal(operator, "<="))
		return begins_with(text, wanted);
	if (str_equal(operator, ">="))
		return ends_with(text, wanted);
	return strcasestr(text, wanted) != NULL;
}

static bool number_matches(double number, const char *operator, double wanted)
{
	if (str_equal(operator, ">>="))
		return number > wanted;
	if (str_equal(operator, "<<="))
		return number < wanted;
	if (str_equal(operator, ">="))
		return number >= wanted;
	if (str_equal(operator, "<="))
		return number <= wanted;
	return fabs(number - wanted) < 1e-9;
}

/* Epoch seconds of "1700000000", "2024-01-31" or, before now, "-30d". */
static int64_t date_value(const char *text, int64_t now)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "mon", INT64_C(30) * 86400 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
		{ "d", 86400 }, { "w", INT64_C(7) * 86400 }, { "y", INT64_C(365) * 86400 } };
	struct tm tm = { 0 };
	char *end;
	int64_t number = strtoll(text, &end, 10);

	if (strptime(text, "%Y-%m-%d", &tm))
		return timegm(&tm);
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_equal(end, units[i].unit))
			return now - llabs(number) * units[i].seconds;
	return number;
}

static double attribute_number(const struct plexsim_item *item, const char *name, int64_t now)
{
	const json_t *value = json_object_get(item->attributes, name);

	if (str_equal(name, "id"))
		return (double)item->key;
	if (json_is_string(value))
		return (double)date_value(json_string_value(value), now);
	return json_number_value(value);
}

static bool flag_value(const struct plexsim_item *item, const char *name)
{
	if (str_equal(name, "trash"))
		return json_object_get(item->attributes, "deletedAt") != NULL;
	return json_integer_value(json_object_get(item->attributes, "viewCount")) == 0;
}

static bool tag_matches(const struct plexsim_item *item, const char *kind_name, const char *id)
{
	enum plexsim_tag_kind kind = plexsim_tag_kind_find(kind_name, strlen(kind_name));

	for (size_t i = 0; i < item->tagging_count; i++)
		if (item->taggings[i].tag->kind == kind &&
			item->taggings[i].tag->id == strtoll(id, NULL, 10))
			return true;
	return false;
}

/* One of the values between the commas. */
static bool value_matches(const struct plexsim_item *item, const struct condition *condition,
	const char *value, int64_t now)
{
	const char *name = condition->field->name;

	switch (condition->field->type) {
	case PLEXSIM_FIELD_STRING:
		return string_matches(plexsim_item_text(item, name),
			condition->operator+(*condition->operator== '!'), value);
	case PLEXSIM_FIELD_INTEGER:
		return number_matches(attribute_number(item, name, now), condition->operator,
			strtod(value, NULL));
	case PLEXSIM_FIELD_DATE:
		return number_matches(attribute_number(item, name, now),
			condition->operator,(double) date_value(value, now));
	case PLEXSIM_FIELD_TAG:
		return tag_matches(item, name, value);
	case PLEXSIM_FIELD_BOOLEAN:
	case PLEXSIM_FIELD_TYPES:
		break;
	}
	return flag_value(item, name) == str_equal(value, "1");
}

/* A comma is an OR, in titles too: that is how Plex reads them. */
static bool condition_holds(
	const struct plexsim_item *item, const struct condition *condition, int64_t now)
{
	bool negated = condition->operator[0] == '!', found = false;
	const char *rest = condition->value;

	while (!found) {
		size_t len = strcspn(rest, ",");
		auto_free char *value = xstrndup(rest, len);

		found = value_matches(item, condition, value, now);
		if (!rest[len])
			break;
		rest += len + 1;
	}
	return found != negated;
}

/* Conditions up to the matching pop: AND binds closer than OR. */
static bool group_holds(struct evaluation *e)
{
	bool all = true, any = false;

	while (e->at < e->query->count) {
		const struct condition *condition = &e->conditions[e->at];
		const struct plexsim_argument *argument = &e->query->arguments[e->at++];

		if (str_equal(argument->key, "pop"))
			break;
		if (str_equal(argument->key, "push")) {
			all = group_holds(e) && all;
		} else if (str_equal(argument->key, "or")) {
			any = any || all;
			all = true;
		} else if (condition->field) {
			all = condition_holds(e->item, condition, e->now) && all;
		}
	}
	return any || all;
}

/* Once, and not for every item. free() it. */
static struct condition *parse_conditions(const struct plexsim_query *query)
{
	struct condition *conditions = xcalloc(query->count + 1, sizeof *conditions);

	for (size_t i = 0; i < query->count; i++)
		if (!condition_parse(&query->arguments[i], &conditions[i]))
			conditions[i].field = NULL;
	return conditions;
}

static unsigned check_conditions(const struct condition *conditions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct condition *condition = &conditions[i];

		if (!condition->field)
			continue;
		if (!condition->operator)
			return 400;
		if (condition->field->type == PLEXSIM_FIELD_TAG &&
			condition->value[strspn(condition->value, "0123456789,")])
			return 500;
	}
	return 200;
}

static bool type_matches(const struct plexsim_item *item, const struct plexsim_query *query)
{
	bool movies = str_equal(plexsim_section_text(item->section, "type"), "movie");
	int64_t type = plexsim_query_integer(query, "type", movies ? 1 : 2);

	if (item->members && plexsim_query_integer(query, "includeCollections", 0))
		return true;
	return plexsim_item_type(item) == type;
}

struct sort_key {
	char name[32];
	bool descending;
};

struct sort {
	struct sort_key keys[4];
	size_t count;
};

static void sort_parse(struct sort *sort, const char *text)
{
	*sort = (struct sort){ 0 };
	text = text && *text ? text : "titleSort";
	while (*text && sort->count < ARRAY_LEN(sort->keys)) {
		struct sort_key *key = &sort->keys[sort->count++];
		size_t len = strcspn(text, ",");
		auto_free char *one = xstrndup(text, len);
		const char *name = without_type(one);

		size_t name_len = strcspn(name, ":");

		if (name_len < sizeof key->name)
			memcpy(key->name, name, name_len);
		key->descending = strstr(name, ":desc") != NULL;
		text += len + (text[len] == ',');
	}
}

static const json_t *sort_value(const struct plexsim_item *item, const char *name)
{
	const json_t *value = json_object_get(item->attributes, name);

	if (!value && str_equal(name, "titleSort"))
		return json_object_get(item->attributes, "title");
	return value;
}

static int compare_values(const json_t *a, const json_t *b)
{
	double x = json_number_value(a), y = json_number_value(b);

	if (json_is_string(a) || json_is_string(b)) {
		const char *s = json_string_value(a), *t = json_string_value(b);

		return strcasecmp(s ? s : "", t ? t : "");
	}
	return x < y ? -1 : x > y;
}

static int compare_items(const void *a, const void *b, void *cookie)
{
	const struct plexsim_item *x = *(struct plexsim_item *const *)a;
	const struct plexsim_item *y = *(struct plexsim_item *const *)b;
	const struct sort *sort = cookie;
	int by_key = x->key < y->key ? -1 : x->key > y->key;

	for (size_t i = 0; i < sort->count; i++) {
		const struct sort_key *key = &sort->keys[i];
		int order = str_equal(key->name, "id") ? by_key
						       : compare_values(sort_value(x, key->name),
								 sort_value(y, key->name));

		if (order)
			return key->descending ? -order : order;
	}
	return by_key;
}

unsigned plexsim_select(const struct plexsim_library *library,
	const struct plexsim_section *section, const struct plexsim_query *query, int64_t now,
	struct plexsim_selection *ret)
{
	struct plexsim_selection found = { 0 };
	auto_free struct condition *conditions = parse_conditions(query);
	unsigned status = check_conditions(conditions, query->count);
	struct sort sort;

	if (status != 200)
		return status;
	found.items = xcalloc(library->item_count, sizeof(struct plexsim_item *));
	for (size_t i = 0; i < library->item_count; i++) {
		struct plexsim_item *item = library->items[i];
		struct evaluation e = {
			.query = query, .conditions = conditions, .item = item, .now = now
		};

		if (item->section == section && plexsim_item_visible(item) && group_holds(&e) &&
			type_matches(item, query))
			found.items[found.count++] = item;
	}
	sort_parse(&sort, plexsim_query_get(query, "sort"));
	qsort_r(found.items, found.count, sizeof(struct plexsim_item *), compare_items, &sort);
	*ret = found;
	return status;
}
