#include "consumer/planbase.h"

#include <string.h>

/* value NULL: any. */
static bool marks_match(const struct marks *m, const char *field, const char *value)
{
	if (value)
		return marks_hold(m, field, value);
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->items[i].field, field) == 0)
			return true;
	return false;
}

static bool is_about(const struct stamp *stamp, const struct plex_item *item)
{
	return stamp && stamp->rating_key && str_equal(stamp->rating_key, item->rating_key);
}

static bool stamp_matches(const struct stamp *stamp, const struct plex_item *item,
	const char *field, const char *value)
{
	bool found;

	if (!is_about(stamp, item))
		return false;
	found = marks_match(&stamp->applied, field, value);
	for (size_t i = 0; !found && i < stamp->intended_count; i++)
		found = marks_match(&stamp->intended[i], field, value);
	return found;
}

static bool any_matches(const struct plan_bases *bases, const struct plex_item *item,
	const char *field, const char *value)
{
	if (stamp_matches(bases->own, item, field, value))
		return true;
	for (size_t i = 0; i < bases->rival_count; i++)
		if (stamp_matches(bases->rivals[i], item, field, value))
			return true;
	return false;
}

bool planbase_knows(const struct plan_bases *bases, const struct plex_item *item, const char *field)
{
	return any_matches(bases, item, field, NULL);
}

bool planbase_holds(const struct plan_bases *bases, const struct plex_item *item, const char *field,
	const char *value)
{
	return any_matches(bases, item, field, value);
}

bool planbase_applied(const struct plan_bases *bases, const struct plex_item *item,
	const char *field, const char *value)
{
	const struct stamp *own = planbase_own(bases, item);

	return own && marks_hold(&own->applied, field, value);
}

const struct stamp *planbase_own(const struct plan_bases *bases, const struct plex_item *item)
{
	return is_about(bases->own, item) ? bases->own : NULL;
}

void planbase_drop(struct marks *m, const char *field)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->items[i].field, field) != 0)
			m->items[kept++] = m->items[i];
	m->count = kept;
}
