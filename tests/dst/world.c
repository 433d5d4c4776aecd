#include "tests/dst/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct happening {
	int64_t at_ms;
	uint64_t order;
	void (*run)(void *owner, void *data);
	void *owner, *data;
	void (*drop)(void *data);
};

/* 2026-01-01T00:00:00Z. */
#define BEGIN_WALL_MS 1767225600000

void world_init(struct world *w, uint64_t seed, unsigned features, bool verbose)
{
	*w = (struct world){ .seed = seed, .verbose = verbose };
	w->dice.state = seed;
	dice_roll(&w->dice);
	w->dice.state = dice_roll(&w->dice);
	w->begin_wall_ms = BEGIN_WALL_MS + dice_between(&w->dice, 0, 999);
	faults_draw(&w->faults, &w->dice, features);
}

void world_done(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->heap[i].drop)
			w->heap[i].drop(w->heap[i].data);
	free(w->heap);
	w->heap = NULL;
	w->count = w->capacity = 0;
}

int64_t world_wall_ms(const struct world *w)
{
	return w->begin_wall_ms + w->now_ms;
}

static bool is_sooner(const struct happening *a, const struct happening *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct happening *a, struct happening *b)
{
	struct happening kept = *a;

	*a = *b;
	*b = kept;
}

void world_plan(struct world *w, int64_t delay_ms, void (*run)(void *owner, void *data),
	void *owner, void *data, void (*drop)(void *data))
{
	size_t at = w->count++;

	if (w->count > w->capacity) {
		w->capacity = w->capacity ? w->capacity * 2 : 64;
		w->heap = xrealloc(w->heap, w->capacity, sizeof *w->heap);
	}
	w->heap[at] = (struct happening){
		.at_ms = w->now_ms + (delay_ms > 0 ? delay_ms : 0),
		.order = w->planned++,
		.run = run,
		.owner = owner,
		.data = data,
		.drop = drop,
	};
	while (at > 0 && is_sooner(&w->heap[at], &w->heap[(at - 1) / 2])) {
		swap(&w->heap[at], &w->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sink(struct world *w)
{
	size_t at = 0;

	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < w->count; child++)
			if (is_sooner(&w->heap[child], &w->heap[least]))
				least = child;
		if (least == at)
			return;
		swap(&w->heap[at], &w->heap[least]);
		at = least;
	}
}

bool world_step(struct world *w)
{
	struct happening next;

	if (!w->count)
		return false;
	next = w->heap[0];
	w->heap[0] = w->heap[--w->count];
	sink(w);
	w->now_ms = next.at_ms;
	w->happened++;
	next.run(next.owner, next.data);
	return true;
}

void world_fail(struct world *w, const char *format, ...)
{
	va_list args;

	if (w->failed)
		return;
	w->failed = true;
	va_start(args, format);
	vsnprintf(w->failure.text, sizeof w->failure.text, format, args);
	va_end(args);
	world_tell(w, "FAILED: %s", w->failure.text);
}

void world_tell(const struct world *w, const char *format, ...)
{
	va_list args;

	if (!w->verbose)
		return;
	printf("%10.3f  ", (double)w->now_ms / 1000);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}
