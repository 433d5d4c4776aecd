#include "producer/filter.h"
#include "tests/unit/check_main.h"

/* Stash's names are not constant where they come from. */
static bool worthy_list(const char *const *names, size_t count)
{
	char *copies[16];
	bool worthy;

	for (size_t i = 0; i < count; i++)
		copies[i] = xstrdup(names[i]);
	worthy = filter_sync_worthy(copies, count);
	for (size_t i = 0; i < count; i++)
		free(copies[i]);
	return worthy;
}

static bool worthy(const char *name)
{
	return worthy_list(&name, 1);
}

START_TEST(every_field_that_plex_shows_is_worthy)
{
	static const char *const names[] = { "title", "details", "date", "studio_id",
		"performer_ids", "tag_ids", "groups", "movies", "cover_image", "rating100",
		"organized", "primary_file_id" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ck_assert_msg(worthy(names[i]), "%s", names[i]);
}
END_TEST

START_TEST(fields_that_never_show_in_plex_are_not)
{
	static const char *const names[] = { "id", "ids", "clientMutationId", "urls", "url", "code",
		"director", "stash_ids", "gallery_ids", "resume_time", "play_duration",
		"play_count", "o_counter" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ck_assert_msg(!worthy(names[i]), "%s", names[i]);
	ck_assert(!worthy_list(names, ARRAY_LEN(names)));
}
END_TEST

START_TEST(one_worthy_field_among_others_suffices)
{
	static const char *const names[] = { "id", "urls", "title" };

	ck_assert(worthy_list(names, ARRAY_LEN(names)));
}
END_TEST

START_TEST(unknown_names_are_worthy)
{
	ck_assert(worthy("captions"));
	ck_assert(worthy("Url"));
	ck_assert(worthy("url "));
	ck_assert(worthy(""));
}
END_TEST

START_TEST(no_names_at_all_are_worthy)
{
	ck_assert(filter_sync_worthy(NULL, 0));
}
END_TEST

/* ---- already synced ---- */

#define T INT64_C(1767323045000) /* 2026-01-02T03:04:05Z */

static struct synced_stamp applied(int64_t updated_at_ms, int64_t observed_at_ms)
{
	return (struct synced_stamp){
		.outcome = SYNCED_SYNCED,
		.seen_updated_at_ms = updated_at_ms,
		.updated_at_ms = updated_at_ms,
		.observed_at_ms = observed_at_ms,
	};
}

START_TEST(a_thin_event_is_skipped_when_its_version_is_in_plex_for_sure)
{
	static const struct {
		int64_t event_ms, updated_ms, observed_ms;
		bool skipped;
	} cases[] = {
		{ T, T - 1, T + 9000, false }, /* newer */
		{ T, T + 1, T + 1, true }, /* older */
		{ T, T, T, false }, /* there may be a second edit in this second */
		{ T, T, T + 999, false },
		{ T, T, T + 1000, true },
		{ T, T, 0, false }, /* nobody knows when it was read */
		{ 0, T, T + 9000, false }, /* no version, no shortcut */
		{ T, 0, T + 9000, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct event e = { .action = ACTION_UPDATE, .updated_at_ms = cases[i].event_ms };
		struct synced_stamp s = applied(cases[i].updated_ms, cases[i].observed_ms);

		ck_assert_msg(filter_already_synced(&e, &s) == cases[i].skipped, "case %zu", i);
	}
}
END_TEST

START_TEST(only_what_was_brought_to_plex_counts_as_synced)
{
	struct event e = { .action = ACTION_CREATE, .updated_at_ms = T };
	struct synced_stamp s = applied(T, T + 9000);

	for (int outcome = SYNCED_NONE; outcome <= SYNCED_GONE; outcome++) {
		s.outcome = (enum synced_outcome)outcome;
		ck_assert_int_eq(filter_already_synced(&e, &s),
			outcome == SYNCED_SYNCED || outcome == SYNCED_UNCHANGED);
	}
}
END_TEST

START_TEST(what_somebody_asked_for_is_never_skipped)
{
	struct synced_stamp s = applied(T, T + 9000);
	struct event e = { .action = ACTION_UPDATE, .updated_at_ms = T };

	ck_assert(filter_already_synced(&e, &s));
	e.force = true;
	ck_assert(!filter_already_synced(&e, &s));
	e.force = false;
	e.rating_key = xstrdup("7");
	ck_assert(!filter_already_synced(&e, &s));
	free(e.rating_key);
	e.rating_key = NULL;
	e.action = ACTION_RESYNC;
	ck_assert(!filter_already_synced(&e, &s));
	e.action = ACTION_DESTROY;
	ck_assert(!filter_already_synced(&e, &s));
}
END_TEST

START_TEST(a_full_event_is_skipped_for_the_same_content_observed_no_later)
{
	struct scene scene = { .title = xstrdup("T") };
	struct event e = {
		.action = ACTION_UPDATE, .updated_at_ms = T, .time_ms = T + 50, .scene = &scene
	};
	struct synced_stamp s = applied(T, T + 50);

	scene_complete(&scene);
	ck_assert(!filter_already_synced(&e, &s)); /* the stamp's content is not known */
	s.content = synced_digest(scene_content_hash(&scene));
	ck_assert(filter_already_synced(&e, &s));
	s.observed_at_ms--;
	ck_assert(!filter_already_synced(&e, &s));
	s.observed_at_ms += 9000;
	free(scene.title);
	scene.title = xstrdup("U");
	ck_assert(!filter_already_synced(&e, &s));
	s.updated_at_ms++;
	ck_assert(filter_already_synced(&e, &s)); /* older, whatever it says */
	scene_done(&scene);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, a_thin_event_is_skipped_when_its_version_is_in_plex_for_sure);
	tcase_add_test(cases, only_what_was_brought_to_plex_counts_as_synced);
	tcase_add_test(cases, what_somebody_asked_for_is_never_skipped);
	tcase_add_test(cases, a_full_event_is_skipped_for_the_same_content_observed_no_later);
	tcase_add_test(cases, every_field_that_plex_shows_is_worthy);
	tcase_add_test(cases, fields_that_never_show_in_plex_are_not);
	tcase_add_test(cases, one_worthy_field_among_others_suffices);
	tcase_add_test(cases, unknown_names_are_worthy);
	tcase_add_test(cases, no_names_at_all_are_worthy);
}

CHECK_MAIN("filter", add_cases)
