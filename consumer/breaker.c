#include "consumer/breaker.h"

#include <stdio.h>

void breaker_init(struct breaker *b, const struct breaker_options *options)
{
	*b = (struct breaker){ .options = *options };
}

bool breaker_admits(const struct breaker *b, struct now now)
{
	return !b->open || (!b->probing && now.mono_ms >= b->probe_mono_ms);
}

uint64_t breaker_start(struct breaker *b)
{
	if (!b->open)
		return 0;
	return b->probing = ++b->tries;
}

bool breaker_succeed(struct breaker *b)
{
	bool was_open = b->open;
	uint64_t tries = b->tries;

	breaker_init(b, &b->options);
	b->tries = tries;
	return was_open;
}

bool breaker_fail(struct breaker *b, struct now now, enum outcome outcome, const char *reason,
	int64_t after_ms)
{
	bool was_open = b->open;

	b->failures++;
	if (!was_open && outcome != OUTCOME_UNAUTHORISED && b->failures < b->options.failures)
		return false;
	if (!was_open) {
		b->since_wall_ms = now.wall_ms;
		b->delay_ms = b->options.probe_min_ms;
	} else if (b->probing) {
		b->delay_ms *= 2;
	}
	if (b->delay_ms > b->options.probe_max_ms)
		b->delay_ms = b->options.probe_max_ms;
	b->open = true;
	b->probing = 0;
	b->probe_mono_ms = now.mono_ms + (after_ms > b->delay_ms ? after_ms : b->delay_ms);
	snprintf(b->reason, sizeof b->reason, "%s", reason ? reason : "");
	return !was_open;
}

void breaker_release(struct breaker *b, uint64_t try)
{
	if (b->probing == try)
		b->probing = 0;
}

int64_t breaker_deadline_ms(const struct breaker *b)
{
	return b->open && !b->probing ? b->probe_mono_ms : INT64_MAX;
}
