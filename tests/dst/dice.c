#include "tests/dst/dice.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t dice_roll(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

size_t dice_below(struct dice *d, size_t n)
{
	return (size_t)(dice_roll(d) % n);
}

int64_t dice_between(struct dice *d, int64_t low, int64_t high)
{
	return low + (int64_t)(dice_roll(d) % (uint64_t)(high - low + 1));
}

bool dice_hits(struct dice *d, int per_mille)
{
	return per_mille > 0 && (int)(dice_roll(d) % 1000) < per_mille;
}
