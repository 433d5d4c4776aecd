#include "consumer/library.h"

#include "tests/unit/check_main.h"

enum { MAX_ITEMS = 50 };

/* Keys 1 and 3 are of type movie, 2 is not; an item's key says its section: 100 to 149, 300 to 349. */
static struct library *library;
static struct effects effects;
static struct now now;
static int movies[4]; /* items of a section */

static struct library_options options(void)
{
	return (struct library_options){
		.page_size = 10, .rebuild_interval_ms = 3600000, .spacing_ms = 1000
	};
}

static void open_with(const struct library_options *o)
{
	library_free(library);
	library = library_new(o);
}

static void set_up(void)
{
	struct library_options o = options();

	now = (struct now){ .mono_ms = 5000 };
	movies[1] = 25;
	movies[3] = 1;
	effects_init(&effects);
	open_with(&o);
}

static void tear_down(void)
{
	library_free(library);
	library = NULL;
	effects_done(&effects);
}

static enum listing answer_sections(call_id call)
{
	static char k1[] = "1", k2[] = "2", k3[] = "3", films[] = "Films", series[] = "Series",
		    other[] = "Other", movie[] = "movie", show[] = "show";
	const struct plex_section sections[] = {
		{ .key = k1, .title = films, .type = movie },
		{ .key = k2, .title = series, .type = show },
		{ .key = k3, .title = other, .type = movie },
	};
	struct input in = { .kind = IN_SECTIONS, .call = call };

	in.sections.items = sections;
	in.sections.count = ARRAY_LEN(sections);
	return library_feed(library, now, &in, &effects);
}

/* So many rows from the section's start are of no use: the parser leaves them out. */
static int64_t useless;

static enum listing answer_rows(const struct effect *page, int64_t at_once)
{
	struct plex_item items[MAX_ITEMS];
	struct input in = { .kind = IN_ROWS, .call = page->call };
	int section = page->section[0] - '0';
	size_t count = 0;
	enum listing listing;

	for (int64_t i = page->start; i < movies[section] && (int64_t)count < at_once; i++) {
		items[count] =
			(struct plex_item){ .rating_key = xasprintf("%d%02d", section, (int)i),
				.type = xstrdup("movie"),
				.parts = xcalloc(1, sizeof(struct plex_part)),
				.part_count = 1 };
		items[count].parts[0].file = xasprintf("/%d/%d.mkv", section, (int)i);
		count++;
	}
	in.rows.items = items;
	in.rows.count = page->start < useless ? 0 : count;
	in.rows.listed = (int64_t)count;
	in.rows.total = movies[section];
	listing = library_feed(library, now, &in, &effects);
	for (size_t i = 0; i < count; i++)
		plex_item_done(&items[i]);
	return listing;
}

static enum listing answer(struct effect *take_effect, int64_t at_once)
{
	enum listing listing;

	ck_assert_ptr_nonnull(take_effect);
	ck_assert_uint_eq(take_effect->call, library_call(library));
	listing = take_effect->kind == DO_LIST_SECTIONS ? answer_sections(take_effect->call)
							: answer_rows(take_effect, at_once);
	effect_free(take_effect);
	return listing;
}

/* A whole listing, with pages of at most so many rows. */
static enum listing list(int64_t at_once)
{
	enum listing listing = LISTING_GOES_ON;

	ck_assert(library_due(library, now));
	library_start(library, now, &effects);
	while (listing == LISTING_GOES_ON)
		listing = answer(effects_take(&effects), at_once);
	ck_assert_ptr_null(effects.first);
	return listing;
}

static enum listing fail_listing(void)
{
	struct effect *effect = effects_take(&effects);
	enum listing listing = library_feed(library, now,
		&(struct input){ .kind = effect->kind == DO_LIST_SECTIONS ? IN_SECTIONS : IN_ROWS,
			.outcome = OUTCOME_DOWN,
			.detail = "It is away." },
		&effects);

	effect_free(effect);
	return listing;
}

static size_t paths(void)
{
	return pathindex_paths(library_index(library));
}

START_TEST(goes_on_behind_a_page_of_useless_rows)
{
	useless = 2;
	ck_assert_int_eq(list(2), LISTING_COMPLETE);
	useless = 0;
	ck_assert_msg(paths() > 0, "what comes after the useless rows is in the index");
}
END_TEST

START_TEST(lists_every_movie_library_with_pages_of_any_size)
{
	ck_assert(!library_ready(library));
	ck_assert_int_eq(list(_i), LISTING_COMPLETE);
	ck_assert(library_ready(library));
	ck_assert_uint_eq(paths(), 26);
	ck_assert(library_fresh_since(library, 5000));
	ck_assert(!library_fresh_since(library, 5001));
}
END_TEST

START_TEST(lists_the_configured_libraries_by_title_or_key)
{
	char title[] = "films", key[] = "3", *names[] = { title, key };
	struct library_options o = options();

	o.libraries = (struct string_list){ .items = names, .count = (size_t)_i };
	open_with(&o);
	ck_assert_int_eq(list(100), LISTING_COMPLETE);
	ck_assert_uint_eq(paths(), _i == 1 ? 25 : 26);
}
END_TEST

START_TEST(refuses_a_configured_library_that_is_missing_or_of_another_type)
{
	static const char *const wanted[] = { "Nowhere", "Series" };
	static const char *const troubles[] = {
		"Plex has no library \"Nowhere\": correct plex_libraries.",
		"Plex's library \"Series\" is of type show; only movie libraries (Movies, Other "
		"Videos) hold scenes: correct plex_libraries.",
	};
	auto_free char *name = xstrdup(wanted[_i]);
	struct library_options o = options();

	o.libraries = (struct string_list){ .items = &name, .count = 1 };
	open_with(&o);
	ck_assert_int_eq(list(100), LISTING_FAILED);
	ck_assert(!library_ready(library));
	ck_assert_str_eq(library_trouble(library), troubles[_i]);
	ck_assert(!library_due(library, now));
	ck_assert_int_eq(library_deadline_ms(library), now.mono_ms + 1000);
}
END_TEST

START_TEST(lists_a_section_again_when_its_total_moved)
{
	library_start(library, now, &effects);
	answer(effects_take(&effects), 10);
	answer(effects_take(&effects), 10);
	movies[1] = 24; /* a row moved up into the page that is behind us */
	for (enum listing listing = LISTING_GOES_ON; listing == LISTING_GOES_ON;)
		listing = answer(effects_take(&effects), 10);
	ck_assert(library_ready(library));
	ck_assert_uint_eq(paths(), 25);
}
END_TEST

START_TEST(comes_to_an_end_though_the_total_never_rests)
{
	enum listing listing = LISTING_GOES_ON;
	int calls = 0;

	library_start(library, now, &effects);
	while (listing == LISTING_GOES_ON) {
		movies[1] = 25 + calls % 2;
		listing = answer(effects_take(&effects), 10);
		ck_assert_int_lt(calls++, 30);
	}
	ck_assert_int_eq(listing, LISTING_COMPLETE);
}
END_TEST

START_TEST(keeps_the_old_index_when_a_listing_fails)
{
	list(100);
	now.mono_ms += 2000;
	library_want_fresh(library, now.mono_ms);
	movies[1] = 30;
	library_start(library, now, &effects);
	answer(effects_take(&effects), 10);
	answer(effects_take(&effects), 10);
	ck_assert_int_eq(fail_listing(), LISTING_FAILED);
	ck_assert(library_ready(library));
	ck_assert_uint_eq(paths(), 26);
	ck_assert_str_eq(
		library_trouble(library), "Plex's libraries cannot be listed: It is away.");
	ck_assert(!library_due(library, now));
	now.mono_ms += 1000;
	ck_assert_int_eq(list(10), LISTING_COMPLETE);
	ck_assert_uint_eq(paths(), 31);
}
END_TEST

START_TEST(rests_between_listings_that_are_asked_for)
{
	list(100);
	library_want_fresh(library, now.mono_ms + 1);
	ck_assert(!library_due(library, now));
	ck_assert_int_eq(library_deadline_ms(library), now.mono_ms + 1000);
	now.mono_ms += 1000;
	ck_assert(library_due(library, now));
	list(100);
	ck_assert_int_eq(library_deadline_ms(library), now.mono_ms + 3600000);
}
END_TEST

START_TEST(lists_again_for_a_wish_that_came_while_it_listed)
{
	library_start(library, now, &effects);
	now.mono_ms += 10;
	library_want_fresh(library, now.mono_ms);
	for (enum listing listing = LISTING_GOES_ON; listing == LISTING_GOES_ON;)
		listing = answer(effects_take(&effects), 100);
	ck_assert(library_ready(library));
	ck_assert(!library_fresh_since(library, now.mono_ms));
	now.mono_ms += 1000;
	ck_assert(library_due(library, now));
}
END_TEST

START_TEST(forgets_what_a_section_had_when_it_shrinks)
{
	list(100);
	now.mono_ms += 3600000;
	movies[1] = 5;
	ck_assert_int_eq(list(100), LISTING_COMPLETE);
	ck_assert_uint_eq(paths(), 6);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, goes_on_behind_a_page_of_useless_rows);
	tcase_add_loop_test(c, lists_every_movie_library_with_pages_of_any_size, 1, 30);
	tcase_add_loop_test(c, lists_the_configured_libraries_by_title_or_key, 1, 3);
	tcase_add_loop_test(
		c, refuses_a_configured_library_that_is_missing_or_of_another_type, 0, 2);
	tcase_add_test(c, lists_a_section_again_when_its_total_moved);
	tcase_add_test(c, comes_to_an_end_though_the_total_never_rests);
	tcase_add_test(c, keeps_the_old_index_when_a_listing_fails);
	tcase_add_test(c, rests_between_listings_that_are_asked_for);
	tcase_add_test(c, lists_again_for_a_wish_that_came_while_it_listed);
	tcase_add_test(c, forgets_what_a_section_had_when_it_shrinks);
}

CHECK_MAIN("library", add_cases)
