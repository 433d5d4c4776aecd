/*
 * The engine follows a Plex through its real HTTP: what happens there is in the index soon, by the
 * event stream alone, and whatever becomes of the stream.
 */
#include "common/httpclient.h"
#include "common/process.h"
#include "consumer/engine.h"
#include "consumer/plexcalls.h"
#include "tests/sim/plexsim.h"
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <stdlib.h>

enum { SILENCE_MS = 300, DEADLINE_MS = 20000, LONG_MS = 3600000 };

static struct plexsim *sim;
static struct httpclient *http;
static struct plexcalls *plex;
static struct engine *engine;
static char *url;
static char reports[8][16]; /* what people were told of the stream */
static size_t report_count;

static struct now now(void)
{
	return (struct now){ .mono_ms = process_mono_ms(), .wall_ms = process_wall_ms() };
}

static void feed(void *cookie, const struct input *input)
{
	(void)cookie;
	engine_feed(engine, now(), input);
}

/* ---- the world ---- */

static struct plexsim *start_plex(uint16_t port)
{
	struct plexsim_options options = plexsim_defaults;
	struct error err = { "" };
	struct plexsim *started;

	options.port = port;
	options.library_file = PLEXSIM_LIBRARY;
	options.modes.ping_ms = 50;
	started = plexsim_start(&options, &err);
	ck_assert_msg(started != NULL, "%s", err.text);
	return started;
}

static void open_engine(void)
{
	engine = engine_new(&(struct engine_options){
		.breaker = { .failures = 5, .probe_min_ms = 100, .probe_max_ms = 200 },
		.library = { .page_size = 100,
			.rebuild_interval_ms = LONG_MS,
			.spacing_ms = 50,
			.refresh_spacing_ms = 50 },
		.max_jobs = 1,
		.max_edits = 1,
		.max_lanes = 10,
		.topic_partitions = 1,
		.group = "plexsync",
		.events_topic = "plexsync.scene-events",
		.news = true,
		.seed = 1,
	});
}

static void set_up(void)
{
	sim = start_plex(0);
	url = xasprintf("http://127.0.0.1:%u", plexsim_port(sim));
	report_count = 0;
	http = httpclient_open(&(struct httpclient_options){
		.connect_timeout_ms = 5000, .max_connections_per_host = 4 });
	plex = plexcalls_new(&(struct plexcalls_options){ .http = http,
		.url = url,
		.token = PLEXSIM_TOKEN,
		.client_identifier = "test",
		.read_timeout_ms = 5000,
		.edit_timeout_ms = 5000,
		.silence_timeout_ms = SILENCE_MS,
		.on_input = feed });
	open_engine();
}

static void tear_down(void)
{
	plexcalls_free(plex);
	httpclient_close(http);
	engine_free(engine);
	plexsim_stop(sim);
	free(url);
}

/* ---- the loop ---- */

static void carry_out(const struct effect *effect)
{
	if (effect->kind != DO_REPORT) {
		plexcalls_start(plex, effect);
	} else if (effect->report.kind == REPORT_NEWS && report_count < ARRAY_LEN(reports)) {
		snprintf(reports[report_count++], sizeof reports[0], "%s", effect->report.verdict);
	}
}

static void turn(void)
{
	const struct effect *effect;

	httpclient_wait(http, NULL, 0, 20);
	httpclient_dispatch(http);
	feed(NULL, &(struct input){ .kind = IN_TICK });
	while ((effect = engine_next(engine, process_mono_ms())))
		carry_out(effect);
}

static struct engine_counts count(void)
{
	struct engine_counts counts;

	engine_count(engine, &counts);
	return counts;
}

/* Turns until it is true, or too late. */
#define AWAIT(condition) \
	do { \
		int64_t by_ms = process_mono_ms() + DEADLINE_MS; \
		while (!(condition)) { \
			ck_assert_msg(process_mono_ms() < by_ms, "%s", #condition); \
			turn(); \
		} \
	} while (0)

static size_t requests(const char *path)
{
	return plexsim_requests_count(sim, "GET", path);
}

#define SECTIONS "/library/sections"
#define STREAM "/:/eventsource/notifications"

/* The first listing, the stream, and the look for changes that follows on it. */
static void settle(void)
{
	AWAIT(count().paths > 0 && count().listening && requests(SECTIONS) >= 2);
	for (size_t seen = 0; seen != requests("/");) {
		int64_t by_ms = process_mono_ms() + 300;

		seen = requests("/");
		while (process_mono_ms() < by_ms)
			turn();
	}
}

static int64_t put_item(const char *file)
{
	json_t *item = json_pack("{s:i, s:[{s:[{s:s, s:i}]}]}", "section", 1, "media", "parts",
		"file", file, "size", 5);
	struct error err = { "" };
	int64_t key = plexsim_item_put(sim, item, &err);

	ck_assert_msg(key > 0, "%s", err.text);
	json_decref(item);
	return key;
}

/* ---- tests ---- */

START_TEST(a_file_that_plex_adds_is_in_the_index_without_a_listing)
{
	size_t paths, listings;

	settle();
	paths = count().paths;
	listings = requests(SECTIONS);
	put_item("/data/scenes/just added.mp4");
	AWAIT(count().paths == paths + 1);
	ck_assert_uint_eq(requests(SECTIONS), listings);
	ck_assert_uint_eq(requests("/library/metadata/"), 1);
	ck_assert_uint_eq(requests(STREAM), 1);
}
END_TEST

START_TEST(an_item_that_plex_deletes_leaves_the_index)
{
	size_t paths;
	int64_t key;

	settle();
	paths = count().paths;
	key = put_item("/data/scenes/just added.mp4");
	AWAIT(count().paths == paths + 1);
	ck_assert(plexsim_item_delete(sim, key));
	AWAIT(count().paths == paths);
}
END_TEST

START_TEST(a_scan_brings_what_it_found)
{
	size_t paths;
	struct plexsim_modes modes = plexsim_modes(sim);

	modes.scan_delay_ms = 20;
	plexsim_modes_set(sim, &modes);
	settle();
	paths = count().paths;
	plexcalls_start(plex, &(struct effect){ .kind = DO_SCAN,
				      .call = 1000000,
				      .section = (char[]){ "1" },
				      .directory = (char[]){ "/data/scenes" } });
	AWAIT(count().paths > paths);
}
END_TEST

START_TEST(a_plex_that_restarts_is_followed_again_and_looked_through)
{
	uint16_t port = plexsim_port(sim);
	size_t paths;

	settle();
	paths = count().paths;
	plexsim_stop(sim);
	sim = NULL;
	AWAIT(!count().listening);
	sim = start_plex(port);
	put_item("/data/scenes/while nobody listened.mp4");
	AWAIT(count().listening);
	AWAIT(count().paths == paths + 1);
	ck_assert_str_eq(reports[0], "up");
	ck_assert_str_eq(reports[1], "down");
	ck_assert_str_eq(reports[2], "up");
}
END_TEST

START_TEST(a_stream_that_falls_silent_is_opened_anew)
{
	struct plexsim_modes modes = plexsim_modes(sim);

	settle();
	modes.ping_ms = LONG_MS;
	plexsim_modes_set(sim, &modes);
	AWAIT(!count().listening);
	modes.ping_ms = 50;
	plexsim_modes_set(sim, &modes);
	AWAIT(count().listening && requests(STREAM) >= 2);
}
END_TEST

START_TEST(a_plex_without_a_stream_is_asked_once)
{
	plexsim_fault_add(sim,
		&(struct plexsim_fault){ .path = STREAM, .action = PLEXSIM_STATUS, .status = 404 });
	AWAIT(count().paths > 0 && report_count > 0);
	ck_assert_str_eq(reports[0], "absent");
	for (int i = 0; i < 100; i++)
		turn();
	ck_assert_uint_eq(requests(STREAM), 1);
	ck_assert_uint_eq(report_count, 1);
}
END_TEST

START_TEST(a_page_in_the_place_of_the_stream_is_no_stream)
{
	plexsim_fault_add(
		sim, &(struct plexsim_fault){ .path = STREAM, .action = PLEXSIM_HTML, .count = 1 });
	AWAIT(report_count > 0);
	ck_assert_str_eq(reports[0], "down");
	AWAIT(count().listening);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_file_that_plex_adds_is_in_the_index_without_a_listing);
	tcase_add_test(c, an_item_that_plex_deletes_leaves_the_index);
	tcase_add_test(c, a_scan_brings_what_it_found);
	tcase_add_test(c, a_plex_that_restarts_is_followed_again_and_looked_through);
	tcase_add_test(c, a_stream_that_falls_silent_is_opened_anew);
	tcase_add_test(c, a_plex_without_a_stream_is_asked_once);
	tcase_add_test(c, a_page_in_the_place_of_the_stream_is_no_stream);
}

CHECK_MAIN("plexwatch", add_cases)
