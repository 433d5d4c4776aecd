/* Which directories Plex was asked to scan lately: each is asked for once in ten minutes. */
#ifndef CONSUMER_SCANS_H
#define CONSUMER_SCANS_H

#include "consumer/inputs.h"

enum { SCANS_MAX = 256, SCANS_REST_MS = 10 * 60 * 1000 };

struct scans {
	struct {
		uint64_t hash; /* of section and directory */
		int64_t until_mono_ms;
	} items[SCANS_MAX];
};

/*
 * true: this directory of the section may be scanned now, which is remembered. false also when too
 * many directories were scanned lately.
 */
bool scans_begin(struct scans *s, struct now now, const char *section, const char *directory);

/* A file's directory, with / or \ between the components; NULL when it has none. free() it. */
char *scans_directory(const char *file) WARN_UNUSED;

#endif
