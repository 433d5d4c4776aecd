#include "common/settings.h"

#include "common/settings_entry.h"
#include "common/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONFIG_FILE_LIMIT = 1 << 20,
	VALUE_FILE_LIMIT = 1 << 16,
	NAME_LIMIT = 64, /* longer names are cut where they are shown */
};

const char *settings_origin_name(enum settings_origin origin)
{
	static const char *const names[] = { "default", "file", "environment", "command line" };

	return names[origin];
}

static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("_-.", text[i]))
			return false;
	}
	return len > 0;
}

static bool unknown_option(const struct settings *s, const char *name, struct error *err)
{
	const char *nearest = settings_nearest(s, name);
	auto_free char *shown = xstrndup(name, NAME_LIMIT);
	auto_free char *meant = nearest ? xasprintf("did you mean --%s?", nearest) : NULL;

	text_replace(shown, '_', '-');
	if (meant)
		text_replace(meant, '_', '-');
	return error_set(err, "There is no option --%s: %s", shown,
		meant ? meant : "--help lists all there are.");
}

static enum settings_action find_action(const char *argument)
{
	static const struct {
		const char *option;
		enum settings_action action;
	} actions[] = {
		{ "--help", SETTINGS_HELP },
		{ "-h", SETTINGS_HELP },
		{ "--version", SETTINGS_VERSION },
		{ "--check", SETTINGS_CHECK },
		{ "--healthcheck", SETTINGS_HEALTHCHECK },
	};

	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(argument, actions[i].option) == 0)
			return actions[i].action;
	}
	return SETTINGS_RUN;
}

/* `--name=value` or `--name value`; `*index` is left on the last argument used. Arguments out
 * of place are not shown: one may be a secret that lost its name. */
static bool read_option(
	struct settings *s, const struct settings_source *source, int *index, struct error *err)
{
	const char *argument = source->argv[*index], *value = NULL;
	size_t len = strcspn(argument, "=");
	auto_free char *name = NULL;

	if (strncmp(argument, "--", 2) != 0 || !is_name(argument + 2, len - 2))
		return error_set(err,
			"Argument %d is not an option: settings are given as --name value.",
			*index);
	name = settings_normalise(argument + 2, len - 2);
	if (argument[len] == '=')
		value = argument + len + 1;
	else if (*index + 1 < source->argc && strncmp(source->argv[*index + 1], "--", 2) != 0)
		value = source->argv[++*index];
	/* An unknown name says more than a missing value: it goes first. */
	switch (settings_give(s, ORIGIN_COMMAND_LINE, 0, name, value ? value : "", err)) {
	case UNKNOWN:
		return unknown_option(s, name, err);
	case CONFLICT:
		return false;
	case GIVEN:
		break;
	}
	if (!value)
		return error_set(err, "Option %.*s needs a value: --name value, or --name=value.",
			NAME_LIMIT, argument);
	return true;
}

static enum settings_action read_command_line(
	struct settings *s, const struct settings_source *source, struct error *err)
{
	enum settings_action action = SETTINGS_RUN;

	for (int i = 1; i < source->argc; i++) {
		enum settings_action found = find_action(source->argv[i]);

		if (found == SETTINGS_HELP || found == SETTINGS_VERSION)
			return found;
		if (found != SETTINGS_RUN)
			action = found;
		else if (!read_option(s, source, &i, err))
			return SETTINGS_BAD;
	}
	return action;
}

static bool read_environment(struct settings *s, char *const *envp, struct error *err)
{
	for (; *envp; envp++) {
		const char *equals = strchr(*envp, '=');
		auto_free char *name = NULL;
		bool is_upper = true;

		if (!equals || equals[1] == '\0')
			continue;
		for (const char *p = *envp; p < equals; p++)
			is_upper = is_upper && (isupper((unsigned char)*p) ||
						       isdigit((unsigned char)*p) || *p == '_');
		if (!is_upper)
			continue;
		name = settings_normalise(*envp, (size_t)(equals - *envp));
		/* The environment holds much that is not ours: an unknown name is no error. */
		if (settings_give(s, ORIGIN_ENVIRONMENT, 0, name, equals + 1, err) == CONFLICT)
			return false;
	}
	return true;
}

/* Takes the blanks from both ends, in place. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static bool unknown_name(const struct settings *s, const char *name, size_t line, struct error *err)
{
	auto_free char *normal = settings_normalise(name, strlen(name));
	const char *nearest = settings_nearest(s, normal);

	if (nearest)
		return error_set(err, "Line %zu of %s: there is no setting %.*s: did you mean %s?",
			line, s->file, NAME_LIMIT, name, nearest);
	return error_set(err,
		"Line %zu of %s: there is no setting %.*s: --help lists all there are.", line,
		s->file, NAME_LIMIT, name);
}

static bool read_line(struct settings *s, char *line, size_t number, struct error *err)
{
	char *name, *value = trim(line);

	if (*value == '\0' || *value == '#')
		return true;
	name = trim(strsep(&value, "="));
	/* Not shown if it is no name: it may be a secret after the wrong separator. */
	if (!value || !is_name(name, strlen(name)))
		return error_set(err, "Line %zu of %s is not name=value: comments begin with #.",
			number, s->file);
	if (strcmp(name, "config_file") == 0 || strcmp(name, "config_file_file") == 0)
		return error_set(err, "Line %zu of %s: a configuration file cannot name another.",
			number, s->file);
	switch (settings_give(s, ORIGIN_FILE, number, name, trim(value), err)) {
	case GIVEN:
		return true;
	case CONFLICT:
		return false;
	case UNKNOWN:
		break;
	}
	return unknown_name(s, name, number, err);
}

static bool read_lines(struct settings *s, char *text, struct error *err)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	char *line;

	if (strncmp(text, byte_order_mark, 3) == 0)
		text += 3;
	for (size_t number = 1; (line = strsep(&text, "\n")); number++) {
		if (!read_line(s, line, number, err))
			return false;
	}
	return true;
}

/* A path that was given for a secret may be the secret itself, in the wrong place. */
static bool may_show_path(const struct settings_entry *e, const char *path)
{
	return !e->secret || *path == '/' || strncmp(path, "./", 2) == 0 ||
	       strncmp(path, "../", 3) == 0;
}

/* Reads a file that holds one value, and takes its final newline off. */
static bool read_text(
	const struct settings *s, const char *path, struct buf *value, struct error *err)
{
	if (!s->read_file(path, value, err))
		return false;
	if (value->len > 0 && value->data[value->len - 1] == '\n')
		value->data[--value->len] = '\0';
	if (value->len > 0 && value->data[value->len - 1] == '\r')
		value->data[--value->len] = '\0';
	return true;
}

/* The value from the file that was named for it. */
static char *read_value(const struct settings *s, const struct settings_entry *e, struct error *err)
{
	const char *path = e->given[e->origin].path;
	auto_free char *place = settings_place(s, e, e->origin, true);
	struct error why = { .text = "" };
	auto_buf value;

	buf_init(&value, VALUE_FILE_LIMIT);
	if (!read_text(s, path, &value, &why)) {
		error_set(err, "%s: %s", place,
			may_show_path(e, path)
				? why.text
				: "the file that it names cannot be read (the name is not "
				  "shown, it may be the secret itself).");
		return NULL;
	}
	if (strlen(buf_text(&value)) != value.len) {
		error_set(
			err, "%s names a file with a NUL byte in it: plain text is wanted.", place);
		return NULL;
	}
	return buf_take(&value);
}

/* Decides which source counts, and fetches the text. */
static bool choose_text(const struct settings *s, struct settings_entry *e, struct error *err)
{
	const struct given *given;

	free(e->text);
	e->text = NULL;
	e->origin = ORIGIN_COMMAND_LINE;
	while (e->origin > ORIGIN_DEFAULT && !e->given[e->origin].text && !e->given[e->origin].path)
		e->origin--;
	given = &e->given[e->origin];
	if (e->origin == ORIGIN_DEFAULT)
		e->text = xstrdup(e->row->fallback);
	else
		e->text = given->text ? xstrdup(given->text) : read_value(s, e, err);
	return e->text != NULL;
}

static bool read_config_file(struct settings *s, struct error *err)
{
	struct settings_entry *e = settings_find(s, "config_file", strlen("config_file"));
	auto_buf text;

	buf_init(&text, CONFIG_FILE_LIMIT);
	if (!e)
		return true;
	if (!choose_text(s, e, err))
		return false;
	if (*e->text == '\0')
		return true;
	s->file = xstrdup(e->text);
	if (!s->read_file(s->file, &text, err))
		return false;
	if (strlen(buf_text(&text)) != text.len)
		return error_set(err, "%s has a NUL byte in it: plain text is wanted.", s->file);
	return text.len == 0 || read_lines(s, text.data, err);
}

static bool refuse_value(
	const struct settings *s, const struct settings_entry *e, struct error *err)
{
	bool path = e->given[e->origin].path != NULL;
	auto_free char *place = settings_place(s, e, e->origin, path);
	auto_buf allowed;

	buf_init(&allowed, sizeof err->text);
	setting_put_allowed(e->row, &allowed);
	if (e->secret)
		return error_set(err, "%s must be %s.", place, buf_text(&allowed));
	return error_set(
		err, "%s is \"%.100s\", but must be %s.", place, e->text, buf_text(&allowed));
}

static bool store_all(struct settings *s, struct error *err)
{
	for (size_t i = 0; i < s->count; i++) {
		struct settings_entry *e = &s->entries[i];

		if (!choose_text(s, e, err))
			return false;
		if (!e->row)
			continue;
		if (!setting_store(e->row, e->text, s->target))
			return refuse_value(s, e, err);
		s->stored++;
	}
	return true;
}

enum settings_action settings_load(struct settings *s, const struct setting *table, size_t count,
	void *target, const struct settings_source *source, struct error *err)
{
	enum settings_action action;

	*s = (struct settings){ .table = table,
		.table_count = count,
		.target = target,
		.read_file = source->read_file };
	for (size_t i = 0; i < count; i++)
		settings_add(s, &table[i], table[i].name, strlen(table[i].name));
	action = read_command_line(s, source, err);
	if (action == SETTINGS_BAD || action == SETTINGS_HELP || action == SETTINGS_VERSION)
		return action;
	if (!read_environment(s, source->envp, err) || !read_config_file(s, err) ||
		!store_all(s, err))
		return SETTINGS_BAD;
	return action;
}

/* Not empty, and nothing that would end a header. */
static bool is_one_line(const struct buf *value)
{
	for (size_t i = 0; i < value->len; i++) {
		if (iscntrl((unsigned char)value->data[i]))
			return false;
	}
	return value->len > 0;
}

const char *settings_reread(struct settings *s, const char *name)
{
	struct settings_entry *e = settings_find(s, name, strlen(name));
	const char *path = e->given[e->origin].path;
	struct error err;
	auto_buf value;

	buf_init(&value, VALUE_FILE_LIMIT);
	if (!path || !read_text(s, path, &value, &err) || !is_one_line(&value) ||
		strcmp(buf_text(&value), e->text) == 0)
		return NULL;
	free(e->text);
	e->text = buf_take(&value);
	return e->text;
}

void settings_done(struct settings *s)
{
	for (size_t i = 0; i < s->stored; i++)
		setting_clear(&s->table[i], s->target);
	for (size_t i = 0; i < s->count; i++) {
		struct settings_entry *e = &s->entries[i];

		for (size_t origin = 0; origin < ORIGIN_COUNT; origin++) {
			free(e->given[origin].text);
			free(e->given[origin].path);
		}
		free(e->name);
		free(e->property);
		free(e->text);
	}
	free(s->entries);
	free(s->file);
	*s = (struct settings){ 0 };
}

enum settings_origin settings_origin(const struct settings *s, const char *name)
{
	const struct settings_entry *e = settings_find(s, name, strlen(name));

	return e ? e->origin : ORIGIN_DEFAULT;
}

size_t settings_count(const struct settings *s)
{
	return s->count;
}

struct settings_value settings_value(const struct settings *s, size_t index)
{
	const struct settings_entry *e = &s->entries[index];

	return (struct settings_value){ e->name, e->property, e->text, e->origin, e->secret };
}
