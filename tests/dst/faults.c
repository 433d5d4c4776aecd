#include "tests/dst/faults.h"

#include <string.h>

/* Nothing, in half of the worlds. */
static int maybe(struct dice *d, int low, int high)
{
	return dice_hits(d, 500) ? (int)dice_between(d, low, high) : 0;
}

static void draw_shape(struct faults *f, struct dice *d)
{
	static const int64_t spans_ms[] = { 5000, 20000, 60000, 600000, 3600000 };

	f->partitions = (int)dice_between(d, 1, 3);
	f->scenes = (int)dice_between(d, 1, 5);
	f->consumers = (int)dice_between(d, 1, 3);
	f->edits = (int)dice_between(d, 2, 16);
	f->span_ms = spans_ms[dice_below(d, ARRAY_LEN(spans_ms))];
	f->stash = dice_hits(d, 850);
	f->preserve = dice_hits(d, 500);
	f->lock = f->preserve || dice_hits(d, 500);
	f->full_events = f->stash ? maybe(d, 100, 900) : 1000;
	f->same_second = maybe(d, 100, 700);
	f->deletes = maybe(d, 10, 100);
	f->retitles = maybe(d, 50, 300);
	f->bursts = maybe(d, 50, 300);
	f->replays = maybe(d, 50, 300);
	f->corrupt = maybe(d, 20, 200);
	f->strays = maybe(d, 20, 200);
}

static void draw_trouble(struct faults *f, struct dice *d)
{
	f->crash = maybe(d, 1, 40);
	f->lose_request = maybe(d, 5, 150);
	f->lose_answer = maybe(d, 5, 150);
	f->slow = maybe(d, 20, 300);
	f->fail_item = maybe(d, 5, 100);
	f->produce_lost = maybe(d, 5, 60);
	f->produce_unsure = maybe(d, 5, 60);
	f->table_restart = maybe(d, 1, 20);
	f->outages = maybe(d, 1, 3);
	f->rebalances = maybe(d, 1, 4);
	f->lost_partitions = maybe(d, 1, 3);
	/*
	 * Generations come from wall clocks: a former owner's intent that lands after its partition
	 * was taken over fences the new owner, if that one's clock is behind. See FEATURE_CLOCKS.
	 */
	f->clock_jumps = f->slow && !(f->features & FEATURE_CLOCKS) ? 0 : maybe(d, 1, 4);
	/* With preserve_plex_edits what an agent found first would rightly stay. */
	f->refreshes = f->preserve ? 0 : maybe(d, 1, 20);
	f->persons = maybe(d, 1, 6);
	f->replace = dice_hits(d, 300);
	f->rekeys = maybe(d, 1, 3);
	f->ambiguous = maybe(d, 100, 400);
	f->absent = maybe(d, 100, 400);
	f->poisoned = maybe(d, 50, 300);
	f->ignoring = maybe(d, 50, 300);
}

void faults_draw(struct faults *f, struct dice *d, unsigned features)
{
	memset(f, 0, sizeof *f);
	f->features = features;
	draw_shape(f, d);
	draw_trouble(f, d);
	f->late = maybe(d, 10, 300);
	f->freezes = maybe(d, 1, 3);
	f->compactions = maybe(d, 1, 4);
}

void faults_stop(struct faults *f)
{
	f->crash = f->lose_request = f->lose_answer = f->slow = f->fail_item = 0;
	f->produce_lost = f->produce_unsure = f->table_restart = f->late = 0;
}
