#include "consumer/match.h"

#include <stdlib.h>
#include <string.h>

void match_done(struct match *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->candidates[i].rating_key);
		free(m->candidates[i].section);
		free(m->candidates[i].path);
	}
	free(m->candidates);
	*m = (struct match){ 0 };
}

/* A hit, and where it came from. */
struct finding {
	struct pathindex_hit hit;
	const char *path;
	size_t order;
};

struct findings {
	struct finding *items;
	size_t count;
};

static void collect(struct findings *f, const struct pathindex *index, const char *path)
{
	size_t count = pathindex_find(index, path, NULL, 0);
	auto_free struct pathindex_hit *hits = xcalloc(count, sizeof *hits);

	pathindex_find(index, path, hits, count);
	f->items = xrealloc(f->items, f->count + count, sizeof *f->items);
	for (size_t i = 0; i < count; i++) {
		f->items[f->count] =
			(struct finding){ .hit = hits[i], .path = path, .order = f->count };
		f->count++;
	}
}

static int by_order(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

static int by_rating_key(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int compared = strcmp(x->hit.rating_key, y->hit.rating_key);

	return compared ? compared : by_order(a, b);
}

/* Leaves the first finding of each rating key, in the order of the scene's files. */
static void drop_duplicates(struct findings *f)
{
	size_t kept = 0;

	qsort(f->items, f->count, sizeof *f->items, by_rating_key);
	for (size_t i = 0; i < f->count; i++)
		if (i == 0 ||
			strcmp(f->items[i].hit.rating_key, f->items[kept - 1].hit.rating_key) != 0)
			f->items[kept++] = f->items[i];
	f->count = kept;
	qsort(f->items, f->count, sizeof *f->items, by_order);
}

static enum match_kind judge(size_t files, size_t candidates)
{
	if (files == 0)
		return MATCH_NO_FILES;
	if (candidates == 0)
		return MATCH_NONE;
	return candidates == 1 ? MATCH_HIGH : MATCH_AMBIGUOUS;
}

void match_scene(struct match *ret, const struct scene_file *files, size_t file_count,
	const struct pathindex *index)
{
	struct findings f = { 0 };

	for (size_t i = 0; i < file_count; i++)
		collect(&f, index, files[i].path);
	if (f.count)
		drop_duplicates(&f);
	*ret = (struct match){ .kind = judge(file_count, f.count), .total = f.count };
	ret->count = f.count < MATCH_CANDIDATES ? f.count : MATCH_CANDIDATES;
	ret->candidates = xcalloc(ret->count, sizeof *ret->candidates);
	for (size_t i = 0; i < ret->count; i++)
		ret->candidates[i] = (struct match_candidate){
			.rating_key = xstrdup(f.items[i].hit.rating_key),
			.section = xstrdup(f.items[i].hit.section),
			.path = xstrdup(f.items[i].path),
		};
	free(f.items);
}
