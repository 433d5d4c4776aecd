/* clear_on_destroy: what becomes of an item in Plex when its scene is destroyed in Stash. */
#include "tests/service/faultrig.h"
#include "tests/unit/check_main.h"

#include <string.h>

enum { KEY = 101, SETTLE_MS = 10000, HOUR_MS = 3600000 };

static struct rig *rig;
static enum effect_kind struck; /* the next call of this kind meets `fault`; DO_REPORT: none does */
static struct plexsim_fault fault;

static enum rig_way on_call(void *cookie, const struct effect *effect)
{
	(void)cookie;
	if (effect->kind != struck)
		return RIG_PATIENT;
	struck = DO_REPORT;
	plexsim_fault_add(rig->plex, &fault);
	return RIG_PATIENT;
}

static void strike(enum effect_kind kind, struct plexsim_fault with)
{
	struck = kind;
	fault = with;
	fault.count = 1;
}

static void set_up(void)
{
	rig = rig_new();
	rig->on_call = on_call;
	struck = DO_REPORT;
	rig->options.policy.clear_on_destroy = true;
}

static void tear_down(void)
{
	rig_free(rig);
}

static void sync_scene(void)
{
	rig_open(rig);
	rig_event(rig, "45", ACTION_UPDATE);
	rig_pass(rig, SETTLE_MS);
	plexsim_requests_clear(rig->plex);
}

static void destroy_scene(void)
{
	ck_assert(stashsim_scene_delete(rig->stash, 45));
	rig_event(rig, "45", ACTION_DESTROY);
	rig_pass(rig, SETTLE_MS);
}

static void sync_and_destroy(void)
{
	sync_scene();
	destroy_scene();
}

/* "": the item has no such attribute. free() it. */
static char *attribute(const char *name)
{
	json_t *item = plexsim_item(rig->plex, KEY);
	const char *text = json_string_value(json_object_get(item, name));
	char *copy = xstrdup(text ? text : "");

	json_decref(item);
	return copy;
}

static void shows(const char *name, const char *value)
{
	auto_free char *text = attribute(name);

	ck_assert_msg(strcmp(text, value) == 0, "%s is \"%s\", wanted \"%s\"", name, text, value);
}

static size_t tags(const char *kind)
{
	json_t *item = plexsim_item(rig->plex, KEY);
	size_t count = json_array_size(json_object_get(json_object_get(item, "tags"), kind));

	json_decref(item);
	return count;
}

static void edit_item(const char *name, json_t *take_value)
{
	json_t *item = plexsim_item(rig->plex, KEY);
	struct error err;

	json_object_set_new(item, name, take_value);
	ck_assert_msg(plexsim_item_put(rig->plex, item, &err) == KEY, "%s", err.text);
	json_decref(item);
}

static void is_cleared(void)
{
	json_t *item = plexsim_item(rig->plex, KEY);

	shows("title", "New title");
	shows("summary", "");
	shows("studio", "");
	shows("originallyAvailableAt", "");
	ck_assert_uint_eq(tags("actor") + tags("genre") + tags("collection"), 0);
	ck_assert_ptr_null(json_object_get(item, "userRating"));
	ck_assert_uint_eq(json_array_size(json_object_get(item, "locked")), 1); /* the poster */
	json_decref(item);
}

static void is_untouched(void)
{
	shows("title", "New title");
	shows("studio", "Some Studio");
	ck_assert_uint_eq(tags("genre"), 2);
	ck_assert_uint_eq(rig_edits(rig), 0);
}

/* A grave, with nothing left to do. */
static void is_buried(void)
{
	struct stamp stamp;
	struct retry retry;

	rig_pass(rig, HOUR_MS);
	ck_assert(rig_stamp(rig, "45", &stamp));
	ck_assert_str_eq(stamp.outcome, "gone");
	ck_assert_uint_eq(stamp.intended_count, 0);
	ck_assert(!rig_retry(rig, "45", &retry));
	ck_assert_uint_eq(rig_letters(rig), 0);
	ck_assert_int_eq(rig->stored, rig->next_offset);
	ck_assert_uint_eq(plexsim_violations(rig->plex), 0);
	stamp_done(&stamp);
}

START_TEST(clears_what_plexsync_wrote)
{
	sync_and_destroy();
	is_cleared();
	is_buried();
	ck_assert_uint_eq(rig_edits(rig), 2); /* fields, rating */
}
END_TEST

START_TEST(clears_nothing_unless_it_is_told_to)
{
	rig->options.policy.clear_on_destroy = false;
	sync_and_destroy();
	is_untouched();
	is_buried();
}
END_TEST

START_TEST(leaves_what_a_person_changed)
{
	sync_scene();
	edit_item("summary", json_string("A person's summary"));
	destroy_scene();
	shows("summary", "A person's summary");
	shows("studio", "");
	is_buried();
}
END_TEST

START_TEST(leaves_an_item_that_has_another_file_by_now)
{
	json_t *item;

	sync_scene();
	item = plexsim_item(rig->plex, 102);
	edit_item("media", json_incref(json_object_get(item, "media")));
	json_decref(item);
	destroy_scene();
	is_untouched();
	is_buried();
}
END_TEST

/* Another scene has the same file, and was brought to the same item. */
START_TEST(leaves_an_item_that_is_another_scenes_too)
{
	json_t *changes = json_pack("{s:[{s:s, s:s, s:i, s:f}]}", "files", "id", "61", "path",
		"/data/studio/film.mp4", "size", 734003200, "duration", 1805.44);
	struct error err;

	ck_assert_msg(
		stashsim_scene_put(rig->stash, 46, changes, STASHSIM_KEEP, &err), "%s", err.text);
	json_decref(changes);
	sync_scene();
	rig_event(rig, "46", ACTION_UPDATE);
	rig_pass(rig, SETTLE_MS);
	plexsim_requests_clear(rig->plex);
	destroy_scene();
	shows("title", "Second Scene");
	shows("studio", "Some Studio");
	ck_assert_uint_eq(rig_edits(rig), 0);
	is_buried();
}
END_TEST

START_TEST(has_nothing_to_clear_in_an_item_that_is_gone)
{
	sync_scene();
	ck_assert(plexsim_item_delete(rig->plex, KEY));
	destroy_scene();
	is_buried();
	ck_assert_uint_eq(rig_edits(rig), 0);
}
END_TEST

START_TEST(does_not_clear_twice)
{
	sync_and_destroy();
	edit_item("summary", json_string("A person's summary"));
	plexsim_requests_clear(rig->plex);
	rig_event(rig, "45", ACTION_DESTROY);
	is_buried();
	shows("summary", "A person's summary");
	ck_assert_uint_eq(rig_edits(rig), 0);
}
END_TEST

START_TEST(waits_for_a_plex_that_is_away)
{
	sync_scene();
	strike(DO_READ_ITEM, (struct plexsim_fault){ .action = PLEXSIM_MAINTENANCE });
	destroy_scene();
	ck_assert_str_eq(rig->ended[1].verdict, "hold");
	is_buried();
	is_cleared();
}
END_TEST

static const struct plexsim_fault unknown[] = {
	{ .action = PLEXSIM_DROP },
	{ .action = PLEXSIM_DROP, .after_effect = true },
	{ .action = PLEXSIM_STATUS, .status = 500 },
	{ .action = PLEXSIM_STATUS, .status = 504, .after_effect = true },
};

START_TEST(reads_what_came_of_an_edit_without_an_answer)
{
	sync_scene();
	strike(DO_EDIT_ITEM, unknown[_i]);
	destroy_scene();
	is_cleared();
	is_buried();
	ck_assert_uint_eq(rig_edits(rig), unknown[_i].after_effect ? 2 : 3);
}
END_TEST

START_TEST(is_content_with_a_plex_that_ignores_locks)
{
	sync_scene();
	strike(DO_EDIT_ITEM, (struct plexsim_fault){ .action = PLEXSIM_IGNORE_LOCKS });
	destroy_scene();
	shows("summary", "");
	is_buried();
	ck_assert_uint_eq(rig_edits(rig), 2);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, clears_what_plexsync_wrote);
	tcase_add_test(cases, clears_nothing_unless_it_is_told_to);
	tcase_add_test(cases, leaves_what_a_person_changed);
	tcase_add_test(cases, leaves_an_item_that_has_another_file_by_now);
	tcase_add_test(cases, leaves_an_item_that_is_another_scenes_too);
	tcase_add_test(cases, has_nothing_to_clear_in_an_item_that_is_gone);
	tcase_add_test(cases, does_not_clear_twice);
	tcase_add_test(cases, waits_for_a_plex_that_is_away);
	tcase_add_loop_test(
		cases, reads_what_came_of_an_edit_without_an_answer, 0, ARRAY_LEN(unknown));
	tcase_add_test(cases, is_content_with_a_plex_that_ignores_locks);
}

CHECK_MAIN("clear", add_cases)
