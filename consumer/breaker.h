/*
 * Whether a service may be called: closed, open, probed, half-open. Several failures in a row open it, a
 * refusal of our credentials opens it at once. After a back-off a probe asks the service something
 * harmless; when that is answered one scene at a time may try, and its success closes the breaker.
 */
#ifndef CONSUMER_BREAKER_H
#define CONSUMER_BREAKER_H

#include "consumer/inputs.h"

struct breaker_options {
	int failures; /* in a row, that open it */
	int64_t probe_min_ms, probe_max_ms;
};

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBING, BREAKER_HALF_OPEN };

struct breaker {
	struct breaker_options options;
	enum breaker_state state;
	int failures;
	uint64_t tries; /* that were made so far: the name of the last one */
	uint64_t trying; /* half-open: the try that is under way; 0: none */
	int64_t probe_mono_ms; /* open: when the next probe may start */
	int64_t delay_ms;
	int64_t since_wall_ms; /* not closed: since when */
	char reason[400]; /* not closed: why, in a sentence */
};

void breaker_init(struct breaker *b, const struct breaker_options *options);

/* Whether a call for a scene may start now. */
bool breaker_admits(const struct breaker *b);

/* Such a call starts, admitted. The name of its try when the breaker is half-open, else 0. */
uint64_t breaker_start(struct breaker *b);

/* Whether a probe should be sent now; breaker_probe() says that it was. */
bool breaker_probe_due(const struct breaker *b, struct now now);
void breaker_probe(struct breaker *b);

/* The next probe need not wait: something changed that may have been the cause. */
void breaker_hurry(struct breaker *b, struct now now);

/* The probe was answered: one scene may try. */
void breaker_probed(struct breaker *b);

/* The service answered a call for a scene as itself. true: it was away, and is back. */
bool breaker_succeed(struct breaker *b);

/*
 * The service is away, or refuses us (`outcome`), with `after_ms` as it asked for (-1: nothing).
 * true: this opened the breaker.
 */
bool breaker_fail(struct breaker *b, struct now now, enum outcome outcome, const char *reason,
	int64_t after_ms);

/* This try ended, perhaps without having asked the service: another may start. 0 is ignored. */
void breaker_release(struct breaker *b, uint64_t try);

/* When an open breaker wants to probe, mono; INT64_MAX when it waits for nothing. */
int64_t breaker_deadline_ms(const struct breaker *b);

#endif
