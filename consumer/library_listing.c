#include "consumer/library_state.h"
#include "consumer/verdict.h"

enum {
	MAX_REPEATS = 3, /* of one listing whose total moves */
	MAX_PAGES_OF_CHANGES = 4, /* more than that is listed whole: a row by itself costs more */
	OVERLAP_S = 10 * 60, /* for times that Plex writes late, or by a clock that was set back */
};

void library_list(struct library *l, struct now now, struct effects *effects)
{
	l->listing_open = true;
	l->rebuild = now.mono_ms >= l->rebuild_mono_ms;
	l->started_mono_ms = now.mono_ms;
	l->started_wall_ms = now.wall_ms;
	l->section = l->sections.count;
	l->call = effects_call(effects, DO_LIST_SECTIONS)->call;
}

static struct section *current(const struct library *l)
{
	return &l->sections.items[l->section];
}

/* A listing that took long is no burden for long: we may have slept the while, as a laptop does. */
enum { REST_MAX_MS = 60000 };

static int64_t rest_ms(const struct library *l, struct now now, bool whole)
{
	int64_t took_ms = now.mono_ms - l->started_mono_ms;
	int64_t rest_ms =
		whole && !l->rebuild ? l->options.refresh_spacing_ms : l->options.spacing_ms;

	if (took_ms > REST_MAX_MS)
		took_ms = REST_MAX_MS;
	return took_ms > rest_ms ? took_ms : rest_ms;
}

enum listing library_end_listing(
	struct library *l, struct now now, bool whole, struct effects *effects)
{
	l->call = 0;
	if (whole && l->doubt_count) {
		library_read(l, effects);
		return LISTING_GOES_ON;
	}
	l->listing_open = false;
	l->earliest_mono_ms = now.mono_ms + rest_ms(l, now, whole);
	if (!whole) {
		if (l->section < l->sections.count && l->listing == PLEX_LIST_ALL)
			pathindex_abort(l->index, current(l)->key);
		return LISTING_FAILED;
	}
	l->fresh_mono_ms = l->started_mono_ms;
	if (!l->rebuild)
		return LISTING_UPDATED;
	l->rebuild_mono_ms = l->started_mono_ms + l->options.rebuild_interval_ms;
	return LISTING_COMPLETE;
}

static void ask_page(struct library *l, struct effects *effects)
{
	struct effect *effect = effects_call(effects, DO_LIST_PAGE);
	const struct section *s = current(l);
	int64_t newest = l->listing == PLEX_LIST_ADDED ? s->newest_added_at : s->newest_updated_at;

	effect->section = xstrdup(s->key);
	effect->start = l->start;
	effect->size = l->options.page_size;
	effect->listing = l->listing;
	if (l->listing != PLEX_LIST_ALL && newest > OVERLAP_S)
		effect->since = newest - OVERLAP_S;
	l->call = effect->call;
}

static enum listing begin_pages(struct library *l, struct effects *effects)
{
	l->start = 0;
	l->total = -1;
	l->moved = false;
	l->too_doubtful = false;
	if (l->listing == PLEX_LIST_ALL) {
		l->newest_added_at = l->newest_updated_at = 0;
		pathindex_begin(l->index, current(l)->key);
	}
	ask_page(l, effects);
	return LISTING_GOES_ON;
}

static enum listing begin_listing(
	struct library *l, enum plex_listing listing, struct effects *effects)
{
	l->listing = listing;
	l->repeats = 0;
	return begin_pages(l, effects);
}

/* On to the next section, beginning with this one, that is to be listed. */
static enum listing go_on(struct library *l, struct now now, struct effects *effects)
{
	for (; l->section < l->sections.count; l->section++) {
		const struct section *s = current(l);

		if (l->rebuild || !s->listed)
			return begin_listing(l, PLEX_LIST_ALL, effects);
		l->newest_added_at = s->newest_added_at;
		l->newest_updated_at = s->newest_updated_at;
		if (section_changed(s))
			return begin_listing(l, PLEX_LIST_ADDED, effects);
	}
	return library_end_listing(l, now, true, effects);
}

/* A section that is not configured any more must not match any more. */
static void forget_section(void *cookie, const char *key)
{
	struct library *l = cookie;

	pathindex_remove(l->index, key);
	l->version++;
}

static enum listing feed_sections(
	struct library *l, struct now now, const struct input *answer, struct effects *effects)
{
	if (!sections_choose(&l->sections, &l->options.libraries, answer->sections.items,
		    answer->sections.count, forget_section, l, &l->trouble)) {
		l->section = l->sections.count;
		return library_end_listing(l, now, false, effects);
	}
	l->section = 0;
	return go_on(l, now, effects);
}

/* The last page came. What moved while it was paged is listed again. */
static enum listing end_pages(struct library *l, struct now now, struct effects *effects)
{
	struct section *s = current(l);

	if (l->moved && l->repeats++ < MAX_REPEATS)
		return begin_pages(l, effects);
	if (l->listing == PLEX_LIST_ADDED)
		return begin_listing(l, PLEX_LIST_UPDATED, effects);
	if (l->listing == PLEX_LIST_ALL) {
		pathindex_commit(l->index, s->key);
		l->version++;
	}
	s->newest_added_at = l->newest_added_at;
	s->newest_updated_at = l->newest_updated_at;
	section_note_listed(s);
	l->section++;
	return go_on(l, now, effects);
}

/* A time can be edited, and lie in the future, where nothing new would ever be newer. */
static int64_t later(int64_t a, int64_t b, int64_t limit)
{
	if (b > limit)
		b = limit;
	return a > b ? a : b;
}

static void take_row(struct library *l, const struct plex_item *item)
{
	int64_t limit = l->started_wall_ms / 1000;

	l->newest_added_at = later(l->newest_added_at, item->added_at, limit);
	l->newest_updated_at = later(l->newest_updated_at, item->updated_at, limit);
	if (!str_equal(item->type, "movie"))
		return;
	if (l->listing == PLEX_LIST_ALL)
		pathindex_add(l->index, current(l)->key, item);
	else
		library_take_item(l, current(l)->key, item, false);
}

/* Any number of rows may come, also more or fewer than were asked for (Plex decides). */
static enum listing feed_rows(
	struct library *l, struct now now, const struct input *answer, struct effects *effects)
{
	if (l->listing != PLEX_LIST_ALL &&
		answer->rows.total > l->options.page_size * MAX_PAGES_OF_CHANGES)
		return begin_listing(l, PLEX_LIST_ALL, effects);
	for (size_t i = 0; i < answer->rows.count; i++)
		take_row(l, &answer->rows.items[i]);
	if (l->too_doubtful && l->listing != PLEX_LIST_ALL)
		return begin_listing(l, PLEX_LIST_ALL, effects);
	l->moved |= l->total >= 0 && answer->rows.total != l->total;
	l->total = answer->rows.total;
	l->start += answer->rows.listed;
	if (answer->rows.listed == 0 || l->total < 0 || l->start >= l->total)
		return end_pages(l, now, effects);
	ask_page(l, effects);
	return LISTING_GOES_ON;
}

static enum listing fail(
	struct library *l, struct now now, const struct input *answer, struct effects *effects)
{
	bool of_changes = answer->kind == IN_ROWS && l->listing != PLEX_LIST_ALL;

	if (of_changes && !verdict_blames_service(answer->outcome))
		return begin_listing(l, PLEX_LIST_ALL, effects);
	error_set(&l->trouble, "Plex's libraries cannot be listed: %s",
		answer->detail ? answer->detail : "");
	return library_end_listing(l, now, false, effects);
}

enum listing library_feed_listing(
	struct library *l, struct now now, const struct input *answer, struct effects *effects)
{
	if (answer->outcome != OUTCOME_DONE)
		return fail(l, now, answer, effects);
	if (answer->kind == IN_SECTIONS)
		return feed_sections(l, now, answer, effects);
	return feed_rows(l, now, answer, effects);
}
