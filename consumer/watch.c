#include "consumer/watch.h"

enum {
	DELAY_MIN_MS = 1000,
	DELAY_MAX_MS = 60 * 1000,
	ABSENT_DELAY_MS = 60 * 60 * 1000, /* Plex is updated now and then */
};

void watch_init(struct watch *w, bool wanted)
{
	*w = (struct watch){
		.wanted = wanted,
		.next_mono_ms = INT64_MIN,
		.delay_ms = DELAY_MIN_MS,
	};
}

bool watch_due(const struct watch *w, struct now now)
{
	return w->wanted && !w->call && now.mono_ms >= w->next_mono_ms;
}

void watch_start(struct watch *w, struct now now, struct effects *effects)
{
	w->started_mono_ms = now.mono_ms;
	w->call = effects_call(effects, DO_WATCH)->call;
}

int64_t watch_deadline_ms(const struct watch *w)
{
	return w->wanted && !w->call ? w->next_mono_ms : INT64_MAX;
}

bool watch_listens(struct watch *w)
{
	bool first = !w->listening;

	w->listening = true;
	w->told_ended = false;
	return first;
}

/* Half of the time is certain, the other half is thrown. */
static int64_t jitter(int64_t ms, uint64_t dice)
{
	return ms / 2 + (int64_t)(dice % (uint64_t)(ms / 2 + 1));
}

bool watch_ended(struct watch *w, struct now now, enum outcome outcome, uint64_t dice)
{
	bool news = !w->told_ended;

	/* A stream that lasted was a good one: only those that break off quickly count. */
	if (w->listening && now.mono_ms - w->started_mono_ms >= DELAY_MAX_MS)
		w->delay_ms = DELAY_MIN_MS;
	w->call = 0;
	w->listening = false;
	w->told_ended = true;
	if (outcome == OUTCOME_ABSENT) {
		w->next_mono_ms = now.mono_ms + ABSENT_DELAY_MS;
		return news;
	}
	w->next_mono_ms = now.mono_ms + jitter(w->delay_ms, dice);
	w->delay_ms = w->delay_ms * 2 < DELAY_MAX_MS ? w->delay_ms * 2 : DELAY_MAX_MS;
	return news;
}
