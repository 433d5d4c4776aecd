#include "common/stamps.h"

#include "check_main.h"

#include <string.h>

static struct stamp sample(void)
{
	struct stamp s = {
		.scene_id = "45",
		.outcome = xstrdup("synced"),
		.reason = xstrdup("because"),
		.seen_updated_at_ms = 1000,
		.updated_at_ms = 2000,
		.observed_at_ms = 3001,
		.synced_at_ms = 4000,
		.content_hash = 0xfedcba9876543210u,
		.files_hash = 1,
		.plex_path_hash = 2,
		.rating_key = xstrdup("101"),
		.section = xstrdup("1"),
		.pinned = true,
		.confidence = xstrdup("PINNED"),
		.event_id = xstrdup("e-1"),
	};
	struct marks intent = { 0 };

	marks_add(&s.applied, "title", "T");
	marks_add(&s.applied, "tags", "A");
	marks_add(&s.applied, "tags", "B");
	marks_add(&intent, "title", "U");
	stamp_add_intent(&s, &intent);
	stamp_add_intent(&s, &(struct marks){ 0 });
	marks_done(&intent);
	return s;
}

START_TEST(marks_tell_fields_and_values_apart)
{
	struct marks m = { 0 }, copy;

	marks_add(&m, "title", "T");
	marks_add(&m, "title", "T");
	marks_add(&m, "a_name_longer_than_15", "T");
	ck_assert_uint_eq(m.count, 1);
	marks_copy(&copy, &m);
	marks_done(&m);
	ck_assert(marks_hold(&copy, "title", "T"));
	ck_assert(!marks_hold(&copy, "title", "t"));
	ck_assert(!marks_hold(&copy, "summary", "T"));
	marks_done(&copy);
	marks_copy(&copy, &m);
	ck_assert_ptr_null(copy.items);
}
END_TEST

START_TEST(reads_back_what_it_wrote)
{
	struct stamp s = sample(), copy, back;
	auto_free char *first = stamp_format(&s), *second = NULL;

	stamp_copy(&copy, &s);
	stamp_done(&s);
	ck_assert_ptr_null(strchr(first, '\n'));
	ck_assert_ptr_null(strchr(first, ' '));
	ck_assert_ptr_nonnull(strstr(first, "\"content_hash\":\"fedcba9876543210\""));
	ck_assert_ptr_nonnull(strstr(first, "\"observed_at\":\"1970-01-01T00:00:03.001Z\""));
	ck_assert(stamp_parse(&back, first, strlen(first)));
	second = stamp_format(&copy);
	ck_assert_str_eq(first, second);
	free(second);
	second = stamp_format(&back);
	ck_assert_str_eq(first, second);
	ck_assert_uint_eq(back.files_hash, 1);
	ck_assert_uint_eq(back.intended_count, 2);
	ck_assert(marks_hold(&back.intended[0], "title", "U"));
	ck_assert(marks_hold(&back.applied, "tags", "B"));
	stamp_clear_intents(&back);
	ck_assert_uint_eq(back.intended_count, 0);
	stamp_done(&copy);
	stamp_done(&back);
}
END_TEST

START_TEST(tolerates_unknown_missing_and_wrong_members)
{
	static const char text[] =
		"{\"scene_id\":7,\"new\":[1],\"outcome\":3,\"updated_at\":\"soon\","
		"\"observed_at\":null,\"content_hash\":\"xyz\",\"files\":12,\"pinned\":\"yes\","
		"\"applied\":{\"title\":\"x\",\"tags\":[1,\"ff\"]},\"intended\":{\"a\":1}}";
	struct stamp s;

	ck_assert(stamp_parse(&s, text, strlen(text)));
	ck_assert_str_eq(s.scene_id, "7");
	ck_assert_ptr_null(s.outcome);
	ck_assert_int_eq(s.updated_at_ms, 0);
	ck_assert_uint_eq(s.content_hash, 0);
	ck_assert(!s.pinned);
	ck_assert_uint_eq(s.applied.count, 1);
	ck_assert_uint_eq(s.applied.items[0].hash, 0xff);
	ck_assert_uint_eq(s.intended_count, 0);
	stamp_done(&s);
}
END_TEST

START_TEST(refuses_what_is_no_stamp)
{
	static const char *const texts[] = { "", "[]", "{}", "{\"scene_id\":\"x\"}",
		"{\"scene_id\":null}", "{\"scene_id\":\"1\",\"scene_id\":\"2\"}",
		"{\"scene_id\":\"1\"} x" };
	struct stamp s;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		ck_assert_msg(!stamp_parse(&s, texts[i], strlen(texts[i])), "%s", texts[i]);
	ck_assert(!stamp_parse(&s, NULL, 0));
}
END_TEST

START_TEST(reads_the_fence_it_wrote_and_nothing_else)
{
	static const char *const garbled[] = { "", "1", "1/", "/1", "-1/2", "1/-2", "1/2 ", " 1/2",
		"1/2/3", "+1/2", "1234567890123456789/1" };
	struct record r = { 0 };
	struct covers c;

	ck_assert(!covers_read(&c, &r));
	ck_assert_int_eq(c.generation, -1);
	ck_assert_int_eq(c.offset, -1);
	for (size_t i = 0; i < ARRAY_LEN(garbled); i++) {
		record_add_text_header(&r, COVERS_HEADER, garbled[i]);
		ck_assert_msg(!covers_read(&c, &r), "%s", garbled[i]);
	}
	covers_write(&r, (struct covers){ 1768115273000, 17 });
	ck_assert_uint_eq(r.header_count, 1);
	ck_assert_str_eq(r.headers[0].value, "1768115273000/17");
	ck_assert(covers_read(&c, &r));
	ck_assert_int_eq(c.generation, 1768115273000);
	ck_assert_int_eq(c.offset, 17);
	covers_write(&r, (struct covers){ 1768115273000, -1 });
	ck_assert_msg(covers_read(&c, &r), "an intent of a scene without a stamp covers nothing");
	ck_assert_int_eq(c.offset, -1);
	record_done(&r);
}
END_TEST

/* Folds one record; `generation` -1: without the header; `event_id` NULL: a tombstone. */
static bool fold(struct stamps *t, int32_t partition, int64_t own, int64_t generation,
	int64_t offset, const char *event_id)
{
	struct record r = { .topic = TOPIC_STAMPS, .partition = partition, .offset = own };
	bool taken;

	record_set_key(&r, "45", 2);
	if (event_id) {
		auto_free char *value =
			xasprintf("{\"scene_id\":\"45\",\"event_id\":\"%s\"}", event_id);

		record_set_value(&r, value, strlen(value));
	}
	if (generation >= 0)
		covers_write(&r, (struct covers){ generation, offset });
	taken = stamps_fold(t, &r);
	record_done(&r);
	return taken;
}

static void assert_holds(const struct stamps *t, const char *event_id, int64_t offset)
{
	struct stamp s;
	struct covers c;

	ck_assert(stamps_get(t, "45", &s, &c));
	ck_assert_str_eq(s.event_id, event_id);
	ck_assert_int_eq(c.offset, offset);
	stamp_done(&s);
}

START_TEST(holds_the_newest_by_generation_offset_and_own_offset)
{
	struct stamps *t = stamps_new();

	ck_assert(fold(t, 2, 10, 100, 5, "a"));
	ck_assert(!fold(t, 2, 11, 99, 6, "zombie"));
	ck_assert(!fold(t, 2, 12, 100, 4, "late"));
	ck_assert(!fold(t, 2, 13, -1, 0, "without a fence"));
	assert_holds(t, "a", 5);
	ck_assert(fold(t, 2, 14, 100, 5, "b"));
	assert_holds(t, "b", 5);
	ck_assert(fold(t, 2, 15, 101, 1, "c"));
	assert_holds(t, "c", 1);
	ck_assert_uint_eq(stamps_count(t), 1);
	stamps_free(t);
}
END_TEST

START_TEST(a_grave_keeps_an_older_record_from_rising)
{
	struct stamps *t = stamps_new();
	struct stamp s;

	ck_assert(fold(t, 0, 1, 100, 5, "a"));
	ck_assert(fold(t, 0, 2, 100, 7, NULL));
	ck_assert_uint_eq(stamps_count(t), 0);
	ck_assert(!stamps_get(t, "45", &s, NULL));
	ck_assert(!fold(t, 0, 3, 100, 6, "zombie"));
	ck_assert(!stamps_get(t, "45", &s, NULL));
	ck_assert(fold(t, 0, 4, 100, 8, "b"));
	assert_holds(t, "b", 8);
	stamps_free(t);
}
END_TEST

START_TEST(knows_the_highest_generation_of_a_partition)
{
	struct stamps *t = stamps_new();

	ck_assert_int_eq(stamps_generation(t, 3), -1);
	ck_assert_int_eq(stamps_generation(t, -1), -1);
	fold(t, 3, 1, 100, 5, "a");
	fold(t, 3, 2, 90, 9, "zombie");
	ck_assert_int_eq(stamps_generation(t, 3), 100);
	ck_assert_int_eq(stamps_generation(t, 2), -1);
	assert_holds(t, "a", 5);
	stamps_free(t);
}
END_TEST

START_TEST(ignores_records_that_are_no_stamps)
{
	struct stamps *t = stamps_new();
	struct record r = { .topic = TOPIC_STAMPS };
	struct stamp s;

	record_set_value(&r, "x", 1);
	ck_assert(!stamps_fold(t, &r));
	record_set_key(&r, "no id", 5);
	ck_assert(!stamps_fold(t, &r));
	record_set_key(&r, "4\0005", 3);
	ck_assert(!stamps_fold(t, &r));
	record_set_key(&r, "45", 2);
	r.partition = -1;
	ck_assert(!stamps_fold(t, &r));
	r.partition = 0;
	ck_assert(stamps_fold(t, &r));
	ck_assert(!stamps_get(t, "45", &s, NULL));
	record_set_value(&r, "{\"scene_id\":\"46\"}", 17);
	ck_assert(stamps_fold(t, &r));
	ck_assert(!stamps_get(t, "45", &s, NULL));
	record_done(&r);
	stamps_free(t);
	stamps_free(NULL);
}
END_TEST

static const struct stamps_cursor *fold_stamp(struct stamps *t, const struct stamp *stamp)
{
	struct record r = { .topic = TOPIC_STAMPS };
	auto_free char *value = stamp_format(stamp);

	record_set_key(&r, stamp->scene_id, strlen(stamp->scene_id));
	record_set_value(&r, value, strlen(value));
	ck_assert(stamps_fold(t, &r));
	record_done(&r);
	return stamps_find(t, stamp->scene_id);
}

START_TEST(tells_where_in_plex_a_scene_was_found)
{
	struct stamps *t = stamps_new();
	struct stamp s = sample();
	struct stamp_place place = { .plex_path_hash = 0 };

	free(s.reason); /* what only looks like the place of another scene */
	s.reason = xstrdup("\"rating_key\":\"9\",\"plex_path\":\"9\"");
	ck_assert(stamps_cursor_place(fold_stamp(t, &s), &place));
	ck_assert_uint_eq(place.plex_path_hash, 2);
	ck_assert_uint_eq(place.rating_key_len, 3);
	ck_assert(memcmp(place.rating_key, "101", 3) == 0);
	s.plex_path_hash = 0;
	ck_assert(!stamps_cursor_place(fold_stamp(t, &s), &place));
	ck_assert_ptr_null(stamps_find(t, "46"));
	stamp_done(&s);
	stamps_free(t);
}
END_TEST

static void fold_claim(struct stamps *t, const char *scene_id, const char *rating_key,
	const char *outcome, int64_t offset)
{
	struct record record = { .topic = TOPIC_STAMPS, .offset = offset };
	auto_free char *value =
		xasprintf("{\"scene_id\":\"%s\",\"outcome\":\"%s\",\"rating_key\":\"%s\"}",
			scene_id, outcome, rating_key);

	record_set_key(&record, scene_id, strlen(scene_id));
	record_set_value(&record, value, strlen(value));
	covers_write(&record, (struct covers){ .generation = 1, .offset = offset });
	ck_assert(stamps_fold(t, &record));
	record_done(&record);
}

START_TEST(knows_whether_another_scene_claims_an_item)
{
	struct stamps *t = stamps_new();

	fold_claim(t, "45", "101", "synced", 0);
	ck_assert(!stamps_claimed(t, "101", "45"));
	ck_assert(stamps_claimed(t, "101", "46"));
	ck_assert(!stamps_claimed(t, "10", "46"));
	ck_assert(!stamps_claimed(t, "1011", "46"));
	fold_claim(t, "47", "101", "skipped", 1);
	ck_assert(stamps_claimed(t, "101", "45"));
	fold_claim(t, "47", "101", "gone", 2);
	ck_assert(!stamps_claimed(t, "101", "45"));
	stamps_free(t);
}
END_TEST

START_TEST(drops_refused_intents_and_settles_those_whose_outcome_nobody_knows)
{
	struct stamp s = { .scene_id = "45" };
	struct marks first = { 0 }, second = { 0 };

	marks_add(&first, "title", "A");
	marks_add(&second, "title", "B");
	marks_add(&second, "studio", "C");
	marks_add(&s.applied, "studio", "C");
	ck_assert(stamp_add_intent(&s, &first));
	ck_assert(stamp_add_intent(&s, &second));
	ck_assert(!stamp_add_intent(&s, &first));
	stamp_drop_intent(&s, &first);
	stamp_drop_intent(&s, &first);
	ck_assert_uint_eq(s.intended_count, 1);
	stamp_settle_intents(&s);
	ck_assert_uint_eq(s.intended_count, 0);
	ck_assert(!marks_hold(&s.applied, "title?", "A"));
	ck_assert(marks_hold(&s.applied, "title?", "B"));
	ck_assert(!marks_hold(&s.applied, "title", "B")); /* nobody saw it in Plex */
	ck_assert(!marks_hold(&s.applied, "studio?", "C"));
	ck_assert(marks_hold(&s.applied, "studio", "C"));
	marks_done(&first);
	marks_done(&second);
	stamp_done(&s);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, tells_where_in_plex_a_scene_was_found);
	tcase_add_test(cases, knows_whether_another_scene_claims_an_item);
	tcase_add_test(cases, marks_tell_fields_and_values_apart);
	tcase_add_test(cases, reads_back_what_it_wrote);
	tcase_add_test(cases, tolerates_unknown_missing_and_wrong_members);
	tcase_add_test(cases, refuses_what_is_no_stamp);
	tcase_add_test(cases, reads_the_fence_it_wrote_and_nothing_else);
	tcase_add_test(cases, holds_the_newest_by_generation_offset_and_own_offset);
	tcase_add_test(cases, a_grave_keeps_an_older_record_from_rising);
	tcase_add_test(cases, knows_the_highest_generation_of_a_partition);
	tcase_add_test(cases, ignores_records_that_are_no_stamps);
	tcase_add_test(cases, drops_refused_intents_and_settles_those_whose_outcome_nobody_knows);
}

CHECK_MAIN("stamps", add_cases)
