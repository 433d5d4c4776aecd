/* What a hundred thousand pending scenes cost, and how late they are looked at: see README.md. */
#include "consumer/engine.h"
#include "consumer/pending.h"

#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct now now(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct now){
		.mono_ms = (int64_t)mono.tv_sec * 1000 + mono.tv_nsec / 1000000,
		.wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000,
	};
}

static int64_t mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The record of a scene that failed once, due then. */
static void write_record(struct record *ret, int64_t scene, int64_t due_ms)
{
	struct event event = { .id = xasprintf("01919f3e-7f1a-7c3a-9d5e-%012lld", (long long)scene),
		.source = xstrdup("/plexsync/hook"),
		.action = ACTION_UPDATE,
		.time_ms = due_ms - 5000 };
	struct retry retry = { .reason = "plex_error",
		.attempts = 1,
		.due_ms = due_ms,
		.first_failed_ms = due_ms - 5000,
		.covers = { due_ms, scene } };
	struct want want = { .covers = -1 };
	struct record record;

	snprintf(event.scene_id, sizeof event.scene_id, "%d", (int)scene);
	event_write(&event, &record);
	record.partition = 0;
	record.offset = scene;
	want_add(&want, &record, &event);
	retry.detail = xstrdup("Plex answered 500 to the edit of item 101.");
	retry_write(ret, &want, &retry);
	ret->offset = scene;
	record_done(&record);
	want_done(&want);
	retry_done(&retry);
}

/* ---- memory ---- */

static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* What a record is: its key, its value, names and values of its headers. */
static size_t payload(const struct record *r)
{
	size_t size = r->key_len + r->value_len;

	for (size_t i = 0; i < r->header_count; i++)
		size += strlen(r->headers[i].name) + r->headers[i].len;
	return size;
}

static int measure_memory(int64_t count)
{
	struct pending *p = pending_new();
	size_t before = allocated(), payloads = 0, all;
	struct now at = now();
	struct fault fault;

	for (int64_t scene = 1; scene <= count; scene++) {
		struct record record;

		write_record(&record, scene, at.wall_ms + 1000 + scene);
		payloads += payload(&record);
		if (pending_fold(p, &record, at, &fault) != PENDING_TAKEN)
			return EXIT_FAILURE;
		record_done(&record);
	}
	all = allocated() - before;
	printf("%lld pending: %.1f bytes in memory each, for %.1f bytes of record: %+.1f\n",
		(long long)count, (double)all / (double)count, (double)payloads / (double)count,
		((double)all - (double)payloads) / (double)count);
	pending_free(p);
	return EXIT_SUCCESS;
}

/* ---- lateness ---- */

struct bench {
	struct engine *engine;
	int64_t *due_ms; /* of each scene, mono */
	struct lags {
		int64_t *us;
		size_t count, capacity;
	} late, wakes; /* … of scenes; of the machine, when it was asked to wake us */
	size_t early;
	int64_t count;
	int64_t offset; /* of the last record of ours in Kafka */
	call_id load_call;
};

static struct now feed(struct bench *b, struct input in)
{
	struct now at = now();

	in.retry_after_ms = -1;
	engine_feed(b->engine, at, &in);
	return at;
}

/* A record is folded at that time: when it is due by the engine's clock. */
static void note_due(struct bench *b, int64_t scene, int64_t due_wall_ms, struct now at)
{
	b->due_ms[scene] = at.mono_ms + (due_wall_ms - at.wall_ms);
}

static void add_lag(struct lags *lags, int64_t us)
{
	if (lags->count == lags->capacity) {
		lags->capacity = lags->capacity ? 2 * lags->capacity : 1024;
		lags->us = xrealloc(lags->us, lags->capacity, sizeof *lags->us);
	}
	lags->us[lags->count++] = us;
}

/* A scene is looked at: that is what was due. */
static void note(struct bench *b, const char *scene_id)
{
	int64_t scene = strtoll(scene_id, NULL, 10), late_us;

	late_us = mono_us() - b->due_ms[scene] * 1000;
	b->early += late_us < 0;
	add_lag(&b->late, late_us);
}

static void deliver(struct bench *b, const struct effect *effect)
{
	int64_t scene = strtoll(effect->record.key, NULL, 10);
	int64_t due_ms = retry_due_ms(&effect->record);
	bool pending = effect->record.topic == TOPIC_RETRIES && effect->record.value;
	struct now at = feed(
		b, (struct input){
			   .kind = IN_DELIVERED, .call = effect->call, .offset = ++b->offset });

	if (pending)
		note_due(b, scene, due_ms, at);
}

/* Stash has errors for every scene, so that each is pending again; Kafka takes everything at once. */
static void carry_out(struct bench *b, const struct effect *effect)
{
	static char key[] = "1", title[] = "Scenes", type[] = "movie";
	static const struct plex_section section = { .key = key, .title = title, .type = type };

	switch ((int)effect->kind) {
	case DO_LOAD_TABLES:
		b->load_call = effect->call;
		break;
	case DO_FETCH_SCENE:
		note(b, effect->scene_id);
		feed(b, (struct input){ .kind = IN_SCENE,
				.call = effect->call,
				.outcome = OUTCOME_FAILED,
				.detail = "Stash answered with errors." });
		break;
	case DO_PRODUCE:
		deliver(b, effect);
		break;
	case DO_LIST_SECTIONS:
		feed(b, (struct input){ .kind = IN_SECTIONS,
				.call = effect->call,
				.sections = { .items = &section, .count = 1 } });
		break;
	case DO_LIST_PAGE:
		feed(b, (struct input){ .kind = IN_ROWS, .call = effect->call });
		break;
	default:
		break;
	}
}

/* An effect is valid until the next feed: what it says is used before. */
static void carry_out_all(struct bench *b)
{
	const struct effect *effect;

	while ((effect = engine_next(b->engine, now().mono_ms)))
		carry_out(b, effect);
}

/* One turn, as the driver's: it waits in whole milliseconds. */
static void turn(struct bench *b)
{
	int64_t deadline_ms = engine_deadline_ms(b->engine), wait_ms = 1000;

	if (deadline_ms != INT64_MAX && deadline_ms - now().mono_ms < wait_ms)
		wait_ms = deadline_ms - now().mono_ms;
	if (wait_ms > 0) {
		int64_t began_us = mono_us();

		poll(NULL, 0, (int)wait_ms);
		add_lag(&b->wakes, mono_us() - began_us - wait_ms * 1000);
	}
	engine_polled(b->engine, now().mono_ms);
	feed(b, (struct input){ .kind = IN_TICK });
	carry_out_all(b);
}

static struct engine *open_engine(void)
{
	struct engine_options options = {
		.limits = { .not_found_min_ms = 30000,
			.not_found_max_ms = 600000,
			.not_found_window_ms = 7200000,
			.retry_min_ms = 5000,
			.retry_max_ms = 80000,
			.max_retries = 1000000 },
		.breaker = { .failures = 5, .probe_min_ms = 5000, .probe_max_ms = 60000 },
		.library = { .page_size = 500, .rebuild_interval_ms = 900000, .spacing_ms = 10000 },
		.release_timeout_ms = 20000,
		.session_timeout_ms = 45000,
		.max_jobs = 8,
		.max_edits = 1,
		.max_lanes = 5000,
		.stash_url = "http://stash:9999",
		.topic_partitions = 1,
		.group = "group",
		.events_topic = "scene-events",
		.seed = 1,
	};

	return engine_new(&options);
}

/* All of them are known before the first one is due. */
static void load(struct bench *b, int64_t rate)
{
	static const int32_t ours[] = { 0 };
	struct now begin, at;
	int64_t first_ms;

	engine_polled(b->engine, now().mono_ms);
	feed(b, (struct input){
			.kind = IN_ASSIGNED, .assigned = { .partitions = ours, .count = 1 } });
	carry_out_all(b);
	begin = now();
	first_ms = 3000 + b->count / 100; /* enough for reading them */
	for (int64_t scene = 1; scene <= b->count; scene++) {
		int64_t after_ms = first_ms + scene * 1000 / rate;
		struct record record;

		write_record(&record, scene, begin.wall_ms + after_ms);
		at = feed(b, (struct input){ .kind = IN_TABLE_RECORD, .record = &record });
		note_due(b, scene, begin.wall_ms + after_ms, at);
		record_done(&record);
	}
	b->offset = b->count;
	feed(b, (struct input){ .kind = IN_TABLE_LOADED, .call = b->load_call });
	carry_out_all(b);
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void show(const char *what, struct lags *lags)
{
	size_t last = lags->count - 1;

	qsort(lags->us, lags->count, sizeof *lags->us, ascending);
	printf("%s: %zu, late by p50 %.2f, p99 %.2f, max %.2f ms\n", what, lags->count,
		(double)lags->us[last / 2] / 1000, (double)lags->us[last * 99 / 100] / 1000,
		(double)lags->us[last] / 1000);
}

static int measure_lateness(int64_t count, int64_t rate, int64_t seconds)
{
	struct bench b = { .engine = open_engine(), .count = count };
	int64_t end_ms;
	bool ok;

	b.due_ms = xcalloc((size_t)count + 1, sizeof *b.due_ms);
	load(&b, rate);
	end_ms = b.due_ms[1] + seconds * 1000;
	while (now().mono_ms < end_ms)
		turn(&b);
	ok = b.late.count && b.wakes.count && !b.early;
	if (ok) {
		printf("%lld pending, none looked at too early\n", (long long)count);
		show("scenes", &b.late);
		show("bare timers of this machine", &b.wakes);
	} else {
		printf("%zu of %zu scenes were looked at too early\n", b.early, b.late.count);
	}
	engine_free(b.engine);
	free(b.due_ms);
	free(b.late.us);
	free(b.wakes.us);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	int64_t count = argc > 2 ? strtoll(argv[2], NULL, 10) : 100000;
	int64_t rate = argc > 3 ? strtoll(argv[3], NULL, 10) : 1000;
	int64_t seconds = argc > 4 ? strtoll(argv[4], NULL, 10) : 20;

	if (argc > 1 && count > 0 && str_equal(argv[1], "memory"))
		return measure_memory(count);
	if (argc > 1 && count > 0 && rate > 0 && str_equal(argv[1], "late"))
		return measure_lateness(count, rate, seconds);
	fprintf(stderr, "Usage: bench_pending memory [COUNT]\n"
			"       bench_pending late [COUNT [DUE-PER-SECOND [SECONDS]]]\n");
	return 2;
}
