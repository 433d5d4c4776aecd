/* How the parts of an instance call each other; for consumerworld.c and carryout.c only. */
#ifndef TESTS_DST_CONSUMERPARTS_H
#define TESTS_DST_CONSUMERPARTS_H

#include "tests/dst/consumerworld.h"

/* A plan for this life only: `run` asks consumer_is_alive() with its data. */
void consumer_plan(struct consumer *c, int64_t delay_ms, void (*run)(void *owner, void *data));

/* Whether it is still the same life; a frozen one is looked after when it wakes. */
bool consumer_is_alive(struct consumer *c, void *life, void (*run)(void *owner, void *data));

/* What was stored, as far as the group lets us. */
void consumer_commit(struct consumer *c);

void consumer_carry_out(struct consumer *c, const struct effect *effect);

#endif
