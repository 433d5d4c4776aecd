#include "producer/synced.h"

#include "common/rfc3339.h"

#include "check_main.h"

#include <stdio.h>
#include <string.h>

static struct record made(
	int32_t partition, int64_t offset, const char *key, const char *value, const char *covers)
{
	struct record r = { .topic = TOPIC_STAMPS, .partition = partition, .offset = offset };

	record_set_key(&r, key, strlen(key));
	record_set_value(&r, value, value ? strlen(value) : 0);
	if (covers)
		record_add_text_header(&r, COVERS_HEADER, covers);
	return r;
}

static bool fold(
	struct synced *t, int64_t offset, const char *key, const char *value, const char *covers)
{
	struct record r = made(1, offset, key, value, covers);
	bool taken = synced_fold(t, &r);

	record_done(&r);
	return taken;
}

#define STAMP45 \
	"{\"scene_id\":\"45\",\"outcome\":\"synced\",\"reason\":null," \
	"\"seen_updated_at\":\"2026-01-02T03:04:05Z\",\"updated_at\":\"2026-01-02T03:04:05Z\"," \
	"\"observed_at\":\"2026-01-02T03:04:06.500Z\",\"content_hash\":\"fedcba9876543210\"," \
	"\"files\":\"1\",\"applied\":{\"title\":[\"1\"]}}"

START_TEST(keeps_what_a_stamp_says)
{
	struct synced *t = synced_new();
	struct synced_stamp s;

	ck_assert(!synced_get(t, "45", &s));
	ck_assert(fold(t, 7, "45", STAMP45, "5/3"));
	ck_assert(synced_get(t, "45", &s));
	ck_assert_uint_eq(s.scene, 45);
	ck_assert_str_eq(synced_outcome_name(s.outcome), "synced");
	ck_assert_int_eq(s.updated_at_ms, 1767323045000);
	ck_assert_int_eq(s.seen_updated_at_ms, 1767323045000);
	ck_assert_int_eq(s.observed_at_ms, 1767323046500);
	ck_assert_uint_eq(s.content, synced_digest(0xfedcba9876543210u));
	ck_assert_uint_eq(s.files, synced_digest(1));
	ck_assert_int_eq(s.covers.generation, 5);
	ck_assert_int_eq(s.covers.offset, 3);
	ck_assert_int_eq(s.partition, 1);
	ck_assert_int_eq(s.offset, 7);
	ck_assert_uint_eq(synced_count(t), 1);
	ck_assert_int_eq(synced_position(t, 1), 8);
	ck_assert_int_eq(synced_position(t, 0), 0);
	ck_assert_int_eq(synced_position(t, 6), 0);
	ck_assert(!synced_get(t, "4", &s));
	ck_assert(!synced_get(t, "045", &s));
	synced_free(t);
}
END_TEST

START_TEST(keeps_what_does_not_fit_a_slot)
{
	static const struct {
		const char *id, *seen, *applied;
		const char *covers;
		int64_t offset;
	} cases[] = {
		{ "999999999999999999", "2026-01-02T03:04:05.123Z", "2026-01-02T03:04:05.123Z",
			"5/3", 1 },
		{ "4294967296", "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z", "5/3", 2 },
		{ "4294967295", "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:06.000Z", "5/3", 3 },
		{ "1", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z", "5/3", 4 },
		{ "2", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z", "5/3", 5 },
		{ "3", "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z",
			"999999999999999999/999999999999999999", 6 },
		{ "4", "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z", "5/4294967295", 7 },
		{ "5", "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z", "5/-1", 4294967296 },
	};
	struct synced *t = synced_new();

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			auto_free char *value =
				xasprintf("{\"scene_id\":\"%s\",\"outcome\":\"dead\","
					  "\"seen_updated_at\":\"%s\","
					  "\"updated_at\":\"%s\"}",
					cases[i].id, cases[i].seen, cases[i].applied);

			ck_assert(fold(t, cases[i].offset, cases[i].id, value, cases[i].covers));
		}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char seen[RFC3339_SIZE], applied[RFC3339_SIZE], covers[64];
		struct synced_stamp s;

		ck_assert(synced_get(t, cases[i].id, &s));
		rfc3339_format(s.seen_updated_at_ms, seen);
		rfc3339_format(s.updated_at_ms, applied);
		snprintf(covers, sizeof covers, "%lld/%lld", (long long)s.covers.generation,
			(long long)s.covers.offset);
		ck_assert_str_eq(seen, cases[i].seen);
		ck_assert_str_eq(applied, cases[i].applied);
		ck_assert_str_eq(covers, cases[i].covers);
		ck_assert_int_eq(s.offset, cases[i].offset);
		ck_assert_int_eq(s.outcome, SYNCED_DEAD);
	}
	ck_assert_uint_eq(synced_count(t), ARRAY_LEN(cases));
	synced_free(t);
}
END_TEST

START_TEST(tells_the_version_that_was_seen_from_the_one_applied)
{
	struct synced *t = synced_new();
	struct synced_stamp s;

	fold(t, 0, "1", "{\"scene_id\":1,\"seen_updated_at\":\"2026-01-02T03:04:05Z\"}", "1/1");
	ck_assert(synced_get(t, "1", &s));
	ck_assert_int_eq(s.seen_updated_at_ms, 1767323045000);
	ck_assert_int_eq(s.updated_at_ms, 0);
	ck_assert_int_eq(s.outcome, SYNCED_NONE);
	fold(t, 1, "1", "{\"scene_id\":1,\"updated_at\":\"2026-01-02T03:04:05Z\"}", "1/2");
	ck_assert(synced_get(t, "1", &s));
	ck_assert_int_eq(s.seen_updated_at_ms, 0);
	ck_assert_int_eq(s.updated_at_ms, 1767323045000);
	synced_free(t);
}
END_TEST

START_TEST(a_tombstone_frees_the_scene_but_not_for_an_older_record)
{
	struct synced *t = synced_new();
	struct synced_stamp s;
	size_t cursor = 0;

	ck_assert(fold(t, 0, "45", STAMP45, "5/3"));
	ck_assert(fold(t, 1, "45", NULL, "5/4"));
	ck_assert(!synced_get(t, "45", &s));
	ck_assert(!synced_next(t, &cursor, &s));
	ck_assert_uint_eq(synced_count(t), 0);
	ck_assert(!fold(t, 2, "45", STAMP45, "5/3"));
	ck_assert(!fold(t, 3, "45", STAMP45, NULL));
	ck_assert(!synced_get(t, "45", &s));
	ck_assert(fold(t, 4, "45", STAMP45, "6/3"));
	ck_assert(synced_get(t, "45", &s));
	ck_assert_uint_eq(synced_count(t), 1);
	synced_free(t);
}
END_TEST

START_TEST(what_cannot_be_read_is_no_stamp)
{
	static const char *const values[] = { "", "x", "[]", "\"45\"", "45", "{}",
		"{\"scene_id\":\"46\"}", "{\"scene_id\":null}", "{\"scene_id\":\"45\"",
		"{\"scene_id\":[\"45\"]}", "{\"scene_id\":\"45\"}}",
		"{\"a\":{\"scene_id\":\"45\"}}", "[\"scene_id\",\"45\"]" };
	struct synced *t = synced_new();
	struct synced_stamp s;

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		ck_assert(fold(t, (int64_t)i, "45", values[i], "5/3"));
		ck_assert_msg(!synced_get(t, "45", &s), "%s", values[i]);
		ck_assert_uint_eq(synced_count(t), 0);
	}
	ck_assert(!fold(t, 50, "x", STAMP45, "5/3"));
	ck_assert(!fold(t, 51, "", STAMP45, "5/3"));
	ck_assert(!fold(t, 52, "0", STAMP45, "5/3"));
	ck_assert_int_eq(synced_position(t, 1), 53);
	synced_free(t);
}
END_TEST

START_TEST(a_partition_is_forgotten_and_read_again)
{
	struct synced *t = synced_new();
	struct synced_stamp s;
	struct record other = made(2, 9, "46", "{\"scene_id\":\"46\"}", "9/9");

	ck_assert(fold(t, 7, "45", STAMP45, "5/3"));
	ck_assert(synced_fold(t, &other));
	synced_forget(t, 1);
	ck_assert(!synced_get(t, "45", &s));
	ck_assert(synced_get(t, "46", &s));
	ck_assert_uint_eq(synced_count(t), 1);
	ck_assert_int_eq(synced_position(t, 1), 0);
	ck_assert(fold(t, 0, "45", STAMP45, NULL));
	ck_assert(synced_get(t, "45", &s));
	ck_assert_uint_eq(synced_count(t), 2);
	record_done(&other);
	synced_free(t);
}
END_TEST

START_TEST(a_cursor_survives_that_the_table_grows)
{
	enum { SCENES = 5000 };
	struct synced *t = synced_new();
	static unsigned char told[SCENES + 1];
	struct synced_stamp s;
	size_t cursor = 0, count = 0;

	memset(told, 0, sizeof told);
	for (int i = 1; i <= SCENES; i++) {
		auto_free char *id = xasprintf("%d", i);
		auto_free char *value = xasprintf("{\"scene_id\":\"%d\"}", i);

		ck_assert(fold(t, i, id, value, "1/1"));
		if (i % 3 == 0 && synced_next(t, &cursor, &s))
			told[s.scene]++;
		if (i % 500 == 0) /* a change of a scene that was told, or will be */
			ck_assert(fold(t, SCENES + i, "7", "{\"scene_id\":\"7\"}", "1/2"));
	}
	while (synced_next(t, &cursor, &s))
		told[s.scene]++;
	for (int i = 1; i <= SCENES; i++)
		count += told[i] == 1;
	ck_assert_uint_eq(count, SCENES);
	ck_assert_uint_eq(synced_count(t), SCENES);
	synced_free(t);
}
END_TEST

/* xorshift64: the same on every machine. */
static uint64_t dice(uint64_t *state, uint64_t sides)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % sides;
}

static void expect_same(struct synced *t, struct stamps *reference, int scene)
{
	auto_free char *id = xasprintf("%d", scene);
	struct synced_stamp s;
	struct stamp stamp;
	struct covers covers;
	bool known = stamps_get(reference, id, &stamp, &covers);

	ck_assert_int_eq(synced_get(t, id, &s), known);
	if (!known)
		return;
	ck_assert_str_eq(synced_outcome_name(s.outcome), stamp.outcome);
	ck_assert_int_eq(s.updated_at_ms, stamp.updated_at_ms);
	ck_assert_int_eq(s.seen_updated_at_ms, stamp.seen_updated_at_ms);
	ck_assert_int_eq(s.observed_at_ms, stamp.observed_at_ms);
	ck_assert_uint_eq(s.content, synced_digest(stamp.content_hash));
	ck_assert_uint_eq(s.files, synced_digest(stamp.files_hash));
	ck_assert_int_eq(s.covers.generation, covers.generation);
	ck_assert_int_eq(s.covers.offset, covers.offset);
	stamp_done(&stamp);
}

static char *random_stamp(uint64_t *state, const char *id)
{
	static const char *const outcomes[] = { "synced", "unchanged", "skipped", "dead", "gone" };
	struct stamp s = { .updated_at_ms = (int64_t)dice(state, 3) * 1767323045000,
		.seen_updated_at_ms = (int64_t)dice(state, 3) * 1767323045000,
		.observed_at_ms = (int64_t)dice(state, 1u << 31) * 2001,
		.content_hash = dice(state, UINT64_MAX),
		.files_hash = dice(state, 3) };
	char *text;

	memcpy(s.scene_id, id, strlen(id) + 1);
	s.outcome = xstrdup(outcomes[dice(state, ARRAY_LEN(outcomes))]);
	text = stamp_format(&s);
	stamp_done(&s);
	return text;
}

START_TEST(folds_as_the_whole_table_does)
{
	enum { SCENES = 40, RECORDS = 20000 };
	uint64_t state = 4711;
	struct synced *t = synced_new();
	struct stamps *reference = stamps_new();

	for (int i = 0; i < RECORDS; i++) {
		int scene = 1 + (int)dice(&state, SCENES);
		int64_t offset = i - (int64_t)dice(&state, 50); /* a zombie's, too */
		auto_free char *id = xasprintf("%d", scene);
		auto_free char *value = dice(&state, 5) ? random_stamp(&state, id) : NULL;
		auto_free char *covers = xasprintf(
			"%d/%d", 1 + i / 2000 - (int)dice(&state, 2), i - (int)dice(&state, 20));
		struct record r = made(scene % 3, offset < 0 ? 0 : offset, id, value,
			dice(&state, 30) ? covers : NULL);

		ck_assert_int_eq(synced_fold(t, &r), stamps_fold(reference, &r));
		record_done(&r);
		expect_same(t, reference, scene);
		ck_assert_uint_eq(synced_count(t), stamps_count(reference));
	}
	for (int scene = 1; scene <= SCENES; scene++)
		expect_same(t, reference, scene);
	synced_free(t);
	stamps_free(reference);
}
END_TEST

START_TEST(more_owners_than_a_slot_can_name_do_no_harm)
{
	enum { OWNERS = 20000 };
	struct synced *t = synced_new();
	struct synced_stamp s;

	for (int i = 1; i <= OWNERS; i++) {
		auto_free char *id = xasprintf("%d", i % 100 + 1);
		auto_free char *value = xasprintf("{\"scene_id\":\"%s\"}", id);
		auto_free char *covers = xasprintf("%d/%d", i, i);

		ck_assert(fold(t, i, id, value, covers));
	}
	ck_assert_uint_eq(synced_count(t), 100);
	ck_assert(synced_get(t, "1", &s));
	ck_assert_int_eq(s.covers.generation, OWNERS);
	synced_free(t);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, keeps_what_a_stamp_says);
	tcase_add_test(cases, keeps_what_does_not_fit_a_slot);
	tcase_add_test(cases, tells_the_version_that_was_seen_from_the_one_applied);
	tcase_add_test(cases, a_tombstone_frees_the_scene_but_not_for_an_older_record);
	tcase_add_test(cases, what_cannot_be_read_is_no_stamp);
	tcase_add_test(cases, a_partition_is_forgotten_and_read_again);
	tcase_add_test(cases, a_cursor_survives_that_the_table_grows);
	tcase_add_test(cases, folds_as_the_whole_table_does);
	tcase_add_test(cases, more_owners_than_a_slot_can_name_do_no_harm);
	tcase_set_timeout(cases, 60);
}

CHECK_MAIN("synced", add_cases)
