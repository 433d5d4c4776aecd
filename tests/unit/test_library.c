#include "consumer/library.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MOVIES = 600, FIRST_ADDED_AT = 1000000, ADDED_EVERY_S = 1000 };

/*
 * Plex: sections 1 and 3 are of type movie, 2 is not. Movies come in the order of their keys, and an
 * even thousand seconds apart.
 */
static struct movie {
	int key, section;
	char file[32];
	int64_t added_at, updated_at;
	bool gone;
} movies[MAX_MOVIES];
static size_t movie_count;
static int content[4]; /* contentChangedAt of a section; 0: it does not say */
static bool shows_no_section_3, ignores_filters;
static int pages[3]; /* that were asked for, by enum plex_listing */
static int64_t since; /* of the last one */

static struct library *library;
static struct effects effects;
static struct now now;

static struct library_options options(void)
{
	return (struct library_options){
		.page_size = 10,
		.rebuild_interval_ms = 3600000,
		.spacing_ms = 1000,
		.refresh_spacing_ms = 100,
	};
}

static void open_with(const struct library_options *o)
{
	library_free(library);
	library = library_new(o);
}

static struct movie *add_movie(int section, const char *file)
{
	struct movie *m = &movies[movie_count];

	*m = (struct movie){ .key = 100 + (int)movie_count, .section = section };
	m->added_at = m->updated_at = FIRST_ADDED_AT + (int64_t)movie_count * ADDED_EVERY_S;
	snprintf(m->file, sizeof m->file, "%s", file);
	movie_count++;
	return m;
}

static void add_movies(int section, int count)
{
	for (int i = 0; i < count; i++) {
		auto_free char *file = xasprintf("/%d/%zu.mkv", section, movie_count);

		add_movie(section, file);
	}
}

static void set_up(void)
{
	struct library_options o = options();

	now = (struct now){ .mono_ms = 5000, .wall_ms = 2000000000000 };
	movie_count = 0;
	shows_no_section_3 = ignores_filters = false;
	memset(pages, 0, sizeof pages);
	content[1] = content[3] = 7;
	add_movies(1, 25);
	add_movies(3, 1);
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
		    other[] = "Other", movie[] = "movie", show[] = "show", root[] = "/1",
		    below[] = "/1/more/";
	char *roots[] = { root }, *belows[] = { below };
	auto_free char *c1 = content[1] ? xasprintf("%d", content[1]) : NULL;
	auto_free char *c3 = content[3] ? xasprintf("%d", content[3]) : NULL;
	const struct plex_section sections[] = {
		{ .key = k1,
			.title = films,
			.type = movie,
			.content_changed_at = c1,
			.locations = { .items = roots, .count = 1 } },
		{ .key = k2, .title = series, .type = show },
		{ .key = k3,
			.title = other,
			.type = movie,
			.content_changed_at = c3,
			.locations = { .items = belows, .count = 1 } },
	};
	struct input in = { .kind = IN_SECTIONS, .call = call };

	in.sections.items = sections;
	in.sections.count = ARRAY_LEN(sections) - shows_no_section_3;
	return library_feed(library, now, &in, &effects);
}

static void fill_item(struct plex_item *ret, const struct movie *m)
{
	*ret = (struct plex_item){ .rating_key = xasprintf("%d", m->key),
		.section = xasprintf("%d", m->section),
		.type = xstrdup("movie"),
		.added_at = m->added_at,
		.updated_at = m->updated_at,
		.parts = xcalloc(1, sizeof(struct plex_part)),
		.part_count = 1 };
	ret->parts[0].file = xstrdup(m->file);
}

static bool is_listed(const struct movie *m, const struct effect *page)
{
	if (m->gone || m->section != page->section[0] - '0')
		return false;
	if (page->listing == PLEX_LIST_ALL || ignores_filters)
		return true;
	return (page->listing == PLEX_LIST_ADDED ? m->added_at : m->updated_at) > page->since;
}

/* So many rows from the section's start are of no use: the parser leaves them out. */
static int64_t useless;

static enum listing answer_rows(const struct effect *page, int64_t at_once)
{
	struct plex_item *items = xcalloc(MAX_MOVIES, sizeof *items);
	struct input in = { .kind = IN_ROWS, .call = page->call };
	int64_t position = 0;
	size_t count = 0;
	enum listing listing;

	pages[page->listing]++;
	since = page->since;
	for (size_t i = 0; i < movie_count; i++) {
		if (!is_listed(&movies[i], page))
			continue;
		if (position >= page->start && (int64_t)count < at_once)
			fill_item(&items[count++], &movies[i]);
		position++;
	}
	in.rows.items = items;
	in.rows.count = page->start < useless ? 0 : count;
	in.rows.listed = (int64_t)count;
	in.rows.total = position;
	listing = library_feed(library, now, &in, &effects);
	for (size_t i = 0; i < count; i++)
		plex_item_done(&items[i]);
	free(items);
	return listing;
}

static enum listing answer_item(const struct effect *effect)
{
	struct input in = { .kind = IN_ITEM, .call = effect->call, .outcome = OUTCOME_ABSENT };
	struct plex_item item = { .rating_key = NULL };
	enum listing listing;

	for (size_t i = 0; i < movie_count; i++) {
		auto_free char *key = xasprintf("%d", movies[i].key);

		if (movies[i].gone || !str_equal(key, effect->rating_key))
			continue;
		fill_item(&item, &movies[i]);
		in.outcome = OUTCOME_DONE;
		in.item = &item;
	}
	listing = library_feed(library, now, &in, &effects);
	plex_item_done(&item);
	return listing;
}

static enum listing answer(struct effect *take_effect, int64_t at_once)
{
	enum listing listing;

	ck_assert_ptr_nonnull(take_effect);
	ck_assert_uint_eq(take_effect->call, library_call(library));
	if (take_effect->kind == DO_LIST_SECTIONS)
		listing = answer_sections(take_effect->call);
	else if (take_effect->kind == DO_READ_ITEM)
		listing = answer_item(take_effect);
	else
		listing = answer_rows(take_effect, at_once);
	effect_free(take_effect);
	return listing;
}

/* Whatever is due now, with pages of at most so many rows. */
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

static bool finds(const char *path, int key)
{
	struct pathindex_hit hits[4];
	auto_free char *text = xasprintf("%d", key);
	size_t count = pathindex_find(library_index(library), path, hits, ARRAY_LEN(hits));

	return count == 1 && str_equal(hits[0].rating_key, text);
}

static void tell_of(int key, int64_t updated_at, bool gone)
{
	struct plexnews news = {
		.kind = PLEXNEWS_ITEM, .section = "1", .updated_at = updated_at, .gone = gone
	};

	snprintf(news.rating_key, sizeof news.rating_key, "%d", key);
	library_tell(library, now, &news);
}

static enum listing fail_call(enum outcome outcome)
{
	static const enum input_kind kinds[] = {
		[DO_LIST_SECTIONS] = IN_SECTIONS,
		[DO_LIST_PAGE] = IN_ROWS,
		[DO_READ_ITEM] = IN_ITEM,
	};
	struct effect *effect = effects_take(&effects);
	enum listing listing = library_feed(library, now,
		&(struct input){ .kind = kinds[effect->kind],
			.call = effect->call,
			.outcome = outcome,
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
	movies[0].gone = true; /* a row moved up into the page that is behind us */
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
		movies[24].gone = calls % 2;
		listing = answer(effects_take(&effects), 10);
		ck_assert_int_lt(calls++, 30);
	}
	ck_assert_int_eq(listing, LISTING_COMPLETE);
}
END_TEST

START_TEST(keeps_the_old_index_when_a_rebuild_fails)
{
	list(100);
	now.mono_ms += 3600000;
	add_movies(1, 5);
	library_start(library, now, &effects);
	answer(effects_take(&effects), 10);
	answer(effects_take(&effects), 10);
	ck_assert_int_eq(fail_call(OUTCOME_DOWN), LISTING_FAILED);
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
	ck_assert_int_eq(list(100), LISTING_UPDATED);
	library_want_fresh(library, now.mono_ms + 1);
	ck_assert_int_eq(library_deadline_ms(library), now.mono_ms + 100);
}
END_TEST

START_TEST(rests_as_long_as_a_listing_took)
{
	library_start(library, now, &effects);
	answer(effects_take(&effects), 100);
	now.mono_ms += 30000;
	answer(effects_take(&effects), 100);
	answer(effects_take(&effects), 100);
	library_want_fresh(library, now.mono_ms);
	ck_assert_int_eq(library_deadline_ms(library), now.mono_ms + 30000);
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

START_TEST(forgets_what_is_gone_when_it_rebuilds)
{
	list(100);
	now.mono_ms += 3600000;
	for (int i = 5; i < 25; i++)
		movies[i].gone = true;
	ck_assert_int_eq(list(100), LISTING_COMPLETE);
	ck_assert_uint_eq(paths(), 6);
}
END_TEST

/* ---- what changed ---- */

/* A second listing, which somebody asked for. */
static enum listing refresh(void)
{
	now.mono_ms += 2000;
	memset(pages, 0, sizeof pages);
	library_want_fresh(library, now.mono_ms);
	return list(100);
}

START_TEST(lists_only_what_was_added_or_updated)
{
	list(100);
	add_movie(1, "/1/new.mkv")->section = 1;
	movies[3].updated_at = movies[26].added_at + 1;
	snprintf(movies[3].file, sizeof movies[3].file, "/1/moved.mkv");
	content[1]++;
	ck_assert_int_eq(refresh(), LISTING_UPDATED);
	ck_assert_int_eq(pages[PLEX_LIST_ALL], 0);
	ck_assert_int_eq(pages[PLEX_LIST_ADDED], 1);
	ck_assert_int_eq(pages[PLEX_LIST_UPDATED], 1);
	ck_assert_int_eq(since, movies[24].updated_at - 600);
	ck_assert(finds("/1/new.mkv", 126));
	ck_assert(finds("/1/moved.mkv", 103));
	ck_assert(!finds("/1/3.mkv", 103));
	ck_assert(library_fresh_since(library, now.mono_ms));
}
END_TEST

START_TEST(looks_into_no_section_that_says_it_did_not_change)
{
	uint64_t version;

	list(100);
	version = library_version(library);
	ck_assert_int_eq(refresh(), LISTING_UPDATED);
	ck_assert_int_eq(pages[PLEX_LIST_ADDED] + pages[PLEX_LIST_ALL], 0);
	ck_assert(library_fresh_since(library, now.mono_ms));
	ck_assert_uint_eq(library_version(library), version);
}
END_TEST

START_TEST(looks_into_every_section_that_does_not_say_whether_it_changed)
{
	content[1] = content[3] = 0;
	list(100);
	refresh();
	ck_assert_int_eq(pages[PLEX_LIST_ADDED], 2);
	refresh();
	ck_assert_int_eq(pages[PLEX_LIST_ADDED], 2);
}
END_TEST

START_TEST(counts_a_version_for_each_change_of_the_index_only)
{
	uint64_t version;

	list(100);
	version = library_version(library);
	content[1]++;
	refresh(); /* brings rows that are known */
	ck_assert_uint_eq(library_version(library), version);
	add_movie(1, "/1/new.mkv");
	content[1]++;
	refresh();
	ck_assert_uint_eq(library_version(library), version + 1);
}
END_TEST

START_TEST(looks_again_when_a_listing_of_changes_broke_off)
{
	list(100);
	add_movie(1, "/1/new.mkv");
	content[1]++;
	now.mono_ms += 2000;
	library_want_fresh(library, now.mono_ms);
	library_start(library, now, &effects);
	answer(effects_take(&effects), 100);
	ck_assert_int_eq(fail_call(OUTCOME_UNKNOWN), LISTING_FAILED);
	ck_assert(!library_fresh_since(library, now.mono_ms));
	ck_assert_int_eq(refresh(), LISTING_UPDATED);
	ck_assert(finds("/1/new.mkv", 126));
}
END_TEST

START_TEST(lists_a_section_whole_when_plex_will_not_say_what_changed)
{
	static const enum outcome outcomes[] = { OUTCOME_REFUSED, OUTCOME_FAILED };

	list(100);
	add_movie(1, "/1/new.mkv");
	content[1]++;
	now.mono_ms += 2000;
	library_want_fresh(library, now.mono_ms);
	library_start(library, now, &effects);
	answer(effects_take(&effects), 100);
	ck_assert_int_eq(fail_call(outcomes[_i]), LISTING_GOES_ON);
	ck_assert_int_eq(answer(effects_take(&effects), 100), LISTING_UPDATED);
	ck_assert_int_eq(pages[PLEX_LIST_ALL], 3);
	ck_assert(finds("/1/new.mkv", 126));
}
END_TEST

START_TEST(lists_a_section_whole_when_most_of_it_changed)
{
	add_movies(1, 100);
	list(1000);
	ignores_filters = true;
	movies[3].gone = true;
	content[1]++;
	refresh();
	ck_assert_int_eq(pages[PLEX_LIST_ALL], 2);
	ck_assert(!finds("/1/3.mkv", 103));
}
END_TEST

START_TEST(is_not_led_astray_by_a_time_in_the_future)
{
	movies[7].added_at = movies[7].updated_at = 4000000000;
	list(100);
	add_movie(1, "/1/new.mkv")->added_at = now.wall_ms / 1000 + 1;
	movies[26].updated_at = now.wall_ms / 1000 + 1;
	content[1]++;
	refresh();
	ck_assert(finds("/1/new.mkv", 126));
}
END_TEST

START_TEST(waits_for_a_section_that_is_new)
{
	shows_no_section_3 = true;
	list(100);
	ck_assert(library_ready(library));
	shows_no_section_3 = false;
	now.mono_ms += 2000;
	library_want_fresh(library, now.mono_ms);
	library_start(library, now, &effects);
	answer(effects_take(&effects), 100);
	ck_assert_msg(!library_ready(library), "section 3 is not listed yet");
	answer(effects_take(&effects), 100);
	ck_assert(library_ready(library));
	ck_assert(finds("/3/25.mkv", 125));
	shows_no_section_3 = true;
	refresh();
	ck_assert(!finds("/3/25.mkv", 125));
}
END_TEST

/* ---- a path that changes hands ---- */

START_TEST(reads_the_old_owner_of_a_path_before_it_believes_in_two)
{
	list(100);
	movies[3].gone = true;
	add_movie(1, "/1/3.mkv");
	content[1]++;
	ck_assert_int_eq(refresh(), LISTING_UPDATED);
	ck_assert(finds("/1/3.mkv", 126));
}
END_TEST

START_TEST(believes_in_two_owners_that_are_both_there)
{
	struct pathindex_hit hits[4];

	list(100);
	add_movie(1, "/1/3.mkv");
	content[1]++;
	refresh();
	ck_assert_uint_eq(pathindex_find(library_index(library), "/1/3.mkv", hits, 4), 2);
	content[1]++;
	now.mono_ms += 2000;
	library_want_fresh(library, now.mono_ms);
	library_start(library, now, &effects);
	for (int i = 0; i < 3; i++) /* sections, added, updated: nobody is read again */
		ck_assert_int_eq(answer(effects_take(&effects), 100),
			i < 2 ? LISTING_GOES_ON : LISTING_UPDATED);
}
END_TEST

START_TEST(is_not_fresh_while_an_old_owner_cannot_be_read)
{
	int64_t wanted_ms;

	list(100);
	movies[3].gone = true;
	add_movie(1, "/1/3.mkv");
	content[1]++;
	now.mono_ms += 2000;
	wanted_ms = now.mono_ms;
	library_want_fresh(library, wanted_ms);
	library_start(library, now, &effects);
	for (int i = 0; i < 3; i++)
		answer(effects_take(&effects), 100);
	ck_assert_int_eq(fail_call(OUTCOME_DOWN), LISTING_FAILED);
	ck_assert(!library_fresh_since(library, wanted_ms));
	now.mono_ms += 1000;
	while (!library_fresh_since(library, wanted_ms)) {
		ck_assert(library_due(library, now));
		list(100);
	}
	ck_assert(finds("/1/3.mkv", 126));
}
END_TEST

START_TEST(lists_whole_when_too_many_paths_change_hands)
{
	struct library_options o = options();

	add_movies(1, 100);
	o.page_size = 100;
	open_with(&o);
	list(1000);
	for (int i = 26; i < 126; i++) {
		movies[i].gone = true;
		add_movie(1, movies[i].file);
	}
	content[1]++;
	refresh();
	ck_assert_int_eq(pages[PLEX_LIST_ALL], 2);
	ck_assert_uint_eq(paths(), 126);
	ck_assert(finds("/1/30.mkv", 230));
}
END_TEST

/* ---- news ---- */

START_TEST(reads_an_item_that_plex_tells_of_without_a_listing)
{
	list(100);
	add_movie(1, "/1/new.mkv");
	tell_of(126, 0, false);
	tell_of(126, 0, false);
	ck_assert(!library_due(library, now));
	ck_assert_int_eq(library_deadline_ms(library), now.mono_ms + 250);
	now.mono_ms += 250;
	ck_assert_int_eq(list(100), LISTING_UPDATED);
	ck_assert(finds("/1/new.mkv", 126));
	ck_assert_int_eq(pages[PLEX_LIST_ADDED], 0);
	ck_assert_msg(!library_due(library, now), "twice told is once read");
}
END_TEST

START_TEST(forgets_an_item_that_plex_tells_is_gone)
{
	struct plex_item item;

	list(100);
	fill_item(&item, &movies[3]);
	library_saw(library, now, "103", &item);
	plex_item_done(&item);
	movies[3].gone = true;
	tell_of(103, movies[3].updated_at, true);
	now.mono_ms += 250;
	list(100);
	ck_assert(!finds("/1/3.mkv", 103));
}
END_TEST

START_TEST(does_not_read_what_was_read_since)
{
	struct plex_item item;

	list(100);
	now.mono_ms += 3000;
	movies[3].updated_at += 5;
	if (_i)
		tell_of(103, movies[3].updated_at, false);
	fill_item(&item, &movies[3]);
	library_saw(library, now, "103", &item);
	if (!_i)
		tell_of(103, movies[3].updated_at, false);
	plex_item_done(&item);
	now.mono_ms += 250;
	ck_assert(!library_due(library, now));
	tell_of(103, movies[3].updated_at + 1, false);
	now.mono_ms += 250;
	ck_assert(library_due(library, now));
}
END_TEST

START_TEST(tries_an_item_again_that_could_not_be_read)
{
	list(100);
	now.mono_ms += 3000;
	add_movie(1, "/1/new.mkv");
	tell_of(126, 0, false);
	now.mono_ms += 250;
	library_start(library, now, &effects);
	fail_call(OUTCOME_BUSY);
	ck_assert_int_eq(library_deadline_ms(library), now.mono_ms + 1000);
	now.mono_ms += 1000;
	list(100);
	ck_assert(finds("/1/new.mkv", 126));
}
END_TEST

START_TEST(looks_for_changes_when_too_much_is_told)
{
	list(100);
	now.mono_ms += 3000;
	for (int i = 0; i < 33; i++)
		tell_of(1000 + i, 0, false);
	ck_assert(library_due(library, now));
	library_start(library, now, &effects);
	ck_assert_int_eq(effects.first->kind, DO_LIST_SECTIONS);
}
END_TEST

START_TEST(looks_for_changes_after_a_scan_a_loss_or_a_new_stream)
{
	static const enum plexnews_kind kinds[] = { PLEXNEWS_SCANNED, PLEXNEWS_LOST,
		PLEXNEWS_LISTENING };

	list(100);
	now.mono_ms += 3000;
	ck_assert(!library_due(library, now));
	library_tell(library, now, &(struct plexnews){ .kind = kinds[_i] });
	ck_assert(library_due(library, now));
}
END_TEST

START_TEST(ignores_news_of_other_sections)
{
	struct plexnews news = { .kind = PLEXNEWS_ITEM, .section = "2", .rating_key = "7" };

	list(100);
	now.mono_ms += 3000;
	library_tell(library, now, &news);
	ck_assert_int_eq(library_deadline_ms(library), 5000 + 3600000);
}
END_TEST

START_TEST(learns_from_what_others_read)
{
	struct plex_item item;
	uint64_t version;

	list(100);
	version = library_version(library);
	snprintf(movies[3].file, sizeof movies[3].file, "/1/moved.mkv");
	fill_item(&item, &movies[3]);
	library_saw(library, now, "103", &item);
	plex_item_done(&item);
	ck_assert(finds("/1/moved.mkv", 103));
	ck_assert_uint_eq(library_version(library), version + 1);
}
END_TEST

/* ---- scans ---- */

static bool scans(const char *path, const char *section, const char *directory)
{
	struct effect *effect;
	bool as_wanted;

	library_scan(library, now, path, &effects);
	effect = effects_take(&effects);
	as_wanted = effect && effect->kind == DO_SCAN && str_equal(effect->section, section) &&
		    str_equal(effect->directory, directory);
	effect_free(effect);
	return as_wanted;
}

START_TEST(scans_the_directory_of_a_missing_file_once_in_ten_minutes)
{
	list(100);
	ck_assert(scans("/1/a/b.mkv", "1", "/1/a"));
	ck_assert(!scans("/1/a/c.mkv", "1", "/1/a"));
	ck_assert(scans("/1/more/c.mkv", "3", "/1/more"));
	ck_assert(!scans("/11/c.mkv", "1", "/11"));
	ck_assert(!scans("c.mkv", "1", ""));
	now.mono_ms += 600000;
	ck_assert(scans("/1/a/b.mkv", "1", "/1/a"));
}
END_TEST

START_TEST(scans_no_more_than_some_directories)
{
	int scanned = 0;

	list(100);
	for (int i = 0; i < 300; i++) {
		auto_free char *directory = xasprintf("/1/%d", i);
		auto_free char *path = xasprintf("%s/x.mkv", directory);

		scanned += scans(path, "1", directory);
	}
	ck_assert_int_eq(scanned, 256);
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
	tcase_add_test(c, keeps_the_old_index_when_a_rebuild_fails);
	tcase_add_test(c, rests_between_listings_that_are_asked_for);
	tcase_add_test(c, rests_as_long_as_a_listing_took);
	tcase_add_test(c, lists_again_for_a_wish_that_came_while_it_listed);
	tcase_add_test(c, forgets_what_is_gone_when_it_rebuilds);
}

static void add_change_cases(TCase *c)
{
	tcase_add_test(c, lists_only_what_was_added_or_updated);
	tcase_add_test(c, looks_into_no_section_that_says_it_did_not_change);
	tcase_add_test(c, looks_into_every_section_that_does_not_say_whether_it_changed);
	tcase_add_test(c, counts_a_version_for_each_change_of_the_index_only);
	tcase_add_test(c, looks_again_when_a_listing_of_changes_broke_off);
	tcase_add_loop_test(c, lists_a_section_whole_when_plex_will_not_say_what_changed, 0, 2);
	tcase_add_test(c, lists_a_section_whole_when_most_of_it_changed);
	tcase_add_test(c, is_not_led_astray_by_a_time_in_the_future);
	tcase_add_test(c, waits_for_a_section_that_is_new);
	tcase_add_test(c, reads_the_old_owner_of_a_path_before_it_believes_in_two);
	tcase_add_test(c, believes_in_two_owners_that_are_both_there);
	tcase_add_test(c, is_not_fresh_while_an_old_owner_cannot_be_read);
	tcase_add_test(c, lists_whole_when_too_many_paths_change_hands);
}

static void add_news_cases(TCase *c)
{
	tcase_add_test(c, reads_an_item_that_plex_tells_of_without_a_listing);
	tcase_add_test(c, forgets_an_item_that_plex_tells_is_gone);
	tcase_add_loop_test(c, does_not_read_what_was_read_since, 0, 2);
	tcase_add_test(c, tries_an_item_again_that_could_not_be_read);
	tcase_add_test(c, looks_for_changes_when_too_much_is_told);
	tcase_add_loop_test(c, looks_for_changes_after_a_scan_a_loss_or_a_new_stream, 0, 3);
	tcase_add_test(c, ignores_news_of_other_sections);
	tcase_add_test(c, learns_from_what_others_read);
	tcase_add_test(c, scans_the_directory_of_a_missing_file_once_in_ten_minutes);
	tcase_add_test(c, scans_no_more_than_some_directories);
}

static void add_all_cases(TCase *c)
{
	add_cases(c);
	add_change_cases(c);
	add_news_cases(c);
}

CHECK_MAIN("library", add_all_cases)
