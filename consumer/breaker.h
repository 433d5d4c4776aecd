/*
 * Whether a service may be called: closed, open, half-open. Several failures in a row open it, a
 * refusal of our credentials opens it at once; after a back-off one call at a time may try.
 */
#ifndef CONSUMER_BREAKER_H
#define CONSUMER_BREAKER_H

#include "consumer/inputs.h"

struct breaker_options {
	int failures; /* in a row, that open it */
	int64_t probe_min_ms, probe_max_ms;
};

struct breaker {
	struct breaker_options options;
	int failures;
	bool open;
	uint64_t tries; /* that were made so far: the name of the last one */
	uint64_t probing; /* open: the try that is under way; 0: none */
	int64_t probe_mono_ms; /* open: when the next try may start */
	int64_t delay_ms;
	int64_t since_wall_ms; /* open: since when */
	char reason[400]; /* open: why, in a sentence */
};

void breaker_init(struct breaker *b, const struct breaker_options *options);

/* Whether a call may start now. */
bool breaker_admits(const struct breaker *b, struct now now);

/* A call starts, admitted. The name of its try when it is the one of a half-open breaker, else 0. */
uint64_t breaker_start(struct breaker *b);

/* The service answered as itself. true: it was away, and is back. */
bool breaker_succeed(struct breaker *b);

/*
 * The service is away, or refuses us (`outcome`), with `after_ms` as it asked for (-1: nothing).
 * true: this opened the breaker.
 */
bool breaker_fail(struct breaker *b, struct now now, enum outcome outcome, const char *reason,
	int64_t after_ms);

/* This try ended, perhaps without having asked the service: another may start. 0 is ignored. */
void breaker_release(struct breaker *b, uint64_t try);

/* When an open breaker wants to try again, mono; INT64_MAX when it waits for nothing. */
int64_t breaker_deadline_ms(const struct breaker *b);

#endif
