#include "producer/unsettled.h"

#include "common/rfc3339.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* Ours is a function: uthash's own falls through its cases, which clang complains of. */
#define HASH_FUNCTION(key, len, hash) ((hash) = (unsigned)hash_bytes(key, len))
#include <uthash.h>

enum { ERROR_SIZE = 32, HEADER_MAX = 128, ATTEMPT_MAX = 1000000 };

struct entry {
	uint64_t scene;
	bool retry; /* it has a retry record, of which the next seven tell */
	int32_t partition;
	int64_t offset;
	struct covers covers;
	int64_t due_ms;
	int attempt;
	char error[ERROR_SIZE];
	int64_t accepted; /* the highest offset of an event that waits; -1: none */
	TAILQ_ENTRY(entry) link; /* while one waits: oldest first */
	UT_hash_handle hh;
};

struct unsettled {
	struct entry *entries; /* uthash's head */
	TAILQ_HEAD(, entry) waiting;
	size_t waiting_count, waiting_max, retry_count;
};

struct unsettled *unsettled_new(size_t max_waiting)
{
	struct unsettled *p = xcalloc(1, sizeof *p);

	TAILQ_INIT(&p->waiting);
	p->waiting_max = max_waiting;
	return p;
}

static void drop(struct unsettled *p, struct entry *e)
{
	HASH_DEL(p->entries, e);
	free(e);
}

void unsettled_free(struct unsettled *p)
{
	struct entry *e, *next;

	if (!p)
		return;
	HASH_ITER(hh, p->entries, e, next)
	drop(p, e);
	free(p);
}

static struct entry *find(const struct unsettled *p, uint64_t scene)
{
	struct entry *e;

	HASH_FIND(hh, p->entries, &scene, sizeof scene, e);
	return e;
}

static struct entry *find_or_add(struct unsettled *p, uint64_t scene)
{
	struct entry *e = find(p, scene);

	if (e)
		return e;
	e = xcalloc(1, sizeof *e);
	e->scene = scene;
	e->accepted = -1;
	HASH_ADD(hh, p->entries, scene, sizeof e->scene, e);
	return e;
}

static void drop_if_done(struct unsettled *p, struct entry *e)
{
	if (!e->retry && e->accepted < 0)
		drop(p, e);
}

static void end_waiting(struct unsettled *p, struct entry *e)
{
	if (e->accepted < 0)
		return;
	e->accepted = -1;
	TAILQ_REMOVE(&p->waiting, e, link);
	p->waiting_count--;
}

static void end_retry(struct unsettled *p, struct entry *e)
{
	p->retry_count -= e->retry;
	e->retry = false;
}

static uint64_t scene_number(const char *scene_id)
{
	return scene_id_valid(scene_id) ? strtoull(scene_id, NULL, 10) : 0;
}

static void read_headers(struct entry *e, const struct record *record)
{
	auto_free char *due = record_header_text(record, "plexsync-due", HEADER_MAX);
	auto_free char *attempt = record_header_text(record, "plexsync-attempt", HEADER_MAX);
	auto_free char *error = record_header_text(record, "plexsync-error", ERROR_SIZE - 1);
	long count = attempt ? strtol(attempt, NULL, 10) : 0;

	if (!due || !rfc3339_parse(due, &e->due_ms))
		e->due_ms = 0;
	e->attempt = count > 0 && count < ATTEMPT_MAX ? (int)count : 0;
	memset(e->error, 0, sizeof e->error);
	if (error)
		memcpy(e->error, error, strlen(error));
}

/* Older than what is held, or settled by a stamp since. */
static bool is_stale(const struct entry *e, const struct record *record, struct covers covers,
	struct covers stamp)
{
	if (e && e->retry && e->partition == record->partition &&
		covers_compare(covers, record->offset, e->covers, e->offset) < 0)
		return true;
	return record->value && covers.offset < stamp.offset;
}

bool unsettled_fold(struct unsettled *p, const struct record *record, struct covers stamp)
{
	uint64_t scene = synced_scene(record);
	struct entry *e = scene ? find(p, scene) : NULL;
	struct covers covers;

	if (!covers_read(&covers, record))
		covers = (struct covers){ -1, -1 };
	if (!scene || is_stale(e, record, covers, stamp))
		return false;
	unsettled_cover(p, scene, covers.offset); /* by the record: what waits now is in it */
	e = find_or_add(p, scene);
	end_retry(p, e);
	if (record->value) {
		e->retry = true;
		p->retry_count++;
		e->partition = record->partition;
		e->offset = record->offset;
		e->covers = covers;
		read_headers(e, record);
	}
	drop_if_done(p, e);
	return true;
}

/* The newest at the end: when there are too many, the oldest one is forgotten. */
void unsettled_accepted(struct unsettled *p, const char *scene_id, int64_t offset)
{
	struct entry *e = find_or_add(p, scene_number(scene_id));
	struct entry *oldest;

	if (e->retry && e->covers.offset >= offset)
		return; /* the consumer was faster than the report */
	if (offset < e->accepted)
		offset = e->accepted;
	end_waiting(p, e);
	e->accepted = offset;
	TAILQ_INSERT_TAIL(&p->waiting, e, link);
	p->waiting_count++;
	if (p->waiting_count <= p->waiting_max)
		return;
	oldest = TAILQ_FIRST(&p->waiting);
	end_waiting(p, oldest);
	drop_if_done(p, oldest);
}

void unsettled_cover(struct unsettled *p, uint64_t scene, int64_t offset)
{
	struct entry *e = find(p, scene);

	if (!e || e->accepted < 0 || e->accepted > offset)
		return;
	end_waiting(p, e);
	drop_if_done(p, e);
}

bool unsettled_get(const struct unsettled *p, const char *scene_id, struct unsettled_retry *ret,
	bool *ret_waiting)
{
	const struct entry *e = find(p, scene_number(scene_id));

	*ret_waiting = e && e->accepted >= 0;
	if (!e || !e->retry)
		return false;
	*ret = (struct unsettled_retry){
		.due_ms = e->due_ms, .attempt = e->attempt, .error = e->error
	};
	return true;
}

size_t unsettled_retries(const struct unsettled *p)
{
	return p->retry_count;
}

size_t unsettled_waiting(const struct unsettled *p)
{
	return p->waiting_count;
}

void unsettled_forget(struct unsettled *p, int32_t partition)
{
	struct entry *e, *next;

	HASH_ITER(hh, p->entries, e, next)
	if (e->retry && e->partition == partition) {
		end_retry(p, e);
		drop_if_done(p, e);
	}
}
