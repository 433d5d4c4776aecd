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

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, every_field_that_plex_shows_is_worthy);
	tcase_add_test(cases, fields_that_never_show_in_plex_are_not);
	tcase_add_test(cases, one_worthy_field_among_others_suffices);
	tcase_add_test(cases, unknown_names_are_worthy);
	tcase_add_test(cases, no_names_at_all_are_worthy);
}

CHECK_MAIN("filter", add_cases)
