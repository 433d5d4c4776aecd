#include "consumer/rereads.h"

#include <stdio.h>
#include <string.h>

enum {
	/* A new item is told of several times in a row: created, analysed, processed. */
	REST_MS = 250,
	/* updatedAt has whole seconds: what was seen hides a change of the same second so long. */
	SEEN_MS = 10 * 1000,
};

/* SIZE_MAX: it is not there. */
static size_t find(const struct rereads *r, const char *rating_key)
{
	for (size_t i = 0; i < r->count; i++)
		if (str_equal(r->items[i].news.rating_key, rating_key))
			return i;
	return SIZE_MAX;
}

static void remove_at(struct rereads *r, size_t i)
{
	r->count--;
	memmove(&r->items[i], &r->items[i + 1], (r->count - i) * sizeof r->items[0]);
}

/* An item that is gone tells the time of its last change, which was seen long ago. */
static bool is_known(const struct plexnews *news, int64_t updated_at)
{
	return !news->gone && news->updated_at && news->updated_at <= updated_at;
}

static bool was_seen(const struct rereads *r, struct now now, const struct plexnews *news)
{
	for (size_t i = 0; i < REREADS_SEEN_MAX; i++)
		if (str_equal(r->seen[i].rating_key, news->rating_key) &&
			now.mono_ms - r->seen[i].mono_ms <= SEEN_MS &&
			is_known(news, r->seen[i].updated_at))
			return true;
	return false;
}

bool rereads_add(struct rereads *r, struct now now, const struct plexnews *news)
{
	size_t i = find(r, news->rating_key);

	if (i != SIZE_MAX) {
		r->items[i].news = *news;
		return true;
	}
	if (was_seen(r, now, news))
		return true;
	if (r->count == REREADS_MAX)
		return false;
	r->items[r->count++] =
		(struct reread){ .news = *news, .due_mono_ms = now.mono_ms + REST_MS };
	return true;
}

void rereads_saw(struct rereads *r, struct now now, const char *rating_key, int64_t updated_at)
{
	size_t i = find(r, rating_key), at = r->next_seen++ % REREADS_SEEN_MAX;

	if (i != SIZE_MAX && is_known(&r->items[i].news, updated_at))
		remove_at(r, i);
	snprintf(r->seen[at].rating_key, sizeof r->seen[at].rating_key, "%s", rating_key);
	r->seen[at].updated_at = updated_at;
	r->seen[at].mono_ms = now.mono_ms;
}

int64_t rereads_deadline_ms(const struct rereads *r)
{
	return r->count ? r->items[0].due_mono_ms : INT64_MAX;
}

void rereads_take(struct rereads *r, struct plexnews *ret)
{
	*ret = r->items[0].news;
	remove_at(r, 0);
}
