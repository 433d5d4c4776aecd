/* One setting: a row of a service's table, and what its text may be. See common/settings.h. */
#ifndef COMMON_SETTING_H
#define COMMON_SETTING_H

#include "common/buf.h"

enum setting_type {
	SETTING_IS_TEXT, /* char *, heap, never NULL */
	SETTING_IS_BOOL, /* bool: true/false/1/0/yes/no/on/off in any case */
	SETTING_IS_INT, /* int64_t */
	SETTING_IS_DURATION, /* int64_t in ms: a whole number and ms, s, m, h or d; s if bare */
	SETTING_IS_CHOICE, /* int: the index of the chosen word, in any case */
	SETTING_IS_LIST, /* struct setting_list: by comma; `\,` is a comma; blanks around go */
};

struct setting_list {
	char **items; /* heap; no empty ones */
	size_t count;
};

struct setting {
	const char *name; /* lower case, with underscores */
	enum setting_type type;
	size_t offset; /* of the value in the struct of the service */
	const char *fallback; /* the default, as text; "" for none */
	int64_t min, max; /* of INT and DURATION (ms), both allowed */
	bool secret; /* never shown */
	const char *const *choices; /* of CHOICE, ended by NULL */
	const char *help; /* one line */
};

/*
 * The rows of a table: `SETTING_INT(struct options, max_tags, "100", 1, 500, "How many…")`. The
 * member is named as the setting; that of a duration has `_ms` at its end. A member of the wrong
 * type does not compile.
 */
#define SETTING_ROW(s, member, member_type, kind, title, text, ...) \
	{ \
		.name = title, .type = (kind), .fallback = (text), \
		.offset = _Generic(((s *)0)->member, member_type \
				   : offsetof(s, member)), \
		__VA_ARGS__ \
	}
#define SETTING_TEXT(s, member, text, line) \
	SETTING_ROW(s, member, char *, SETTING_IS_TEXT, #member, text, .help = (line))
#define SETTING_SECRET(s, member, line) \
	SETTING_ROW(s, member, char *, SETTING_IS_TEXT, #member, "", .secret = true, .help = (line))
#define SETTING_BOOL(s, member, text, line) \
	SETTING_ROW(s, member, bool, SETTING_IS_BOOL, #member, text, .help = (line))
#define SETTING_INT(s, member, text, least, most, line) \
	SETTING_ROW(s, member, int64_t, SETTING_IS_INT, #member, text, .min = (least), \
		.max = (most), .help = (line))
#define SETTING_DURATION(s, member, text, least_ms, most_ms, line) \
	SETTING_ROW(s, member##_ms, int64_t, SETTING_IS_DURATION, #member, text, \
		.min = (least_ms), .max = (most_ms), .help = (line))
#define SETTING_CHOICE(s, member, text, words, line) \
	SETTING_ROW(s, member, int, SETTING_IS_CHOICE, #member, text, .choices = (words), \
		.help = (line))
#define SETTING_LIST(s, member, text, line) \
	SETTING_ROW(s, member, struct setting_list, SETTING_IS_LIST, #member, text, .help = (line))

/* Reads `text` into its place in `target`. false, and nothing changed, when it is not allowed. */
bool setting_store(const struct setting *row, const char *text, void *target) WARN_UNUSED;

/* Frees what setting_store() put there, and zeroes it. */
void setting_clear(const struct setting *row, void *target);

/* Appends what is allowed: `a whole number from 1 to 500`. */
void setting_put_allowed(const struct setting *row, struct buf *out);

/* One word for the type, for --help: `number`. */
const char *setting_type_name(enum setting_type type);

#endif
