#include "consumer/library_state.h"

#include <stdlib.h>

struct library *library_new(const struct library_options *o)
{
	struct library *l = xcalloc(1, sizeof *l);

	l->options = *o;
	l->index = pathindex_new();
	l->fresh_mono_ms = INT64_MIN;
	l->wanted_mono_ms = INT64_MIN;
	l->rebuild_mono_ms = INT64_MIN;
	l->earliest_mono_ms = INT64_MIN;
	l->earliest_read_mono_ms = INT64_MIN;
	error_set(&l->trouble, "Plex's libraries have not been listed yet.");
	return l;
}

void library_free(struct library *l)
{
	if (!l)
		return;
	pathindex_free(l->index);
	sections_done(&l->sections);
	free(l);
}

const struct pathindex *library_index(const struct library *l)
{
	return l->index;
}

uint64_t library_version(const struct library *l)
{
	return l->version;
}

bool library_ready(const struct library *l)
{
	return sections_listed(&l->sections);
}

const char *library_trouble(const struct library *l)
{
	return l->trouble.text;
}

bool library_fresh_since(const struct library *l, int64_t mono_ms)
{
	return library_ready(l) && l->fresh_mono_ms >= mono_ms;
}

int64_t library_fresh_ms(const struct library *l)
{
	return library_ready(l) ? l->fresh_mono_ms : INT64_MIN;
}

void library_want_fresh(struct library *l, int64_t mono_ms)
{
	if (mono_ms > l->wanted_mono_ms)
		l->wanted_mono_ms = mono_ms;
}

call_id library_call(const struct library *l)
{
	return l->call;
}

/* ---- when ---- */

/* When a listing is due, mono. */
static int64_t listing_deadline_ms(const struct library *l)
{
	if (!library_ready(l) || l->wanted_mono_ms > l->fresh_mono_ms ||
		l->rebuild_mono_ms < l->earliest_mono_ms)
		return l->earliest_mono_ms;
	return l->rebuild_mono_ms;
}

int64_t library_deadline_ms(const struct library *l)
{
	int64_t listing_ms = listing_deadline_ms(l), read_ms = library_read_deadline_ms(l);

	if (l->call)
		return INT64_MAX;
	return listing_ms < read_ms ? listing_ms : read_ms;
}

bool library_due(const struct library *l, struct now now)
{
	return !l->call && now.mono_ms >= library_deadline_ms(l);
}

/* Doubts first: they keep an item out of the index. */
void library_start(struct library *l, struct now now, struct effects *effects)
{
	if (!l->doubt_count && now.mono_ms >= listing_deadline_ms(l))
		library_list(l, now, effects);
	else
		library_read(l, effects);
}

enum listing library_feed(
	struct library *l, struct now now, const struct input *answer, struct effects *effects)
{
	bool read;

	if (answer->kind != IN_ITEM)
		return library_feed_listing(l, now, answer, effects);
	read = library_feed_item(l, now, answer);
	return l->listing_open ? library_end_listing(l, now, read, effects) : LISTING_UPDATED;
}
