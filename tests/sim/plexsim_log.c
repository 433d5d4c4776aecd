#include "tests/sim/plexsim_log.h"

#include "tests/sim/plexsim_query.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t plexsim_log_add(
	struct plexsim_log *log, const char *method, const char *path, const char *raw_query)
{
	struct timespec now;
	struct plexsim_log_entry *entry;

	clock_gettime(CLOCK_REALTIME, &now);
	log->entries = xrealloc(log->entries, log->count + 1, sizeof *log->entries);
	entry = &log->entries[log->count++];
	entry->id = ++log->last_id;
	entry->time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	entry->method = xstrdup(method);
	entry->path = xstrdup(path);
	entry->raw_query = xstrdup(raw_query ? raw_query : "");
	entry->status = PLEXSIM_UNANSWERED;
	return entry->id;
}

void plexsim_log_answer(struct plexsim_log *log, uint64_t id, int status)
{
	for (size_t i = log->count; i-- > 0;)
		if (log->entries[i].id == id)
			log->entries[i].status = status;
}

void plexsim_log_clear(struct plexsim_log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		free(log->entries[i].method);
		free(log->entries[i].path);
		free(log->entries[i].raw_query);
	}
	free(log->entries);
	log->entries = NULL;
	log->count = 0;
}

size_t plexsim_log_count(const struct plexsim_log *log, const char *method, const char *path_prefix)
{
	size_t count = 0;

	for (size_t i = 0; i < log->count; i++) {
		const struct plexsim_log_entry *entry = &log->entries[i];

		count += (!method || str_equal(entry->method, method)) &&
			 (!path_prefix ||
				 strncmp(entry->path, path_prefix, strlen(path_prefix)) == 0);
	}
	return count;
}

json_t *plexsim_log_dump(const struct plexsim_log *log)
{
	json_t *list = json_array();

	for (size_t i = 0; i < log->count; i++) {
		const struct plexsim_log_entry *entry = &log->entries[i];
		struct plexsim_query query;

		plexsim_query_init(&query, entry->raw_query);
		json_array_append_new(list,
			json_pack("{s:I, s:I, s:s, s:s, s:s, s:o, s:o}", "id",
				(json_int_t)entry->id, "time_ms", (json_int_t)entry->time_ms,
				"method", entry->method, "path", entry->path, "query",
				entry->raw_query, "arguments", plexsim_query_json(&query), "status",
				entry->status == PLEXSIM_UNANSWERED ? json_null()
								    : json_integer(entry->status)));
		plexsim_query_done(&query);
	}
	return list;
}
