#include "common/metrics.h"
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

static void assert_prints(const struct metrics *metrics, const char *wanted)
{
	auto_buf out;

	buf_init(&out, 100000);
	ck_assert(metrics_print(metrics, &out));
	ck_assert_str_eq(buf_text(&out), wanted);
}

START_TEST(prints_counters_and_gauges)
{
	struct metrics *metrics = metrics_new();
	struct metric *requests =
		metrics_counter(metrics, "requests_total", "method,code", "Requests.");
	struct metric *waiting = metrics_gauge(metrics, "waiting", "", "Scenes that wait.");

	metric_add(requests, 1, METRIC_LABELS("POST", "202"));
	metric_add(requests, 2, METRIC_LABELS("POST", "202"));
	metric_add(requests, 0, METRIC_LABELS("GET", "200"));
	metric_set(waiting, 7, NULL);
	metric_add(waiting, -0.5, NULL);
	ck_assert_double_eq(metric_value(requests, METRIC_LABELS("POST", "202")), 3);
	ck_assert_double_eq(metric_value(requests, METRIC_LABELS("PUT", "202")), 0);
	assert_prints(metrics, "# HELP plexsync_requests_total Requests.\n"
			       "# TYPE plexsync_requests_total counter\n"
			       "plexsync_requests_total{method=\"POST\",code=\"202\"} 3\n"
			       "plexsync_requests_total{method=\"GET\",code=\"200\"} 0\n"
			       "# HELP plexsync_waiting Scenes that wait.\n"
			       "# TYPE plexsync_waiting gauge\n"
			       "plexsync_waiting 6.5\n");
	metrics_free(metrics);
}
END_TEST

START_TEST(prints_cumulated_histograms)
{
	static const double bounds[] = { 0.005, 0.1, 1 };
	struct metrics *metrics = metrics_new();
	struct metric *duration = metrics_histogram(
		metrics, "duration_seconds", "route", "Time.", bounds, ARRAY_LEN(bounds));

	metric_observe(duration, 0.005, METRIC_LABELS("/a"));
	metric_observe(duration, 0.5, METRIC_LABELS("/a"));
	metric_observe(duration, 0.25, METRIC_LABELS("/a"));
	metric_observe(duration, 2, METRIC_LABELS("/a"));
	ck_assert_double_eq(metric_value(duration, METRIC_LABELS("/a")), 4);
	assert_prints(metrics, "# HELP plexsync_duration_seconds Time.\n"
			       "# TYPE plexsync_duration_seconds histogram\n"
			       "plexsync_duration_seconds_bucket{route=\"/a\",le=\"0.005\"} 1\n"
			       "plexsync_duration_seconds_bucket{route=\"/a\",le=\"0.1\"} 1\n"
			       "plexsync_duration_seconds_bucket{route=\"/a\",le=\"1\"} 3\n"
			       "plexsync_duration_seconds_bucket{route=\"/a\",le=\"+Inf\"} 4\n"
			       "plexsync_duration_seconds_sum{route=\"/a\"} 2.755\n"
			       "plexsync_duration_seconds_count{route=\"/a\"} 4\n");
	metrics_free(metrics);
}
END_TEST

START_TEST(shows_a_metric_without_labels_before_its_first_use)
{
	static const double bounds[] = { 1 };
	struct metrics *metrics = metrics_new();

	metrics_counter(metrics, "a_total", "", "A.");
	metrics_counter(metrics, "b_total", "code", "B.");
	metrics_histogram(metrics, "c_seconds", "", "C.", bounds, 1);
	assert_prints(metrics,
		"# HELP plexsync_a_total A.\n# TYPE plexsync_a_total counter\nplexsync_a_total 0\n"
		"# HELP plexsync_b_total B.\n# TYPE plexsync_b_total counter\n"
		"# HELP plexsync_c_seconds C.\n# TYPE plexsync_c_seconds histogram\n"
		"plexsync_c_seconds_bucket{le=\"1\"} 0\n"
		"plexsync_c_seconds_bucket{le=\"+Inf\"} 0\n"
		"plexsync_c_seconds_sum 0\nplexsync_c_seconds_count 0\n");
	metrics_free(metrics);
}
END_TEST

START_TEST(escapes_help_and_label_values)
{
	struct metrics *metrics = metrics_new();
	struct metric *info = metrics_gauge(metrics, "info", "version,extra", "A \\ and \"x\"\nB.");

	metric_set(info, 1, METRIC_LABELS("a\"b\\c\nd"));
	assert_prints(metrics, "# HELP plexsync_info A \\\\ and \"x\"\\nB.\n"
			       "# TYPE plexsync_info gauge\n"
			       "plexsync_info{version=\"a\\\"b\\\\c\\nd\",extra=\"\"} 1\n");
	metrics_free(metrics);
}
END_TEST

START_TEST(writes_numbers_that_read_back_the_same)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {
		{ 1768115273.042, "plexsync_x 1768115273.042\n" },
		{ 0.1, "plexsync_x 0.1\n" },
		{ 0.1 + 0.2, "plexsync_x 0.30000000000000004\n" },
		{ 9007199254740993.0, "plexsync_x 9007199254740992\n" },
		{ -1, "plexsync_x -1\n" },
		{ 1e300, "plexsync_x 1e+300\n" },
	};
	struct metrics *metrics = metrics_new();
	struct metric *x = metrics_gauge(metrics, "x", "", "X.");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf out;

		buf_init(&out, 1000);
		metric_set(x, cases[i].number, NULL);
		ck_assert(metrics_print(metrics, &out));
		ck_assert_msg(strstr(buf_text(&out), cases[i].text) != NULL, "%s", buf_text(&out));
	}
	metrics_free(metrics);
}
END_TEST

START_TEST(counts_what_is_beyond_the_last_series_as_other)
{
	struct metrics *metrics = metrics_new();
	struct metric *x = metrics_counter(metrics, "x_total", "id,kind", "X.");
	auto_buf out;
	size_t lines = 0;

	buf_init(&out, 100000);
	for (int i = 0; i < 1000; i++) {
		char id[16];

		snprintf(id, sizeof id, "%d", i);
		metric_add(x, 1, METRIC_LABELS(id, "k"));
	}
	ck_assert_double_eq(metric_value(x, METRIC_LABELS("0", "k")), 1);
	ck_assert_double_eq(
		metric_value(x, METRIC_LABELS("other", "other")), 1000 - (METRICS_SERIES - 1));
	ck_assert(metrics_print(metrics, &out));
	for (const char *p = buf_text(&out); (p = strstr(p, "\nplexsync_x_total{")); p++)
		lines++;
	ck_assert_uint_eq(lines, METRICS_SERIES);
	metrics_free(metrics);
}
END_TEST

START_TEST(says_when_the_buffer_was_too_small)
{
	struct metrics *metrics = metrics_new();
	auto_buf out;

	buf_init(&out, 20);
	metrics_counter(metrics, "x_total", "", "X.");
	ck_assert(!metrics_print(metrics, &out));
	metrics_free(metrics);
	metrics_free(NULL);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, prints_counters_and_gauges);
	tcase_add_test(cases, prints_cumulated_histograms);
	tcase_add_test(cases, shows_a_metric_without_labels_before_its_first_use);
	tcase_add_test(cases, escapes_help_and_label_values);
	tcase_add_test(cases, writes_numbers_that_read_back_the_same);
	tcase_add_test(cases, counts_what_is_beyond_the_last_series_as_other);
	tcase_add_test(cases, says_when_the_buffer_was_too_small);
}

CHECK_MAIN("metrics", add_cases)
