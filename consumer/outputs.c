#include "consumer/outputs.h"

#include <stdlib.h>

struct output {
	struct record record;
	call_id call;
	struct output *next;
};

void outputs_init(struct outputs *o)
{
	*o = (struct outputs){ .first = NULL };
	o->last = &o->first;
}

bool outputs_empty(const struct outputs *o)
{
	return !o->first;
}

void outputs_add(struct outputs *o, const struct effect *effect)
{
	struct output *output = xcalloc(1, sizeof *output);

	record_copy(&output->record, &effect->record);
	output->call = effect->call;
	*o->last = output;
	o->last = &output->next;
}

static void drop_first(struct outputs *o)
{
	struct output *output = o->first;

	o->first = output->next;
	if (!o->first)
		o->last = &o->first;
	record_done(&output->record);
	free(output);
}

void outputs_send(struct outputs *o, struct publisher *publisher)
{
	while (o->first &&
		publisher_send(publisher, &o->first->record, o->first->call) == PUBLISH_QUEUED)
		drop_first(o);
}

void outputs_done(struct outputs *o)
{
	while (o->first)
		drop_first(o);
}
