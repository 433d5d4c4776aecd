/* What a sweep does next; what the answers change is in sweep_answers.c. */
#include "producer/sweep_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	COMPARE_STEP = 20000, /* stamps that are looked at before others have their turn */
	BURST_US = 100000, /* what the pace lets through at once after a pause */
};

struct sweep *sweep_new(const struct sweep_options *o, int64_t now_ms)
{
	struct sweep *s = xcalloc(1, sizeof *s);

	s->options = *o;
	s->started_ms = now_ms;
	s->now_ms = now_ms;
	s->page_size = SWEEP_PAGE;
	s->vanished = vanished_new(o->synced, o->partitions);
	return s;
}

void sweep_free(struct sweep *s)
{
	if (!s)
		return;
	stash_page_done(&s->page);
	vanished_free(s->vanished);
	free(s->confirmed);
	free(s);
}

void sweep_end(struct sweep *s, enum sweep_state how)
{
	s->phase = PHASE_OVER;
	s->end = how;
	s->ended_ms = s->now_ms;
	stash_page_done(&s->page);
}

/* ---- pace ---- */

static bool pace_allows(const struct sweep *s)
{
	return s->pace_us <= s->now_ms * 1000 + BURST_US;
}

static void pace_take(struct sweep *s)
{
	int64_t now_us = s->now_ms * 1000;

	if (s->pace_us < now_us)
		s->pace_us = now_us;
	s->pace_us += 1000000 / s->options.rate;
}

/* ---- what to do ---- */

static bool ask(struct sweep *s, const struct sweep_effect *what, struct sweep_effect *ret)
{
	if (s->asking || s->now_ms < s->stash.until_ms || !pace_allows(s))
		return false;
	pace_take(s);
	s->asking = true;
	*ret = *what;
	return true;
}

static bool may_publish(const struct sweep *s)
{
	return s->places_taken < SWEEP_PLACES && s->now_ms >= s->kafka.until_ms && pace_allows(s);
}

/* Ids have 18 digits at most. */
static void format_id(uint64_t id, char ret[SCENE_ID_SIZE])
{
	snprintf(ret, SCENE_ID_SIZE, "%" PRIu64, id % UINT64_C(1000000000000000000));
}

static void fill_publish(struct sweep *s, size_t index, struct sweep_effect *ret)
{
	struct place *place = &s->places[index];

	pace_take(s);
	place->state = PLACE_SENT;
	*ret = (struct sweep_effect){
		.kind = SWEEP_PUBLISH, .action = place->action, .place = index
	};
	format_id(place->scene, ret->scene_id);
}

static size_t find_place(const struct sweep *s, enum place_state state)
{
	size_t i = 0;

	while (s->places[i].state != state)
		i++;
	return i;
}

static void publish(struct sweep *s, uint64_t scene, enum action action, struct sweep_effect *ret)
{
	size_t index = find_place(s, PLACE_FREE);

	s->places[index] = (struct place){ .scene = scene, .action = action };
	s->places_taken++;
	fill_publish(s, index, ret);
}

static bool publish_again(struct sweep *s, struct sweep_effect *ret)
{
	if (s->places_again == 0 || s->now_ms < s->kafka.until_ms || !pace_allows(s))
		return false;
	s->places_again--;
	fill_publish(s, find_place(s, PLACE_AGAIN), ret);
	return true;
}

/* Whether the scene needs an event; if not, why. */
static bool differs(const struct sweep *s, const struct stash_row *row, enum sweep_skip *ret_why)
{
	struct synced_stamp stamp;
	char id[SCENE_ID_SIZE];

	if (s->options.mode != SWEEP_CHANGED)
		return true;
	*ret_why = SWEEP_UNREADABLE;
	if (!row->readable)
		return false;
	*ret_why = SWEEP_UNCHANGED;
	format_id((uint64_t)row->id, id);
	return !synced_get(s->options.synced, id, &stamp) || stamp.outcome == SYNCED_GONE ||
	       stamp.seen_updated_at_ms != row->updated_at_ms ||
	       stamp.files != synced_digest(row->files_hash);
}

/* Through the page up to the next scene that needs an event. */
static bool step_page(struct sweep *s, struct sweep_effect *ret)
{
	while (s->row < s->page.count) {
		const struct stash_row *row = &s->page.rows[s->row];
		enum sweep_skip why;
		bool wanted = differs(s, row, &why);

		if (wanted && !may_publish(s))
			return false;
		s->row++;
		s->progress.walked++;
		if (wanted) {
			publish(s, (uint64_t)row->id, ACTION_RESYNC, ret);
			return true;
		}
		s->progress.skipped[why]++;
	}
	return false;
}

static bool step_walk(struct sweep *s, struct sweep_effect *ret)
{
	const struct sweep_effect question = {
		.kind = SWEEP_ASK_PAGE, .after = s->after, .count = s->page_size
	};

	if (step_page(s, ret))
		return true;
	return s->row == s->page.count && ask(s, &question, ret);
}

static void step_compare(struct sweep *s)
{
	if (!vanished_compare(s->vanished, COMPARE_STEP))
		return;
	s->progress.vanished = vanished_count(s->vanished);
	if (!vanished_credible(s->vanished, s->options.max_vanished)) {
		error_set(&s->detail,
			"%" PRIu64 " scenes that have been synced are not in Stash any more, which "
			"is more than a person deletes between two sweeps. Nothing was done "
			"about them. If stash_url is the right Stash and they were deleted, start "
			"a "
			"sweep with \"max_vanished\": %" PRIu64 ".",
			s->progress.vanished, s->progress.vanished);
		sweep_end(s, SWEEP_ASKING);
		return;
	}
	s->confirmed = xcalloc(s->progress.vanished + 1, sizeof *s->confirmed);
	s->phase = PHASE_CHECK;
}

/* A scene may have been made, or Stash restored, since its page was read. */
static bool step_check(struct sweep *s, struct sweep_effect *ret)
{
	struct sweep_effect question = { .kind = SWEEP_ASK_EXISTS };

	if (s->suspect == vanished_count(s->vanished)) {
		s->suspect = 0;
		s->phase = PHASE_DESTROY;
		return false;
	}
	format_id(vanished_id(s->vanished, s->suspect), question.scene_id);
	return ask(s, &question, ret);
}

static bool step_destroy(struct sweep *s, struct sweep_effect *ret)
{
	size_t count = vanished_count(s->vanished);

	while (s->suspect < count && !s->confirmed[s->suspect])
		s->suspect++;
	if (s->suspect == count) {
		s->phase = PHASE_DRAIN;
		return false;
	}
	if (!may_publish(s))
		return false;
	publish(s, vanished_id(s->vanished, s->suspect++), ACTION_DESTROY, ret);
	return true;
}

/* One step of the present phase; it may be the last of it. */
static bool step(struct sweep *s, struct sweep_effect *ret)
{
	switch (s->phase) {
	case PHASE_WALK:
		return step_walk(s, ret);
	case PHASE_COMPARE:
		step_compare(s);
		return false;
	case PHASE_CHECK:
		return step_check(s, ret);
	case PHASE_DESTROY:
		return step_destroy(s, ret);
	case PHASE_DRAIN:
		if (s->places_taken == 0)
			sweep_end(s, SWEEP_DONE);
		return false;
	case PHASE_OVER:
		break;
	}
	return false;
}

bool sweep_next(struct sweep *s, int64_t now_ms, struct sweep_effect *ret)
{
	enum phase before;

	s->now_ms = now_ms;
	if (s->phase == PHASE_OVER)
		return false;
	if (publish_again(s, ret))
		return true;
	do {
		before = s->phase;
		if (step(s, ret))
			return true;
	} while (s->phase != before);
	return false;
}

/* The earliest time at which a step is allowed by the pace and by its neighbour. */
static int64_t allowed_ms(const struct sweep *s, const struct patience *neighbour)
{
	int64_t pace_ms = (s->pace_us - BURST_US + 999) / 1000;

	return pace_ms > neighbour->until_ms ? pace_ms : neighbour->until_ms;
}

int64_t sweep_deadline_ms(const struct sweep *s)
{
	bool rows = s->phase == PHASE_WALK && s->row < s->page.count;
	int64_t at_ms = INT64_MAX;

	if (s->phase == PHASE_OVER)
		return INT64_MAX;
	if (s->phase == PHASE_COMPARE)
		return s->now_ms;
	if (s->places_again > 0 ||
		((rows || s->phase == PHASE_DESTROY) && s->places_taken < SWEEP_PLACES))
		at_ms = allowed_ms(s, &s->kafka);
	if (((s->phase == PHASE_WALK && !rows) || s->phase == PHASE_CHECK) && !s->asking &&
		allowed_ms(s, &s->stash) < at_ms)
		at_ms = allowed_ms(s, &s->stash);
	return at_ms;
}
