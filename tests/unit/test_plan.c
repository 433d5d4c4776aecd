#include "consumer/plan.h"

#include "tests/unit/check_main.h"

#include <string.h>

#define KEY "55"

/* ---- worlds ---- */

static void scene_make(struct scene *ret)
{
	*ret = (struct scene){ .title = xstrdup(""),
		.details = xstrdup(""),
		.date = xstrdup(""),
		.studio = xstrdup("") };
}

static void scene_set(struct scene *s, enum plex_field field, const char *value)
{
	char **const slots[PLEX_FIELDS] = {
		[PLEX_TITLE] = &s->title,
		[PLEX_SUMMARY] = &s->details,
		[PLEX_STUDIO] = &s->studio,
		[PLEX_DATE] = &s->date,
	};

	free(*slots[field]);
	*slots[field] = xstrdup(value);
}

static void item_make(struct plex_item *ret, const char *file)
{
	*ret = (struct plex_item){ .rating_key = xstrdup(KEY),
		.section = xstrdup("1"),
		.type = xstrdup("movie"),
		.title = xstrdup(""),
		.summary = xstrdup(""),
		.studio = xstrdup(""),
		.date = xstrdup(""),
		.parts = xcalloc(1, sizeof *ret->parts),
		.part_count = 1 };
	ret->parts[0].file = xstrdup(file);
}

static void item_set(struct plex_item *item, enum plex_field field, const char *value)
{
	char **const slots[PLEX_FIELDS] = {
		[PLEX_TITLE] = &item->title,
		[PLEX_SUMMARY] = &item->summary,
		[PLEX_STUDIO] = &item->studio,
		[PLEX_DATE] = &item->date,
	};

	free(*slots[field]);
	*slots[field] = xstrdup(value);
}

static void item_lock(struct plex_item *item, enum plex_field field, bool lock)
{
	struct string_list names = { 0 };

	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		if (f == field ? lock : plex_item_locked(item, f))
			string_list_add(&names, plex_field_name(f));
	string_list_done(&item->locked);
	item->locked = names;
}

/* What Plex does with an edit. One that ignores locks leaves them as they are. */
static void item_apply(struct plex_item *item, const struct plex_edit *edit, bool ignores_locks)
{
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		if (!edit->fields[f].wanted)
			continue;
		item_set(item, f, edit->fields[f].value);
		if (!ignores_locks)
			item_lock(item, f, edit->lock);
	}
}

static const char *const mark_names[PLEX_FIELDS] = { "title", "summary", "studio", "date" };

static void policy_make(struct plan_policy *ret, bool preserve)
{
	*ret = (struct plan_policy){ .preserve_plex_edits = preserve,
		.lock_fields = true,
		.sync = { true, true, true, true } };
}

/* ---- base × mine × theirs × lock × policy ---- */

enum { UNLOCKED = 1, LOCKED = 2, EITHER = UNLOCKED | LOCKED };
enum wish { KEEP, WRITE, CLEAR };

static const struct {
	const char *applied, *intended; /* NULL: none */
	bool other_key; /* the stamp is about another item */
	const char *mine, *theirs;
	int locks;
	enum wish overwrite, preserve; /* by preserve_plex_edits */
} merges[] = {
	/* no base */
	{ NULL, NULL, false, "", "", EITHER, KEEP, KEEP },
	{ NULL, NULL, false, "", "B", EITHER, KEEP, KEEP },
	{ NULL, NULL, false, "A", "A", EITHER, KEEP, KEEP },
	{ NULL, NULL, false, "A", "", EITHER, WRITE, WRITE },
	{ NULL, NULL, false, "A", "B", EITHER, WRITE, KEEP },
	/* Plex shows what we left */
	{ "A", NULL, false, "A", "A", EITHER, KEEP, KEEP },
	{ "A", NULL, false, "C", "A", EITHER, WRITE, WRITE },
	{ "A", NULL, false, "", "A", EITHER, CLEAR, CLEAR },
	{ "", NULL, false, "", "", EITHER, KEEP, KEEP },
	{ "", NULL, false, "C", "", EITHER, WRITE, WRITE },
	/* Plex shows something else */
	{ "A", NULL, false, "A", "B", LOCKED, WRITE, KEEP },
	{ "A", NULL, false, "A", "B", UNLOCKED, WRITE, WRITE },
	{ "A", NULL, false, "C", "B", LOCKED, WRITE, KEEP },
	{ "A", NULL, false, "C", "B", UNLOCKED, WRITE, WRITE },
	{ "A", NULL, false, "B", "B", EITHER, KEEP, KEEP },
	{ "A", NULL, false, "A", "", EITHER, WRITE, WRITE },
	{ "A", NULL, false, "C", "", EITHER, WRITE, WRITE },
	{ "A", NULL, false, "", "B", EITHER, KEEP, KEEP },
	{ "A", NULL, false, "", "", EITHER, KEEP, KEEP },
	{ "", NULL, false, "A", "B", LOCKED, WRITE, KEEP },
	{ "", NULL, false, "A", "B", UNLOCKED, WRITE, WRITE },
	{ "", NULL, false, "", "B", EITHER, KEEP, KEEP },
	/* an edit of which the end is not known counts like one that was made */
	{ NULL, "A", false, "C", "A", EITHER, WRITE, WRITE },
	{ NULL, "A", false, "", "A", EITHER, CLEAR, CLEAR },
	{ NULL, "A", false, "A", "B", LOCKED, WRITE, KEEP },
	{ NULL, "A", false, "A", "B", UNLOCKED, WRITE, WRITE },
	{ "A", "C", false, "D", "A", EITHER, WRITE, WRITE },
	{ "A", "C", false, "D", "C", EITHER, WRITE, WRITE },
	{ "A", "C", false, "D", "B", LOCKED, WRITE, KEEP },
	/* a stamp about another item is no base */
	{ "A", "A", true, "C", "A", EITHER, WRITE, KEEP },
	{ "A", "A", true, "", "A", EITHER, KEEP, KEEP },
};

/* Letters become values of the field's kind. */
static const char *value_of(enum plex_field field, const char *letter)
{
	static const char *const dates[] = { "2001-01-01", "2002-02-02", "2003-03-03",
		"2004-04-04" };

	if (!letter || !*letter || field != PLEX_DATE)
		return letter;
	return dates[letter[0] - 'A'];
}

static void stamp_make(struct stamp *ret, enum plex_field field, const char *applied,
	const char *intended, bool other_key)
{
	struct marks intent = { 0 };

	*ret = (struct stamp){ .rating_key = xstrdup(other_key ? "56" : KEY) };
	if (applied)
		marks_add(&ret->applied, mark_names[field], applied);
	if (intended) {
		marks_add(&intent, mark_names[field], intended);
		stamp_add_intent(ret, &intent);
		marks_done(&intent);
	}
}

static void ck_merge(int row, enum plex_field field, bool locked, bool preserve)
{
	enum wish wish = preserve ? merges[row].preserve : merges[row].overwrite;
	const char *mine = value_of(field, merges[row].mine);
	struct plan_policy policy;
	struct scene scene;
	struct plex_item item;
	struct stamp stamp;
	struct plex_edit edit;

	if (field == PLEX_TITLE && wish == CLEAR)
		wish = KEEP;
	policy_make(&policy, preserve);
	scene_make(&scene);
	scene_set(&scene, field, mine);
	item_make(&item, "/data/file.mp4");
	item_set(&item, field, value_of(field, merges[row].theirs));
	item_lock(&item, field, locked);
	stamp_make(&stamp, field, value_of(field, merges[row].applied),
		value_of(field, merges[row].intended), merges[row].other_key);

	plan_edit(&edit, &scene, &item, &stamp, &policy);
	ck_assert_msg(edit.fields[field].wanted == (wish != KEEP),
		"row %d, %s, locked %d, preserve %d: wanted %d", row, plex_field_name(field),
		locked, preserve, edit.fields[field].wanted);
	if (wish != KEEP)
		ck_assert_str_eq(edit.fields[field].value, mine);
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		ck_assert(f == field || !edit.fields[f].wanted);
	ck_assert(edit.lock);
	plex_edit_done(&edit);
	stamp_done(&stamp);
	plex_item_done(&item);
	scene_done(&scene);
}

START_TEST(merges_three_ways)
{
	for (enum plex_field field = 0; field < PLEX_FIELDS; field++)
		for (int locked = 0; locked <= 1; locked++)
			for (int preserve = 0; preserve <= 1; preserve++)
				if (merges[_i].locks & (locked ? LOCKED : UNLOCKED))
					ck_merge(_i, field, locked, preserve);
}
END_TEST

/* ---- one field at a time ---- */

/* The value that is planned for one field; NULL: none. Take it. */
static char *planned(enum plex_field field, const char *mine, const char *theirs, const char *file,
	bool locked, bool preserve)
{
	struct plan_policy policy;
	struct scene scene;
	struct plex_item item;
	struct plex_edit edit;
	char *value;

	policy_make(&policy, preserve);
	scene_make(&scene);
	scene_set(&scene, field, mine);
	item_make(&item, file);
	item_set(&item, field, theirs);
	item_lock(&item, field, locked);
	plan_edit(&edit, &scene, &item, NULL, &policy);
	value = xstrdup_or_null(edit.fields[field].value);
	plex_edit_done(&edit);
	plex_item_done(&item);
	scene_done(&scene);
	return value;
}

static const struct {
	const char *title, *file;
	bool counts_as_empty;
} placeholders[] = {
	{ "clip", "/data/clip.mp4", true },
	{ "clip.final", "/data/dir.x/clip.final.mp4", true },
	{ "clip", "clip", true },
	{ ".clip", "/data/.clip", true },
	{ "clip", "D:\\Media\\clip.mp4", true },
	{ "clip", "\\\\nas\\share\\clip.mp4", true },
	{ "a\\clip", "/data/a\\clip.mp4", true },
	{ "clip", "/data/a\\clip.mp4", false },
	{ "Clip", "/data/clip.mp4", false },
	{ "cli", "/data/clip.mp4", false },
	{ "clip.mp4", "/data/clip.mp4", false },
	{ "data", "/data/clip.mp4", false },
};

START_TEST(takes_a_title_from_the_file_name_for_none)
{
	auto_free char *value = planned(
		PLEX_TITLE, "Mine", placeholders[_i].title, placeholders[_i].file, false, true);

	ck_assert_int_eq(value != NULL, placeholders[_i].counts_as_empty);
}
END_TEST

START_TEST(keeps_such_a_title_when_a_person_chose_it)
{
	auto_free char *value = planned(PLEX_TITLE, "Mine", "clip", "/data/clip.mp4", true, true);

	ck_assert_ptr_null(value);
}
END_TEST

static const struct {
	enum plex_field field;
	const char *mine, *theirs, *written; /* NULL: they count as equal */
} values[] = {
	{ PLEX_SUMMARY, "a\nb", "a\r\nb", NULL },
	{ PLEX_SUMMARY, "a\n\nb", "a\r\rb", NULL },
	{ PLEX_SUMMARY, "a", "a \r\n\r\n", NULL },
	{ PLEX_SUMMARY, "a  \n b", "a\nb", NULL },
	{ PLEX_SUMMARY, " a  b", "a b", NULL },
	{ PLEX_SUMMARY, "a\nb", "a\n\nb", "a\nb" },
	{ PLEX_SUMMARY, "a\nb", "a b", "a\nb" },
	{ PLEX_SUMMARY, "ab", "a b", "ab" },
	{ PLEX_TITLE, "a b", " a \t\n b ", NULL },
	{ PLEX_TITLE, "a B", "a b", "a B" },
	{ PLEX_TITLE, " \t", "b", NULL },
	{ PLEX_STUDIO, "a", "a ", NULL },
	{ PLEX_DATE, "2020-05-06", "2020-05-06", NULL },
	{ PLEX_DATE, "2020-05-06", "2020-05-07", "2020-05-06" },
	{ PLEX_DATE, "2020-05", "", "2020-05-01" },
	{ PLEX_DATE, "2020-05", "2020-05-17", NULL },
	{ PLEX_DATE, "2020-05", "2020-06-17", "2020-05-01" },
	{ PLEX_DATE, "2020", "", "2020-01-01" },
	{ PLEX_DATE, "2020", "2020-12-31", NULL },
	{ PLEX_DATE, "2020", "2021-01-01", "2020-01-01" },
	{ PLEX_DATE, "", "2021-01-01", NULL },
};

START_TEST(compares_and_writes_values)
{
	auto_free char *value = planned(values[_i].field, values[_i].mine, values[_i].theirs,
		"/data/clip.mp4", true, false);

	if (values[_i].written)
		ck_assert_str_eq(value, values[_i].written);
	else
		ck_assert_ptr_null(value);
}
END_TEST

START_TEST(leaves_fields_alone_that_are_switched_off)
{
	struct plan_policy policy;
	struct scene scene;
	struct plex_item item;
	struct stamp stamp;
	struct plex_edit edit;
	struct marks applied;
	auto_buf missing;

	policy_make(&policy, false);
	policy.sync[PLEX_SUMMARY] = false;
	policy.lock_fields = false;
	scene_make(&scene);
	scene_set(&scene, PLEX_SUMMARY, "new");
	scene_set(&scene, PLEX_STUDIO, "S");
	item_make(&item, "/data/clip.mp4");
	stamp_make(&stamp, PLEX_SUMMARY, "old", NULL, false);
	plan_edit(&edit, &scene, &item, &stamp, &policy);
	ck_assert(!edit.fields[PLEX_SUMMARY].wanted);
	ck_assert_str_eq(edit.fields[PLEX_STUDIO].value, "S");
	ck_assert(!edit.lock);
	item_apply(&item, &edit, false);
	buf_init(&missing, 100);
	plan_applied(&applied, &scene, &item, &stamp, &edit, &policy, &missing);
	ck_assert(marks_hold(&applied, "summary", "old"));
	ck_assert(marks_hold(&applied, "studio", "S"));
	ck_assert_str_eq(buf_text(&missing), "");
	marks_done(&applied);
	plex_edit_done(&edit);
	stamp_done(&stamp);
	plex_item_done(&item);
	scene_done(&scene);
}
END_TEST

/* ---- what becomes the next base ---- */

START_TEST(names_what_did_not_take_and_keeps_its_base)
{
	struct plan_policy policy;
	struct scene scene;
	struct plex_item item;
	struct stamp stamp;
	struct plex_edit edit;
	struct marks intent, applied;
	auto_buf missing;

	policy_make(&policy, false);
	scene_make(&scene);
	scene_set(&scene, PLEX_TITLE, "T");
	scene_set(&scene, PLEX_SUMMARY, "new");
	scene_set(&scene, PLEX_DATE, "2020");
	item_make(&item, "/data/clip.mp4");
	item_set(&item, PLEX_SUMMARY, "old");
	item_set(&item, PLEX_STUDIO, "");
	stamp_make(&stamp, PLEX_SUMMARY, "old", NULL, false);
	plan_edit(&edit, &scene, &item, &stamp, &policy);
	plan_intent(&intent, &edit);
	ck_assert_uint_eq(intent.count, 3);
	ck_assert(marks_hold(&intent, "title", "T"));
	ck_assert(marks_hold(&intent, "summary", "new"));
	ck_assert(marks_hold(&intent, "date", "2020-01-01"));

	item_set(&item, PLEX_TITLE, "T "); /* Plex took the title, and ignored the rest */
	buf_init(&missing, 100);
	plan_applied(&applied, &scene, &item, &stamp, &edit, &policy, &missing);
	ck_assert_str_eq(buf_text(&missing), "summary,originallyAvailableAt");
	ck_assert(marks_hold(&applied, "title", "T"));
	ck_assert(marks_hold(&applied, "summary", "old"));
	ck_assert(!marks_hold(&applied, "summary", "new"));
	ck_assert(!marks_hold(&applied, "date", "2020-01-01"));
	ck_assert(marks_hold(&applied, "studio", "")); /* empty on both sides */
	marks_done(&applied);
	marks_done(&intent);
	plex_edit_done(&edit);
	stamp_done(&stamp);
	plex_item_done(&item);
	scene_done(&scene);
}
END_TEST

START_TEST(takes_a_landed_intent_into_the_base)
{
	const struct plex_edit nothing = { 0 };
	struct plan_policy policy;
	struct scene scene;
	struct plex_item item;
	struct stamp stamp;
	struct marks applied;
	auto_buf missing;

	policy_make(&policy, true);
	scene_make(&scene);
	scene_set(&scene, PLEX_STUDIO, "newest");
	item_make(&item, "/data/clip.mp4");
	item_set(&item, PLEX_STUDIO, "landed late");
	stamp_make(&stamp, PLEX_STUDIO, "first", "landed late", false);
	buf_init(&missing, 100);
	plan_applied(&applied, &scene, &item, &stamp, &nothing, &policy, &missing);
	ck_assert(marks_hold(&applied, "studio", "landed late"));
	ck_assert(!marks_hold(&applied, "studio", "first"));
	ck_assert_str_eq(buf_text(&missing), "");
	marks_done(&applied);
	stamp_done(&stamp);
	plex_item_done(&item);
	scene_done(&scene);
}
END_TEST

/* ---- apply(plan), then plan again: nothing ---- */

enum { WORLDS = 20000 };

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	/* xorshift32 (Marsaglia, 2003) */
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

static const char *random_value(enum plex_field field)
{
	static const char *const texts[] = { "", "A", "B", "clip", "a\r\nb", "a\nb ", " A ", "  " };
	static const char *const dates[] = { "", "2020", "2020-05", "2020-05-01", "2020-05-06",
		"2020-01-01", "2021-07-07", "2021" };

	return field == PLEX_DATE ? dates[random_below(ARRAY_LEN(dates))]
				  : texts[random_below(ARRAY_LEN(texts))];
}

static void random_world(struct scene *scene, struct plex_item *item, struct stamp *stamp,
	struct plan_policy *policy)
{
	struct marks intent = { 0 };

	policy_make(policy, random_below(2));
	policy->lock_fields = random_below(2);
	scene_make(scene);
	item_make(item, "/data/clip.mp4");
	*stamp = (struct stamp){ .rating_key = xstrdup(random_below(5) ? KEY : "56") };
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		policy->sync[f] = random_below(8) > 0;
		scene_set(scene, f, random_value(f));
		item_set(item, f, random_value(f));
		item_lock(item, f, random_below(2));
		if (random_below(2))
			marks_add(&stamp->applied, mark_names[f], random_value(f));
		if (random_below(3) == 0)
			marks_add(&intent, mark_names[f], random_value(f));
	}
	if (intent.count)
		stamp_add_intent(stamp, &intent);
	marks_done(&intent);
}

static void ck_nothing_to_do(int world, const char *with, const struct scene *scene,
	const struct plex_item *item, const struct stamp *stamp, const struct plan_policy *policy)
{
	struct plex_edit edit;

	plan_edit(&edit, scene, item, stamp, policy);
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		ck_assert_msg(!edit.fields[f].wanted, "world %d, with %s: %s is written again",
			world, with, plex_field_name(f));
	plex_edit_done(&edit);
}

static void ck_world(int world)
{
	bool ignores_locks = random_below(2);
	struct plan_policy policy;
	struct scene scene;
	struct plex_item item;
	struct stamp stamp, later = { 0 };
	struct plex_edit edit;
	struct marks intent;
	auto_buf missing;

	random_world(&scene, &item, &stamp, &policy);
	plan_edit(&edit, &scene, &item, &stamp, &policy);
	ck_assert(!edit.fields[PLEX_TITLE].wanted || *edit.fields[PLEX_TITLE].value);
	plan_intent(&intent, &edit);
	item_apply(&item, &edit, ignores_locks);
	buf_init(&missing, 100);
	later.rating_key = xstrdup(KEY);
	plan_applied(&later.applied, &scene, &item, &stamp, &edit, &policy, &missing);
	ck_assert_str_eq(buf_text(&missing), "");
	ck_nothing_to_do(world, "the new stamp", &scene, &item, &later, &policy);
	/* After a crash between the edit and its stamp. */
	stamp_add_intent(&stamp, &intent);
	ck_nothing_to_do(world, "the intent", &scene, &item, &stamp, &policy);

	marks_done(&intent);
	plex_edit_done(&edit);
	stamp_done(&later);
	stamp_done(&stamp);
	plex_item_done(&item);
	scene_done(&scene);
}

START_TEST(plans_nothing_after_its_plan_took)
{
	random_state = 20260111;
	for (int world = 0; world < WORLDS; world++)
		ck_world(world);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, merges_three_ways, 0, ARRAY_LEN(merges));
	tcase_add_loop_test(
		cases, takes_a_title_from_the_file_name_for_none, 0, ARRAY_LEN(placeholders));
	tcase_add_test(cases, keeps_such_a_title_when_a_person_chose_it);
	tcase_add_loop_test(cases, compares_and_writes_values, 0, ARRAY_LEN(values));
	tcase_add_test(cases, leaves_fields_alone_that_are_switched_off);
	tcase_add_test(cases, names_what_did_not_take_and_keeps_its_base);
	tcase_add_test(cases, takes_a_landed_intent_into_the_base);
	tcase_add_test(cases, plans_nothing_after_its_plan_took);
	tcase_set_timeout(cases, 60);
}

CHECK_MAIN("plan", add_cases)
