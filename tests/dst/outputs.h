/* Records that an instance produces: in order, landing later, reported later still, or not at all. */
#ifndef TESTS_DST_OUTPUTS_H
#define TESTS_DST_OUTPUTS_H

#include "tests/dst/consumerworld.h"

/* The engine's DO_PRODUCE. */
void output_start(struct consumer *c, const struct effect *effect);

/* The instance ends: of what is on its way some may still land, the first ones first. */
void outputs_end(struct consumer *c, bool flush);

/* The world ends. */
void outputs_done(struct consumer *c);

#endif
