#include "tests/sim/plexsim.h"

#include <stddef.h>
#include <stdlib.h>

static const struct mode {
	const char *name;
	size_t offset; /* of an int in struct plexsim_modes */
	const char *words[4]; /* of the values 0, 1, …; none: a number */
} modes[] = {
#define MODE(name, ...) \
	{ \
#name, offsetof(struct plexsim_modes, name), \
		{ \
			__VA_ARGS__ \
		} \
	}
	MODE(tag_mode, "additive", "replace"),
	MODE(default_lock, "keep", "lock"),
	MODE(missing_size, "all", "reject", "fifty"),
	MODE(poster_lock, "off", "on"),
	MODE(capitalise, "off", "on"),
	MODE(size_cap, NULL),
	MODE(read_only_status, NULL),
	MODE(uri_limit, NULL),
	MODE(scan_delay_ms, NULL),
	MODE(ping_ms, NULL),
	MODE(writer_queue, NULL),
#undef MODE
};

const struct plexsim_options plexsim_defaults = {
	.token = PLEXSIM_TOKEN,
	.modes = {
		.poster_lock = 1,
		.size_cap = 1000,
		.read_only_status = 401,
		.scan_delay_ms = 200,
		.ping_ms = 15000,
	},
};

const char *plexsim_mode_name(size_t i)
{
	return i < ARRAY_LEN(modes) ? modes[i].name : NULL;
}

static bool parse_value(const struct mode *mode, const char *word, int *ret)
{
	char *end;
	long number = strtol(word, &end, 10);

	for (int i = 0; i < (int)ARRAY_LEN(mode->words) && mode->words[i]; i++) {
		if (str_equal(mode->words[i], word)) {
			*ret = i;
			return true;
		}
	}
	if (mode->words[0] || end == word || *end || number < 0 || number > 1000000)
		return false;
	*ret = (int)number;
	return true;
}

bool plexsim_mode_parse(
	struct plexsim_modes *ret, const char *name, const char *word, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		int *value = (int *)(void *)((char *)ret + modes[i].offset);

		if (!str_equal(modes[i].name, name))
			continue;
		if (!parse_value(&modes[i], word, value))
			return error_set(err, "the mode %s cannot be \"%s\"", name, word);
		return true;
	}
	return error_set(err, "there is no mode \"%s\"", name);
}
