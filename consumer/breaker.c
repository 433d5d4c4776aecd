#include "consumer/breaker.h"

#include <stdio.h>

void breaker_init(struct breaker *b, const struct breaker_options *options)
{
	*b = (struct breaker){ .options = *options };
}

bool breaker_admits(const struct breaker *b)
{
	return b->state == BREAKER_CLOSED || (b->state == BREAKER_HALF_OPEN && !b->trying);
}

uint64_t breaker_start(struct breaker *b)
{
	if (b->state != BREAKER_HALF_OPEN)
		return 0;
	return b->trying = ++b->tries;
}

bool breaker_probe_due(const struct breaker *b, struct now now)
{
	return b->state == BREAKER_OPEN && now.mono_ms >= b->probe_mono_ms;
}

void breaker_probe(struct breaker *b)
{
	b->state = BREAKER_PROBING;
}

void breaker_hurry(struct breaker *b, struct now now)
{
	b->probe_mono_ms = now.mono_ms;
}

void breaker_probed(struct breaker *b)
{
	if (b->state != BREAKER_PROBING)
		return;
	b->state = BREAKER_HALF_OPEN;
	b->trying = 0;
}

bool breaker_succeed(struct breaker *b)
{
	bool was_closed = b->state == BREAKER_CLOSED;
	uint64_t tries = b->tries;

	breaker_init(b, &b->options);
	b->tries = tries;
	return !was_closed;
}

bool breaker_fail(struct breaker *b, struct now now, enum outcome outcome, const char *reason,
	int64_t after_ms)
{
	bool was_closed = b->state == BREAKER_CLOSED;

	b->failures++;
	if (was_closed && outcome != OUTCOME_UNAUTHORISED && b->failures < b->options.failures)
		return false;
	if (was_closed) {
		b->since_wall_ms = now.wall_ms;
		b->delay_ms = b->options.probe_min_ms;
	} else if (b->state != BREAKER_OPEN) {
		b->delay_ms *= 2;
	}
	if (b->delay_ms > b->options.probe_max_ms)
		b->delay_ms = b->options.probe_max_ms;
	/* What was still on its way when it opened says nothing new. */
	if (b->state != BREAKER_OPEN || after_ms > b->delay_ms)
		b->probe_mono_ms = now.mono_ms + (after_ms > b->delay_ms ? after_ms : b->delay_ms);
	b->state = BREAKER_OPEN;
	b->trying = 0;
	snprintf(b->reason, sizeof b->reason, "%s", reason ? reason : "");
	return was_closed;
}

void breaker_release(struct breaker *b, uint64_t try)
{
	if (b->trying == try)
		b->trying = 0;
}

int64_t breaker_deadline_ms(const struct breaker *b)
{
	return b->state == BREAKER_OPEN ? b->probe_mono_ms : INT64_MAX;
}
