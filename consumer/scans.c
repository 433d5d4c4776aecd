#include "consumer/scans.h"

#include <string.h>

/* The line feed keeps "1", "2/a" and "12", "/a" apart. */
static uint64_t hash_pair(const char *section, const char *directory)
{
	auto_free char *text = xasprintf("%s\n%s", section, directory);

	return hash_bytes(text, strlen(text));
}

bool scans_begin(struct scans *s, struct now now, const char *section, const char *directory)
{
	uint64_t hash = hash_pair(section, directory);
	size_t free_at = SCANS_MAX;

	for (size_t i = 0; i < SCANS_MAX; i++) {
		if (s->items[i].until_mono_ms <= now.mono_ms)
			free_at = i;
		else if (s->items[i].hash == hash)
			return false;
	}
	if (free_at == SCANS_MAX)
		return false;
	s->items[free_at].hash = hash;
	s->items[free_at].until_mono_ms = now.mono_ms + SCANS_REST_MS;
	return true;
}

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

char *scans_directory(const char *file)
{
	size_t len = strlen(file);

	while (len && !is_separator(file[len - 1]))
		len--;
	return len > 1 ? xstrndup(file, len - 1) : NULL;
}
