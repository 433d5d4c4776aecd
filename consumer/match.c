#include "consumer/match.h"

#include <stdlib.h>
#include <string.h>

enum { SAME_DURATION_MS = 2000 };

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

const char *match_tier_name(enum pathkey tier)
{
	static const char *const names[PATHKEYS] = {
		[PATHKEY_EXACT] = "exact path",
		[PATHKEY_FOLDED] = "path but for case, accents' encoding and separators",
		[PATHKEY_TAIL] = "directory and file name",
		[PATHKEY_NAME] = "file name",
	};

	return names[tier];
}

/* ---- evidence ---- */

static bool is_same_size(int64_t a, int64_t b)
{
	return a > 0 && a == b;
}

static bool is_same_duration(int64_t a_ms, int64_t b_ms)
{
	return a_ms > 0 && b_ms > 0 && llabs(a_ms - b_ms) <= SAME_DURATION_MS;
}

/*
 * Whether this file and this part, which meet in that tier, are one for certain. Where case makes a
 * difference, as it may anywhere but on Windows, a.mp4 and A.mp4 can be two files: then, as in the
 * looser tiers, only the size tells.
 */
static bool is_sure(
	enum pathkey tier, const struct scene_file *file, const char *path, int64_t size)
{
	switch (tier) {
	case PATHKEY_EXACT:
		return true;
	case PATHKEY_FOLDED:
		return pathkey_is_windows(path) || is_same_size(file->size, size) ||
		       pathkey_equal_in_case(file->path, path);
	default:
		return is_same_size(file->size, size);
	}
}

/* ---- collecting ---- */

/* A hit, and what speaks for it. */
struct finding {
	struct pathindex_hit hit;
	size_t file;
	bool sure, same_size, same_duration;
	size_t common;
};

struct findings {
	struct finding *items;
	size_t count;
};

static struct finding weigh(enum pathkey tier, const struct scene_file *file,
	const struct pathforms *forms, const struct pathindex_hit *hit)
{
	struct pathforms theirs;
	struct finding f = {
		.hit = *hit,
		.sure = is_sure(tier, file, hit->path, hit->size),
		.same_size = is_same_size(file->size, hit->size),
		.same_duration = is_same_duration(file->duration_ms, hit->duration_ms),
	};

	pathforms_init(&theirs, hit->path);
	f.common = pathforms_common(forms, &theirs);
	pathforms_done(&theirs);
	return f;
}

static void collect(struct findings *f, const struct pathindex *index, enum pathkey tier,
	const struct scene_file *files, size_t number)
{
	const struct scene_file *file = &files[number];
	size_t count = pathindex_find_by(index, tier, file->path, NULL, 0);
	auto_free struct pathindex_hit *hits = xcalloc(count, sizeof *hits);
	struct pathforms forms;

	pathindex_find_by(index, tier, file->path, hits, count);
	f->items = xrealloc(f->items, f->count + count, sizeof *f->items);
	pathforms_init(&forms, file->path);
	for (size_t i = 0; i < count; i++) {
		f->items[f->count] = weigh(tier, file, &forms, &hits[i]);
		f->items[f->count++].file = number;
	}
	pathforms_done(&forms);
}

/* ---- order ---- */

static bool is_decimal(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* Decimal keys by their number, and before all others. */
static int compare_keys(const char *a, const char *b)
{
	bool a_decimal = is_decimal(a), b_decimal = is_decimal(b);
	size_t a_len, b_len;

	if (!a_decimal || !b_decimal)
		return a_decimal != b_decimal ? b_decimal - a_decimal : strcmp(a, b);
	a += strspn(a, "0");
	b += strspn(b, "0");
	a_len = strlen(a);
	b_len = strlen(b);
	return a_len != b_len ? (a_len > b_len) - (a_len < b_len) : strcmp(a, b);
}

/* What speaks for an item, strongest first; the first negative is the better. */
static int compare_evidence(const struct finding *x, const struct finding *y)
{
	if (x->same_size != y->same_size)
		return y->same_size - x->same_size;
	if (x->same_duration != y->same_duration)
		return y->same_duration - x->same_duration;
	if (x->common != y->common)
		return x->common < y->common ? 1 : -1;
	return y->sure - x->sure;
}

/* One order of all findings, whatever the index's. */
static int compare_rest(const struct finding *x, const struct finding *y)
{
	int compared = strcmp(x->hit.rating_key, y->hit.rating_key);

	if (!compared)
		compared = strcmp(x->hit.section, y->hit.section);
	if (!compared)
		compared = (x->file > y->file) - (x->file < y->file);
	return compared ? compared : strcmp(x->hit.path, y->hit.path);
}

static int by_item(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int compared = strcmp(x->hit.rating_key, y->hit.rating_key);

	if (!compared)
		compared = compare_evidence(x, y);
	return compared ? compared : compare_rest(x, y);
}

static int by_rank(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int compared = compare_evidence(x, y);

	if (!compared)
		compared = compare_keys(x->hit.rating_key, y->hit.rating_key);
	return compared ? compared : compare_rest(x, y);
}

/* Leaves the best finding of each rating key, and puts the best of all first. */
static void rank(struct findings *f)
{
	size_t kept = 0;

	qsort(f->items, f->count, sizeof *f->items, by_item);
	for (size_t i = 0; i < f->count; i++) {
		bool again = kept > 0 && strcmp(f->items[i].hit.rating_key,
						 f->items[kept - 1].hit.rating_key) == 0;

		if (again)
			f->items[kept - 1].sure |= f->items[i].sure;
		else
			f->items[kept++] = f->items[i];
	}
	f->count = kept;
	qsort(f->items, f->count, sizeof *f->items, by_rank);
}

/* ---- judging ---- */

static enum match_kind judge(const struct findings *f, const struct match_policy *policy)
{
	if (f->count == 0)
		return MATCH_NONE;
	if (f->count == 1 && f->items[0].sure)
		return MATCH_HIGH;
	/* Plex may not have scanned the right file yet. */
	if (f->count == 1 && !policy->window_over)
		return MATCH_UNSURE;
	return policy->strict ? MATCH_AMBIGUOUS : MATCH_LOW;
}

static void keep_candidates(struct match *ret, const struct findings *f)
{
	ret->total = f->count;
	ret->count = f->count < MATCH_CANDIDATES ? f->count : MATCH_CANDIDATES;
	ret->candidates = xcalloc(ret->count, sizeof *ret->candidates);
	for (size_t i = 0; i < ret->count; i++) {
		const struct finding *from = &f->items[i];

		ret->candidates[i] = (struct match_candidate){
			.rating_key = xstrdup(from->hit.rating_key),
			.section = xstrdup(from->hit.section),
			.path = xstrdup(from->hit.path),
			.file = from->file,
			.sure = from->sure,
			.same_size = from->same_size,
			.same_duration = from->same_duration,
			.common = from->common,
		};
	}
}

void match_scene(struct match *ret, const struct scene_file *files, size_t file_count,
	const struct pathindex *index, const struct match_policy *policy)
{
	struct findings f = { 0 };

	*ret = (struct match){ .kind = MATCH_NO_FILES };
	for (int tier = 0; tier < PATHKEYS && !f.count; tier++) {
		ret->tier = (enum pathkey)tier;
		for (size_t i = 0; i < file_count; i++)
			collect(&f, index, ret->tier, files, i);
	}
	if (f.count)
		rank(&f);
	if (file_count)
		ret->kind = judge(&f, policy);
	keep_candidates(ret, &f);
	free(f.items);
}

/* ---- the item that was read ---- */

/* The strictest tier in which the two meet; PATHKEYS: in none. */
static enum pathkey meet(const char *a, const char *b)
{
	struct pathforms x, y;
	int tier = 0;

	pathforms_init(&x, a);
	pathforms_init(&y, b);
	while (tier < PATHKEYS && (!*x.texts[tier] || strcmp(x.texts[tier], y.texts[tier]) != 0))
		tier++;
	pathforms_done(&x);
	pathforms_done(&y);
	return (enum pathkey)tier;
}

bool match_holds(const struct match *m, const struct plex_item *item,
	const struct scene_file *files, size_t file_count)
{
	for (size_t p = 0; p < item->part_count; p++)
		for (size_t i = 0; i < file_count; i++) {
			const struct plex_part *part = &item->parts[p];
			enum pathkey tier = meet(files[i].path, part->file);

			if (tier <= m->tier &&
				(m->kind != MATCH_HIGH ||
					is_sure(tier, &files[i], part->file, part->size)))
				return true;
		}
	return false;
}
