#include "consumer/planbase.h"

#include <stdio.h>
#include <string.h>

/* Seen in Plex or not. */
static bool is_field(const struct mark *mark, const char *field)
{
	size_t len = strlen(field);

	return strncmp(mark->field, field, len) == 0 &&
	       (!mark->field[len] || strcmp(mark->field + len, MARKS_UNPROVEN) == 0);
}

/* value NULL: any. */
static bool marks_match(const struct marks *m, const char *field, const char *value)
{
	char unproven[sizeof m->items->field + 1];

	if (value) {
		snprintf(unproven, sizeof unproven, "%s" MARKS_UNPROVEN, field);
		return marks_hold(m, field, value) || marks_hold(m, unproven, value);
	}
	for (size_t i = 0; i < m->count; i++)
		if (is_field(&m->items[i], field))
			return true;
	return false;
}

const struct stamp *planbase(const struct stamp *stamp, const struct plex_item *item)
{
	bool counts = stamp && stamp->rating_key && str_equal(stamp->rating_key, item->rating_key);

	return counts ? stamp : NULL;
}

static bool matches(const struct stamp *stamp, const struct plex_item *item, const char *field,
	const char *value)
{
	const struct stamp *base = planbase(stamp, item);
	bool found;

	if (!base)
		return false;
	found = marks_match(&base->applied, field, value);
	for (size_t i = 0; !found && i < base->intended_count; i++)
		found = marks_match(&base->intended[i], field, value);
	return found;
}

bool planbase_knows(const struct stamp *stamp, const struct plex_item *item, const char *field)
{
	return matches(stamp, item, field, NULL);
}

bool planbase_holds(const struct stamp *stamp, const struct plex_item *item, const char *field,
	const char *value)
{
	return matches(stamp, item, field, value);
}

bool planbase_applied(const struct stamp *stamp, const struct plex_item *item, const char *field,
	const char *value)
{
	const struct stamp *base = planbase(stamp, item);

	return base && marks_hold(&base->applied, field, value);
}

bool planbase_intends(const struct stamp *stamp, const struct plex_item *item, const char *field)
{
	const struct stamp *base = planbase(stamp, item);

	for (size_t i = 0; base && i < base->intended_count; i++)
		if (marks_match(&base->intended[i], field, NULL))
			return true;
	return false;
}

void planbase_drop(struct marks *m, const char *field)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (!is_field(&m->items[i], field))
			m->items[kept++] = m->items[i];
	m->count = kept;
}
