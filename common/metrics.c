#include "common/metrics.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "plexsync_"

enum metric_type { COUNTER, GAUGE, HISTOGRAM };

struct series {
	char *values[METRICS_LABELS];
	double value; /* of a histogram: the sum */
	uint64_t count; /* of a histogram */
	uint64_t *buckets; /* of a histogram: above the bound before, up to this one */
};

struct metric {
	enum metric_type type;
	char *name, *help;
	char *labels[METRICS_LABELS];
	size_t label_count;
	double bounds[METRICS_BUCKETS];
	size_t bound_count;
	struct series *series;
	size_t series_count;
};

struct metrics {
	struct metric **metrics;
	size_t count;
};

struct metrics *metrics_new(void)
{
	return xcalloc(1, sizeof(struct metrics));
}

static void free_metric(struct metric *m)
{
	for (size_t i = 0; i < m->series_count; i++) {
		for (size_t label = 0; label < m->label_count; label++)
			free(m->series[i].values[label]);
		free(m->series[i].buckets);
	}
	for (size_t label = 0; label < m->label_count; label++)
		free(m->labels[label]);
	free(m->series);
	free(m->name);
	free(m->help);
	free(m);
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (size_t i = 0; i < metrics->count; i++)
		free_metric(metrics->metrics[i]);
	free(metrics->metrics);
	free(metrics);
}

/* What Prometheus takes for the name of a metric or a label, without the colons of rules. */
static bool is_name(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_')
		name++;
	return *name == '\0';
}

static void set_labels(struct metric *m, const char *labels)
{
	while (*labels) {
		size_t len = strcspn(labels, ",");

		if (m->label_count == METRICS_LABELS)
			abort();
		m->labels[m->label_count] = xstrndup(labels, len);
		if (!is_name(m->labels[m->label_count]))
			abort();
		m->label_count++;
		labels += len + (labels[len] == ',' ? 1 : 0);
	}
}

static struct series *add_series(struct metric *m, const char *const *values)
{
	struct series *s;

	m->series = xrealloc(m->series, m->series_count + 1, sizeof *m->series);
	s = &m->series[m->series_count++];
	*s = (struct series){ 0 };
	for (size_t i = 0; i < m->label_count; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch): METRIC_LABELS fills all */
		s->values[i] = xstrdup(values[i] ? values[i] : "");
	if (m->type == HISTOGRAM)
		s->buckets = xcalloc(m->bound_count, sizeof *s->buckets);
	return s;
}

static struct metric *add_metric(struct metrics *metrics, enum metric_type type, const char *name,
	const char *labels, const char *help, const double *bounds, size_t bound_count)
{
	struct metric *m = xcalloc(1, sizeof *m);

	m->type = type;
	m->name = xasprintf(PREFIX "%s", name);
	m->help = xstrdup(help);
	if (!is_name(m->name) || bound_count > METRICS_BUCKETS)
		abort();
	for (size_t i = 0; i < metrics->count; i++) {
		if (strcmp(metrics->metrics[i]->name, m->name) == 0)
			abort();
	}
	set_labels(m, labels);
	for (size_t i = 0; i < bound_count; i++) {
		if (i > 0 && bounds[i] <= bounds[i - 1])
			abort();
		m->bounds[i] = bounds[i];
	}
	m->bound_count = bound_count;
	if (m->label_count == 0)
		add_series(m, NULL);
	metrics->metrics = xrealloc(metrics->metrics, metrics->count + 1, sizeof(struct metric *));
	metrics->metrics[metrics->count++] = m;
	return m;
}

struct metric *metrics_counter(
	struct metrics *metrics, const char *name, const char *labels, const char *help)
{
	return add_metric(metrics, COUNTER, name, labels, help, NULL, 0);
}

struct metric *metrics_gauge(
	struct metrics *metrics, const char *name, const char *labels, const char *help)
{
	return add_metric(metrics, GAUGE, name, labels, help, NULL, 0);
}

struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *labels,
	const char *help, const double *bounds, size_t count)
{
	return add_metric(metrics, HISTOGRAM, name, labels, help, bounds, count);
}

static struct series *find_series(const struct metric *m, const char *const *values)
{
	for (size_t i = 0; i < m->series_count; i++) {
		struct series *s = &m->series[i];
		size_t label = 0;

		while (label < m->label_count &&
			strcmp(s->values[label], values[label] ? values[label] : "") == 0)
			label++;
		if (label == m->label_count)
			return s;
	}
	return NULL;
}

/* The series of the values, made at need, or the one that stands for all that came too late. */
static struct series *take_series(struct metric *m, const char *const *values)
{
	static const char *const other[METRICS_LABELS] = { "other", "other", "other" };
	struct series *s = find_series(m, values);

	if (!s && m->series_count >= METRICS_SERIES - 1) {
		values = other;
		s = find_series(m, other);
	}
	return s ? s : add_series(m, values);
}

void metric_add(struct metric *metric, double amount, const char *const *values)
{
	take_series(metric, values)->value += amount;
}

void metric_set(struct metric *metric, double value, const char *const *values)
{
	take_series(metric, values)->value = value;
}

void metric_observe(struct metric *metric, double value, const char *const *values)
{
	struct series *s = take_series(metric, values);
	size_t i = 0;

	while (i < metric->bound_count && value > metric->bounds[i])
		i++;
	if (i < metric->bound_count)
		s->buckets[i]++; /* NOLINT: as many as bounds */
	s->count++;
	s->value += value;
}

double metric_value(const struct metric *metric, const char *const *values)
{
	const struct series *s = find_series(metric, values);

	if (!s)
		return 0;
	return metric->type == HISTOGRAM ? (double)s->count : s->value;
}

/* Backslash and line feed are escaped in help, double quotes too in label values. */
static void put_escaped(struct buf *out, const char *text, bool quotes)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			buf_puts(out, "\\n");
		else if (*p == '\\' || (quotes && *p == '"'))
			buf_printf(out, "\\%c", *p);
		else
			buf_putc(out, *p);
	}
}

/* The shortest form that reads back as the same number. */
static void put_number(struct buf *out, double number)
{
	char text[32];

	if (isnan(number) || isinf(number)) {
		buf_puts(out, isnan(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	buf_puts(out, text);
}

/* `name_suffix{label="value",…,le="bound"} `; `bound` is NULL but for buckets. */
static void put_series(struct buf *out, const struct metric *m, const struct series *s,
	const char *suffix, const double *bound)
{
	const char *joint = "{";

	buf_printf(out, "%s%s", m->name, suffix);
	for (size_t i = 0; i < m->label_count; i++) {
		buf_printf(out, "%s%s=\"", joint, m->labels[i]);
		put_escaped(out, s->values[i], true);
		buf_putc(out, '"');
		joint = ",";
	}
	if (bound) {
		buf_printf(out, "%sle=\"", joint);
		put_number(out, *bound);
		buf_putc(out, '"');
	}
	buf_puts(out, m->label_count > 0 || bound ? "} " : " ");
}

static void put_histogram(struct buf *out, const struct metric *m, const struct series *s)
{
	const double infinity = INFINITY;
	uint64_t below = 0;

	for (size_t i = 0; i < m->bound_count; i++) {
		below += s->buckets[i];
		put_series(out, m, s, "_bucket", &m->bounds[i]);
		buf_printf(out, "%" PRIu64 "\n", below);
	}
	put_series(out, m, s, "_bucket", &infinity);
	buf_printf(out, "%" PRIu64 "\n", s->count);
	put_series(out, m, s, "_sum", NULL);
	put_number(out, s->value);
	buf_putc(out, '\n');
	put_series(out, m, s, "_count", NULL);
	buf_printf(out, "%" PRIu64 "\n", s->count);
}

bool metrics_print(const struct metrics *metrics, struct buf *out)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	for (size_t i = 0; i < metrics->count; i++) {
		const struct metric *m = metrics->metrics[i];

		buf_printf(out, "# HELP %s ", m->name);
		put_escaped(out, m->help, false);
		buf_printf(out, "\n# TYPE %s %s\n", m->name, types[m->type]);
		for (size_t j = 0; j < m->series_count; j++) {
			if (m->type == HISTOGRAM) {
				put_histogram(out, m, &m->series[j]);
				continue;
			}
			put_series(out, m, &m->series[j], "", NULL);
			put_number(out, m->series[j].value);
			buf_putc(out, '\n');
		}
	}
	return !out->overflowed;
}
