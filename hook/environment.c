#include "hook/environment.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *variable(const char *name, const char *default_value)
{
	const char *value = getenv(name);

	return value && value[0] ? value : default_value;
}

/* The plugin's own directory, whatever the working directory is (it is Stash's). */
static const char *program_dir(void)
{
	static char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		slash[slash == path] = '\0';
	return path;
}

struct environment environment_read(void)
{
	return (struct environment){
		.producer_url = variable("PLEXSYNC_PRODUCER_URL", "http://127.0.0.1:8590"),
		.token = variable("PLEXSYNC_API_TOKEN", ""),
		.spool_dir = variable("PLEXSYNC_SPOOL_DIR", program_dir()),
	};
}
