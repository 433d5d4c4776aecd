#include "consumer/lanes.h"

#include "tests/unit/check_main.h"

#include <stdio.h>

enum { SETTLE_MS = 2000 };

static struct lanes *lanes;
static struct offsets offsets;

static void set_up(void)
{
	lanes = lanes_new();
	offsets_init(&offsets);
}

static void tear_down(void)
{
	lanes_free(lanes);
	offsets_done(&offsets);
}

static struct lane *add(const char *scene_id, int64_t offset, int64_t now_ms)
{
	struct record record = { .partition = 3, .offset = offset };
	struct event event = { .id = xstrdup("id") };

	snprintf(event.scene_id, sizeof event.scene_id, "%s", scene_id);
	offsets_receive(&offsets, offset);
	return lanes_add(lanes, &record, &event, now_ms, SETTLE_MS);
}

/* A job as the lane sees it. */
static void begin(struct lane *lane)
{
	struct job *job = xcalloc(1, sizeof *job);

	job->want = lane->want;
	lane->want = (struct want){ .covers = -1 };
	lanes_begin(lanes, lane, job);
}

static int64_t stored(void)
{
	int64_t offset = -1;

	return offsets_store(&offsets, &offset) ? offset : -1;
}

START_TEST(makes_one_lane_for_each_scene)
{
	struct lane *lane = add("42", 0, 0);

	ck_assert_ptr_eq(add("42", 1, 0), lane);
	ck_assert_ptr_ne(add("43", 2, 0), lane);
	ck_assert_uint_eq(lanes_count(lanes), 2);
	ck_assert_int_eq(lane->partition, 3);
}
END_TEST

START_TEST(starts_the_window_with_the_first_event)
{
	struct lane *lane = add("42", 0, 1000);

	ck_assert(lanes_first(lanes) == lane);
	add("42", 1, 2500);
	ck_assert_int_eq(lane->due.due_ms, 1000 + SETTLE_MS);
}
END_TEST

START_TEST(waits_for_nothing_while_its_job_runs)
{
	struct lane *lane = add("42", 0, 0);

	begin(lane);
	ck_assert(lanes_first(lanes) != lane);
	add("42", 1, 5000);
	ck_assert(lanes_first(lanes) != lane);
	ck_assert_int_eq(lane->due.due_ms, 5000 + SETTLE_MS);
}
END_TEST

START_TEST(settles_only_what_the_job_covers)
{
	struct lane *lane = add("42", 0, 0);

	add("42", 1, 0);
	begin(lane);
	add("42", 2, 0);
	ck_assert(lanes_settle(lanes, lane, &offsets));
	ck_assert_int_eq(stored(), 2);
	ck_assert(lanes_first(lanes) == lane);
	begin(lane);
	ck_assert(!lanes_settle(lanes, lane, &offsets));
	ck_assert_int_eq(stored(), 3);
	ck_assert_uint_eq(lanes_count(lanes), 0);
}
END_TEST

START_TEST(waits_again_with_what_an_unsettled_job_wanted)
{
	struct lane *lane = add("42", 0, 0);

	begin(lane);
	lanes_return(lanes, lane);
	ck_assert(lanes_first(lanes) == lane);
	ck_assert_int_eq(lane->want.covers, 0);
	ck_assert_int_eq(stored(), -1);
}
END_TEST

START_TEST(has_the_time_of_an_event_that_came_during_the_job)
{
	struct lane *lane = add("42", 0, 0);

	begin(lane);
	add("42", 1, 100);
	lane->attempts = 3;
	lanes_return(lanes, lane);
	ck_assert_int_eq(lane->due.due_ms, 100 + SETTLE_MS);
	ck_assert_int_eq(lane->attempts, 0);
	ck_assert_int_eq(lane->want.covers, 1);
}
END_TEST

START_TEST(gives_the_lane_that_is_due_first)
{
	struct lane *late = add("42", 0, 5000), *early = add("43", 1, 1000);

	ck_assert_ptr_eq(lanes_first(lanes), early);
	begin(early);
	ck_assert_ptr_eq(lanes_first(lanes), late);
	ck_assert_ptr_eq(lanes_first(lanes), lanes_find(lanes, "42"));
	ck_assert_ptr_eq(lanes_open(lanes, "44", 3, 10), lanes_first(lanes));
}
END_TEST

START_TEST(may_drop_lanes_while_it_goes_through_them)
{
	struct lane *next;

	for (int i = 0; i < 100; i++) {
		char id[SCENE_ID_SIZE];

		snprintf(id, sizeof id, "%d", i + 1);
		add(id, i, 0);
	}
	for (struct lane *lane = lanes_next(lanes, NULL); lane; lane = next) {
		next = lanes_next(lanes, lane);
		if (lane->scene_id[0] != '7')
			lanes_drop(lanes, lane);
	}
	ck_assert_uint_eq(lanes_count(lanes), 11);
	ck_assert_int_eq(stored(), -1);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, makes_one_lane_for_each_scene);
	tcase_add_test(c, starts_the_window_with_the_first_event);
	tcase_add_test(c, waits_for_nothing_while_its_job_runs);
	tcase_add_test(c, settles_only_what_the_job_covers);
	tcase_add_test(c, waits_again_with_what_an_unsettled_job_wanted);
	tcase_add_test(c, has_the_time_of_an_event_that_came_during_the_job);
	tcase_add_test(c, gives_the_lane_that_is_due_first);
	tcase_add_test(c, may_drop_lanes_while_it_goes_through_them);
}

CHECK_MAIN("lanes", add_cases)
