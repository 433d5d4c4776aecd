/* Two owners of one scene, for a moment: what the one that lost was about to write is not forgotten. */
#include "common/stamps.h"

#include "tests/unit/check_main.h"

#include <string.h>

static struct stamps *t;

static void set_up(void)
{
	t = stamps_new();
}

static void tear_down(void)
{
	stamps_free(t);
}

/* A stamp of scene 45 about an item: NULL: no such mark. */
struct row {
	int64_t own, generation, offset;
	const char *item, *applied, *intended;
};

static bool fold_row(const struct row *row)
{
	struct stamp s = { .scene_id = "45", .rating_key = xstrdup_or_null(row->item) };
	struct record r = { .topic = TOPIC_STAMPS, .offset = row->own };
	struct marks intent = { .count = 0 };
	bool taken;

	if (row->applied)
		marks_add(&s.applied, "title", row->applied);
	if (row->intended) {
		marks_add(&intent, "title", row->intended);
		stamp_add_intent(&s, &intent);
	}
	auto_free char *value = stamp_format(&s);
	record_set_key(&r, "45", 2);
	record_set_value(&r, value, strlen(value));
	covers_write(&r, (struct covers){ row->generation, row->offset });
	taken = stamps_fold(t, &r);
	record_done(&r);
	marks_done(&intent);
	stamp_done(&s);
	return taken;
}

#define fold_about(key, ...) fold_row(&(struct row){ .item = (key), __VA_ARGS__ })
#define fold(...) fold_about("101", __VA_ARGS__)

/* Which titles a job would hold for ours after it took the rivals: "U" intended, or not. */
static bool knows(const char *title)
{
	struct stamp s = { .scene_id = "" };
	bool known = false;

	ck_assert(stamps_get(t, "45", &s, NULL));
	stamps_take_rivals(t, &s);
	for (size_t i = 0; i < s.intended_count; i++)
		known |= marks_hold(&s.intended[i], "title", title);
	stamp_done(&s);
	return known;
}

START_TEST(keeps_the_intent_of_a_zombie_whose_stamp_came_late)
{
	fold(.own = 1, .generation = 100, .offset = 5, .applied = "B");
	ck_assert(!fold(.own = 2, .generation = 99, .offset = 9, .intended = "A"));
	ck_assert(stamps_has_intent(t, "45"));
	ck_assert(knows("A"));
}
END_TEST

START_TEST(keeps_the_intent_over_which_a_successor_wrote_its_own)
{
	fold(.own = 1, .generation = 99, .offset = 5, .intended = "A");
	ck_assert(fold(.own = 2, .generation = 100, .offset = 5, .intended = "B"));
	ck_assert(knows("A"));
}
END_TEST

/* Whose stamp has no intent any more had read them all before it wrote. */
START_TEST(forgets_the_intent_that_a_final_stamp_settles)
{
	fold(.own = 1, .generation = 99, .offset = 5, .intended = "A");
	fold(.own = 2, .generation = 100, .offset = 5, .applied = "B");
	ck_assert(!stamps_has_intent(t, "45"));
	ck_assert(!knows("A"));
}
END_TEST

START_TEST(keeps_what_a_zombie_applied_while_its_successor_intends)
{
	fold(.own = 1, .generation = 100, .offset = 5, .intended = "B");
	fold(.own = 2, .generation = 99, .offset = 9, .applied = "A");
	ck_assert(knows("A"));
}
END_TEST

START_TEST(keeps_all_rivals_there_are)
{
	fold(.own = 1, .generation = 100, .offset = 5, .intended = "B");
	fold(.own = 2, .generation = 98, .offset = 5, .intended = "A1");
	fold(.own = 3, .generation = 99, .offset = 5, .intended = "A2", .applied = "A0");
	struct stamp s;

	ck_assert(stamps_get(t, "45", &s, NULL));
	stamps_take_rivals(t, &s);
	ck_assert_uint_eq(s.intended_count, 4);
	stamp_done(&s);
}
END_TEST

START_TEST(gives_rivals_once)
{
	fold(.own = 1, .generation = 100, .offset = 5, .applied = "B");
	fold(.own = 2, .generation = 99, .offset = 9, .intended = "A");
	ck_assert(knows("A"));
	ck_assert(!knows("A"));
	ck_assert(!stamps_has_intent(t, "45"));
}
END_TEST

START_TEST(forgets_what_a_rival_did_to_another_item)
{
	fold(.own = 1, .generation = 100, .offset = 5, .applied = "B");
	fold_about("102", .own = 2, .generation = 99, .offset = 9, .intended = "A");
	ck_assert(stamps_has_intent(t, "45"));
	ck_assert(!knows("A"));
}
END_TEST

/* The same owner's older record knew nothing that its newer one does not. */
START_TEST(takes_no_owner_for_its_own_rival)
{
	fold(.own = 1, .generation = 100, .offset = 5, .applied = "B");
	ck_assert(!fold(.own = 2, .generation = 100, .offset = 4, .intended = "A"));
	ck_assert(!stamps_has_intent(t, "45"));
	ck_assert(fold(.own = 3, .generation = 100, .offset = 6, .intended = "C"));
	ck_assert(fold(.own = 4, .generation = 100, .offset = 7, .intended = "D"));
	ck_assert(!knows("C"));
}
END_TEST

/* A table that is read once more, after a rebalance, shows records that were known before. */
START_TEST(takes_no_record_that_stood_before_for_a_late_one)
{
	fold(.own = 1, .generation = 99, .offset = 5, .intended = "A");
	fold(.own = 2, .generation = 100, .offset = 5, .applied = "B");
	ck_assert(!fold(.own = 1, .generation = 99, .offset = 5, .intended = "A"));
	ck_assert(!stamps_has_intent(t, "45"));
	ck_assert(!knows("A"));
}
END_TEST

START_TEST(takes_no_rival_that_is_no_stamp)
{
	static const char garbage[] = "{\"intended\":[ no stamp";
	struct record r = { .topic = TOPIC_STAMPS, .offset = 2 };
	struct stamp s;

	fold(.own = 1, .generation = 100, .offset = 5, .applied = "B");
	record_set_key(&r, "45", 2);
	record_set_value(&r, garbage, strlen(garbage));
	covers_write(&r, (struct covers){ 99, 9 });
	ck_assert(!stamps_fold(t, &r));
	record_done(&r);
	ck_assert(stamps_get(t, "45", &s, NULL));
	stamps_take_rivals(t, &s);
	ck_assert_uint_eq(s.intended_count, 0);
	stamp_done(&s);
}
END_TEST

START_TEST(gives_no_rivals_of_a_scene_that_it_does_not_know)
{
	struct stamp s = { .scene_id = "46" };

	stamps_take_rivals(t, &s);
	ck_assert_uint_eq(s.intended_count, 0);
	ck_assert(!stamps_has_intent(t, "46"));
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, keeps_the_intent_of_a_zombie_whose_stamp_came_late);
	tcase_add_test(c, keeps_the_intent_over_which_a_successor_wrote_its_own);
	tcase_add_test(c, forgets_the_intent_that_a_final_stamp_settles);
	tcase_add_test(c, keeps_what_a_zombie_applied_while_its_successor_intends);
	tcase_add_test(c, keeps_all_rivals_there_are);
	tcase_add_test(c, gives_rivals_once);
	tcase_add_test(c, forgets_what_a_rival_did_to_another_item);
	tcase_add_test(c, takes_no_owner_for_its_own_rival);
	tcase_add_test(c, takes_no_record_that_stood_before_for_a_late_one);
	tcase_add_test(c, takes_no_rival_that_is_no_stamp);
	tcase_add_test(c, gives_no_rivals_of_a_scene_that_it_does_not_know);
}

CHECK_MAIN("stamps' rivals", add_cases)
