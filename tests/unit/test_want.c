#include "consumer/want.h"

#include "tests/unit/check_main.h"

#include <string.h>

static struct want w;

static void set_up(void)
{
	w = (struct want){ .covers = -1 };
}

static void tear_down(void)
{
	want_done(&w);
}

struct wish {
	int64_t offset, updated_ms, time_ms;
	bool full, force;
	const char *rating_key;
};

static void add_to(struct want *want, const struct wish *wish)
{
	struct event event = { .id = xstrdup("id"),
		.scene_id = "42",
		.force = wish->force,
		.time_ms = wish->time_ms,
		.updated_at_ms = wish->updated_ms };
	struct record record = { .offset = wish->offset };

	event.rating_key = xstrdup_or_null(wish->rating_key);
	if (wish->full) {
		event.scene = xcalloc(1, sizeof *event.scene);
		scene_complete(event.scene);
	}
	want_add(want, &record, &event);
	ck_assert_ptr_null(event.id);
}

#define add(...) add_to(&w, &(struct wish){ __VA_ARGS__ })

START_TEST(is_the_event_when_there_is_one)
{
	add(.offset = 3);
	ck_assert(w.any && w.fetch && !w.force);
	ck_assert_int_eq(w.covers, 3);
	ck_assert_str_eq(w.event.id, "id");
}
END_TEST

START_TEST(keeps_the_newest_thin_event)
{
	add(.offset = 3);
	add(.offset = 5);
	ck_assert_int_eq(w.record.offset, 5);
	ck_assert_int_eq(w.covers, 5);
}
END_TEST

START_TEST(keeps_a_full_state_beside_the_need_to_fetch)
{
	add(.offset = 3, .full = true, .updated_ms = 10);
	ck_assert(!w.fetch);
	add(.offset = 5);
	ck_assert(w.fetch);
	ck_assert_int_eq(w.record.offset, 3);
	ck_assert_ptr_nonnull(w.event.scene);
	ck_assert_int_eq(w.covers, 5);
}
END_TEST

START_TEST(keeps_the_newest_full_state_in_whatever_order_they_come)
{
	add(.offset = 3, .full = true, .updated_ms = 20);
	add(.offset = 5, .full = true, .updated_ms = 10);
	ck_assert_int_eq(w.record.offset, 3);
	ck_assert_int_eq(w.covers, 5);
	add(.offset = 6, .full = true, .updated_ms = 30);
	ck_assert_int_eq(w.record.offset, 6);
}
END_TEST

START_TEST(orders_equal_states_by_the_events_time_then_by_offset)
{
	add(.offset = 3, .full = true, .updated_ms = 20, .time_ms = 100);
	add(.offset = 5, .full = true, .updated_ms = 20); /* it lost its headers: the oldest */
	ck_assert_int_eq(w.record.offset, 3);
	add(.offset = 6, .full = true, .updated_ms = 20, .time_ms = 100);
	ck_assert_int_eq(w.record.offset, 6);
}
END_TEST

START_TEST(takes_the_events_time_for_a_version_that_is_not_known)
{
	struct event event = { .time_ms = 100 };

	ck_assert_int_eq(want_version(&event, 7).updated_ms, 100);
	ck_assert_int_eq(want_version(&event, 7).offset, 7);
	event.updated_at_ms = 90;
	ck_assert_int_eq(want_version(&event, 7).updated_ms, 90);
	ck_assert_int_eq(want_version(&event, 7).observed_ms, 100);
}
END_TEST

START_TEST(carries_force_and_the_latest_choice_of_an_item)
{
	add(.offset = 3, .force = true, .rating_key = "101");
	add(.offset = 4, .rating_key = "102");
	add(.offset = 5);
	ck_assert(w.force);
	ck_assert_str_eq(w.rating_key, "102");
}
END_TEST

START_TEST(takes_back_what_an_older_job_still_wants)
{
	struct want older = { .covers = -1 };

	add_to(&older,
		&(struct wish){ .offset = 3, .full = true, .updated_ms = 10, .rating_key = "101" });
	add(.offset = 5, .rating_key = "102");
	want_merge(&w, &older);
	ck_assert(!older.any);
	ck_assert_int_eq(w.record.offset, 3);
	ck_assert_int_eq(w.covers, 5);
	ck_assert(w.fetch);
	ck_assert_str_eq(w.rating_key, "102");
}
END_TEST

START_TEST(is_an_older_jobs_want_again_when_nothing_came)
{
	struct want older = { .covers = -1 };

	want_merge(&w, &older);
	ck_assert(!w.any);
	add_to(&older, &(struct wish){ .offset = 3, .force = true });
	want_merge(&w, &older);
	ck_assert(w.any && w.force && w.fetch);
	ck_assert_int_eq(w.covers, 3);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, is_the_event_when_there_is_one);
	tcase_add_test(c, keeps_the_newest_thin_event);
	tcase_add_test(c, keeps_a_full_state_beside_the_need_to_fetch);
	tcase_add_test(c, keeps_the_newest_full_state_in_whatever_order_they_come);
	tcase_add_test(c, orders_equal_states_by_the_events_time_then_by_offset);
	tcase_add_test(c, takes_the_events_time_for_a_version_that_is_not_known);
	tcase_add_test(c, carries_force_and_the_latest_choice_of_an_item);
	tcase_add_test(c, takes_back_what_an_older_job_still_wants);
	tcase_add_test(c, is_an_older_jobs_want_again_when_nothing_came);
}

CHECK_MAIN("want", add_cases)
