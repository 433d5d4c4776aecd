#include "consumer/dependency.h"

#include "consumer/verdict.h"

#include <stdio.h>
#include <string.h>

void dependency_init(struct dependency *d, const char *name, const struct breaker_options *options)
{
	*d = (struct dependency){ .name = name };
	breaker_init(&d->breaker, options);
	d->reads = d->edits = (struct successes){ .at_ms = INT64_MIN, .others_at_ms = INT64_MIN };
}

/* ---- what people are told ---- */

static struct report *report(struct dependency *d, const char *verdict, struct effects *effects)
{
	struct report *r = &effects_add(effects, DO_REPORT)->report;

	r->kind = REPORT_DEPENDENCY;
	r->after_ms = -1;
	r->verdict = xstrdup(verdict);
	r->reason = xstrdup(d->name);
	return r;
}

static void begin_outage(struct dependency *d, struct effects *effects)
{
	struct outage *outage = &d->outages[d->outage_count++ % OUTAGES_KEPT];
	struct report *r = report(d, "down", effects);

	*outage = (struct outage){ .since_wall_ms = d->breaker.since_wall_ms };
	snprintf(outage->reason, sizeof outage->reason, "%s", d->breaker.reason);
	r->detail = xstrdup(outage->reason);
	r->trouble = true;
}

static void end_outage(struct dependency *d, struct now now, struct effects *effects)
{
	struct outage *outage = &d->outages[(d->outage_count - 1) % OUTAGES_KEPT];
	struct report *r = report(d, "up", effects);

	outage->until_wall_ms = now.wall_ms;
	r->duration_ms = now.wall_ms - outage->since_wall_ms;
	r->detail = xstrdup(outage->reason);
}

const struct outage *dependency_outage(const struct dependency *d, size_t i)
{
	if (i >= d->outage_count || i >= OUTAGES_KEPT)
		return NULL;
	return &d->outages[(d->outage_count - 1 - i) % OUTAGES_KEPT];
}

/* ---- probes ---- */

void dependency_probe(struct dependency *d, struct now now, struct effects *effects)
{
	struct effect *effect;

	if (!breaker_probe_due(&d->breaker, now))
		return;
	breaker_probe(&d->breaker);
	effect = effects_call(effects, DO_PROBE);
	effect->dependency = d->name;
	d->probe = effect->call;
}

bool dependency_feed(
	struct dependency *d, struct now now, const struct input *answer, struct effects *effects)
{
	if (!d->probe || answer->call != d->probe)
		return false;
	d->probe = 0;
	if (answer->outcome == OUTCOME_DONE)
		breaker_probed(&d->breaker);
	else if (breaker_fail(&d->breaker, now,
			 verdict_blames_service(answer->outcome) ? answer->outcome : OUTCOME_DOWN,
			 answer->detail, answer->retry_after_ms))
		begin_outage(d, effects);
	return true;
}

/* ---- answers ---- */

static void succeed(struct successes *s, const char *scene_id, int64_t now_ms)
{
	if (strcmp(s->scene_id, scene_id) != 0) {
		s->others_at_ms = s->at_ms;
		snprintf(s->scene_id, sizeof s->scene_id, "%s", scene_id);
	}
	s->at_ms = now_ms;
}

bool dependency_serves_others(const struct successes *s, const char *scene_id, int64_t since_ms)
{
	bool own = strcmp(s->scene_id, scene_id) == 0;

	return (own ? s->others_at_ms : s->at_ms) > since_ms;
}

void dependency_note(struct dependency *d, struct now now, const struct input *answer,
	const char *scene_id, struct effects *effects)
{
	if (verdict_blames_service(answer->outcome)) {
		if (breaker_fail(&d->breaker, now, answer->outcome, answer->detail,
			    answer->retry_after_ms))
			begin_outage(d, effects);
		return;
	}
	if (breaker_succeed(&d->breaker))
		end_outage(d, now, effects);
	if (scene_id && answer->outcome == OUTCOME_DONE)
		succeed(answer->kind == IN_EDITED ? &d->edits : &d->reads, scene_id, now.mono_ms);
}
