/* What a person takes out of a list while an edit of ours may still come late (docs/plex.md). */
#include "tests/service/faultrig.h"
#include "tests/unit/check_main.h"

enum { KEY = 101, SETTLE_MS = 10000, VERIFIED_MS = 120000 };

static struct rig *rig;
static bool loses_answer; /* of the next edit of fields, which is done */

static enum rig_way on_call(void *cookie, const struct effect *effect)
{
	(void)cookie;
	if (effect->kind == DO_EDIT_ITEM && loses_answer) {
		loses_answer = false;
		plexsim_fault_add(rig->plex,
			&(struct plexsim_fault){
				.action = PLEXSIM_DROP, .after_effect = true, .count = 1 });
	}
	return RIG_PATIENT;
}

static void set_up(void)
{
	rig = rig_new();
	rig->on_call = on_call;
	rig->options.policy.preserve_plex_edits = true;
	rig->options.policy.sync_poster = false;
	rig->options.policy.sync_rating = false;
	rig_open(rig);
}

static void tear_down(void)
{
	rig_free(rig);
}

/* Its tags are "Tag A" and "Tag, with comma". */
static void sync_scene(bool without_answer)
{
	loses_answer = without_answer;
	rig_event(rig, "45", ACTION_UPDATE);
	rig_pass(rig, SETTLE_MS);
	ck_assert(!loses_answer);
}

static size_t genres(void)
{
	json_t *item = plexsim_item(rig->plex, KEY);
	size_t count = json_array_size(json_object_get(json_object_get(item, "tags"), "genre"));

	json_decref(item);
	return count;
}

static void person_removes_a_genre(void)
{
	json_t *item = plexsim_item(rig->plex, KEY);
	json_t *tags = json_object_get(json_object_get(item, "tags"), "genre");
	struct error err;

	ck_assert_uint_eq(json_array_size(tags), 2);
	json_array_remove(tags, 0);
	ck_assert_msg(plexsim_item_put(rig->plex, item, &err) == KEY, "%s", err.text);
	json_decref(item);
}

START_TEST(a_removal_stays_where_the_edit_was_answered)
{
	sync_scene(false);
	person_removes_a_genre();
	rig_pass(rig, VERIFIED_MS);
	sync_scene(false);
	ck_assert_uint_eq(genres(), 1);
}
END_TEST

/* Nobody can tell it from what a late edit of ours did. */
START_TEST(a_removal_is_undone_once_while_an_edit_may_be_late)
{
	sync_scene(true);
	person_removes_a_genre();
	rig_pass(rig, VERIFIED_MS);
	person_removes_a_genre(); /* it is there again */
	rig_pass(rig, VERIFIED_MS);
	sync_scene(false);
	ck_assert_uint_eq(genres(), 1);
}
END_TEST

START_TEST(a_removal_after_the_verification_stays)
{
	sync_scene(true);
	rig_pass(rig, VERIFIED_MS);
	person_removes_a_genre();
	sync_scene(false);
	ck_assert_uint_eq(genres(), 1);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, a_removal_stays_where_the_edit_was_answered);
	tcase_add_test(cases, a_removal_is_undone_once_while_an_edit_may_be_late);
	tcase_add_test(cases, a_removal_after_the_verification_stays);
}

CHECK_MAIN("lateedit", add_cases)
