#include "tests/dst/outputs.h"

#include "tests/dst/stage.h"

#include <stdlib.h>

struct output {
	struct consumer *consumer;
	struct output *next;
	int refs; /* plans that name it, and the instance's list */
	bool lands, landed, closed;
	call_id call;
	enum outcome outcome;
	struct record record;
	int64_t offset;
};

static void unref(void *data)
{
	struct output *output = data;

	if (--output->refs > 0)
		return;
	record_done(&output->record);
	free(output);
}

static void land(struct output *output)
{
	struct stage *stage = output->consumer->stage;

	if (!output->lands || output->landed)
		return;
	output->landed = true;
	output->offset = log_append(&stage->log, &output->record);
	oracle_landed(&stage->oracle, log_at(&stage->log, output->record.topic,
					      output->record.partition, output->offset));
	for (int i = 0; i < CONSUMERS_MAX; i++)
		consumer_notice(&stage->consumers[i], output->record.topic);
}

static void run_land(void *owner, void *data)
{
	(void)owner;
	land(data);
	unref(data);
}

static void forget(struct output *output)
{
	struct consumer *c = output->consumer;
	struct output **at = &c->outputs;

	while (*at != output)
		at = &(*at)->next;
	*at = output->next;
	if (c->last_output == &output->next)
		c->last_output = at;
	output->closed = true;
	unref(output);
}

static void run_report(void *owner, void *data)
{
	struct consumer *c = owner;
	struct output *output = data;
	struct stage *stage = c->stage;

	if (!output->closed && consumer_is_frozen(c)) {
		world_plan(&stage->world, c->frozen_until_ms - stage->world.now_ms, run_report, c,
			output, unref);
		return;
	}
	if (!output->closed) {
		struct input in = { .kind = IN_DELIVERED,
			.call = output->call,
			.outcome = output->outcome,
			.detail = output->outcome == OUTCOME_DONE ? NULL : "Kafka went wrong.",
			.retry_after_ms = -1,
			.offset = output->offset };

		forget(output);
		oracle_reported(&stage->oracle, c->index, &output->record, output->offset,
			output->outcome == OUTCOME_DONE);
		consumer_feed(c, &in);
	}
	unref(output);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void output_start(struct consumer *c, const struct effect *effect)
{
	struct world *w = &c->stage->world;
	struct output *output = xcalloc(1, sizeof *output);
	bool slow = dice_hits(&w->dice, w->faults.slow);

	*output = (struct output){ .consumer = c, .refs = 3, .call = effect->call, .lands = true };
	record_copy(&output->record, &effect->record);
	if (dice_hits(&w->dice, w->faults.produce_lost)) {
		output->lands = false;
		output->outcome = dice_hits(&w->dice, 500) ? OUTCOME_REFUSED : OUTCOME_FAILED;
	} else if (dice_hits(&w->dice, w->faults.produce_unsure)) {
		output->lands = dice_hits(&w->dice, 500);
		output->outcome = OUTCOME_UNKNOWN;
	}
	*c->last_output = output;
	c->last_output = &output->next;
	c->landing_ms =
		later(c->landing_ms, w->now_ms + dice_between(&w->dice, 1, slow ? 3000 : 10));
	c->report_ms = later(later(c->report_ms, c->landing_ms),
		c->landing_ms + dice_between(&w->dice, 0, slow ? 3000 : 10));
	world_plan(w, c->landing_ms - w->now_ms, run_land, c, output, unref);
	world_plan(w, c->report_ms - w->now_ms, run_report, c, output, unref);
}

void outputs_end(struct consumer *c, bool flush)
{
	struct dice *dice = &c->stage->world.dice;
	bool cut = false;

	while (c->outputs) {
		struct output *output = c->outputs;

		/* What comes after a lost one is lost too: the order is kept. */
		cut = cut || (!flush && dice_hits(dice, 500));
		if (!cut)
			land(output);
		output->lands = false;
		forget(output);
	}
}

void outputs_done(struct consumer *c)
{
	while (c->outputs)
		forget(c->outputs);
}
