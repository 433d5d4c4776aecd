#include "consumer/pathindex.h"

#include "consumer/pathtable.h"

#include <stdlib.h>
#include <string.h>

enum {
	SURVEY_MAX = 32
}; /* parts with one tail that are told apart; of more only the number counts */

struct section {
	char *name;
	struct pathtable current, next;
	bool complete; /* there is a current generation, if only an empty one */
	bool filling;
};

struct pathindex {
	struct section *sections;
	size_t count;
};

struct pathindex *pathindex_new(void)
{
	return xcalloc(1, sizeof(struct pathindex));
}

static void section_done(struct section *s)
{
	pathtable_done(&s->current);
	pathtable_done(&s->next);
	free(s->name);
}

void pathindex_free(struct pathindex *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->count; i++)
		section_done(&x->sections[i]);
	free(x->sections);
	free(x);
}

static struct section *find_section(const struct pathindex *x, const char *name)
{
	for (size_t i = 0; i < x->count; i++)
		if (strcmp(x->sections[i].name, name) == 0)
			return &x->sections[i];
	return NULL;
}

/* ---- generations ---- */

void pathindex_begin(struct pathindex *x, const char *section)
{
	struct section *s = find_section(x, section);

	if (!s) {
		x->sections = xrealloc(x->sections, x->count + 1, sizeof *x->sections);
		s = &x->sections[x->count++];
		*s = (struct section){ .name = xstrdup(section) };
		pathtable_init(&s->current, 0);
	} else {
		pathtable_done(&s->next);
	}
	pathtable_init(&s->next, s->current.parts);
	s->filling = true;
}

void pathindex_add(struct pathindex *x, const char *section, const struct plex_item *item)
{
	struct section *s = find_section(x, section);

	if (s && s->filling)
		(void)pathtable_put(&s->next, item);
}

void pathindex_commit(struct pathindex *x, const char *section)
{
	struct section *s = find_section(x, section);

	if (!s || !s->filling)
		return;
	pathtable_done(&s->current);
	s->current = s->next;
	pathtable_init(&s->next, 0);
	pathtable_trim(&s->current);
	s->filling = false;
	s->complete = true;
}

void pathindex_abort(struct pathindex *x, const char *section)
{
	struct section *s = find_section(x, section);

	if (!s)
		return;
	pathtable_done(&s->next);
	s->filling = false;
}

void pathindex_remove(struct pathindex *x, const char *section)
{
	struct section *s = find_section(x, section);

	if (!s)
		return;
	section_done(s);
	*s = x->sections[--x->count];
}

/* ---- single items ---- */

bool pathindex_update(struct pathindex *x, const char *section, const struct plex_item *item)
{
	struct section *s = find_section(x, section);

	if (s && s->filling)
		(void)pathtable_put(&s->next, item);
	return s && s->complete && pathtable_put(&s->current, item);
}

bool pathindex_drop(struct pathindex *x, const char *section, const char *rating_key)
{
	struct section *s = find_section(x, section);

	if (s && s->filling)
		(void)pathtable_drop(&s->next, rating_key);
	return s && s->complete && pathtable_drop(&s->current, rating_key);
}

/* ---- finding ---- */

static size_t search(const struct pathindex *x, struct pathtable_search s)
{
	for (size_t i = 0; i < x->count; i++)
		pathtable_find(&x->sections[i].current, x->sections[i].name, &s);
	return s.found;
}

size_t pathindex_find(
	const struct pathindex *x, const char *path, struct pathindex_hit *ret, size_t max)
{
	return search(x, (struct pathtable_search){ .key = PATHKEY_EXACT,
				 .hash = pathkey_hash(path),
				 .text = path,
				 .ret = ret,
				 .max = max });
}

size_t pathindex_find_by(const struct pathindex *x, enum pathkey key, const char *path,
	struct pathindex_hit *ret, size_t max)
{
	struct pathforms forms;
	size_t found = 0;

	pathforms_init(&forms, path);
	if (*forms.texts[key])
		found = search(
			x, (struct pathtable_search){ .key = key,
				   .hash = pathkey_hash(forms.texts[pathtable_chain_key(key)]),
				   .text = forms.texts[key],
				   .ret = ret,
				   .max = max });
	pathforms_done(&forms);
	return found;
}

uint64_t pathindex_path_hash(const char *path)
{
	return pathkey_hash(path);
}

uint64_t pathindex_name_hash(const char *path)
{
	struct pathforms forms;
	uint64_t hash;

	pathforms_init(&forms, path);
	hash = pathkey_hash(forms.texts[PATHKEY_NAME]);
	pathforms_done(&forms);
	return hash;
}

size_t pathindex_find_hash(
	const struct pathindex *x, uint64_t path_hash, struct pathindex_hit *ret, size_t max)
{
	return search(x, (struct pathtable_search){
				 .key = PATHKEY_EXACT, .hash = path_hash, .ret = ret, .max = max });
}

/* In whatever order they come. */
static uint64_t sum_up(const struct pathindex_hit *hits, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += hash_bytes(hits[i].rating_key, strlen(hits[i].rating_key)) * 3 +
		       pathkey_hash(hits[i].path) * 5 + (uint64_t)hits[i].size * 7;
	return sum;
}

uint64_t pathindex_survey(const struct pathindex *x, const struct pathtrace *trace)
{
	struct pathindex_hit hits[SURVEY_MAX];
	size_t found = search(x,
		(struct pathtable_search){
			.key = PATHKEY_TAIL, .hash = trace->tail, .ret = hits, .max = SURVEY_MAX });

	if (!found)
		return pathindex_has_name(x, trace->name);
	return sum_up(hits, found < SURVEY_MAX ? found : SURVEY_MAX) + found;
}

bool pathindex_has_name(const struct pathindex *x, uint64_t name_hash)
{
	return search(x, (struct pathtable_search){
				 .key = PATHKEY_NAME, .hash = name_hash, .first = true }) > 0;
}

bool pathindex_has_item(const struct pathindex *x, const char *rating_key)
{
	for (size_t i = 0; i < x->count; i++)
		if (pathtable_has(&x->sections[i].current, rating_key))
			return true;
	return false;
}

size_t pathindex_paths(const struct pathindex *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->count; i++)
		count += x->sections[i].current.parts;
	return count;
}
