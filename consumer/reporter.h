/* What the engine reports, as log lines and counters. */
#ifndef CONSUMER_REPORTER_H
#define CONSUMER_REPORTER_H

#include "common/metrics.h"
#include "consumer/effects.h"
#include "consumer/engine.h"

struct reporter {
	struct metric *ended, *invalid, *strays, *lanes, *jobs, *paths, *stamps, *open_records,
		*service_up, *last_success, *covers, *pending, *gaps, *outages, *listening;
};

void reporter_init(struct reporter *r, struct metrics *metrics);
void reporter_tell(struct reporter *r, const struct report *report, int64_t wall_ms);
void reporter_gauge(struct reporter *r, const struct engine_counts *counts);

#endif
