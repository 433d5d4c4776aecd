#include "common/setting.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t ms;
};

/* The largest first, as durations are shown. */
static const struct unit units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

/* An optional minus and digits; `*ret_rest` is what follows. */
static bool read_number(const char *text, int64_t *ret, const char **ret_rest)
{
	bool negative = *text == '-';
	int64_t value = 0;

	if (negative)
		text++;
	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, *text - '0', &value))
			return false;
	}
	/* Gathered below zero, where there is room for one more. */
	if (!negative && __builtin_sub_overflow(0, value, &value))
		return false;
	*ret = value;
	*ret_rest = text;
	return true;
}

static bool in_range(const struct setting *row, int64_t value)
{
	return value >= row->min && value <= row->max;
}

static bool store_text(const struct setting *row, const char *text, void *place)
{
	char **value = place;

	(void)row;
	*value = xstrdup(text);
	return true;
}

static bool store_bool(const struct setting *row, const char *text, void *place)
{
	static const char *const words[] = { "false", "true", "0", "1", "no", "yes", "off", "on" };
	bool *value = place;

	(void)row;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (text_equal_ascii(text, words[i])) {
			*value = i % 2 != 0;
			return true;
		}
	}
	return false;
}

static bool store_int(const struct setting *row, const char *text, void *place)
{
	int64_t number, *value = place;
	const char *rest;

	if (!read_number(text, &number, &rest) || *rest != '\0' || !in_range(row, number))
		return false;
	*value = number;
	return true;
}

static bool store_duration(const struct setting *row, const char *text, void *place)
{
	int64_t number, *value = place;
	const char *rest;

	if (!read_number(text, &number, &rest))
		return false;
	if (*rest == '\0')
		rest = "s";
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(rest, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(number, units[i].ms, &number) || !in_range(row, number))
			return false;
		*value = number;
		return true;
	}
	return false;
}

static bool store_choice(const struct setting *row, const char *text, void *place)
{
	int *value = place;

	for (int i = 0; row->choices[i]; i++) {
		if (text_equal_ascii(text, row->choices[i])) {
			*value = i;
			return true;
		}
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Appends the item, unescaped and without the blanks around it, if anything is left. */
static void list_add(struct setting_list *list, const char *text, size_t len)
{
	char *item = xcalloc(len + 1, 1);
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len && text[i + 1] == ',')
			continue;
		if (used > 0 || !is_blank(text[i]))
			item[used++] = text[i];
	}
	while (used > 0 && is_blank(item[used - 1]))
		used--;
	item[used] = '\0';
	if (used == 0) {
		free(item);
		return;
	}
	list->items = xrealloc(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = item;
}

static bool store_list(const struct setting *row, const char *text, void *place)
{
	struct setting_list *list = place;
	const char *start = text;

	(void)row;
	*list = (struct setting_list){ 0 };
	for (const char *p = text;; p++) {
		if (*p == '\\' && p[1] == ',') {
			p++;
		} else if (*p == ',' || *p == '\0') {
			list_add(list, start, (size_t)(p - start));
			start = p + 1;
		}
		if (*p == '\0')
			return true;
	}
}

static const struct {
	const char *name;
	bool (*store)(const struct setting *row, const char *text, void *place);
} types[] = {
	[SETTING_IS_TEXT] = { "text", store_text },
	[SETTING_IS_BOOL] = { "yes|no", store_bool },
	[SETTING_IS_INT] = { "number", store_int },
	[SETTING_IS_DURATION] = { "duration", store_duration },
	[SETTING_IS_CHOICE] = { "choice", store_choice },
	[SETTING_IS_LIST] = { "list", store_list },
};

bool setting_store(const struct setting *row, const char *text, void *target)
{
	return types[row->type].store(row, text, (char *)target + row->offset);
}

void setting_clear(const struct setting *row, void *target)
{
	void *place = (char *)target + row->offset;

	if (row->type == SETTING_IS_TEXT) {
		char **text = place;

		free(*text);
		*text = NULL;
	} else if (row->type == SETTING_IS_LIST) {
		struct setting_list *list = place;

		for (size_t i = 0; i < list->count; i++)
			free(list->items[i]);
		free(list->items);
		*list = (struct setting_list){ 0 };
	}
}

const char *setting_type_name(enum setting_type type)
{
	return types[type].name;
}

/* In the largest unit that shows it whole. */
static void put_duration(struct buf *out, int64_t ms)
{
	size_t i = 0;

	while (ms % units[i].ms != 0)
		i++;
	buf_printf(out, "%" PRId64 "%s", ms / units[i].ms, ms == 0 ? "s" : units[i].name);
}

void setting_put_allowed(const struct setting *row, struct buf *out)
{
	switch (row->type) {
	case SETTING_IS_TEXT:
		buf_puts(out, "any text");
		break;
	case SETTING_IS_BOOL:
		buf_puts(out, "true, false, 1, 0, yes, no, on or off");
		break;
	case SETTING_IS_INT:
		buf_printf(out, "a whole number from %" PRId64 " to %" PRId64, row->min, row->max);
		break;
	case SETTING_IS_DURATION:
		buf_puts(out, "a duration from ");
		put_duration(out, row->min);
		buf_puts(out, " to ");
		put_duration(out, row->max);
		buf_puts(out, " (units ms, s, m, h, d)");
		break;
	case SETTING_IS_CHOICE:
		for (size_t i = 0; row->choices[i]; i++) {
			const char *joint = i == 0 ? "" : row->choices[i + 1] ? ", " : " or ";

			buf_printf(out, "%s%s", joint, row->choices[i]);
		}
		break;
	case SETTING_IS_LIST:
		buf_puts(out, "a list separated by commas");
		break;
	}
}
