/* What answers change in a sweep, and how far it is. */
#include "producer/sweep_parts.h"

static const char *const mode_names[] = {
	[SWEEP_CHANGED] = "changed",
	[SWEEP_FULL] = "full",
	[SWEEP_TOUCHED] = "touched",
};

static const char *const state_names[] = {
	[SWEEP_RUNNING] = "running",
	[SWEEP_WAITING] = "waiting",
	[SWEEP_DONE] = "done",
	[SWEEP_ASKING] = "asking",
	[SWEEP_FAILED] = "failed",
	[SWEEP_CANCELLED] = "cancelled",
};

static const char *const skip_names[] = {
	[SWEEP_UNCHANGED] = "unchanged",
	[SWEEP_UNREADABLE] = "unreadable",
	[SWEEP_STILL_THERE] = "still_there",
};

const char *sweep_mode_name(enum sweep_mode mode)
{
	return mode_names[mode];
}

const char *sweep_state_name(enum sweep_state state)
{
	return state_names[state];
}

const char *sweep_skip_name(enum sweep_skip reason)
{
	return skip_names[reason];
}

/* ---- answers ---- */

static void wait_for(struct sweep *s, struct patience *who)
{
	who->wait_ms = who->wait_ms ? who->wait_ms * 2 : SWEEP_WAIT_MIN_MS;
	if (who->wait_ms > SWEEP_WAIT_MAX_MS)
		who->wait_ms = SWEEP_WAIT_MAX_MS;
	who->until_ms = s->now_ms + who->wait_ms;
}

static void answered(struct sweep *s, int64_t now_ms)
{
	s->now_ms = now_ms;
	s->asking = false;
	s->stash = (struct patience){ .until_ms = 0 };
}

/* A page that a cache or a proxy repeats would never end. */
static bool is_ordered(const struct sweep *s, const struct stash_page *page)
{
	int64_t last = s->after;

	for (size_t i = 0; i < page->count; i++) {
		if (page->rows[i].id <= last)
			return false;
		last = page->rows[i].id;
	}
	return true;
}

static void note_walked(struct sweep *s)
{
	for (size_t i = 0; i < s->page.count; i++) {
		if (!vanished_walked(s->vanished, (uint64_t)s->page.rows[i].id)) {
			error_set(&s->detail,
				"Stash lists more than %d scenes: is stash_url really a Stash?",
				VANISHED_WALK_MAX);
			sweep_end(s, SWEEP_FAILED);
			return;
		}
	}
}

static void next_page(struct sweep *s, struct stash_page *take_page)
{
	stash_page_done(&s->page);
	s->page = *take_page;
	*take_page = (struct stash_page){ .rows = NULL };
	s->row = 0;
	if (s->page_size < SWEEP_PAGE / 2)
		s->page_size *= 2; /* only the last page was too large */
	else
		s->page_size = SWEEP_PAGE;
	s->progress.total = s->progress.walked + (uint64_t)s->page.remaining;
	if (s->page.count > 0) {
		s->after = s->page.rows[s->page.count - 1].id;
		note_walked(s);
	} else {
		s->phase = s->options.mode == SWEEP_TOUCHED ? PHASE_DRAIN : PHASE_COMPARE;
	}
}

void sweep_page(struct sweep *s, int64_t now_ms, struct stash_page *take_page)
{
	if (s->phase != PHASE_WALK || !is_ordered(s, take_page)) {
		stash_page_done(take_page);
		sweep_trouble(s, now_ms, SWEEP_STASH_AWAY,
			"Stash lists its scenes in a wrong order: does a cache or a proxy at "
			"stash_url answer in its place?");
		return;
	}
	answered(s, now_ms);
	next_page(s, take_page);
}

void sweep_exists(struct sweep *s, int64_t now_ms, bool exists)
{
	answered(s, now_ms);
	if (s->phase != PHASE_CHECK)
		return;
	s->confirmed[s->suspect++] = !exists;
	s->progress.skipped[SWEEP_STILL_THERE] += exists;
}

void sweep_trouble(struct sweep *s, int64_t now_ms, enum sweep_trouble trouble, const char *why)
{
	s->now_ms = now_ms;
	s->asking = false;
	if (s->phase == PHASE_OVER)
		return;
	error_set(&s->detail, "%s", why);
	if (trouble == SWEEP_UNAUTHORISED || (trouble == SWEEP_TOO_LARGE && s->page_size == 1))
		sweep_end(s, SWEEP_FAILED);
	else if (trouble == SWEEP_TOO_LARGE)
		s->page_size = (s->page_size + 1) / 2;
	else
		wait_for(s, &s->stash);
}

static void count_delivered(struct sweep *s, const struct place *place, enum delivery outcome)
{
	if (outcome == DELIVERY_REFUSED) {
		s->progress.refused++;
		return;
	}
	s->progress.published++;
	s->progress.destroyed += place->action == ACTION_DESTROY;
}

void sweep_delivered(
	struct sweep *s, int64_t now_ms, size_t index, enum delivery outcome, const char *why)
{
	struct place *place = &s->places[index];

	s->now_ms = now_ms;
	if (outcome == DELIVERY_DONE || outcome == DELIVERY_REFUSED) {
		count_delivered(s, place, outcome);
		place->state = PLACE_FREE;
		s->places_taken--;
		s->kafka = (struct patience){ .until_ms = 0 };
		return;
	}
	place->state = PLACE_AGAIN; /* it may be there already: a resync twice does no harm */
	s->places_again++;
	if (s->phase == PHASE_OVER)
		return;
	error_set(&s->detail, "Kafka does not take events: %s", why);
	if (s->now_ms >= s->kafka.until_ms) /* one wait for all that failed together */
		wait_for(s, &s->kafka);
}

void sweep_cancel(struct sweep *s, int64_t now_ms)
{
	s->now_ms = now_ms;
	if (s->phase != PHASE_OVER)
		sweep_end(s, SWEEP_CANCELLED);
}

/* ---- progress ---- */

bool sweep_ended(const struct sweep *s)
{
	return s->phase == PHASE_OVER;
}

static enum sweep_state state_of(const struct sweep *s)
{
	if (s->phase == PHASE_OVER)
		return s->end;
	return s->stash.until_ms || s->kafka.until_ms ? SWEEP_WAITING : SWEEP_RUNNING;
}

void sweep_progress(const struct sweep *s, int64_t now_ms, struct sweep_progress *ret)
{
	bool says =
		state_of(s) == SWEEP_WAITING || s->end == SWEEP_ASKING || s->end == SWEEP_FAILED;
	uint64_t left;

	*ret = s->progress;
	ret->state = state_of(s);
	ret->mode = s->options.mode;
	ret->started_wall_ms = s->options.started_wall_ms;
	ret->duration_ms = (s->phase == PHASE_OVER ? s->ended_ms : now_ms) - s->started_ms;
	ret->detail = says ? s->detail.text : "";
	ret->eta_ms = -1;
	if (ret->duration_ms > 0)
		ret->rate = (double)ret->walked * 1000 / (double)ret->duration_ms;
	left = ret->total > ret->walked ? ret->total - ret->walked : 0;
	if (s->phase == PHASE_OVER)
		ret->eta_ms = 0;
	else if (ret->rate > 0)
		ret->eta_ms = (int64_t)((double)left * 1000 / ret->rate);
}
