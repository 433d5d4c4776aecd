/* The inside of common/settings.h: what each source said of each setting. For settings*.c alone. */
#ifndef COMMON_SETTINGS_ENTRY_H
#define COMMON_SETTINGS_ENTRY_H

#include "common/settings.h"

/* What one source said of one setting. */
struct given {
	char *text; /* the value, or NULL */
	char *path; /* of a file with the value, or NULL */
	size_t text_line, path_line; /* in the configuration file */
};

struct settings_entry {
	const struct setting *row; /* NULL for a pair */
	char *name; /* `max_tags`, `kafka_foo_bar` */
	char *property; /* `foo.bar` of a pair, else NULL */
	struct given given[ORIGIN_COUNT];
	char *text; /* what counts */
	enum settings_origin origin;
	bool secret;
};

/* The entry of a name in the form of the table, or NULL. */
struct settings_entry *settings_find(const struct settings *s, const char *name, size_t len);

/* Appends an entry, for a row or, without one, for a property of librdkafka. */
struct settings_entry *settings_add(
	struct settings *s, const struct setting *row, const char *name, size_t len);

enum giving {
	GIVEN,
	UNKNOWN, /* there is no such setting */
	CONFLICT, /* the error says with what */
};

/*
 * Notes that a source says `name` is `value`. Of the same name twice the later one counts, but
 * in a file that is a conflict; `line` is the place there.
 */
enum giving settings_give(struct settings *s, enum settings_origin origin, size_t line,
	const char *name, const char *value, struct error *err) WARN_UNUSED;

/*
 * The place as the person wrote it: `--max-tags`, `MAX_TAGS` or `max_tags (line 3 of …)`; with
 * `path`, of the name that ends in `_file`. free() it.
 */
char *settings_place(const struct settings *s, const struct settings_entry *e,
	enum settings_origin origin, bool path) WARN_UNUSED;

/* A name in the form of the table: lower case, with underscores. free() it. */
char *settings_normalise(const char *name, size_t len) WARN_UNUSED;

/* The name of the table that was probably meant, or NULL when none is near. */
const char *settings_nearest(const struct settings *s, const char *name);

#endif
