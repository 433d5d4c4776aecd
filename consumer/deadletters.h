/* The dead letter: an event that a person must decide about, byte for byte, and why (DESIGN §3). */
#ifndef CONSUMER_DEADLETTERS_H
#define CONSUMER_DEADLETTERS_H

#include "consumer/match.h"
#include "consumer/verdict.h"

struct deadletter_cause {
	const char *group; /* the consumer group */
	const char *topic; /* full name of scene-events */
	const struct verdict *verdict;
	const struct match *match; /* candidates of an ambiguous scene; NULL: none */
	int attempts;
	int64_t first_failed_ms, failed_at_ms; /* wall clock */
};

/*
 * Value, key and headers of `from`, a record of scene-events, untouched, plus the headers that name
 * its place and the cause; to the partition of the same number.
 */
void deadletter_write(
	struct record *ret, const struct record *from, const struct deadletter_cause *cause);

#endif
