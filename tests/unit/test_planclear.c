/* What is taken back in Plex when a scene is destroyed in Stash. */
#include "consumer/plan.h"

#include "tests/unit/check_main.h"

#include <string.h>

static struct plex_item item;
static struct stamp stamp;
static struct plan_policy policy;
static struct plex_edit edit;

/* The item shows what a scene once said, all of it brought by us and locked. */
static void set_up(void)
{
	static const char *const locked[] = { "title", "summary", "studio", "originallyAvailableAt",
		"actor", "genre", "collection" };

	item = (struct plex_item){ .rating_key = xstrdup("55"),
		.section = xstrdup("1"),
		.type = xstrdup("movie"),
		.title = xstrdup("Our title"),
		.summary = xstrdup("Our summary"),
		.studio = xstrdup("Our studio"),
		.date = xstrdup("2024-05-17"),
		.rating100 = 80 };
	for (size_t i = 0; i < ARRAY_LEN(locked); i++)
		string_list_add(&item.locked, locked[i]);
	string_list_add(&item.actors, "Ann");
	string_list_add(&item.genres, "Drama");
	string_list_add(&item.collections, "Our studio");
	stamp = (struct stamp){ .rating_key = xstrdup("55") };
	marks_add(&stamp.applied, "title", "Our title");
	marks_add(&stamp.applied, "summary", "Our summary");
	marks_add(&stamp.applied, "studio", "Our studio");
	marks_add(&stamp.applied, "date", "2024-05-17");
	marks_add(&stamp.applied, "rating", "8.0");
	marks_add(&stamp.applied, "actors", "ann");
	marks_add(&stamp.applied, "genres", "drama");
	marks_add(&stamp.applied, "collections", "our studio");
	policy = (struct plan_policy){ .lock_fields = true,
		.sync = { true, true, true, true },
		.sync_performers = true,
		.sync_tags = true,
		.sync_collection = true,
		.sync_groups = true,
		.sync_rating = true };
}

static void tear_down(void)
{
	plex_edit_done(&edit);
	plex_item_done(&item);
	stamp_done(&stamp);
}

static void change(char **text, const char *to)
{
	free(*text);
	*text = xstrdup(to);
}

/* What the plan edits, by Plex's names. */
static void clears(const char *names)
{
	auto_buf said;

	buf_init(&said, 200);
	plex_edit_done(&edit);
	plan_clear(&edit, &item, &stamp, &policy);
	plex_edit_names(&edit, &said);
	ck_assert_str_eq(buf_text(&said), names);
}

START_TEST(takes_back_all_but_the_title)
{
	struct plex_request request;
	struct plex_edit *parts;
	size_t count;

	clears("title,summary,studio,originallyAvailableAt,actor,genre,collection,userRating");
	ck_assert_ptr_null(edit.fields[PLEX_TITLE].value);
	ck_assert_str_eq(edit.fields[PLEX_SUMMARY].value, "");
	ck_assert_int_eq(edit.rating.rating100, 0);
	count = plex_edit_split(&edit, "55", &parts);
	ck_assert_uint_eq(count, 2);
	plex_edit_item(&request, "1", "55", &parts[0]);
	ck_assert_ptr_null(strstr(request.path, "title.value"));
	ck_assert_ptr_nonnull(strstr(request.path, "title.locked=0"));
	ck_assert_ptr_nonnull(strstr(request.path, "summary.locked=0&summary.value=&"));
	ck_assert_ptr_nonnull(strstr(request.path, "genre%5B%5D.tag.tag-=Drama"));
	ck_assert_ptr_nonnull(strstr(request.path, "genre.locked=0"));
	ck_assert_ptr_null(strstr(request.path, "locked=1"));
	plex_request_done(&request);
	while (count-- > 0)
		plex_edit_done(&parts[count]);
	free(parts);
}
END_TEST

START_TEST(leaves_what_a_person_changed_and_its_lock)
{
	change(&item.title, "A person's title");
	change(&item.summary, "A person's summary");
	item.rating100 = 40;
	clears("studio,originallyAvailableAt,actor,genre,collection");
}
END_TEST

START_TEST(leaves_members_of_others_and_the_lock_of_their_list)
{
	string_list_add(&item.genres, "A person's genre");
	clears("title,summary,studio,originallyAvailableAt,actor,genre,collection,userRating");
	ck_assert_uint_eq(edit.lists[PLEX_GENRES].removed.count, 1);
	ck_assert_uint_eq(edit.lists[PLEX_GENRES].members.count, 1);
	ck_assert_str_eq(edit.lists[PLEX_GENRES].members.items[0], "A person's genre");
	ck_assert(edit.lists[PLEX_GENRES].lock);
	ck_assert(!edit.lists[PLEX_ACTORS].lock);
}
END_TEST

START_TEST(leaves_what_is_switched_off)
{
	policy.sync[PLEX_TITLE] = policy.sync[PLEX_SUMMARY] = policy.sync_tags = false;
	policy.sync_rating = policy.sync_collection = policy.sync_groups = false;
	clears("studio,originallyAvailableAt,actor");
}
END_TEST

START_TEST(leaves_an_item_that_is_not_the_stamps)
{
	change(&stamp.rating_key, "56");
	clears("");
}
END_TEST

START_TEST(takes_back_what_it_may_have_left)
{
	struct marks intent = { .count = 0 };

	marks_add(&intent, "summary", "Half done");
	ck_assert(stamp_add_intent(&stamp, &intent));
	change(&item.summary, "Half done");
	clears("title,summary,studio,originallyAvailableAt,actor,genre,collection,userRating");
	marks_done(&intent);
}
END_TEST

START_TEST(does_the_same_whatever_else_is_preserved)
{
	policy.preserve_plex_edits = true;
	clears("title,summary,studio,originallyAvailableAt,actor,genre,collection,userRating");
	ck_assert(!edit.lists[PLEX_GENRES].lock);
}
END_TEST

/* The next base says that nothing is there, so that what a person writes then is a person's. */
START_TEST(has_nothing_to_do_once_it_took)
{
	struct scene nothing = { .title = NULL };
	struct marks applied;

	scene_complete(&nothing);
	clears("title,summary,studio,originallyAvailableAt,actor,genre,collection,userRating");
	change(&item.summary, "");
	change(&item.studio, "");
	change(&item.date, "");
	item.rating100 = 0;
	string_list_done(&item.locked);
	string_list_done(&item.actors);
	string_list_done(&item.genres);
	string_list_done(&item.collections);
	plan_applied(&applied, &nothing, &item, &stamp, &edit, &policy, NULL);
	scene_done(&nothing);
	marks_done(&stamp.applied);
	stamp.applied = applied;
	clears("");
	change(&item.summary, "A person's summary");
	string_list_add(&item.genres, "Drama");
	clears("");
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, takes_back_all_but_the_title);
	tcase_add_test(cases, leaves_what_a_person_changed_and_its_lock);
	tcase_add_test(cases, leaves_members_of_others_and_the_lock_of_their_list);
	tcase_add_test(cases, leaves_what_is_switched_off);
	tcase_add_test(cases, leaves_an_item_that_is_not_the_stamps);
	tcase_add_test(cases, takes_back_what_it_may_have_left);
	tcase_add_test(cases, does_the_same_whatever_else_is_preserved);
	tcase_add_test(cases, has_nothing_to_do_once_it_took);
}

CHECK_MAIN("planclear", add_cases)
