/*
 * How many requests a client may send: a bucket of one second's worth for each address, refilled
 * steadily (the generic cell rate algorithm, ITU-T I.371). Fixed memory: when there are more clients than
 * places, the one that was quiet for longest is forgotten, and so starts with a full bucket.
 */
#ifndef COMMON_RATELIMIT_H
#define COMMON_RATELIMIT_H

#include "common/base.h"

#define RATELIMIT_ADDRESS 16 /* bytes */

struct ratelimit;

/* `rate`: requests in a second, above 0. */
struct ratelimit *ratelimit_new(int64_t rate);
void ratelimit_free(struct ratelimit *r);

/*
 * One more request of the client at `now_ms` (monotonic). 0: it may pass; else the milliseconds after
 * which one may, and it does not count.
 */
int64_t ratelimit_take(
	struct ratelimit *r, const unsigned char address[RATELIMIT_ADDRESS], int64_t now_ms);

#endif
