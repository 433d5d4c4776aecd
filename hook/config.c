#include "hook/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_URL "http://127.0.0.1:8590"
#define FILE_BYTES 16384
#define BLANKS " \t\r"

static const struct {
	const char *variable, *name;
	size_t at;
	size_t given; /* where that is told, or 0 */
} ROWS[] = {
	{ "PLEXSYNC_PRODUCER_URL", "producer_url", offsetof(struct config, producer_url),
		offsetof(struct config, url_given) },
	{ "PLEXSYNC_API_TOKEN", "api_token", offsetof(struct config, token),
		offsetof(struct config, token_given) },
	{ "PLEXSYNC_SPOOL_DIR", "spool_dir", offsetof(struct config, spool_dir), 0 },
};

/* false: too long. */
static bool put(struct config *config, size_t row, const char *value, size_t len)
{
	char *to = (char *)config + ROWS[row].at;

	if (len >= CONFIG_TEXT)
		return false;
	memcpy(to, value, len);
	to[len] = '\0';
	if (ROWS[row].given)
		*(bool *)((char *)config + ROWS[row].given) = true;
	return true;
}

static void trim(const char **text, size_t *len)
{
	while (*len && strchr(BLANKS, (*text)[*len - 1]))
		(*len)--;
	while (*len && strchr(BLANKS, **text)) {
		(*text)++;
		(*len)--;
	}
}

static bool parse_line(struct config *config, const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len), *value;
	size_t name_len, value_len;

	trim(&line, &len);
	if (len == 0 || *line == '#')
		return true;
	if (!equals)
		return false;
	value = equals + 1;
	value_len = len - (size_t)(value - line);
	name_len = (size_t)(equals - line);
	trim(&line, &name_len);
	trim(&value, &value_len);
	for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
		if (strlen(ROWS[i].name) == name_len && memcmp(ROWS[i].name, line, name_len) == 0)
			return put(config, i, value, value_len);
	}
	return false;
}

void config_parse(struct config *config, const char *text, const char *file)
{
	for (size_t number = 1; *text; number++) {
		size_t len = strcspn(text, "\n");

		if (!parse_line(config, text, len))
			error_set(&config->fault,
				"line %zu of %s is passed over: it must be producer_url, api_token "
				"or spool_dir, = and a value",
				number, file);
		text += len + (text[len] == '\n');
	}
}

/* The plugin's own directory, whatever the working directory is (it is Stash's); "" if unknown. */
static void program_dir(char ret_path[CONFIG_TEXT])
{
	ssize_t len = readlink("/proc/self/exe", ret_path, CONFIG_TEXT - 1);
	char *slash;

	ret_path[len > 0 ? len : 0] = '\0';
	slash = strrchr(ret_path, '/');
	if (slash)
		slash[slash == ret_path] = '\0';
}

static void read_file(struct config *config, const char *directory, const char *name)
{
	static char path[CONFIG_TEXT + 32], text[FILE_BYTES + 1];
	ssize_t len;
	int fd;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return;
	len = fd < 0 ? -1 : read(fd, text, FILE_BYTES);
	if (len < 0)
		error_set(&config->fault, "%s cannot be read: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	text[len > 0 ? len : 0] = '\0';
	config_parse(config, text, name);
}

void config_read(struct config *ret)
{
	static char directory[CONFIG_TEXT];

	*ret = (struct config){ .producer_url = DEFAULT_URL };
	program_dir(directory);
	memcpy(ret->spool_dir, directory, sizeof directory);
	if (directory[0]) {
		read_file(ret, directory, "producer.conf");
		ret->url_given = ret->token_given = false; /* the package is weaker than Stash */
		read_file(ret, directory, "plexsync.conf");
	}
	for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
		const char *value = getenv(ROWS[i].variable);

		if (value && value[0] && !put(ret, i, value, strlen(value)))
			error_set(&ret->fault, "%s is too long, and not used", ROWS[i].variable);
	}
	if (!ret->producer_url[0])
		memcpy(ret->producer_url, DEFAULT_URL, sizeof DEFAULT_URL);
	if (!ret->spool_dir[0])
		memcpy(ret->spool_dir, directory, sizeof directory);
}
