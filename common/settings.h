/*
 * The settings of a service: one table in code, and from it everything else. Sources, the
 * strongest first: command line (`--name value`), environment (`NAME`), file (`name=value`), default.
 * In each of them `NAME_FILE` names a file that holds the value (a final newline is taken off).
 * What begins with `kafka_` and is not in the table goes to librdkafka: `KAFKA_FOO_BAR` as `foo.bar`.
 */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include "common/setting.h"

enum settings_origin {
	ORIGIN_DEFAULT,
	ORIGIN_FILE,
	ORIGIN_ENVIRONMENT,
	ORIGIN_COMMAND_LINE,
	ORIGIN_COUNT,
};

/* What the command line asks for. */
enum settings_action {
	SETTINGS_RUN,
	SETTINGS_HELP, /* --help; nothing was loaded */
	SETTINGS_VERSION, /* --version; nothing was loaded */
	SETTINGS_CHECK, /* --check; loaded, and therefore good */
	SETTINGS_HEALTHCHECK, /* --healthcheck; loaded */
	SETTINGS_BAD, /* the error names the setting, its value unless secret, and what is allowed */
};

/* Where settings come from. */
struct settings_source {
	int argc; /* with the name of the program, as main() has it */
	char *const *argv;
	char *const *envp; /* ended by NULL; an empty variable counts as not set */
	/* Appends a file to `out` and respects its limit; file_read() of common/files.h. */
	bool (*read_file)(const char *path, struct buf *out, struct error *err);
};

struct settings_entry;

/* All fields are for settings.c alone. */
struct settings {
	const struct setting *table;
	size_t table_count;
	void *target;
	size_t stored; /* rows whose values are in the target */
	struct settings_entry *entries; /* the rows, then the properties for librdkafka */
	size_t count;
	char *file; /* path of the configuration file, or NULL */
	bool (*read_file)(const char *path, struct buf *out, struct error *err); /* the source's */
};

/*
 * Fills `target`, a struct that the table describes, and `s`. A row of type TEXT that is named
 * `config_file` names the configuration file: `name=value` lines, `#` comments, blank lines.
 * The table outlives `s`. Whatever is returned, settings_done() is owed.
 */
enum settings_action settings_load(struct settings *s, const struct setting *table, size_t count,
	void *target, const struct settings_source *source, struct error *err) WARN_UNUSED;

/* Frees everything, the texts and lists in the target too. */
void settings_done(struct settings *s);

/* Where the value of a setting of the table came from. */
enum settings_origin settings_origin(const struct settings *s, const char *name);

/* One setting as it counts. Borrowed from the settings. */
struct settings_value {
	const char *name; /* `max_tags`, `kafka_foo_bar` */
	const char *property; /* `foo.bar`, for librdkafka; NULL for a setting of the table */
	const char *text;
	enum settings_origin origin;
	bool secret; /* of a property: it has password, secret, token or key in its name */
};

/* How many there are: those of the table, in its order, then the properties for librdkafka. */
size_t settings_count(const struct settings *s);
struct settings_value settings_value(const struct settings *s, size_t index);

/*
 * Reads anew the file that the value of a setting came from: the new text when it is another one,
 * else NULL; so too when it came from no file, or when the file is empty, has several lines or
 * cannot be read. Borrowed until the next call. The target keeps what it had.
 */
const char *settings_reread(struct settings *s, const char *name);

/* `default`, `file`, `environment` or `command line`. */
const char *settings_origin_name(enum settings_origin origin);

/* One logfmt line `name=value origin=…` for each setting; a secret is `***`. */
void settings_dump(const struct settings *s, struct buf *out);

/* The text of --help; `usage` comes first, as it is. */
void settings_help(const struct setting *table, size_t count, const char *usage, struct buf *out);

/* The table for docs/configuration.md. */
void settings_markdown(const struct setting *table, size_t count, struct buf *out);

#endif
