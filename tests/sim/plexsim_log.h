/* The log of requests. Not thread-safe. */
#ifndef TESTS_SIM_PLEXSIM_LOG_H
#define TESTS_SIM_PLEXSIM_LOG_H

#include "common/base.h"

#include <jansson.h>

#define PLEXSIM_UNANSWERED (-1)

struct plexsim_log_entry {
	uint64_t id;
	int64_t time_ms; /* since the epoch */
	char *method, *path, *raw_query;
	int status; /* 0 = closed without an answer; PLEXSIM_UNANSWERED */
};

struct plexsim_log {
	struct plexsim_log_entry *entries;
	size_t count;
	uint64_t last_id;
};

/* Gives the entry's id. `raw_query` may be NULL. */
uint64_t plexsim_log_add(
	struct plexsim_log *log, const char *method, const char *path, const char *raw_query);

/* An entry that is cleared meanwhile is no error. */
void plexsim_log_answer(struct plexsim_log *log, uint64_t id, int status);
void plexsim_log_clear(struct plexsim_log *log);
size_t plexsim_log_count(
	const struct plexsim_log *log, const char *method, const char *path_prefix);
json_t *plexsim_log_dump(const struct plexsim_log *log) WARN_UNUSED;

#endif
