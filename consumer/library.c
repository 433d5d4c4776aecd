#include "consumer/library.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct library {
	struct library_options options;
	struct pathindex *index;
	struct string_list sections; /* keys that are being listed */
	size_t section; /* the one that is on */
	int64_t start, total; /* of its paging; total -1: not known yet */
	bool moved; /* the total changed while paging */
	int repeats;
	call_id call;
	bool ready;
	int64_t started_mono_ms; /* of the listing under way */
	int64_t fresh_mono_ms; /* when the complete index's listing started */
	int64_t wanted_mono_ms; /* fresh since this time, somebody asked */
	int64_t rebuild_mono_ms; /* when the next one is due by itself */
	int64_t earliest_mono_ms; /* no listing starts before */
	struct error trouble;
};

enum { MAX_REPEATS = 3 };

struct library *library_new(const struct library_options *o)
{
	struct library *l = xcalloc(1, sizeof *l);

	l->options = *o;
	l->index = pathindex_new();
	l->fresh_mono_ms = INT64_MIN;
	l->wanted_mono_ms = INT64_MIN;
	l->earliest_mono_ms = INT64_MIN;
	error_set(&l->trouble, "Plex's libraries have not been listed yet.");
	return l;
}

void library_free(struct library *l)
{
	if (!l)
		return;
	pathindex_free(l->index);
	string_list_done(&l->sections);
	free(l);
}

const struct pathindex *library_index(const struct library *l)
{
	return l->index;
}

bool library_ready(const struct library *l)
{
	return l->ready;
}

const char *library_trouble(const struct library *l)
{
	return l->trouble.text;
}

bool library_fresh_since(const struct library *l, int64_t mono_ms)
{
	return l->ready && l->fresh_mono_ms >= mono_ms;
}

int64_t library_fresh_ms(const struct library *l)
{
	return l->ready ? l->fresh_mono_ms : INT64_MIN;
}

void library_want_fresh(struct library *l, int64_t mono_ms)
{
	if (mono_ms > l->wanted_mono_ms)
		l->wanted_mono_ms = mono_ms;
}

bool library_due(const struct library *l, struct now now)
{
	if (l->call || now.mono_ms < l->earliest_mono_ms)
		return false;
	return !l->ready || l->wanted_mono_ms > l->fresh_mono_ms ||
	       now.mono_ms >= l->rebuild_mono_ms;
}

int64_t library_deadline_ms(const struct library *l)
{
	if (l->call)
		return INT64_MAX;
	if (!l->ready || l->wanted_mono_ms > l->fresh_mono_ms ||
		l->rebuild_mono_ms < l->earliest_mono_ms)
		return l->earliest_mono_ms;
	return l->rebuild_mono_ms;
}

call_id library_call(const struct library *l)
{
	return l->call;
}

void library_start(struct library *l, struct now now, struct effects *effects)
{
	l->started_mono_ms = now.mono_ms;
	l->call = effects_call(effects, DO_LIST_SECTIONS)->call;
}

static void ask_page(struct library *l, struct effects *effects)
{
	struct effect *effect = effects_call(effects, DO_LIST_PAGE);

	effect->section = xstrdup(l->sections.items[l->section]);
	effect->start = l->start;
	effect->size = l->options.page_size;
	l->call = effect->call;
}

static void begin_section(struct library *l, struct effects *effects)
{
	l->start = 0;
	l->total = -1;
	l->moved = false;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): choose() gave at least one */
	pathindex_begin(l->index, l->sections.items[l->section]);
	ask_page(l, effects);
}

/* An old section that is not listed any more must not match any more. */
static void take_sections(struct library *l, struct string_list *take_sections)
{
	for (size_t i = 0; i < l->sections.count; i++) {
		bool kept = false;

		for (size_t j = 0; j < take_sections->count; j++)
			kept |= str_equal(l->sections.items[i], take_sections->items[j]);
		if (!kept)
			pathindex_remove(l->index, l->sections.items[i]);
	}
	string_list_done(&l->sections);
	l->sections = *take_sections;
	l->section = 0;
	l->repeats = 0;
}

static bool named(const struct plex_section *section, const char *name)
{
	return strcasecmp(section->title, name) == 0 || str_equal(section->key, name);
}

/* The configured sections of those that Plex has; false with a sentence when one is missing. */
static bool choose(const struct library *l, const struct input *answer, struct string_list *ret,
	struct error *err)
{
	const struct string_list *wanted = &l->options.libraries;

	for (size_t i = 0; i < answer->sections.count && !wanted->count; i++)
		if (str_equal(answer->sections.items[i].type, "movie"))
			string_list_add(ret, answer->sections.items[i].key);
	for (size_t w = 0; w < wanted->count; w++) {
		const struct plex_section *found = NULL;

		for (size_t i = 0; i < answer->sections.count && !found; i++)
			if (named(&answer->sections.items[i], wanted->items[w]))
				found = &answer->sections.items[i];
		if (!found)
			return error_set(err, "Plex has no library \"%s\": correct plex_libraries.",
				wanted->items[w]);
		if (!str_equal(found->type, "movie"))
			return error_set(err,
				"Plex's library \"%s\" is of type %s; only movie libraries"
				" (Movies, Other Videos) hold scenes: correct plex_libraries.",
				wanted->items[w], found->type);
		string_list_add(ret, found->key);
	}
	if (!ret->count)
		return error_set(
			err, "Plex has no movie library: create one, or set plex_libraries.");
	return true;
}

/* The listing is over, whole or not; a failed one is tried again after the same spacing. */
static enum listing end(struct library *l, struct now now, bool whole)
{
	l->call = 0;
	l->earliest_mono_ms = now.mono_ms + l->options.spacing_ms;
	if (whole) {
		l->ready = true;
		l->fresh_mono_ms = l->started_mono_ms;
		l->rebuild_mono_ms = l->started_mono_ms + l->options.rebuild_interval_ms;
	} else if (l->section < l->sections.count) {
		pathindex_abort(l->index, l->sections.items[l->section]);
	}
	return whole ? LISTING_COMPLETE : LISTING_FAILED;
}

static enum listing feed_sections(
	struct library *l, struct now now, const struct input *answer, struct effects *effects)
{
	struct string_list chosen = { .count = 0 };

	if (!choose(l, answer, &chosen, &l->trouble)) {
		string_list_done(&chosen);
		l->section = l->sections.count;
		return end(l, now, false);
	}
	take_sections(l, &chosen);
	begin_section(l, effects);
	return LISTING_GOES_ON;
}

/* The section's last page came. A section that moved while it was paged is listed again. */
static enum listing end_section(struct library *l, struct now now, struct effects *effects)
{
	if (l->moved && l->repeats++ < MAX_REPEATS) {
		begin_section(l, effects);
		return LISTING_GOES_ON;
	}
	pathindex_commit(l->index, l->sections.items[l->section]);
	l->repeats = 0;
	if (++l->section == l->sections.count)
		return end(l, now, true);
	begin_section(l, effects);
	return LISTING_GOES_ON;
}

/* Any number of rows may come, also more or fewer than were asked for (Plex decides). */
static enum listing feed_rows(
	struct library *l, struct now now, const struct input *answer, struct effects *effects)
{
	for (size_t i = 0; i < answer->rows.count; i++)
		if (str_equal(answer->rows.items[i].type, "movie"))
			pathindex_add(
				l->index, l->sections.items[l->section], &answer->rows.items[i]);
	l->moved |= l->total >= 0 && answer->rows.total != l->total;
	l->total = answer->rows.total;
	l->start += answer->rows.listed;
	if (answer->rows.listed == 0 || l->total < 0 || l->start >= l->total)
		return end_section(l, now, effects);
	ask_page(l, effects);
	return LISTING_GOES_ON;
}

enum listing library_feed(
	struct library *l, struct now now, const struct input *answer, struct effects *effects)
{
	if (answer->outcome != OUTCOME_DONE) {
		error_set(&l->trouble, "Plex's libraries cannot be listed: %s",
			answer->detail ? answer->detail : "");
		return end(l, now, false);
	}
	if (answer->kind == IN_SECTIONS)
		return feed_sections(l, now, answer, effects);
	return feed_rows(l, now, answer, effects);
}
