/* How much the engine does at one time, in whatever order answers come. */
#include "tests/unit/check_main.h"
#include "tests/unit/enginescript.h"

#include <stdio.h>
#include <string.h>

enum { SCENES = 20, LIMIT = 3 };

static struct script *s;

static void set_up(void)
{
	s = script_new();
	s->options.settle_window_ms = 0;
	s->options.max_jobs = LIMIT;
	for (int i = 0; i < SCENES; i++) {
		char id[SCENE_ID_SIZE], key[SCENE_ID_SIZE], path[SCRIPT_TEXT];

		snprintf(id, sizeof id, "%d", 50 + i);
		snprintf(key, sizeof key, "%d", 150 + i);
		snprintf(path, sizeof path, "/media/%s.mkv", id);
		script_add(&s->stash, id, path, "New title");
		script_add(&s->plex, key, path, "");
	}
}

static void tear_down(void)
{
	script_free(s);
}

/* Calls that were taken and not answered: to Kafka, and to Plex or Stash. */
struct open_calls {
	struct script_call items[100];
	size_t count, services, edits, most_services, most_edits;
};

static void take_all(struct open_calls *open)
{
	struct script_call call;

	while (script_take_any(s, &call)) {
		if (!call.id || call.kind == DO_CANCEL)
			continue;
		open->items[open->count++] = call;
		open->services += call.kind != DO_PRODUCE;
		open->edits += call.kind == DO_EDIT_ITEM;
	}
	if (open->services > open->most_services)
		open->most_services = open->services;
	if (open->edits > open->most_edits)
		open->most_edits = open->edits;
}

static void answer(struct open_calls *open, size_t i)
{
	struct script_call call = open->items[i];

	memmove(&open->items[i], &open->items[i + 1], (--open->count - i) * sizeof call);
	open->services -= call.kind != DO_PRODUCE;
	open->edits -= call.kind == DO_EDIT_ITEM;
	script_answer(s, &call);
}

/* Which of the open calls is answered next: the one after those that Kafka keeps back. */
static size_t choose(const struct open_calls *open, int order)
{
	size_t i = 0;

	if (order == 0) /* the oldest */
		return 0;
	if (order == 1) /* the newest */
		return open->count - 1;
	/* Kafka only when nothing else is to be answered: then all intents arrive together. */
	while (i < open->count && open->items[i].kind == DO_PRODUCE)
		i++;
	return i < open->count ? i : 0;
}

static void run(struct open_calls *open, int order)
{
	*open = (struct open_calls){ .count = 0 };
	script_start(s);
	for (int i = 0; i < SCENES; i++) {
		char id[SCENE_ID_SIZE];

		snprintf(id, sizeof id, "%d", 50 + i);
		script_thin(s, id);
	}
	script_pass(s, 1);
	for (take_all(open); open->count; take_all(open))
		answer(open, choose(open, order));
	ck_assert_int_eq(s->edits, SCENES);
	ck_assert_int_eq(s->stored, SCENES);
}

START_TEST(has_no_more_calls_open_than_connections_in_whatever_order_they_are_answered)
{
	struct open_calls open;

	s->options.max_edits = LIMIT;
	run(&open, _i);
	ck_assert_uint_eq(open.most_services, LIMIT);
}
END_TEST

START_TEST(has_no_more_edits_open_than_it_may)
{
	struct open_calls open;

	s->options.max_edits = 2;
	run(&open, _i);
	ck_assert_uint_le(open.most_services, LIMIT);
	ck_assert_uint_le(open.most_edits, 2);
}
END_TEST

START_TEST(works_on_other_scenes_while_kafka_takes_its_time)
{
	struct open_calls open = { .count = 0 };

	script_start(s);
	for (int i = 0; i < SCENES; i++) {
		char id[SCENE_ID_SIZE];

		snprintf(id, sizeof id, "%d", 50 + i);
		script_thin(s, id);
	}
	script_pass(s, 1);
	take_all(&open);
	while (open.services) { /* Kafka answers nothing */
		answer(&open, choose(&open, 2));
		take_all(&open);
	}
	ck_assert_uint_eq(open.count, SCENES); /* the intent of each */
	ck_assert_int_eq(s->edits, 0);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c,
		has_no_more_calls_open_than_connections_in_whatever_order_they_are_answered, 0, 3);
	tcase_add_loop_test(c, has_no_more_edits_open_than_it_may, 0, 3);
	tcase_add_test(c, works_on_other_scenes_while_kafka_takes_its_time);
}

CHECK_MAIN("engine limits", add_cases)
