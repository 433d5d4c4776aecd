/*
 * Counters, gauges and histograms, and their text for Prometheus (exposition format 0.0.4). The
 * number of series is bounded by construction: a label takes few values, known or counted.
 */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include "common/buf.h"

enum {
	METRICS_LABELS = 3, /* the most labels of one metric */
	METRICS_SERIES = 64, /* the most series of one metric */
	METRICS_BUCKETS = 16, /* the most bounds of one histogram */
};

struct metrics; /* a registry: owns its metrics */
struct metric; /* one name with its series */

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/*
 * Register a metric; the registry owns it. `name` comes without the prefix `plexsync_` and by
 * convention with its unit (`_seconds`, `_bytes`) and, for a counter, `_total`. `labels` are the
 * names of its labels, comma-separated: "method,code"; "" for none. A metric without labels shows
 * from the start, with 0. A malformed or repeated name is a mistake in the code and aborts.
 */
struct metric *metrics_counter(
	struct metrics *metrics, const char *name, const char *labels, const char *help);
struct metric *metrics_gauge(
	struct metrics *metrics, const char *name, const char *labels, const char *help);

/* `bounds`: the upper bounds of the buckets, ascending; +Inf comes by itself. Copied. */
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *labels,
	const char *help, const double *bounds, size_t count);

/*
 * Change the series with these label values, in the order of the names; NULL is "". A series is
 * made on first use, so use it once with 0 to have it shown before anything happened. When
 * METRICS_SERIES are there, every further one is counted in a last one, all of whose values are `other`.
 */
void metric_add(
	struct metric *metric, double amount, const char *const *values); /* counter, gauge */
void metric_set(struct metric *metric, double value, const char *const *values); /* gauge */
void metric_observe(struct metric *metric, double value, const char *const *values); /* histogram */

/* The label values of a call, in place: `metric_add(m, 1, METRIC_LABELS("POST", "202"))`. */
#define METRIC_LABELS(...) ((const char *const[METRICS_LABELS]){ __VA_ARGS__ })

/* The present value of a counter or gauge, the count of a histogram; 0 if never used. */
double metric_value(const struct metric *metric, const char *const *values);

/* The text for `Content-Type: text/plain; version=0.0.4`. false when `out` takes no more. */
bool metrics_print(const struct metrics *metrics, struct buf *out);

#endif
