/* What the engine does when Plex lacks a scene's file, gets it, or has it under another key. */
#include "tests/unit/check_main.h"
#include "tests/unit/enginescript.h"

#include <string.h>

enum { SETTLE_MS = 2000, MINUTE_MS = 60000 };

static struct script *s;

static void set_up(void)
{
	s = script_new();
}

static void tear_down(void)
{
	script_free(s);
}

/* Plex lacks the scene's file, and its job has found that out. */
static void miss(void)
{
	s->plex.count = 0;
	script_start(s);
	script_thin(s, "42");
	script_pass(s, SETTLE_MS);
	script_do(s, DO_FETCH_SCENE);
}

/* ---- scans ---- */

START_TEST(asks_plex_to_scan_the_directory_of_a_file_that_it_lacks)
{
	s->options.scan = true;
	miss();
	ck_assert_str_eq(script_take(s, DO_SCAN).key, "/media");
	script_do_pending(s, "not_found");
	script_stores(s, 1);
	script_quiet(s);
}
END_TEST

START_TEST(asks_for_no_second_scan_of_a_directory_within_ten_minutes)
{
	struct script_call call;

	s->options.scan = true;
	miss();
	script_do(s, DO_SCAN);
	for (int minute = 0; minute < 9; minute++) {
		script_pass(s, MINUTE_MS);
		while (script_take_any(s, &call)) {
			ck_assert_int_ne(call.kind, DO_SCAN);
			if (call.id)
				script_answer(s, &call);
		}
	}
	ck_assert_int_gt(s->ended.attempt, 2);
}
END_TEST

START_TEST(asks_for_no_scan_unless_that_is_wanted)
{
	miss();
	script_do_pending(s, "not_found");
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, asks_plex_to_scan_the_directory_of_a_file_that_it_lacks);
	tcase_add_test(c, asks_for_no_second_scan_of_a_directory_within_ten_minutes);
	tcase_add_test(c, asks_for_no_scan_unless_that_is_wanted);
}

CHECK_MAIN("engine_lookout", add_cases)
