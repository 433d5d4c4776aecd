#include "consumer/want.h"

#include <stdlib.h>

void want_done(struct want *w)
{
	record_done(&w->record);
	event_done(&w->event);
	free(w->rating_key);
	*w = (struct want){ .covers = -1 };
}

struct version want_version(const struct event *event, int64_t offset)
{
	struct version version = { .observed_ms = event->time_ms, .offset = offset };

	version.updated_ms = event->updated_at_ms;
	if (!version.updated_ms && event->scene)
		version.updated_ms = event->scene->updated_at_ms;
	if (!version.updated_ms)
		version.updated_ms = event->time_ms;
	return version;
}

/* Whether b says more than a: a full state beats a thin event, then the newer one wins. */
static bool says_more(const struct want *b, const struct want *a)
{
	if (!a->any)
		return true;
	if (!a->event.scene != !b->event.scene)
		return b->event.scene != NULL;
	if (!b->event.scene)
		return b->record.offset > a->record.offset;
	return version_compare(want_version(&b->event, b->record.offset),
		       want_version(&a->event, a->record.offset)) > 0;
}

/* Takes over what `other` wants; of two choices of an item the later one counts. */
static void absorb(struct want *w, struct want *other)
{
	bool other_is_later = other->covers > w->covers;

	w->fetch |= other->fetch;
	w->force |= other->force;
	if (other->rating_key && (!w->rating_key || other_is_later)) {
		char *swap = w->rating_key;

		w->rating_key = other->rating_key;
		other->rating_key = swap;
	}
	if (other_is_later)
		w->covers = other->covers;
	if (says_more(other, w)) {
		struct record record = w->record;
		struct event event = w->event;

		w->record = other->record;
		w->event = other->event;
		other->record = record;
		other->event = event;
	}
	w->any = true;
	want_done(other);
}

void want_add(struct want *w, const struct record *record, struct event *take_event)
{
	struct want added = { .any = true, .covers = record->offset, .event = *take_event };

	*take_event = (struct event){ .id = NULL };
	record_copy(&added.record, record);
	added.fetch = !added.event.scene;
	added.force = added.event.force;
	added.rating_key = xstrdup_or_null(added.event.rating_key);
	if (!w->any)
		w->covers = -1;
	absorb(w, &added);
}

void want_merge(struct want *w, struct want *take_older)
{
	if (!take_older->any)
		return;
	if (!w->any)
		w->covers = -1;
	absorb(w, take_older);
}
