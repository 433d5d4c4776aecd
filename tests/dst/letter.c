#include "tests/dst/letter.h"

#include "tests/dst/stage.h"

#include <stdlib.h>
#include <string.h>

/* How long an index may lag behind Plex, and wall clocks of instances be wrong. */
enum { LAG_MS = 1500000, CLOCK_ERROR_MS = 600000 };

int64_t letter_offset(const struct record *letter)
{
	auto_free char *offset = record_header_text(letter, "__dlq.errors.offset", 20);

	return offset ? strtoll(offset, NULL, 10) : -1;
}

static bool same_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return !a == !b && a_len == b_len && (!a || memcmp(a, b, a_len) == 0);
}

bool letter_is_copy(const struct record *letter, const struct record *original)
{
	size_t at = 0;

	if (!same_bytes(letter->value, letter->value_len, original->value, original->value_len) ||
		!same_bytes(letter->key, letter->key_len, original->key, original->key_len))
		return false;
	for (size_t i = 0; i < original->header_count; i++) {
		const struct header *b = &original->headers[i];
		const struct header *a = &letter->headers[at];

		if (strncmp(b->name, "plexsync-", 9) == 0)
			continue;
		if (at++ == letter->header_count || !str_equal(a->name, b->name) ||
			!same_bytes(a->value, a->len, b->value, b->len))
			return false;
	}
	return true;
}

/* ---- reasons ---- */

static bool is_ambiguous(const struct stage *stage, const struct stashscene *scene)
{
	return stage->plex.files[scene->number].ambiguous;
}

static bool is_not_found(const struct stage *stage, const struct stashscene *scene)
{
	const struct plexworld_file *file = &stage->plex.files[scene->number];
	int64_t begin_ms = stage->oracle.scenes[scene->number].first_ms;
	int64_t now_ms = stage->world.now_ms;

	if (now_ms - begin_ms < NOT_FOUND_WINDOW_MS - CLOCK_ERROR_MS)
		return false;
	return !file->here || now_ms - file->since_ms < LAG_MS;
}

static bool is_refused(const struct stage *stage, const struct stashscene *scene)
{
	return stage->plex.files[scene->number].refused;
}

static bool has_failed(const struct stage *stage, const struct stashscene *scene)
{
	return stage->oracle.scenes[scene->number].failures > MAX_RETRIES;
}

static const struct reason {
	const char *name;
	bool (*holds)(const struct stage *stage, const struct stashscene *scene);
} reasons[] = {
	{ "ambiguous", is_ambiguous },
	{ "not_found", is_not_found },
	{ "rejected_by_plex", is_refused },
	{ "exhausted", has_failed },
	{ "unresolvable", has_failed },
};

/* Not what the engine says of it counts, but what the world did to the scene. */
static bool is_legitimate(
	const struct stage *stage, const struct stashscene *scene, const char *name)
{
	if (!scene)
		return str_equal(name, "invalid_event");
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (str_equal(name, reasons[i].name))
			return reasons[i].holds(stage, scene);
	return false;
}

void letter_check(struct stage *stage, const struct record *letter)
{
	auto_free char *reason = record_header_text(letter, "plexsync-error", 40);
	struct oracle_partition *p = &stage->oracle.partitions[letter->partition];
	int64_t offset = letter_offset(letter);
	const struct stashscene *scene;

	if (offset < 0 || offset >= (int64_t)p->count) {
		world_fail(&stage->world, "a dead letter of a record that never was: %d/%lld",
			(int)letter->partition, (long long)offset);
		return;
	}
	scene = p->records[offset].scene;
	if (!letter_is_copy(letter, log_at(&stage->log, TOPIC_EVENTS, letter->partition, offset)))
		world_fail(&stage->world, "the dead letter of %d/%lld is not its record",
			(int)letter->partition, (long long)offset);
	/* Two copies are one letter: a crash before the pending record's end brings a second one. */
	if (!p->records[offset].letter && !is_legitimate(stage, scene, reason))
		world_fail(&stage->world, "%d/%lld need not be a dead letter, as %s",
			(int)letter->partition, (long long)offset, reason ? reason : "nothing");
	p->records[offset].letter = true;
	if (scene)
		stage->oracle.scenes[scene->number].letters++;
}

void retry_check(struct stage *stage, const struct record *retry)
{
	auto_free char *place = record_header_text(retry, "plexsync-source", 40);
	const char *slash = place ? strchr(place, '/') : NULL;
	int64_t offset = slash ? strtoll(slash + 1, NULL, 10) : -1;

	if (!retry->value)
		return;
	if (offset < 0 || offset >= log_end(&stage->log, TOPIC_EVENTS, retry->partition) ||
		!letter_is_copy(retry, log_at(&stage->log, TOPIC_EVENTS, retry->partition, offset)))
		world_fail(&stage->world, "a retry in %d that is no copy of %s",
			(int)retry->partition, place ? place : "anything");
}
