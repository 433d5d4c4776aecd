#include "consumer/plex.h"

#include "tests/unit/check_main.h"

#include <string.h>

static void ck_request(struct plex_request *take, const char *method, const char *path)
{
	ck_assert_str_eq(take->method, method);
	ck_assert_str_eq(take->path, path);
	plex_request_done(take);
}

static const char *const bad_keys[] = { "", "1,2", "1/2", "5&id=6", "..", "5 ", "é",
	"0123456789012345678901234567890123456789012345678901234567890123456789" };

START_TEST(refuses_a_key_that_is_none)
{
	ck_assert(!plex_key_valid(bad_keys[_i]));
}
END_TEST

START_TEST(accepts_a_decimal_and_an_opaque_key)
{
	ck_assert(plex_key_valid("182"));
	ck_assert(plex_key_valid("5d7768257228e5001f1dccd2"));
	ck_assert(!plex_key_valid(NULL));
}
END_TEST

START_TEST(lists_with_both_container_arguments)
{
	struct plex_request r;

	plex_list_page(&r, "7", 400, 200);
	ck_assert_str_eq(r.method, "GET");
	ck_assert_int_eq(strncmp(r.path, "/library/sections/7/all?", 24), 0);
	ck_assert_ptr_nonnull(strstr(r.path, "&X-Plex-Container-Size=200"));
	ck_assert_ptr_nonnull(strstr(r.path, "&X-Plex-Container-Start=400"));
	ck_assert_ptr_nonnull(strstr(r.path, "&type=1&"));
	ck_assert_ptr_nonnull(strstr(r.path, "&sort=id&"));
	ck_assert_ptr_nonnull(strstr(r.path, "includeGuids=0"));
	ck_assert_ptr_null(strstr(r.path, "Media"));
	ck_assert_ptr_null(strstr(r.path, "Part"));
	plex_request_done(&r);
}
END_TEST

START_TEST(reads_sections_and_items)
{
	struct plex_request r;

	plex_list_sections(&r);
	ck_request(&r, "GET", "/library/sections");
	plex_read_item(&r, "182");
	ck_request(&r, "GET", "/library/metadata/182?skipRefresh=1");
}
END_TEST

START_TEST(asks_for_what_changed_newest_first)
{
	struct plex_request r;

	plex_list_changes(&r, "7", PLEX_LIST_ADDED, 1700000000, 0, 200);
	ck_assert_int_eq(
		strncmp(r.path, "/library/sections/7/all?addedAt%3E%3E=1700000000&", 49), 0);
	ck_assert_ptr_nonnull(strstr(r.path, "&sort=addedAt%3Adesc&"));
	ck_assert_ptr_nonnull(strstr(r.path, "&X-Plex-Container-Size=200"));
	ck_assert_ptr_nonnull(strstr(r.path, "&type=1&"));
	plex_request_done(&r);
	plex_list_changes(&r, "7", PLEX_LIST_UPDATED, 5, 0, 200);
	ck_assert_ptr_nonnull(strstr(r.path, "&updatedAt%3E%3E=5&"));
	ck_assert_ptr_nonnull(strstr(r.path, "&sort=updatedAt%3Adesc&"));
	plex_request_done(&r);
}
END_TEST

START_TEST(asks_for_the_event_stream_and_for_scans)
{
	struct plex_request r;

	plex_watch(&r);
	ck_request(&r, "GET", "/:/eventsource/notifications?filters=timeline%2Cactivity");
	plex_scan(&r, "7", "/data/New & old/100%");
	ck_request(
		&r, "GET", "/library/sections/7/refresh?path=%2Fdata%2FNew%20%26%20old%2F100%25");
}
END_TEST

START_TEST(copies_items_deeply)
{
	struct plex_part parts[] = { { .file = xstrdup("/a.mp4"), .size = 3, .duration_ms = 4 } };
	struct plex_item item = { .rating_key = xstrdup("1"),
		.title = xstrdup("T"),
		.parts = xcalloc(1, sizeof *item.parts),
		.part_count = 1 },
			 copy;

	item.parts[0] = parts[0];
	string_list_add(&item.locked, "title");
	plex_item_copy(&copy, &item);
	plex_item_done(&item);
	ck_assert_str_eq(copy.parts[0].file, "/a.mp4");
	ck_assert_int_eq(copy.parts[0].size, 3);
	ck_assert(plex_item_locked(&copy, PLEX_TITLE));
	ck_assert(!plex_item_locked(&copy, PLEX_STUDIO));
	ck_assert_str_eq(plex_item_value(&copy, PLEX_TITLE), "T");
	ck_assert_str_eq(plex_item_value(&copy, PLEX_SUMMARY), "");
	plex_item_done(&copy);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, refuses_a_key_that_is_none, 0, ARRAY_LEN(bad_keys));
	tcase_add_test(cases, accepts_a_decimal_and_an_opaque_key);
	tcase_add_test(cases, lists_with_both_container_arguments);
	tcase_add_test(cases, reads_sections_and_items);
	tcase_add_test(cases, asks_for_what_changed_newest_first);
	tcase_add_test(cases, asks_for_the_event_stream_and_for_scans);
	tcase_add_test(cases, copies_items_deeply);
}

CHECK_MAIN("plex", add_cases)
