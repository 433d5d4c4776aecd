#include "consumer/pathmap_suggest.h"

#include "consumer/pathkey.h"
#include "consumer/pathmap.h"

#include <stdlib.h>
#include <string.h>

enum {
	MIN_MATCHED = 2, /* one file is a coincidence */
	MAX_RULES = 16,
	MAX_TRIED =
		100, /* pairs of roots that are looked at closely, those with most votes first */
};

/* ---- paths ---- */

struct path {
	const char *raw;
	struct pathforms forms;
	bool explained; /* of Stash: a rule, or none, leads to Plex */
};

struct paths {
	struct path *items;
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	const struct path *x = *(const struct path *const *)a, *y = *(const struct path *const *)b;

	return strcmp(x->forms.texts[PATHKEY_NAME], y->forms.texts[PATHKEY_NAME]);
}

static void paths_init(struct paths *p, const char *const *raw, size_t count)
{
	p->items = xcalloc(count, sizeof *p->items);
	p->count = count;
	for (size_t i = 0; i < count; i++) {
		p->items[i].raw = raw[i];
		pathforms_init(&p->items[i].forms, raw[i]);
	}
}

static void paths_done(struct paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		pathforms_done(&p->items[i].forms);
	free(p->items);
}

/* Plex's paths by their names. */
struct names {
	const struct path **items;
	size_t count;
};

static void names_init(struct names *n, const struct paths *paths)
{
	n->count = paths->count;
	n->items = xcalloc(n->count, sizeof(struct path *));
	for (size_t i = 0; i < n->count; i++)
		n->items[i] = &paths->items[i];
	if (n->count)
		qsort(n->items, n->count, sizeof(struct path *), by_name);
}

/* The first one with the path's name, or where it would stand. */
static size_t find_name(const struct names *n, const struct path *path)
{
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_name(&n->items[middle], &path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool plex_has(const struct names *n, const struct path *path)
{
	for (size_t i = find_name(n, path); i < n->count && by_name(&n->items[i], &path) == 0; i++)
		if (strcmp(n->items[i]->forms.texts[PATHKEY_FOLDED],
			    path->forms.texts[PATHKEY_FOLDED]) == 0)
			return true;
	return false;
}

/* ---- votes ---- */

/* A pair of roots, for which some samples speak. */
struct pair {
	char *from, *to;
	size_t votes;
	size_t samples, matched; /* as last weighed */
};

struct pairs {
	struct pair *items;
	size_t count, capacity;
};

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

/* The path without its last components; "/" or "C:\" where nothing is left but a root. */
static char *root_of(const char *path, size_t components)
{
	size_t len = strlen(path);

	for (; components > 0; components--) {
		while (len > 0 && !is_separator(path[len - 1]))
			len--;
		while (len > 0 && is_separator(path[len - 1]))
			len--;
	}
	if (len == 0)
		return xstrdup("/");
	if (len == 2 && path[1] == ':')
		return xstrndup(path, 3);
	return xstrndup(path, len);
}

static void vote(struct pairs *pairs, const char *stash, const char *plex, size_t common)
{
	if (pairs->count == pairs->capacity) {
		pairs->capacity = pairs->capacity ? pairs->capacity * 2 : 64;
		pairs->items = xrealloc(pairs->items, pairs->capacity, sizeof *pairs->items);
	}
	pairs->items[pairs->count++] = (struct pair){
		.from = root_of(stash, common), .to = root_of(plex, common), .votes = 1
	};
}

/* For every path of Plex whose end is that of the sample for the longest. */
static void vote_for_nearest(struct pairs *pairs, const struct names *plex, const struct path *path)
{
	size_t first = find_name(plex, path), best = 0;

	for (size_t i = first; i < plex->count && by_name(&plex->items[i], &path) == 0; i++) {
		size_t common = pathforms_common(&path->forms, &plex->items[i]->forms);

		best = common > best ? common : best;
	}
	for (size_t i = first; best && i < plex->count && by_name(&plex->items[i], &path) == 0; i++)
		if (pathforms_common(&path->forms, &plex->items[i]->forms) == best)
			vote(pairs, path->raw, plex->items[i]->raw, best);
}

static int by_roots(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int compared = strcmp(x->from, y->from);

	return compared ? compared : strcmp(x->to, y->to);
}

static int by_votes(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->votes != y->votes ? (x->votes < y->votes ? 1 : -1) : by_roots(a, b);
}

static void drop_pair(struct pair *pair)
{
	free(pair->from);
	free(pair->to);
}

/* One pair for equal ones, those with most votes first, and not too many. */
static void count_votes(struct pairs *pairs)
{
	size_t kept = 0;

	if (!pairs->count)
		return;
	qsort(pairs->items, pairs->count, sizeof *pairs->items, by_roots);
	for (size_t i = 0; i < pairs->count; i++) {
		if (kept && by_roots(&pairs->items[kept - 1], &pairs->items[i]) == 0) {
			pairs->items[kept - 1].votes++;
			drop_pair(&pairs->items[i]);
		} else {
			pairs->items[kept++] = pairs->items[i];
		}
	}
	pairs->count = kept;
	qsort(pairs->items, pairs->count, sizeof *pairs->items, by_votes);
	while (pairs->count > MAX_TRIED)
		drop_pair(&pairs->items[--pairs->count]);
}

/* ---- weighing ---- */

/* The pair as a rule that works; NULL where path_map cannot express it. */
static struct pathmap *map_of(const struct pair *pair)
{
	auto_free char *rule = xasprintf("%s:%s", pair->from, pair->to);
	const struct setting_list rules = { .items = &rule, .count = 1 };

	return pathmap_new(&rules, NULL);
}

/* What the pair does for the samples that are not explained; `explain` says that it is so. */
static void weigh(struct pair *pair, struct paths *stash, const struct names *plex, bool explain)
{
	struct pathmap *map = map_of(pair);

	pair->samples = pair->matched = 0;
	for (size_t i = 0; map && i < stash->count; i++) {
		struct path *sample = &stash->items[i];
		struct path mapped;
		const char *rule;
		auto_free char *path = NULL;
		bool found;

		if (sample->explained)
			continue;
		path = pathmap_explain(map, sample->raw, &rule);
		if (!rule)
			continue;
		pathforms_init(&mapped.forms, path);
		found = plex_has(plex, &mapped);
		pathforms_done(&mapped.forms);
		pair->samples++;
		pair->matched += found;
		if (explain && found)
			sample->explained = true;
	}
	pathmap_free(map);
}

static bool is_good(const struct pair *pair)
{
	return pair->matched >= MIN_MATCHED && pair->matched * 2 >= pair->samples;
}

static struct pair *find_best(struct pairs *pairs)
{
	struct pair *best = NULL;

	for (size_t i = 0; i < pairs->count; i++)
		if (is_good(&pairs->items[i]) && (!best || pairs->items[i].matched > best->matched))
			best = &pairs->items[i];
	return best;
}

/* A comma in a rule is written as `\,`. */
static char *write_rule(const struct pair *pair)
{
	auto_free char *rule = xasprintf("%s:%s", pair->from, pair->to);
	char *escaped = xcalloc(2 * strlen(rule) + 1, 1), *to = escaped;

	for (const char *c = rule; *c; c++) {
		if (*c == ',')
			*to++ = '\\';
		*to++ = *c;
	}
	return escaped;
}

static void suggest(struct pathmap_suggestions *s, const struct pair *pair, bool ambiguous)
{
	s->items = xrealloc(s->items, s->count + 1, sizeof *s->items);
	s->items[s->count++] = (struct pathmap_suggestion){
		.rule = write_rule(pair),
		.samples = pair->samples,
		.matched = pair->matched,
		.ambiguous = ambiguous,
	};
}

/* Another pair for the same root of Stash that does at least half as well. */
static bool is_rival(const struct pair *pair, const struct pair *best)
{
	return pair != best && is_good(pair) && pair->matched * 2 >= best->matched &&
	       strcmp(pair->from, best->from) == 0;
}

/* Suggests what explains most of what is left. false: nothing does. */
static bool suggest_next(struct pathmap_suggestions *s, struct pairs *pairs, struct paths *stash,
	const struct names *plex)
{
	struct pair *best;
	bool ambiguous = false;

	for (size_t i = 0; i < pairs->count; i++)
		weigh(&pairs->items[i], stash, plex, false);
	best = find_best(pairs);
	if (!best)
		return false;
	for (size_t i = 0; i < pairs->count; i++)
		ambiguous |= is_rival(&pairs->items[i], best);
	suggest(s, best, ambiguous);
	for (size_t i = 0; i < pairs->count; i++)
		if (is_rival(&pairs->items[i], best))
			suggest(s, &pairs->items[i], true);
	if (!ambiguous)
		s->matched += best->matched;
	weigh(best, stash, plex, true);
	return true;
}

void pathmap_suggest(struct pathmap_suggestions *ret, const char *const *stash, size_t stash_count,
	const char *const *plex, size_t plex_count)
{
	struct paths stash_paths, plex_paths;
	struct names names;
	struct pairs pairs = { .count = 0 };

	*ret = (struct pathmap_suggestions){ .samples = stash_count };
	paths_init(&stash_paths, stash, stash_count);
	paths_init(&plex_paths, plex, plex_count);
	names_init(&names, &plex_paths);
	for (size_t i = 0; i < stash_count; i++) {
		stash_paths.items[i].explained = plex_has(&names, &stash_paths.items[i]);
		if (stash_paths.items[i].explained)
			ret->unmapped++;
		else
			vote_for_nearest(&pairs, &names, &stash_paths.items[i]);
	}
	ret->matched = ret->unmapped;
	count_votes(&pairs);
	while (ret->count < MAX_RULES && suggest_next(ret, &pairs, &stash_paths, &names))
		;
	for (size_t i = 0; i < pairs.count; i++)
		drop_pair(&pairs.items[i]);
	free(pairs.items);
	free(names.items);
	paths_done(&stash_paths);
	paths_done(&plex_paths);
}

void pathmap_suggestions_done(struct pathmap_suggestions *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].rule);
	free(s->items);
	*s = (struct pathmap_suggestions){ 0 };
}
