/* Records on their way to the publisher, in order, also when its queue is full for a while. */
#ifndef CONSUMER_OUTPUTS_H
#define CONSUMER_OUTPUTS_H

#include "common/publisher.h"
#include "consumer/effects.h"

struct outputs {
	struct output *first, **last;
};

void outputs_init(struct outputs *o);
void outputs_done(struct outputs *o);
bool outputs_empty(const struct outputs *o);

/* Copies the record of a DO_PRODUCE to the queue's end. */
void outputs_add(struct outputs *o, const struct effect *effect);

/* Hands over as many as the publisher takes. */
void outputs_send(struct outputs *o, struct publisher *publisher);

#endif
