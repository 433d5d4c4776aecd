#include "consumer/library_state.h"
#include "consumer/verdict.h"

#include <stdio.h>
#include <string.h>

enum { MAX_OWNERS = 8 }; /* of one path, that are doubted */

/* ---- doubts ---- */

static bool add_doubt(struct library *l, const char *section, const char *rating_key, bool settled)
{
	struct doubt *doubt;

	for (size_t i = 0; i < l->doubt_count; i++)
		if (str_equal(l->doubts[i].item.rating_key, rating_key))
			return true;
	if (l->doubt_count == MAX_DOUBTS)
		return false;
	doubt = &l->doubts[l->doubt_count++];
	*doubt = (struct doubt){ .settled = settled };
	doubt->item.gone = true; /* it is read, whatever was seen of it lately */
	snprintf(doubt->item.rating_key, sizeof doubt->item.rating_key, "%s", rating_key);
	snprintf(doubt->item.section, sizeof doubt->item.section, "%s", section);
	return true;
}

/* Other items own this path, and the item itself does not yet. */
static size_t find_rivals(const struct library *l, const struct plex_item *item, const char *path,
	struct pathindex_hit ret[MAX_OWNERS])
{
	size_t count = pathindex_find_by(l->index, PATHKEY_FOLDED, path, ret, MAX_OWNERS);

	if (count > MAX_OWNERS)
		count = MAX_OWNERS;
	for (size_t i = 0; i < count; i++)
		if (str_equal(ret[i].rating_key, item->rating_key))
			return 0;
	return count;
}

/* true: there are rivals, which will be read, and then this item again. */
static bool doubt_rivals(struct library *l, const char *section, const struct plex_item *item)
{
	struct pathindex_hit rivals[MAX_OWNERS];
	bool doubted = false, room = true;

	for (size_t i = 0; i < item->part_count; i++) {
		size_t count = find_rivals(l, item, item->parts[i].file, rivals);

		for (size_t k = 0; k < count; k++)
			room &= add_doubt(l, rivals[k].section, rivals[k].rating_key, false);
		doubted |= count > 0;
	}
	if (!doubted)
		return false;
	if (!room || !add_doubt(l, section, item->rating_key, true))
		l->too_doubtful = true;
	return true;
}

/* ---- the index ---- */

static void drop(struct library *l, const char *rating_key)
{
	bool dropped = false;

	for (size_t i = 0; i < l->sections.count; i++)
		dropped |= pathindex_drop(l->index, l->sections.items[i].key, rating_key);
	l->version += dropped;
}

void library_take_item(
	struct library *l, const char *section, const struct plex_item *item, bool settled)
{
	if (settled || !doubt_rivals(l, section, item))
		l->version += pathindex_update(l->index, section, item);
}

/* The section that was told of counts where the item itself does not say it. */
static void see(struct library *l, struct now now, const struct plexnews *news,
	const struct plex_item *item, bool settled)
{
	const char *section =
		item && item->section && *item->section ? item->section : news->section;

	rereads_saw(&l->rereads, now, news->rating_key, item ? item->updated_at : 0);
	if (!item || !str_equal(item->type, "movie"))
		drop(l, news->rating_key);
	else if (sections_find(&l->sections, section))
		library_take_item(l, section, item, settled);
}

void library_saw(
	struct library *l, struct now now, const char *rating_key, const struct plex_item *item)
{
	struct plexnews news = { .kind = PLEXNEWS_ITEM };

	snprintf(news.rating_key, sizeof news.rating_key, "%s", rating_key);
	see(l, now, &news, item, false);
	if (l->too_doubtful && !l->listing_open) {
		sections_forget_listed(&l->sections);
		library_want_fresh(l, now.mono_ms);
	}
}

/* ---- news ---- */

/* What cannot be kept for reading is looked for by a refresh. */
static void tell_item(struct library *l, struct now now, const struct plexnews *news)
{
	if (news->section[0] && l->sections.count && !sections_find(&l->sections, news->section))
		return;
	if (!rereads_add(&l->rereads, now, news))
		library_want_fresh(l, now.mono_ms);
}

void library_tell(struct library *l, struct now now, const struct plexnews *news)
{
	switch (news->kind) {
	case PLEXNEWS_ITEM:
		tell_item(l, now, news);
		break;
	case PLEXNEWS_LISTENING:
	case PLEXNEWS_SCANNED:
	case PLEXNEWS_LOST:
		library_want_fresh(l, now.mono_ms);
		break;
	}
}

/* ---- reading ---- */

/* The first listing brings all that is told of before its end. */
int64_t library_read_deadline_ms(const struct library *l)
{
	int64_t due_ms = l->doubt_count ? INT64_MIN : rereads_deadline_ms(&l->rereads);

	if (!library_ready(l))
		return INT64_MAX;
	return due_ms > l->earliest_read_mono_ms ? due_ms : l->earliest_read_mono_ms;
}

static void take_doubt(struct library *l)
{
	l->reading = l->doubts[0].item;
	l->reading_settled = l->doubts[0].settled;
	memmove(&l->doubts[0], &l->doubts[1], --l->doubt_count * sizeof l->doubts[0]);
}

/* To the front, since others may wait for it.  */
static void put_doubt_back(struct library *l)
{
	if (l->doubt_count == MAX_DOUBTS) {
		l->too_doubtful = true;
		return;
	}
	memmove(&l->doubts[1], &l->doubts[0], l->doubt_count++ * sizeof l->doubts[0]);
	l->doubts[0] = (struct doubt){ .item = l->reading, .settled = l->reading_settled };
}

void library_read(struct library *l, struct effects *effects)
{
	struct effect *effect = effects_call(effects, DO_READ_ITEM);

	l->reading_doubt = l->doubt_count > 0;
	l->reading_settled = false;
	if (l->reading_doubt)
		take_doubt(l);
	else
		rereads_take(&l->rereads, &l->reading);
	effect->rating_key = xstrdup(l->reading.rating_key);
	l->call = effect->call;
}

/* An item that alone cannot be read is left as the index has it, until somebody looks again. */
bool library_feed_item(struct library *l, struct now now, const struct input *answer)
{
	bool found = answer->outcome == OUTCOME_DONE;
	bool away = verdict_blames_service(answer->outcome);

	l->call = 0;
	if (found || answer->outcome == OUTCOME_ABSENT)
		see(l, now, &l->reading, found ? answer->item : NULL, l->reading_settled);
	else if (l->reading_doubt && away)
		put_doubt_back(l);
	else if (l->reading_doubt)
		sections_forget_listed(&l->sections);
	else if (away)
		library_tell(l, now, &l->reading);
	if (away)
		l->earliest_read_mono_ms = now.mono_ms + l->options.spacing_ms;
	l->reading.rating_key[0] = '\0';
	return !away;
}

/* ---- scans ---- */

void library_scan(struct library *l, struct now now, const char *path, struct effects *effects)
{
	const struct section *section = sections_of_path(&l->sections, path);
	auto_free char *directory = scans_directory(path);
	struct effect *effect;

	if (!section || !directory || !scans_begin(&l->scans, now, section->key, directory))
		return;
	effect = effects_call(effects, DO_SCAN);
	effect->section = xstrdup(section->key);
	effect->directory = xstrdup(directory);
}
