/* The index against a model that is too simple to be wrong: a list, and a search through all of it. */
#include "common/text.h"
#include "consumer/pathindex.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

enum { SECTIONS = 2, KEYS = 60, PATHS = 90, PARTS = 3, STEPS = 600, RUNS = 40 };

/* Which paths an item has, by number; -1: the item is not there. */
struct model_item {
	int part_count;
	int parts[PARTS];
};

struct model_section {
	bool filling, complete;
	struct model_item current[KEYS], next[KEYS];
};

static struct model_section model[SECTIONS];
static uint64_t state;

static int dice(int sides)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (int)((state >> 33) % (uint64_t)sides);
}

/* Of a few directories and names, so that all keys are shared; the last digit is a spelling. */
static char *path_of(int number)
{
	int directory = number / 3 % 5, name = number / 15;

	switch (number % 3) {
	case 0:
		return xasprintf("/m/d%d/n%d.mp4", directory, name);
	case 1:
		return xasprintf("/M/d%d/N%d.mp4", directory, name);
	default:
		return xasprintf("\\m\\d%d\\n%d.mp4", directory, name);
	}
}

static void forget(struct model_item *items)
{
	for (int i = 0; i < KEYS; i++)
		items[i].part_count = -1;
}

static struct model_item draw_item(void)
{
	struct model_item item = { .part_count = dice(PARTS + 1) };

	for (int i = 0; i < item.part_count; i++) {
		item.parts[i] = dice(PATHS);
		for (int j = 0; j < i; j++) /* different ones */
			if (item.parts[i] == item.parts[j]) {
				item.part_count = i;
				break;
			}
	}
	return item;
}

/* Calls what takes an item, with this one. */
static bool give(bool (*take)(struct pathindex *, const char *, const struct plex_item *),
	struct pathindex *x, const char *section, int key, const struct model_item *from)
{
	char text[16];
	struct plex_part parts[PARTS];
	struct plex_item item = {
		.rating_key = text, .parts = parts, .part_count = (size_t)from->part_count
	};
	bool result;

	snprintf(text, sizeof text, "%d", key);
	for (int i = 0; i < from->part_count; i++)
		parts[i] = (struct plex_part){ .file = path_of(from->parts[i]), .size = key };
	result = take(x, section, &item);
	for (int i = 0; i < from->part_count; i++)
		free(parts[i].file);
	return result;
}

static bool add(struct pathindex *x, const char *section, const struct plex_item *item)
{
	pathindex_add(x, section, item);
	return true;
}

static bool is_same(const struct model_item *a, const struct model_item *b)
{
	if (a->part_count != b->part_count)
		return false;
	for (int i = 0; i < a->part_count; i++)
		if (a->parts[i] != b->parts[i])
			return false;
	return true;
}

static void step_listing(struct pathindex *x, struct model_section *s, const char *name, int what)
{
	if (what == 0) {
		pathindex_begin(x, name);
		s->filling = true;
		forget(s->next);
	} else if (what == 1) {
		pathindex_commit(x, name);
		if (s->filling) {
			memcpy(s->current, s->next, sizeof s->current);
			s->complete = true;
		}
		s->filling = false;
	} else if (what == 2) {
		pathindex_abort(x, name);
		s->filling = false;
	} else {
		pathindex_remove(x, name);
		s->filling = s->complete = false;
		forget(s->current);
	}
}

static void step_news(struct pathindex *x, struct model_section *s, const char *name)
{
	struct model_item item = draw_item();
	int key = dice(KEYS);
	bool changed;

	if (dice(3) == 0) {
		char text[16];

		snprintf(text, sizeof text, "%d", key);
		changed = s->current[key].part_count >= 0;
		ck_assert_int_eq(pathindex_drop(x, name, text), s->complete && changed);
		item.part_count = -1;
	} else {
		changed = !is_same(&s->current[key], &item);
		ck_assert_int_eq(
			give(pathindex_update, x, name, key, &item), s->complete && changed);
	}
	if (s->complete)
		s->current[key] = item;
	if (s->filling)
		s->next[key] = item;
}

static void step(struct pathindex *x)
{
	int number = dice(SECTIONS), what = dice(100);
	struct model_section *s = &model[number];
	const char *name = number ? "b" : "a";

	if (what < 4) {
		step_listing(x, s, name, what == 3 && dice(4) ? 0 : what);
	} else if (what < 60) {
		struct model_item item = draw_item();
		int key = dice(KEYS);

		give(add, x, name, key, &item);
		if (s->filling)
			s->next[key] = item;
	} else {
		step_news(x, s, name);
	}
}

/* How many parts the model has that meet the path by that key. */
static size_t count_in_model(enum pathkey key, int path)
{
	size_t count = 0;

	for (int s = 0; s < SECTIONS; s++)
		for (int i = 0; i < KEYS; i++)
			for (int p = 0; p < model[s].current[i].part_count; p++) {
				int other = model[s].current[i].parts[p];

				count += key == PATHKEY_EXACT  ? other == path
					 : key == PATHKEY_NAME ? other / 15 == path / 15
							       : other / 3 == path / 3;
			}
	return count;
}

static bool model_has(const struct pathindex_hit *hit, enum pathkey key, int path)
{
	const struct model_item *item =
		&model[hit->section[0] == 'b'].current[strtol(hit->rating_key, NULL, 10)];

	for (int p = 0; p < item->part_count; p++) {
		auto_free char *own = path_of(item->parts[p]);

		if (str_equal(own, hit->path) &&
			(key == PATHKEY_NAME ? item->parts[p] / 15 == path / 15
					     : item->parts[p] / 3 == path / 3))
			return true;
	}
	return false;
}

static void compare(const struct pathindex *x)
{
	struct pathindex_hit hits[SECTIONS * KEYS * PARTS];
	enum pathkey key = (enum pathkey)dice(PATHKEYS);
	int path = dice(PATHS), item = dice(KEYS);
	auto_free char *text = path_of(path), *rating_key = xasprintf("%d", item);
	size_t found = pathindex_find_by(x, key, text, hits, ARRAY_LEN(hits)), parts = 0;

	ck_assert_uint_eq(found, count_in_model(key, path));
	for (size_t i = 0; i < found; i++) {
		ck_assert(model_has(&hits[i], key, path));
		ck_assert_int_eq(hits[i].size, strtol(hits[i].rating_key, NULL, 10));
	}
	ck_assert_uint_eq(pathindex_find_hash(x, pathindex_path_hash(text), NULL, 0),
		count_in_model(PATHKEY_EXACT, path));
	ck_assert_int_eq(pathindex_has_name(x, pathindex_name_hash(text)),
		count_in_model(PATHKEY_NAME, path) > 0);
	ck_assert_int_eq(pathindex_has_item(x, rating_key),
		model[0].current[item].part_count >= 0 || model[1].current[item].part_count >= 0);
	for (int s = 0; s < SECTIONS; s++)
		for (int i = 0; i < KEYS; i++)
			if (model[s].current[i].part_count > 0)
				parts += (size_t)model[s].current[i].part_count;
	ck_assert_uint_eq(pathindex_paths(x), parts);
}

START_TEST(agrees_with_a_simple_model_whatever_happens)
{
	struct pathindex *x = pathindex_new();

	state = (uint64_t)_i;
	for (int s = 0; s < SECTIONS; s++) {
		forget(model[s].current);
		model[s].filling = model[s].complete = false;
	}
	for (int i = 0; i < STEPS; i++) {
		step(x);
		compare(x);
	}
	pathindex_free(x);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, agrees_with_a_simple_model_whatever_happens, 0, RUNS);
}

CHECK_MAIN("pathindex_model", add_cases)
