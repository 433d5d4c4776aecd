#include "consumer/plexedit.h"

#include "tests/unit/check_main.h"

#include <string.h>

static void want(struct plex_edit *e, enum plex_field field, const char *value)
{
	e->fields[field].wanted = true;
	e->fields[field].value = xstrdup(value);
}

static void want_list(
	struct plex_edit *e, enum plex_list list, const char *members, const char *removed)
{
	e->lists[list].wanted = true;
	e->lists[list].lock = e->lock;
	for (const char *m = members; m && *m; m += strlen(m) + 1)
		string_list_add(&e->lists[list].members, m);
	for (const char *m = removed; m && *m; m += strlen(m) + 1)
		string_list_add(&e->lists[list].removed, m);
	e->lists[list].own_count = e->lists[list].members.count;
}

static void ck_request(struct plex_request *take, const char *method, const char *path)
{
	ck_assert_str_eq(take->method, method);
	ck_assert_str_eq(take->path, path);
	plex_request_done(take);
}

/* The requests that python-plexapi 4.16.1 was seen to send for editTitle() and its siblings. */
static const struct {
	const char *title, *summary, *studio, *date;
	bool lock;
	const char *path;
} recorded[] = {
	{ .title = "A & B / \"é\" 100% #1+2, ok?",
		.lock = true,
		.path = "/library/sections/1/"
			"all?id=5&title.locked=1&title.value=A%20%26%20B%20%2F%20"
			"%22%C3%A9%22%20100%25%20%231%2B2%2C%20ok%3F&type=1" },
	{ .summary = "",
		.lock = true,
		.path = "/library/sections/1/all?id=5&summary.locked=1&summary.value=&type=1" },
	{ .summary = "x\ny",
		.lock = false,
		.path = "/library/sections/1/"
			"all?id=5&summary.locked=0&summary.value=x%0Ay&type=1" },
	{ .title = "T",
		.summary = "S",
		.lock = true,
		.path = "/library/sections/1/"
			"all?id=5&summary.locked=1&summary.value=S&title.locked=1&"
			"title.value=T&type=1" },
	{ .title = "T~a-b_c.d",
		.studio = "X",
		.date = "2020-01-02",
		.lock = true,
		.path = "/library/sections/1/all?id=5&originallyAvailableAt.locked=1&"
			"originallyAvailableAt.value=2020-01-02&studio.locked=1&studio.value=X&"
			"title.locked=1&title.value=T~a-b_c.d&type=1" },
};

START_TEST(edits_as_plexapi_does)
{
	const char *const values[PLEX_FIELDS] = {
		[PLEX_TITLE] = recorded[_i].title,
		[PLEX_SUMMARY] = recorded[_i].summary,
		[PLEX_STUDIO] = recorded[_i].studio,
		[PLEX_DATE] = recorded[_i].date,
	};
	struct plex_edit edit = { .lock = recorded[_i].lock };
	struct plex_request r;

	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		if (values[f])
			want(&edit, f, values[f]);
	plex_edit_item(&r, "1", "5", &edit);
	ck_request(&r, "PUT", recorded[_i].path);
	plex_edit_done(&edit);
}
END_TEST

/* The same for tags; names end in a NUL each. */
static const struct {
	enum plex_list list;
	const char *members, *removed;
	bool lock;
	const char *path;
} tags[] = {
	{ PLEX_COLLECTIONS, "Col One\0", NULL, true,
		"/library/sections/1/all?collection.locked=1&collection%5B0%5D.tag.tag=Col%20One&"
		"id=5&type=1" },
	{ PLEX_GENRES, "Action\0Drama\0Sci, Fi\0", NULL, true,
		"/library/sections/1/all?genre.locked=1&genre%5B0%5D.tag.tag=Action&"
		"genre%5B1%5D.tag.tag=Drama&genre%5B2%5D.tag.tag=Sci%2C%20Fi&id=5&type=1" },
	{ PLEX_GENRES, NULL, "Action\0Sci, Fi\0", true,
		"/library/sections/1/all?genre.locked=1&genre%5B%5D.tag.tag-="
		"Action%2CSci%252C%2520Fi&id=5&type=1" },
	{ PLEX_ACTORS, "N N\0", "100%\0", false,
		"/library/sections/1/all?actor.locked=0&actor%5B0%5D.tag.tag=N%20N&"
		"actor%5B%5D.tag.tag-=100%2525&id=5&type=1" },
};

START_TEST(edits_tags_as_plexapi_does)
{
	struct plex_edit edit = { .lock = tags[_i].lock };
	struct plex_request r;

	want_list(&edit, tags[_i].list, tags[_i].members, tags[_i].removed);
	plex_edit_item(&r, "1", "5", &edit);
	ck_request(&r, "PUT", tags[_i].path);
	plex_edit_done(&edit);
}
END_TEST

START_TEST(edits_the_item_itself_when_its_section_is_not_known)
{
	struct plex_edit edit = { .lock = true };
	struct plex_request r;

	want(&edit, PLEX_TITLE, "T");
	plex_edit_item(&r, "", "5", &edit);
	ck_request(&r, "PUT", "/library/metadata/5?title.locked=1&title.value=T&type=1");
	plex_edit_done(&edit);
}
END_TEST

START_TEST(rates_and_takes_a_rating_back)
{
	struct plex_edit edit = { .rating = { .wanted = true, .rating100 = 85 } };
	struct plex_request r;

	plex_edit_item(&r, "1", "5", &edit);
	ck_request(&r, "PUT", "/:/rate?identifier=com.plexapp.plugins.library&key=5&rating=8.5");
	edit.rating.rating100 = 0;
	plex_edit_item(&r, "", "5", &edit);
	ck_request(&r, "PUT", "/:/rate?identifier=com.plexapp.plugins.library&key=5&rating=-1");
}
END_TEST

START_TEST(lists_uploads_selects_and_locks_posters)
{
	struct plex_edit edit = { .lock_poster = true, .lock = true };
	struct plex_request r;

	plex_list_posters(&r, "5");
	ck_request(&r, "GET",
		"/library/metadata/5/"
		"posters?X-Plex-Container-Size=500&X-Plex-Container-Start=0");
	plex_upload_poster(&r, "5");
	ck_request(&r, "POST", "/library/metadata/5/posters");
	plex_select_poster(&r, "5", "upload://posters/ab");
	ck_request(&r, "PUT", "/library/metadata/5/poster?url=upload%3A%2F%2Fposters%2Fab");
	plex_edit_item(&r, "1", "5", &edit);
	ck_request(&r, "PUT", "/library/sections/1/all?id=5&thumb.locked=1&type=1");
}
END_TEST

START_TEST(aborts_rather_than_edit_without_an_id)
{
	struct plex_edit edit = { 0 };
	struct plex_request r;

	want(&edit, PLEX_TITLE, "T");
	plex_edit_item(&r, "1", "", &edit);
}
END_TEST

START_TEST(aborts_rather_than_drop_a_rating_beside_a_field)
{
	struct plex_edit edit = { .rating = { .wanted = true, .rating100 = 10 } };
	struct plex_request r;

	want(&edit, PLEX_TITLE, "T");
	plex_edit_item(&r, "1", "5", &edit);
}
END_TEST

START_TEST(copies_deeply_and_names_what_it_edits)
{
	struct plex_edit edit = { .lock = true }, twin;
	auto_buf names, none;

	ck_assert(plex_edit_empty(&edit));
	want(&edit, PLEX_STUDIO, "S");
	want_list(&edit, PLEX_ACTORS, "A\0B\0", "C\0");
	edit.rating.wanted = true;
	plex_edit_copy(&twin, &edit);
	plex_edit_done(&edit);
	ck_assert(!plex_edit_empty(&twin) && twin.lock);
	ck_assert_str_eq(twin.fields[PLEX_STUDIO].value, "S");
	ck_assert_str_eq(twin.lists[PLEX_ACTORS].members.items[1], "B");
	ck_assert_str_eq(twin.lists[PLEX_ACTORS].removed.items[0], "C");
	buf_init(&names, 100);
	buf_init(&none, 100);
	plex_edit_names(&twin, &names);
	ck_assert_str_eq(buf_text(&names), "studio,actor,userRating");
	plex_edit_shortfall(&twin, &none);
	ck_assert_str_eq(buf_text(&none), "");
	twin.lists[PLEX_ACTORS].left_out = 3;
	plex_edit_shortfall(&twin, &none);
	ck_assert_ptr_nonnull(strstr(buf_text(&none), "3 of Stash's names are missing in actor"));
	plex_edit_done(&twin);
}
END_TEST

/* ---- parts ---- */

static char *repeat(const char *text, size_t count)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		buf_puts(&out, text);
	return buf_take(&out);
}

static void fill_list(struct string_list *list, const char *stem, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		auto_free char *name = xasprintf("%s %zu", stem, i);

		string_list_add(list, name);
	}
}

START_TEST(leaves_an_edit_that_fits_in_one_part)
{
	struct plex_edit edit = { .lock = true }, *parts;
	struct plex_request whole, part;

	want(&edit, PLEX_TITLE, "T");
	want_list(&edit, PLEX_GENRES, "A\0B\0", "C\0D\0");
	edit.lock_poster = true;
	ck_assert_uint_eq(plex_edit_split(&edit, "5", &parts), 1);
	plex_edit_item(&whole, "1", "5", &edit);
	plex_edit_item(&part, "1", "5", &parts[0]);
	ck_request(&part, "PUT", whole.path);
	plex_request_done(&whole);
	plex_edit_done(&parts[0]);
	free(parts);
	plex_edit_done(&edit);
}
END_TEST

START_TEST(makes_no_part_of_nothing)
{
	struct plex_edit edit = { .lock = true }, *parts;

	ck_assert_uint_eq(plex_edit_split(&edit, "5", &parts), 0);
	ck_assert_ptr_null(parts);
}
END_TEST

/* Every part is within the limit; all fields, each list's members at once, all removals before. */
START_TEST(splits_what_is_long_into_parts_within_the_limit)
{
	auto_free char *summary = repeat("ü", 1200), *title = repeat("é", 255);
	struct plex_edit edit = { .lock = true }, *parts;
	size_t count, removed = 0, fields = 0, members = 0;
	bool rated = false;

	want(&edit, PLEX_TITLE, title);
	want(&edit, PLEX_SUMMARY, summary);
	want_list(&edit, PLEX_ACTORS, "A\0", NULL);
	want_list(&edit, PLEX_GENRES, NULL, NULL);
	fill_list(&edit.lists[PLEX_GENRES].members, "a genre, wanted", 150);
	fill_list(&edit.lists[PLEX_GENRES].removed, "a genre, unwanted", 500);
	edit.rating.wanted = true;
	count = plex_edit_split(&edit, "5", &parts);
	ck_assert_uint_ge(count, 4);
	for (size_t i = 0; i < count; i++) {
		const struct plex_list_edit *genres = &parts[i].lists[PLEX_GENRES];
		struct plex_request r;

		plex_edit_item(&r, "1", "5", &parts[i]);
		ck_assert_uint_le(strlen(r.path), PLEX_REQUEST_MAX);
		plex_request_done(&r);
		ck_assert(!rated); /* the rating is the last */
		rated = parts[i].rating.wanted;
		for (int f = 0; f < PLEX_FIELDS; f++)
			fields += parts[i].fields[f].wanted;
		ck_assert(members == 0 || genres->removed.count == 0);
		removed += genres->removed.count;
		members += genres->members.count;
		ck_assert(genres->members.count == 0 || genres->members.count == 150);
		plex_edit_done(&parts[i]);
	}
	free(parts);
	ck_assert(rated);
	ck_assert_uint_eq(fields, 2);
	ck_assert_uint_eq(removed, 500);
	ck_assert_uint_eq(members, 150);
	plex_edit_done(&edit);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, edits_as_plexapi_does, 0, ARRAY_LEN(recorded));
	tcase_add_loop_test(cases, edits_tags_as_plexapi_does, 0, ARRAY_LEN(tags));
	tcase_add_test(cases, edits_the_item_itself_when_its_section_is_not_known);
	tcase_add_test(cases, rates_and_takes_a_rating_back);
	tcase_add_test(cases, lists_uploads_selects_and_locks_posters);
	/* These need a process of their own to die in. */
	if (!str_equal(getenv("CK_FORK"), "no")) {
		tcase_add_test_raise_signal(cases, aborts_rather_than_edit_without_an_id, 6);
		tcase_add_test_raise_signal(
			cases, aborts_rather_than_drop_a_rating_beside_a_field, 6);
	}
	tcase_add_test(cases, copies_deeply_and_names_what_it_edits);
	tcase_add_test(cases, leaves_an_edit_that_fits_in_one_part);
	tcase_add_test(cases, makes_no_part_of_nothing);
	tcase_add_test(cases, splits_what_is_long_into_parts_within_the_limit);
}

CHECK_MAIN("plexedit", add_cases)
