#include "producer/unsettled.h"

#include "check_main.h"

#include <string.h>

static const struct covers none = { -1, -1 };
static bool waiting;
static struct unsettled_retry retry;

static bool fold_at(struct unsettled *p, int64_t own, const char *key, const char *covers,
	const char *due, struct covers stamp)
{
	struct record r = { .topic = TOPIC_RETRIES, .partition = 1, .offset = own };
	bool taken;

	record_set_key(&r, key, strlen(key));
	if (due) {
		record_set_value(&r, "{}", 2);
		record_add_text_header(&r, "plexsync-due", due);
		record_add_text_header(&r, "plexsync-attempt", "3");
		record_add_text_header(&r, "plexsync-error", "not_found");
	}
	if (covers)
		record_add_text_header(&r, COVERS_HEADER, covers);
	taken = unsettled_fold(p, &r, stamp);
	record_done(&r);
	return taken;
}

#define DUE "2026-01-02T03:04:05Z"
#define DUE_MS 1767323045000

static bool is_waiting(struct unsettled *p, const char *id)
{
	(void)!unsettled_get(p, id, &retry, &waiting);
	return waiting;
}

START_TEST(keeps_what_a_retry_record_says)
{
	struct unsettled *p = unsettled_new(10);

	ck_assert(!unsettled_get(p, "45", &retry, &waiting));
	ck_assert(fold_at(p, 0, "45", "5/7", DUE, none));
	ck_assert(unsettled_get(p, "45", &retry, &waiting));
	ck_assert_int_eq(retry.due_ms, DUE_MS);
	ck_assert_int_eq(retry.attempt, 3);
	ck_assert_str_eq(retry.error, "not_found");
	ck_assert(!waiting);
	ck_assert_uint_eq(unsettled_retries(p), 1);
	ck_assert(fold_at(p, 1, "45", "5/7", NULL, none));
	ck_assert(!unsettled_get(p, "45", &retry, &waiting));
	ck_assert_uint_eq(unsettled_retries(p), 0);
	unsettled_free(p);
}
END_TEST

START_TEST(headers_that_cannot_be_read_are_not_said)
{
	struct unsettled *p = unsettled_new(10);
	struct record r = { .topic = TOPIC_RETRIES, .offset = 0 };

	record_set_key(&r, "45", 2);
	record_set_value(&r, "{}", 2);
	record_add_text_header(&r, "plexsync-due", "soon");
	record_add_text_header(&r, "plexsync-attempt", "-3");
	record_add_text_header(
		&r, "plexsync-error", "a class whose name is longer than any of ours");
	ck_assert(unsettled_fold(p, &r, none));
	ck_assert(unsettled_get(p, "45", &retry, &waiting));
	ck_assert_int_eq(retry.due_ms, 0);
	ck_assert_int_eq(retry.attempt, 0);
	ck_assert_str_eq(retry.error, "");
	record_done(&r);
	unsettled_free(p);
}
END_TEST

START_TEST(an_older_record_is_ignored)
{
	struct unsettled *p = unsettled_new(10);

	ck_assert(fold_at(p, 0, "45", "5/7", DUE, none));
	ck_assert(!fold_at(p, 1, "45", "5/6", NULL, none));
	ck_assert(!fold_at(p, 2, "45", "4/9", NULL, none));
	ck_assert_uint_eq(unsettled_retries(p), 1);
	ck_assert(!fold_at(p, 3, "46", "5/7", DUE, (struct covers){ 4, 8 }));
	ck_assert(fold_at(p, 4, "46", "5/8", DUE, (struct covers){ 6, 8 }));
	ck_assert(!fold_at(p, 5, "x", "5/8", DUE, none));
	unsettled_free(p);
}
END_TEST

START_TEST(an_accepted_event_waits_until_it_is_covered)
{
	struct unsettled *p = unsettled_new(10);

	unsettled_accepted(p, "45", 7);
	ck_assert(is_waiting(p, "45"));
	unsettled_cover(p, 45, 6);
	unsettled_cover(p, 46, 99);
	ck_assert(is_waiting(p, "45"));
	unsettled_accepted(p, "45", 9);
	unsettled_cover(p, 45, 8);
	ck_assert(is_waiting(p, "45"));
	unsettled_cover(p, 45, 9);
	ck_assert(!is_waiting(p, "45"));
	ck_assert_uint_eq(unsettled_waiting(p), 0);
	unsettled_free(p);
}
END_TEST

START_TEST(a_retry_record_covers_it_too)
{
	struct unsettled *p = unsettled_new(10);

	unsettled_accepted(p, "45", 7);
	ck_assert(fold_at(p, 0, "45", "5/7", DUE, none));
	ck_assert(!is_waiting(p, "45"));
	unsettled_accepted(p, "45", 7); /* the report came after the record */
	ck_assert(!is_waiting(p, "45"));
	unsettled_accepted(p, "45", 8);
	ck_assert(is_waiting(p, "45"));
	ck_assert(fold_at(p, 1, "45", "5/8", NULL, none));
	ck_assert(!is_waiting(p, "45"));
	unsettled_free(p);
}
END_TEST

START_TEST(the_oldest_of_too_many_is_forgotten)
{
	struct unsettled *p = unsettled_new(3);

	for (int i = 1; i <= 3; i++) {
		auto_free char *id = xasprintf("%d", i);

		unsettled_accepted(p, id, i);
	}
	unsettled_accepted(p, "1", 8); /* the newest now */
	unsettled_accepted(p, "4", 9);
	ck_assert_uint_eq(unsettled_waiting(p), 3);
	ck_assert(is_waiting(p, "1"));
	ck_assert(!is_waiting(p, "2"));
	ck_assert(is_waiting(p, "3"));
	ck_assert(is_waiting(p, "4"));
	unsettled_free(p);
}
END_TEST

START_TEST(a_partition_is_forgotten)
{
	struct unsettled *p = unsettled_new(3);

	fold_at(p, 0, "45", "5/7", DUE, none);
	fold_at(p, 1, "46", "5/8", DUE, none);
	unsettled_accepted(p, "46", 9);
	unsettled_forget(p, 0);
	ck_assert_uint_eq(unsettled_retries(p), 2);
	unsettled_forget(p, 1);
	ck_assert_uint_eq(unsettled_retries(p), 0);
	ck_assert(is_waiting(p, "46"));
	unsettled_free(p);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, keeps_what_a_retry_record_says);
	tcase_add_test(cases, headers_that_cannot_be_read_are_not_said);
	tcase_add_test(cases, an_older_record_is_ignored);
	tcase_add_test(cases, an_accepted_event_waits_until_it_is_covered);
	tcase_add_test(cases, a_retry_record_covers_it_too);
	tcase_add_test(cases, the_oldest_of_too_many_is_forgotten);
	tcase_add_test(cases, a_partition_is_forgotten);
}

CHECK_MAIN("unsettled", add_cases)
