#include "common/ratelimit.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 256, WAYS = 4, US_PER_S = 1000000, US_PER_MS = 1000 };

struct client {
	unsigned char address[RATELIMIT_ADDRESS];
	int64_t due_us; /* when its bucket will be full again; 0: a free place */
};

struct ratelimit {
	int64_t interval_us; /* in which one request is earned */
	int64_t burst_us; /* what a full bucket is worth */
	struct client clients[SETS][WAYS];
};

struct ratelimit *ratelimit_new(int64_t rate)
{
	struct ratelimit *r = xcalloc(1, sizeof *r);

	r->interval_us = rate < US_PER_S ? US_PER_S / rate : 1;
	r->burst_us = US_PER_S;
	return r;
}

void ratelimit_free(struct ratelimit *r)
{
	free(r);
}

/* The client's place, or that of the one that was quiet for longest. */
static struct client *find(struct ratelimit *r, const unsigned char *address)
{
	struct client *set = r->clients[hash_bytes(address, RATELIMIT_ADDRESS) % SETS];
	struct client *quietest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].due_us && memcmp(set[i].address, address, RATELIMIT_ADDRESS) == 0)
			return &set[i];
		if (set[i].due_us < quietest->due_us)
			quietest = &set[i];
	}
	memcpy(quietest->address, address, RATELIMIT_ADDRESS);
	quietest->due_us = 0;
	return quietest;
}

int64_t ratelimit_take(
	struct ratelimit *r, const unsigned char address[RATELIMIT_ADDRESS], int64_t now_ms)
{
	struct client *client = find(r, address);
	int64_t now_us = now_ms * US_PER_MS;
	int64_t from_us = client->due_us > now_us ? client->due_us : now_us;
	int64_t excess_us = from_us + r->interval_us - now_us - r->burst_us;

	if (excess_us > 0)
		return (excess_us + US_PER_MS - 1) / US_PER_MS;
	client->due_us = from_us + r->interval_us;
	return 0;
}
