/* Randomness that a seed decides: the same seed, the same world. */
#ifndef TESTS_DST_DICE_H
#define TESTS_DST_DICE_H

#include "common/base.h"

struct dice {
	uint64_t state;
};

uint64_t dice_roll(struct dice *d);

/* 0 … n - 1; n must not be 0. */
size_t dice_below(struct dice *d, size_t n);

/* low … high, both included. */
int64_t dice_between(struct dice *d, int64_t low, int64_t high);

/* True with that chance, in a thousand. */
bool dice_hits(struct dice *d, int per_mille);

#endif
