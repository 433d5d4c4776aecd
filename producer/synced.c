/* The table of what is synced; reading one stamp's value is in synced_parse.c. */
#include "producer/synced.h"

#include <stdlib.h>
#include <string.h>

/*
 * A scene in 33 bytes. What does not fit (ids or offsets above 32 bits, times before 1970 or after
 * 2109, two different versions, the 16383rd owner's generation) lies in the table's `wide`, and
 * `content` is its place there.
 */
struct __attribute__((packed)) slot {
	uint32_t scene, covers, offset, content, files;
	uint16_t epoch : 14; /* EPOCH_WIDE: see `wide` */
	uint16_t seen : 2;
	uint64_t version_ms : 42, observed_ms : 42, outcome : 3;
};

/* What `version_ms` is: of the state that was judged, of the state that was applied, or of both. */
enum { SEEN_AND_APPLIED, SEEN_ONLY, APPLIED_ONLY };

enum {
	EPOCH_WIDE = (1 << 14) - 1,
	CHUNK = 2048, /* slots that are allocated together: nothing moves when the table grows */
	INDEX_MIN = 1024,
	PARTITIONS_MAX = 100000, /* more than any cluster gives one topic */
};
#define TIME_MAX_MS ((INT64_C(1) << 42) - 1)

/* An owner of a partition: most records share theirs with the one before them. */
struct epoch {
	int32_t partition;
	int64_t generation;
};

struct synced {
	struct slot **chunks;
	size_t slots; /* used ones; never given back */
	size_t count; /* with a stamp that can be read */
	uint32_t *index; /* by hash, linear probing: a slot's number plus one; 0: free */
	size_t index_size;
	struct synced_stamp *wide;
	size_t wide_count;
	struct epoch *epochs;
	size_t epoch_count, newest_epoch;
	int64_t *positions; /* by partition */
	int32_t position_count;
};

struct synced *synced_new(void)
{
	struct synced *t = xcalloc(1, sizeof *t);

	t->index_size = INDEX_MIN;
	t->index = xcalloc(t->index_size, sizeof *t->index);
	return t;
}

void synced_free(struct synced *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < (t->slots + CHUNK - 1) / CHUNK; i++)
		free(t->chunks[i]);
	free(t->chunks);
	free(t->index);
	free(t->wide);
	free(t->epochs);
	free(t->positions);
	free(t);
}

/* ---- one slot ---- */

static struct slot *slot_at(const struct synced *t, size_t i)
{
	return &t->chunks[i / CHUNK][i % CHUNK];
}

static bool is_stamp(unsigned outcome)
{
	return outcome < SYNCED_GRAVE;
}

static uint64_t scene_of(const struct synced *t, const struct slot *slot)
{
	return slot->epoch == EPOCH_WIDE ? t->wide[slot->content].scene : slot->scene;
}

static void unpack(const struct synced *t, const struct slot *slot, struct synced_stamp *ret)
{
	const struct epoch *epoch;

	if (slot->epoch == EPOCH_WIDE) {
		*ret = t->wide[slot->content];
		return;
	}
	epoch = &t->epochs[slot->epoch];
	*ret = (struct synced_stamp){
		.scene = slot->scene,
		.outcome = (enum synced_outcome)slot->outcome,
		.seen_updated_at_ms = slot->seen == APPLIED_ONLY ? 0 : (int64_t)slot->version_ms,
		.updated_at_ms = slot->seen == SEEN_ONLY ? 0 : (int64_t)slot->version_ms,
		.observed_at_ms = (int64_t)slot->observed_ms,
		.content = slot->content,
		.files = slot->files,
		.covers = { .generation = epoch->generation, .offset = (int64_t)slot->covers - 1 },
		.partition = epoch->partition,
		.offset = slot->offset,
	};
}

/* EPOCH_WIDE when there are too many. Linear: a new owner is a rare thing. */
static unsigned find_epoch(struct synced *t, int32_t partition, int64_t generation)
{
	for (size_t n = 0; n < t->epoch_count; n++) {
		size_t i = (t->newest_epoch + n) % t->epoch_count;

		if (t->epochs[i].partition == partition && t->epochs[i].generation == generation) {
			t->newest_epoch = i;
			return (unsigned)i;
		}
	}
	if (t->epoch_count == EPOCH_WIDE)
		return EPOCH_WIDE;
	t->epochs = xrealloc(t->epochs, t->epoch_count + 1, sizeof *t->epochs);
	t->epochs[t->epoch_count] = (struct epoch){ partition, generation };
	t->newest_epoch = t->epoch_count++;
	return (unsigned)t->newest_epoch;
}

static bool fits_time(int64_t ms)
{
	return ms >= 0 && ms <= TIME_MAX_MS;
}

static bool fits_number(int64_t number)
{
	return number >= 0 && number <= UINT32_MAX;
}

static bool pack(struct synced *t, struct slot *slot, const struct synced_stamp *s)
{
	int64_t seen = s->seen_updated_at_ms, applied = s->updated_at_ms;
	unsigned epoch;

	if (s->scene > UINT32_MAX || !fits_number(s->covers.offset + 1) ||
		!fits_number(s->offset) || (seen != applied && seen && applied) ||
		!fits_time(seen) || !fits_time(applied) || !fits_time(s->observed_at_ms))
		return false;
	epoch = find_epoch(t, s->partition, s->covers.generation);
	if (epoch == EPOCH_WIDE)
		return false;
	*slot = (struct slot){
		.scene = (uint32_t)s->scene,
		.covers = (uint32_t)(s->covers.offset + 1), /* an intent may cover nothing: -1 */
		.offset = (uint32_t)s->offset,
		.content = s->content,
		.files = s->files,
		.epoch = epoch & EPOCH_WIDE,
		.seen = seen == applied ? SEEN_AND_APPLIED
			: seen          ? SEEN_ONLY
					: APPLIED_ONLY,
		.version_ms = (uint64_t)(seen ? seen : applied) & TIME_MAX_MS,
		.observed_ms = (uint64_t)s->observed_at_ms & TIME_MAX_MS,
		.outcome = (unsigned)s->outcome & 7,
	};
	return true;
}

/* A scene that was wide once stays so: its place is kept. */
static void set(struct synced *t, struct slot *slot, const struct synced_stamp *s)
{
	if (slot->epoch != EPOCH_WIDE) {
		if (pack(t, slot, s))
			return;
		t->wide = xrealloc(t->wide, t->wide_count + 1, sizeof *t->wide);
		*slot = (struct slot){ .epoch = EPOCH_WIDE, .content = (uint32_t)t->wide_count++ };
	}
	slot->outcome = (unsigned)s->outcome & 7;
	t->wide[slot->content] = *s;
}

/* ---- the index ---- */

/* A Fibonacci step and a fold: ids are mostly a row of numbers. */
static size_t place_of(const struct synced *t, uint64_t scene)
{
	uint64_t hash = (scene ^ scene >> 32) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)((hash >> 32) * t->index_size >> 32);
}

/* The index entry of the scene, or the free one where it belongs. */
static uint32_t *find(const struct synced *t, uint64_t scene)
{
	size_t i = place_of(t, scene);

	while (t->index[i] && scene_of(t, slot_at(t, t->index[i] - 1)) != scene)
		i = i + 1 < t->index_size ? i + 1 : 0;
	return &t->index[i];
}

/* By half, when four fifths are taken. */
static void grow_index(struct synced *t)
{
	if (t->slots < t->index_size / 5 * 4)
		return;
	free(t->index);
	t->index_size += t->index_size / 2;
	t->index = xcalloc(t->index_size, sizeof *t->index);
	for (size_t i = 0; i < t->slots; i++)
		*find(t, scene_of(t, slot_at(t, i))) = (uint32_t)i + 1;
}

static struct slot *add(struct synced *t)
{
	if (t->slots % CHUNK == 0) {
		t->chunks = xrealloc(t->chunks, t->slots / CHUNK + 1, sizeof(struct slot *));
		t->chunks[t->slots / CHUNK] = xcalloc(CHUNK, sizeof(struct slot));
	}
	return slot_at(t, t->slots++);
}

/* ---- the fold ---- */

static void note_position(struct synced *t, const struct record *record)
{
	if (record->partition >= t->position_count) {
		t->positions =
			xrealloc(t->positions, (size_t)record->partition + 1, sizeof *t->positions);
		while (t->position_count <= record->partition)
			t->positions[t->position_count++] = 0;
	}
	if (record->offset >= t->positions[record->partition])
		t->positions[record->partition] = record->offset + 1;
}

uint64_t synced_scene(const struct record *record)
{
	char text[SCENE_ID_SIZE];

	if (!record->key || record->key_len >= sizeof text ||
		memchr(record->key, '\0', record->key_len))
		return 0;
	memcpy(text, record->key, record->key_len);
	text[record->key_len] = '\0';
	return scene_id_valid(text) ? strtoull(text, NULL, 10) : 0;
}

static void read_value(struct synced_stamp *ret, const struct record *record, uint64_t scene)
{
	bool readable = record->value && synced_parse(ret, record->value, record->value_len) &&
			ret->scene == scene;

	if (!readable)
		*ret = (struct synced_stamp){ .outcome = record->value ? SYNCED_UNREADABLE
								       : SYNCED_GRAVE };
	ret->scene = scene;
	ret->partition = record->partition;
	ret->offset = record->offset;
}

/* Below every fence when the record has none. */
static struct covers covers_of(const struct record *record)
{
	struct covers covers;

	return covers_read(&covers, record) ? covers : (struct covers){ -1, -1 };
}

/* The slot that the record is for; NULL when what it holds is newer. */
static struct slot *open_slot(
	struct synced *t, uint64_t scene, struct covers covers, int64_t own_offset)
{
	uint32_t *place = find(t, scene);
	struct synced_stamp old;
	struct slot *slot;

	if (!*place) {
		slot = add(t);
		*place = (uint32_t)t->slots;
		slot->outcome = SYNCED_GRAVE;
		return slot;
	}
	slot = slot_at(t, *place - 1);
	unpack(t, slot, &old);
	return covers_compare(covers, own_offset, old.covers, old.offset) < 0 ? NULL : slot;
}

bool synced_fold(struct synced *t, const struct record *record)
{
	uint64_t scene = synced_scene(record);
	struct covers covers = covers_of(record);
	struct synced_stamp stamp;
	struct slot *slot;

	if (record->partition < 0 || record->partition >= PARTITIONS_MAX)
		return false;
	note_position(t, record);
	slot = scene ? open_slot(t, scene, covers, record->offset) : NULL;
	if (!slot)
		return false;
	t->count -= is_stamp(slot->outcome);
	read_value(&stamp, record, scene);
	stamp.covers = covers;
	set(t, slot, &stamp);
	t->count += is_stamp(slot->outcome);
	grow_index(t);
	return true;
}

bool synced_get(const struct synced *t, const char *scene_id, struct synced_stamp *ret)
{
	uint64_t scene = scene_id_valid(scene_id) ? strtoull(scene_id, NULL, 10) : 0;
	uint32_t place = *find(t, scene);
	const struct slot *slot = place ? slot_at(t, place - 1) : NULL;

	if (!slot || !is_stamp(slot->outcome))
		return false;
	unpack(t, slot, ret);
	return true;
}

struct covers synced_covers(const struct synced *t, uint64_t scene)
{
	uint32_t place = scene ? *find(t, scene) : 0;
	struct synced_stamp s = { .covers = { -1, -1 } };

	if (place)
		unpack(t, slot_at(t, place - 1), &s);
	return s.covers;
}

bool synced_next(const struct synced *t, size_t *cursor, struct synced_stamp *ret)
{
	while (*cursor < t->slots) {
		const struct slot *slot = slot_at(t, (*cursor)++);

		if (is_stamp(slot->outcome)) {
			unpack(t, slot, ret);
			return true;
		}
	}
	return false;
}

size_t synced_count(const struct synced *t)
{
	return t->count;
}

int64_t synced_position(const struct synced *t, int32_t partition)
{
	return partition >= 0 && partition < t->position_count ? t->positions[partition] : 0;
}

/* Places are kept, below every fence, so that cursors stay good. */
void synced_forget(struct synced *t, int32_t partition)
{
	if (partition >= 0 && partition < t->position_count)
		t->positions[partition] = 0;
	for (size_t i = 0; i < t->slots; i++) {
		struct slot *slot = slot_at(t, i);
		struct synced_stamp s;

		unpack(t, slot, &s);
		if (s.partition != partition)
			continue;
		t->count -= is_stamp(slot->outcome);
		set(t, slot,
			&(struct synced_stamp){
				.scene = s.scene,
				.outcome = SYNCED_GRAVE,
				.covers = { -1, -1 },
				.partition = -1,
				.offset = 0,
			});
	}
}
