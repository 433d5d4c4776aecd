/* The merge of lists: base × mine × theirs × lock × policy, one letter for each member. */
#include "consumer/plan.h"

#include "tests/unit/check_main.h"

#include <string.h>

#define KEY "55"

enum { UNLOCKED = 1, LOCKED = 2, EITHER = UNLOCKED | LOCKED };

static const char *const mark_names[PLEX_LISTS] = { "actors", "genres", "collections" };

/* Which lists a row is about. */
enum { NAMES = 1 << PLEX_ACTORS | 1 << PLEX_GENRES, COLLECTIONS = 1 << PLEX_COLLECTIONS };
enum { ALL = NAMES | COLLECTIONS };

/*
 * "AB" are the members A and B. `overwrite` and `preserve` are what the list shall be afterwards, by
 * preserve_plex_edits; NULL: nothing is sent. "-" as a base: none.
 */
static const struct {
	int lists;
	const char *applied, *intended;
	const char *mine, *theirs;
	int locks;
	const char *overwrite, *preserve;
} merges[] = {
	/* no base, and nothing to do */
	{ ALL, "-", "-", "", "", EITHER, NULL, NULL },
	{ ALL, "-", "-", "", "B", EITHER, NULL, NULL },
	{ ALL, "-", "-", "A", "A", EITHER, NULL, NULL },
	{ ALL, "-", "-", "AB", "BA", EITHER, NULL, NULL },
	{ ALL, "-", "-", "A", "a", EITHER, NULL, NULL },
	/* no base: what is empty is filled */
	{ ALL, "-", "-", "AB", "", EITHER, "AB", "AB" },
	/* no base: Stash is the source of truth, or what was there stays */
	{ NAMES, "-", "-", "A", "B", UNLOCKED, "A", "AB" },
	{ NAMES, "-", "-", "A", "B", LOCKED, "A", NULL },
	{ NAMES, "-", "-", "A", "AB", UNLOCKED, "A", NULL },
	{ NAMES, "-", "-", "A", "AB", LOCKED, "A", NULL },
	/* … and nobody is ever put out of a collection that is not ours */
	{ COLLECTIONS, "-", "-", "A", "B", EITHER, "AB", "AB" },
	{ COLLECTIONS, "-", "-", "A", "AB", EITHER, NULL, NULL },
	/* Plex shows what we left */
	{ ALL, "A", "-", "A", "A", EITHER, NULL, NULL },
	{ ALL, "A", "-", "AB", "A", EITHER, "AB", "AB" },
	{ ALL, "A", "-", "B", "A", EITHER, "B", "B" },
	{ ALL, "A", "-", "B", "AB", EITHER, "B", "B" },
	{ ALL, "A", "-", "", "A", EITHER, "", "" },
	{ ALL, "AB", "-", "A", "AB", EITHER, "A", "A" },
	{ ALL, "", "-", "A", "", EITHER, "A", "A" },
	/* a person, or an agent, added one */
	{ NAMES, "A", "-", "A", "AB", EITHER, "A", NULL },
	{ NAMES, "A", "-", "C", "AB", EITHER, "C", "CB" },
	{ NAMES, "A", "-", "", "AB", EITHER, "B", "B" },
	{ COLLECTIONS, "A", "-", "A", "AB", EITHER, NULL, NULL },
	{ COLLECTIONS, "A", "-", "C", "AB", EITHER, "CB", "CB" },
	{ COLLECTIONS, "A", "-", "", "AB", EITHER, "B", "B" },
	/* one was taken out: by a person, if it is locked, else by an agent */
	{ ALL, "AB", "-", "AB", "A", LOCKED, "AB", NULL },
	{ ALL, "AB", "-", "AB", "A", UNLOCKED, "AB", "AB" },
	{ ALL, "A", "-", "A", "", LOCKED, "A", NULL },
	{ ALL, "A", "-", "AB", "", LOCKED, "AB", "B" },
	{ ALL, "A", "-", "", "", EITHER, NULL, NULL },
	/* an edit of which the end is not known: nobody can have taken out what was never there */
	{ ALL, "-", "A", "A", "", EITHER, "A", "A" },
	{ ALL, "-", "A", "B", "A", EITHER, "B", "B" },
	{ ALL, "A", "B", "", "AB", EITHER, "", "" },
	{ ALL, "A", "B", "AC", "AB", EITHER, "AC", "AC" },
	/* letters of another case are the same name, those of a base too */
	{ ALL, "A", "-", "", "a", EITHER, "", "" },
	{ ALL, "A", "-", "aB", "A", EITHER, "AB", "AB" },
};

static void fill(struct string_list *list, const char *letters)
{
	for (; *letters; letters++)
		string_list_add(list, (const char[]){ *letters, '\0' });
}

static void mark_all(struct marks *m, enum plex_list list, const char *letters)
{
	if (*letters == '-')
		return;
	marks_add(m, mark_names[list], "");
	for (; *letters; letters++) {
		char c = *letters;

		marks_add(m, mark_names[list], (const char[]){ (char)(c | 0x20), '\0' });
	}
}

static struct string_list *item_list(struct plex_item *item, enum plex_list list)
{
	struct string_list *const lists[PLEX_LISTS] = { &item->actors, &item->genres,
		&item->collections };

	return lists[list];
}

static struct plan_policy everything(bool preserve)
{
	return (struct plan_policy){ .preserve_plex_edits = preserve,
		.lock_fields = true,
		.sync_performers = true,
		.sync_tags = true,
		.sync_groups = true,
		.sync_collection = true };
}

static struct string_list *scene_list(struct scene *scene, enum plex_list list)
{
	struct string_list *const lists[PLEX_LISTS] = { &scene->performers, &scene->tags,
		&scene->groups };

	return lists[list];
}

static char *join(const struct string_list *list)
{
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < list->count; i++)
		buf_puts(&out, list->items[i]);
	return buf_take(&out);
}

static bool is_in(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], name) == 0)
			return true;
	return false;
}

/* All that was there and is not to be there any more, and nothing else, is removed by name. */
static void ck_removed(const struct plex_list_edit *edit, const struct string_list *theirs)
{
	size_t expected = 0;

	for (size_t i = 0; i < theirs->count; i++) {
		bool stays = is_in(&edit->members, theirs->items[i]);

		expected += !stays;
		ck_assert(stays != is_in(&edit->removed, theirs->items[i]));
	}
	ck_assert_uint_eq(edit->removed.count, expected);
}

static void ck_merge(int row, enum plex_list list, bool locked, bool preserve)
{
	const char *expected = preserve ? merges[row].preserve : merges[row].overwrite;
	struct plan_policy policy = everything(preserve);
	struct scene scene = { .id = "1" };
	struct plex_item item = { .rating_key = xstrdup(KEY) };
	struct stamp stamp = { .rating_key = xstrdup(KEY) };
	struct marks intent = { 0 };
	struct plex_edit edit;

	scene_complete(&scene);
	fill(scene_list(&scene, list), merges[row].mine);
	fill(item_list(&item, list), merges[row].theirs);
	if (locked)
		string_list_add(&item.locked, plex_list_name(list));
	mark_all(&stamp.applied, list, merges[row].applied);
	mark_all(&intent, list, merges[row].intended);
	stamp_add_intent(&stamp, &intent);
	plan_edit(&edit, &scene, &item, &stamp, &policy);
	ck_assert_msg(edit.lists[list].wanted == (expected != NULL),
		"row %d, %s, locked %d, preserve %d: wanted %d", row, plex_list_name(list), locked,
		preserve, edit.lists[list].wanted);
	if (expected) {
		auto_free char *members = join(&edit.lists[list].members);

		ck_assert_msg(strcmp(members, expected) == 0,
			"row %d, %s, locked %d, preserve %d: %s, not %s", row, plex_list_name(list),
			locked, preserve, members, expected);
		ck_removed(&edit.lists[list], item_list(&item, list));
		ck_assert(edit.lists[list].lock);
	}
	for (enum plex_list l = 0; l < PLEX_LISTS; l++)
		ck_assert(l == list || !edit.lists[l].wanted);
	plex_edit_done(&edit);
	marks_done(&intent);
	stamp_done(&stamp);
	plex_item_done(&item);
	scene_done(&scene);
}

START_TEST(merges_members_three_ways)
{
	for (enum plex_list list = 0; list < PLEX_LISTS; list++)
		for (int locked = 0; locked <= 1; locked++)
			for (int preserve = 0; preserve <= 1; preserve++)
				if (merges[_i].lists & 1 << list &&
					merges[_i].locks & (locked ? LOCKED : UNLOCKED))
					ck_merge(_i, list, locked, preserve);
}
END_TEST

/* ---- one thing at a time ---- */

/* A scene and an item without lists; the stamp is about that item. */
struct world {
	struct scene scene;
	struct plex_item item;
	struct stamp stamp;
	struct plan_policy policy;
	struct plex_edit edit;
};

static void world_init(struct world *w, bool preserve)
{
	*w = (struct world){ .policy = everything(preserve) };
	scene_complete(&w->scene);
	w->item.rating_key = xstrdup(KEY);
	w->stamp.rating_key = xstrdup(KEY);
}

static void world_plan(struct world *w)
{
	plex_edit_done(&w->edit);
	plan_edit(&w->edit, &w->scene, &w->item, &w->stamp, &w->policy);
}

static void world_done(struct world *w)
{
	plex_edit_done(&w->edit);
	stamp_done(&w->stamp);
	plex_item_done(&w->item);
	scene_done(&w->scene);
}

static void ck_members(const struct world *w, enum plex_list list, const char *expected)
{
	auto_free char *members = join(&w->edit.lists[list].members);

	ck_assert_str_eq(members, expected);
}

START_TEST(takes_the_studio_and_the_groups_for_collections_each_by_its_switch)
{
	struct world w;

	world_init(&w, false);
	free(w.scene.studio);
	w.scene.studio = xstrdup("S");
	fill(&w.scene.groups, "GHs");
	world_plan(&w);
	ck_members(&w, PLEX_COLLECTIONS, "SGH");
	w.policy.sync_groups = false;
	world_plan(&w);
	ck_members(&w, PLEX_COLLECTIONS, "S");
	/* What is switched off is left alone, even where we put it there. */
	fill(&w.item.collections, "SG");
	mark_all(&w.stamp.applied, PLEX_COLLECTIONS, "SG");
	world_plan(&w);
	ck_assert(!w.edit.lists[PLEX_COLLECTIONS].wanted);
	w.policy.sync_collection = false;
	world_plan(&w);
	ck_assert(!w.edit.lists[PLEX_COLLECTIONS].wanted);
	world_done(&w);
}
END_TEST

START_TEST(leaves_lists_alone_that_are_switched_off)
{
	struct world w;

	world_init(&w, false);
	fill(&w.scene.performers, "A");
	fill(&w.scene.tags, "B");
	w.policy.sync_performers = w.policy.sync_tags = false;
	world_plan(&w);
	ck_assert(plex_edit_empty(&w.edit));
	world_done(&w);
}
END_TEST

START_TEST(takes_the_first_tags_up_to_the_limit)
{
	struct world w;

	world_init(&w, false);
	fill(&w.scene.tags, "ABCDE");
	fill(&w.scene.performers, "ABCDE");
	w.policy.max_tags = 3;
	world_plan(&w);
	ck_members(&w, PLEX_GENRES, "ABC");
	ck_members(&w, PLEX_ACTORS, "ABCDE");
	world_done(&w);
}
END_TEST

START_TEST(sends_names_as_plex_spells_them)
{
	struct world w;

	world_init(&w, true);
	string_list_add(&w.scene.tags, "ab c");
	string_list_add(&w.scene.tags, "D");
	string_list_add(&w.item.genres, "Ab  C");
	string_list_add(&w.item.genres, "e  f");
	world_plan(&w);
	ck_members(&w, PLEX_GENRES, "Ab  CDe  f");
	ck_assert_uint_eq(w.edit.lists[PLEX_GENRES].own_count, 2);
	world_done(&w);
}
END_TEST

START_TEST(keeps_a_persons_lock_where_it_tells_what_was_taken_out)
{
	struct world w;

	world_init(&w, true);
	w.policy.lock_fields = false;
	fill(&w.scene.tags, "AB");
	mark_all(&w.stamp.applied, PLEX_GENRES, "A");
	string_list_add(&w.item.locked, "genre");
	world_plan(&w);
	ck_members(&w, PLEX_GENRES, "B");
	ck_assert(w.edit.lists[PLEX_GENRES].lock);
	w.policy.preserve_plex_edits = false;
	world_plan(&w);
	ck_assert(!w.edit.lists[PLEX_GENRES].lock);
	world_done(&w);
}
END_TEST

/* No request could hold them all: the rest is told, and a second plan does not try again. */
START_TEST(leaves_out_what_no_request_can_hold)
{
	struct plex_edit *parts;
	struct world w;

	world_init(&w, false);
	for (int i = 0; i < 500; i++) {
		auto_free char *name = xasprintf("a performer with a long name, number %d", i);

		string_list_add(&w.scene.performers, name);
	}
	world_plan(&w);
	ck_assert_uint_gt(w.edit.lists[PLEX_ACTORS].members.count, 50);
	ck_assert_uint_eq(
		w.edit.lists[PLEX_ACTORS].members.count + w.edit.lists[PLEX_ACTORS].left_out, 500);
	ck_assert_uint_eq(plex_edit_split(&w.edit, KEY, &parts), 1);
	ck_assert_uint_le(plex_edit_length(&parts[0], KEY), PLEX_REQUEST_MAX);
	for (size_t i = 0; i < w.edit.lists[PLEX_ACTORS].members.count; i++)
		string_list_add(&w.item.actors, w.edit.lists[PLEX_ACTORS].members.items[i]);
	world_plan(&w);
	ck_assert(plex_edit_empty(&w.edit));
	plex_edit_done(&parts[0]);
	free(parts);
	world_done(&w);
}
END_TEST

START_TEST(takes_what_an_intent_says_for_ours_while_it_is_about_the_item)
{
	struct marks intent = { 0 };
	struct world w;

	world_init(&w, true);
	mark_all(&intent, PLEX_GENRES, "R");
	marks_add(&intent, "summary", "rival's");
	w.item.summary = xstrdup("rival's");
	w.policy.sync[PLEX_SUMMARY] = true;
	fill(&w.item.genres, "R");
	world_plan(&w);
	ck_assert(plex_edit_empty(&w.edit));
	stamp_add_intent(&w.stamp, &intent);
	world_plan(&w);
	ck_assert(w.edit.lists[PLEX_GENRES].wanted && w.edit.fields[PLEX_SUMMARY].wanted);
	ck_assert_str_eq(w.edit.lists[PLEX_GENRES].removed.items[0], "R");
	plex_edit_done(&w.edit);
	w.stamp.rating_key[0] = '9'; /* it is about another item */
	world_plan(&w);
	ck_assert(plex_edit_empty(&w.edit));
	marks_done(&intent);
	world_done(&w);
}
END_TEST

/* An edit that took it out was never read back; then Stash wants it again. */
START_TEST(takes_its_own_removal_for_no_persons)
{
	struct marks intent;
	struct world w;

	world_init(&w, true);
	mark_all(&w.stamp.applied, PLEX_GENRES, "AB");
	fill(&w.item.genres, "AB");
	string_list_add(&w.item.locked, "genre");
	fill(&w.scene.tags, "B");
	world_plan(&w);
	plan_intent(&intent, &w.edit);
	stamp_add_intent(&w.stamp, &intent);
	stamp_settle_intents(&w.stamp);
	string_list_done(&w.item.genres);
	fill(&w.item.genres, "B");
	fill(&w.scene.tags, "A");
	world_plan(&w);
	ck_assert(w.edit.lists[PLEX_GENRES].wanted);
	ck_assert_uint_eq(w.edit.lists[PLEX_GENRES].members.count, 2);
	marks_done(&intent);
	world_done(&w);
}
END_TEST

/* … but not while an older edit may still bring an older list. */
START_TEST(believes_in_a_persons_removal_only_when_no_edit_can_be_late)
{
	struct marks older = { 0 }, intent;
	struct world w;

	world_init(&w, true);
	mark_all(&w.stamp.applied, PLEX_GENRES, "A");
	string_list_add(&w.item.locked, "genre");
	fill(&w.scene.tags, "AB");
	world_plan(&w);
	ck_assert_uint_eq(w.edit.lists[PLEX_GENRES].members.count, 1);
	plan_intent(&intent, &w.edit);
	stamp_add_intent(&w.stamp, &intent);
	world_plan(&w);
	ck_assert_uint_eq(w.edit.lists[PLEX_GENRES].members.count, 1);
	stamp_clear_intents(&w.stamp);
	mark_all(&older, PLEX_GENRES, "C");
	stamp_add_intent(&w.stamp, &older);
	world_plan(&w);
	ck_assert_uint_eq(w.edit.lists[PLEX_GENRES].members.count, 2);
	marks_done(&older);
	marks_done(&intent);
	world_done(&w);
}
END_TEST

START_TEST(names_a_list_that_did_not_take)
{
	struct marks applied;
	struct world w;
	auto_buf missing;

	world_init(&w, false);
	fill(&w.scene.tags, "A");
	fill(&w.scene.performers, "P");
	fill(&w.item.genres, "B");
	world_plan(&w);
	fill(&w.item.actors, "p");
	buf_init(&missing, 100);
	plan_applied(&applied, &w.scene, &w.item, &w.stamp, &w.edit, &w.policy, &missing);
	ck_assert_str_eq(buf_text(&missing), "genre");
	ck_assert(marks_hold(&applied, "actors", "p"));
	ck_assert(!marks_hold(&applied, "genres", "a"));
	ck_assert(!marks_hold(&applied, "genres", "b")); /* theirs: never ours */
	marks_done(&applied);
	world_done(&w);
}
END_TEST

/* ---- ratings ---- */

static const struct {
	const char *applied; /* NULL: none */
	int mine, theirs;
	int overwrite, preserve; /* what is sent; -1: nothing */
} ratings[] = {
	{ NULL, 0, 0, -1, -1 },
	{ NULL, 0, 70, -1, -1 },
	{ NULL, 80, 0, 80, 80 },
	{ NULL, 80, 80, -1, -1 },
	{ NULL, 80, 70, 80, -1 },
	{ NULL, 80, 78, 80, -1 },
	{ "8.0", 60, 80, 60, 60 },
	{ "8.0", 0, 80, 0, 0 },
	{ "8.0", 80, 70, 80, -1 }, /* nobody but a person rates */
	{ "8.0", 80, 78, -1, -1 }, /* rounded */
	{ "8.0", 0, 70, -1, -1 },
};

START_TEST(merges_ratings)
{
	for (int preserve = 0; preserve <= 1; preserve++) {
		int expected = preserve ? ratings[_i].preserve : ratings[_i].overwrite;
		struct world w;

		world_init(&w, preserve);
		w.policy.sync_rating = true;
		w.scene.rating100 = ratings[_i].mine;
		w.item.rating100 = ratings[_i].theirs;
		if (ratings[_i].applied)
			marks_add(&w.stamp.applied, "rating", ratings[_i].applied);
		world_plan(&w);
		ck_assert_int_eq(w.edit.rating.wanted, expected >= 0);
		ck_assert_int_eq(w.edit.rating.rating100, expected >= 0 ? expected : 0);
		w.policy.sync_rating = false;
		world_plan(&w);
		ck_assert(plex_edit_empty(&w.edit));
		world_done(&w);
	}
}
END_TEST

START_TEST(takes_a_rounded_rating_for_the_one_it_sent)
{
	struct marks applied;
	struct world w;
	auto_buf missing;

	world_init(&w, false);
	w.policy.sync_rating = true;
	w.scene.rating100 = 73;
	world_plan(&w);
	w.item.rating100 = 75;
	buf_init(&missing, 100);
	plan_applied(&applied, &w.scene, &w.item, &w.stamp, &w.edit, &w.policy, &missing);
	ck_assert_str_eq(buf_text(&missing), "");
	w.stamp.applied = applied;
	world_plan(&w);
	ck_assert(plex_edit_empty(&w.edit));
	w.scene.rating100 = 0;
	world_plan(&w);
	ck_assert(w.edit.rating.wanted && w.edit.rating.rating100 == 0);
	w.item.rating100 = 75;
	plan_applied(&applied, &w.scene, &w.item, &w.stamp, &w.edit, &w.policy, &missing);
	ck_assert_str_eq(buf_text(&missing), "userRating");
	marks_done(&applied);
	world_done(&w);
}
END_TEST

/* ---- summaries that are too long ---- */

START_TEST(ends_a_summary_where_a_request_is_full_and_is_content_with_that)
{
	struct plex_edit *parts;
	struct world w;
	struct buf text;

	world_init(&w, false);
	w.policy.sync[PLEX_SUMMARY] = true;
	buf_init(&text, SIZE_MAX);
	for (int i = 0; i < 1500; i++)
		buf_puts(&text, "слово ");
	free(w.scene.details);
	w.scene.details = buf_take(&text);
	world_plan(&w);
	ck_assert(w.edit.fields[PLEX_SUMMARY].cut);
	ck_assert_uint_eq(plex_edit_split(&w.edit, KEY, &parts), 1);
	ck_assert_uint_le(plex_edit_length(&parts[0], KEY), PLEX_REQUEST_MAX);
	ck_assert_uint_ge(plex_edit_length(&parts[0], KEY), PLEX_REQUEST_MAX - 500);
	w.item.summary = xstrdup(w.edit.fields[PLEX_SUMMARY].value);
	ck_assert_str_eq(w.item.summary + strlen(w.item.summary) - strlen("слово"), "слово");
	world_plan(&w);
	ck_assert(plex_edit_empty(&w.edit));
	plex_edit_done(&parts[0]);
	free(parts);
	world_done(&w);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, merges_members_three_ways, 0, ARRAY_LEN(merges));
	tcase_add_test(cases, takes_the_studio_and_the_groups_for_collections_each_by_its_switch);
	tcase_add_test(cases, leaves_lists_alone_that_are_switched_off);
	tcase_add_test(cases, takes_the_first_tags_up_to_the_limit);
	tcase_add_test(cases, sends_names_as_plex_spells_them);
	tcase_add_test(cases, keeps_a_persons_lock_where_it_tells_what_was_taken_out);
	tcase_add_test(cases, leaves_out_what_no_request_can_hold);
	tcase_add_test(cases, takes_its_own_removal_for_no_persons);
	tcase_add_test(cases, believes_in_a_persons_removal_only_when_no_edit_can_be_late);
	tcase_add_test(cases, takes_what_an_intent_says_for_ours_while_it_is_about_the_item);
	tcase_add_test(cases, names_a_list_that_did_not_take);
	tcase_add_loop_test(cases, merges_ratings, 0, ARRAY_LEN(ratings));
	tcase_add_test(cases, takes_a_rounded_rating_for_the_one_it_sent);
	tcase_add_test(cases, ends_a_summary_where_a_request_is_full_and_is_content_with_that);
}

CHECK_MAIN("planlist", add_cases)
