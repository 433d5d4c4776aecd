#include "producer/fanout.h"

#include "check_main.h"

#include <stdio.h>
#include <string.h>

static bool read_hook(struct fanout_object *ret, const char *type, const char *fields)
{
	static struct hookpayload payload;
	struct error err;
	char json[512];

	snprintf(json, sizeof json, "{\"id\":12,\"type\":\"%s\",\"input\":null%s%s}", type,
		*fields ? ",\"inputFields\":" : "", fields);
	hookpayload_init(&payload);
	ck_assert_int_eq(hookpayload_feed(&payload, json, strlen(json)), HOOKPAYLOAD_MORE);
	ck_assert_msg(hookpayload_finish(&payload, &err), "%s", err.text);
	return fanout_read(ret, &payload);
}

static const struct {
	const char *type, *fields;
	bool shown;
	enum stash_object object;
} hooks[] = {
	{ "Tag.Update.Post", "[\"id\",\"name\"]", true, STASH_TAG },
	{ "Tag.Update.Post", "", true, STASH_TAG },
	{ "Tag.Update.Post", "[\"id\",\"aliases\",\"image\"]", false, STASH_ANY },
	{ "Tag.Merge.Post", "[\"source\",\"destination\"]", true, STASH_TAG },
	{ "Performer.Update.Post", "[\"name\"]", true, STASH_PERFORMER },
	{ "Performer.Update.Post", "[\"favorite\"]", false, STASH_ANY },
	{ "Studio.Update.Post", "[\"parent_id\"]", true, STASH_STUDIO },
	{ "Group.Update.Post", "[\"name\"]", true, STASH_GROUP },
	{ "Movie.Update.Post", "[\"name\"]", false, STASH_ANY },
	{ "Tag.Create.Post", "[\"name\"]", false, STASH_ANY },
	{ "Tag.Destroy.Post", "", false, STASH_ANY },
	{ "Scene.Update.Post", "", false, STASH_ANY },
	{ "Image.Update.Post", "", false, STASH_ANY },
};

START_TEST(knows_the_hooks_of_what_scenes_show)
{
	struct fanout_object object = { .object = STASH_ANY };

	ck_assert_msg(read_hook(&object, hooks[_i].type, hooks[_i].fields) == hooks[_i].shown,
		"%s %s", hooks[_i].type, hooks[_i].fields);
	ck_assert_int_eq(object.object, hooks[_i].object);
	if (hooks[_i].shown)
		ck_assert_str_eq(object.id, "12");
}
END_TEST

static bool put(struct fanout *f, enum stash_object object, int id)
{
	struct fanout_object o = { .object = object };

	snprintf(o.id, sizeof o.id, "%d", id);
	return fanout_put(f, &o);
}

START_TEST(gives_each_object_once_in_the_order_of_the_first)
{
	struct fanout *f = fanout_new();
	struct fanout_object o;

	ck_assert(!fanout_take(f, &o));
	ck_assert(put(f, STASH_TAG, 1));
	ck_assert(put(f, STASH_STUDIO, 1));
	ck_assert(put(f, STASH_TAG, 1));
	ck_assert_uint_eq(fanout_count(f), 2);
	ck_assert(fanout_take(f, &o));
	ck_assert_int_eq(o.object, STASH_TAG);
	ck_assert(put(f, STASH_TAG, 1)); /* it is not waiting any more: it may have changed again */
	ck_assert(fanout_take(f, &o));
	ck_assert_int_eq(o.object, STASH_STUDIO);
	ck_assert(fanout_take(f, &o));
	ck_assert_int_eq(o.object, STASH_TAG);
	ck_assert(!fanout_take(f, &o));
	fanout_free(f);
}
END_TEST

START_TEST(takes_no_more_than_it_can_hold)
{
	struct fanout *f = fanout_new();
	struct fanout_object o;

	for (int round = 0; round < 3; round++) {
		for (int id = 0; id < FANOUT_MAX; id++)
			ck_assert(put(f, STASH_TAG, id));
		ck_assert(!put(f, STASH_TAG, FANOUT_MAX));
		ck_assert(put(f, STASH_TAG, 7));
		for (int id = 0; id < FANOUT_MAX; id++) {
			ck_assert(fanout_take(f, &o));
			ck_assert_int_eq((int)strtol(o.id, NULL, 10), id);
		}
		ck_assert(put(f, STASH_GROUP, 1)); /* the ring begins elsewhere each time */
		ck_assert(fanout_take(f, &o));
	}
	fanout_free(f);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, knows_the_hooks_of_what_scenes_show, 0, (int)ARRAY_LEN(hooks));
	tcase_add_test(cases, gives_each_object_once_in_the_order_of_the_first);
	tcase_add_test(cases, takes_no_more_than_it_can_hold);
}

CHECK_MAIN("fanout", add_cases)
