#include "consumer/planposter.h"

#include <string.h>

/* Its marks are the cover's SHA-1 and the key that Plex gave it. Never change this name. */
#define MARK "poster"

static const char upload_scheme[] = "upload://posters/";

char *planposter_key(const char *sha1)
{
	return xasprintf("%s%s", upload_scheme, sha1);
}

static const char *find_selected(const struct plex_posters *posters)
{
	for (size_t i = 0; i < posters->count; i++)
		if (posters->items[i].selected)
			return posters->items[i].key;
	return NULL;
}

static bool has_key(const struct plex_posters *posters, const char *key)
{
	for (size_t i = 0; i < posters->count; i++)
		if (str_equal(posters->items[i].key, key))
			return true;
	return false;
}

/* It was brought before, and no other cover of ours can come after it. */
static bool is_settled(const struct stamp *stamp, const struct plex_item *item, const char *sha1)
{
	return planbase_applied(stamp, item, MARK, sha1) && !planbase_intends(stamp, item, MARK);
}

enum planposter planposter_step(const char *sha1, const struct plex_item *item,
	const struct plex_posters *posters, const struct stamp *stamp,
	const struct plan_policy *policy)
{
	auto_free char *key = planposter_key(sha1);
	const char *selected;

	if (!policy->sync_poster || is_settled(stamp, item, sha1))
		return PLANPOSTER_KEEP;
	if (!posters)
		return PLANPOSTER_LOOK;
	selected = find_selected(posters);
	if (str_equal(selected, key))
		return PLANPOSTER_KEEP;
	if (policy->preserve_plex_edits && selected && plex_item_locks(item, PLEX_POSTER_NAME) &&
		!planbase_holds(stamp, item, MARK, selected))
		return PLANPOSTER_KEEP;
	return has_key(posters, key) ? PLANPOSTER_SELECT : PLANPOSTER_UPLOAD;
}

void planposter_intent(struct marks *ret, const char *sha1)
{
	auto_free char *key = planposter_key(sha1);

	marks_add(ret, MARK, sha1);
	marks_add(ret, MARK, key);
}

bool planposter_applied(struct marks *m, const char *sha1, const struct plex_posters *before,
	const struct plex_posters *after)
{
	auto_free char *key = planposter_key(sha1);
	const char *selected = find_selected(after);
	bool new_upload = selected &&
			  strncmp(selected, upload_scheme, sizeof upload_scheme - 1) == 0 &&
			  !has_key(before, selected);

	if (!str_equal(selected, key) && !new_upload)
		return false;
	planbase_drop(m, MARK);
	marks_add(m, MARK, sha1);
	marks_add(m, MARK, selected);
	return true;
}
