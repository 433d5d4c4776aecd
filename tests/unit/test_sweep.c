#include "producer/sweep.h"

#include "check_main.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX = 2000, PARTITIONS = 2, RATE = 1000 };

#define SEEN_MS 1767323045000 /* 2026-01-02T03:04:05Z */
#define FILES 7

/* A Stash, the stamps, and what the sweep did to them. */
struct world {
	int64_t now_ms;
	uint64_t ids[MAX]; /* ascending: what Stash has */
	size_t id_count;
	int64_t updated_ms;
	uint64_t files;
	struct synced *synced;
	int64_t stamp_offset;
	struct sweep *sweep;
	size_t pages, questions, resyncs, destroys;
	uint64_t last_published;
	int64_t page_after; /* of the last question */
	unsigned page_count;
	bool holds_reports; /* events stay without an answer, their places in: */
	size_t places[MAX];
};

static void world_init(struct world *w)
{
	*w = (struct world){
		.now_ms = 1000, .updated_ms = SEEN_MS, .files = FILES, .synced = synced_new()
	};
}

static void world_done(struct world *w)
{
	sweep_free(w->sweep);
	synced_free(w->synced);
}

static void add_scenes(struct world *w, uint64_t from, uint64_t to)
{
	for (uint64_t id = from; id <= to; id++)
		w->ids[w->id_count++] = id;
}

static void stamp(struct world *w, uint64_t id, const char *outcome)
{
	auto_free char *key = xasprintf("%" PRIu64, id);
	auto_free char *value =
		xasprintf("{\"scene_id\":\"%s\",\"outcome\":\"%s\",\"files\":\"%x\","
			  "\"seen_updated_at\":\"2026-01-02T03:04:05Z\"}",
			key, outcome, (unsigned)FILES);
	struct record r = { .topic = TOPIC_STAMPS,
		.partition = (int32_t)(id % PARTITIONS),
		.offset = w->stamp_offset++ };

	record_set_key(&r, key, strlen(key));
	record_set_value(&r, value, strlen(value));
	record_add_text_header(&r, COVERS_HEADER, "5/3");
	ck_assert(synced_fold(w->synced, &r));
	record_done(&r);
}

static void add_stamps(struct world *w, uint64_t from, uint64_t to)
{
	for (uint64_t id = from; id <= to; id++)
		stamp(w, id, "synced");
}

static void begin(struct world *w, enum sweep_mode mode, size_t max_vanished)
{
	struct sweep_options o = {
		.mode = mode,
		.rate = RATE,
		.max_vanished = max_vanished,
		.started_wall_ms = 99,
		.synced = w->synced,
		.partitions = PARTITIONS,
	};

	w->sweep = sweep_new(&o, w->now_ms);
}

/* What Stash answers. */
static void give_page(struct world *w, const struct sweep_effect *e)
{
	struct stash_page page = { .rows = xcalloc(e->count + 1, sizeof *page.rows) };

	w->pages++;
	w->page_after = e->after;
	w->page_count = e->count;
	for (size_t i = 0; i < w->id_count; i++) {
		if (w->ids[i] <= (uint64_t)e->after)
			continue;
		page.remaining++;
		if (page.count < e->count)
			page.rows[page.count++] = (struct stash_row){
				.id = (int64_t)w->ids[i],
				.readable = true,
				.updated_at_ms = w->updated_ms,
				.files_hash = w->files,
			};
	}
	sweep_page(w->sweep, w->now_ms, &page);
	ck_assert_ptr_null(page.rows);
}

static bool has(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->id_count; i++)
		if (w->ids[i] == strtoull(id, NULL, 10))
			return true;
	return false;
}

static void note_published(struct world *w, const struct sweep_effect *e)
{
	w->last_published = strtoull(e->scene_id, NULL, 10);
	w->places[w->resyncs + w->destroys] = e->place;
	if (e->action == ACTION_DESTROY)
		w->destroys++;
	else
		w->resyncs++;
	if (!w->holds_reports)
		sweep_delivered(w->sweep, w->now_ms, e->place, DELIVERY_DONE, "");
}

static void carry_out(struct world *w, const struct sweep_effect *e)
{
	switch (e->kind) {
	case SWEEP_ASK_PAGE:
		give_page(w, e);
		break;
	case SWEEP_ASK_EXISTS:
		w->questions++;
		sweep_exists(w->sweep, w->now_ms, has(w, e->scene_id));
		break;
	case SWEEP_PUBLISH:
		note_published(w, e);
		break;
	}
}

/* Carries out what is due now, time standing still. */
static void settle(struct world *w)
{
	struct sweep_effect e;

	while (sweep_next(w->sweep, w->now_ms, &e))
		carry_out(w, &e);
}

/* Until nothing more comes by itself. */
static void run(struct world *w)
{
	settle(w);
	while (sweep_deadline_ms(w->sweep) != INT64_MAX) {
		if (w->now_ms < sweep_deadline_ms(w->sweep))
			w->now_ms = sweep_deadline_ms(w->sweep);
		settle(w);
	}
}

static struct sweep_progress progress(const struct world *w)
{
	struct sweep_progress p;

	sweep_progress(w->sweep, w->now_ms, &p);
	return p;
}

/* The next effect, which must be there, of that kind. */
static struct sweep_effect take(struct world *w, enum sweep_effect_kind kind)
{
	struct sweep_effect e;

	if (w->now_ms < sweep_deadline_ms(w->sweep) && sweep_deadline_ms(w->sweep) != INT64_MAX)
		w->now_ms = sweep_deadline_ms(w->sweep);
	ck_assert(sweep_next(w->sweep, w->now_ms, &e));
	ck_assert_int_eq(e.kind, kind);
	return e;
}

static const struct situation {
	const char *what;
	enum sweep_mode mode;
	uint64_t scenes, stamps; /* 1 … N */
	int64_t edited_ms; /* all scenes, after their stamps */
	uint64_t files; /* 0: as stamped */
	const char *outcome; /* of all stamps; NULL: synced */
	size_t consent;
	size_t resyncs, destroys;
	enum sweep_state state;
	uint64_t unchanged, vanished;
} situations[] = {
	{ "nothing at all", SWEEP_CHANGED, .state = SWEEP_DONE },
	{ "all is as stamped", SWEEP_CHANGED, 600, 600, .state = SWEEP_DONE, .unchanged = 600 },
	{ "no stamps", SWEEP_CHANGED, 600, 0, .resyncs = 600, .state = SWEEP_DONE },
	{ "some without a stamp", SWEEP_CHANGED, 600, 590, .resyncs = 10, .state = SWEEP_DONE,
		.unchanged = 590 },
	{ "edited later", SWEEP_CHANGED, 5, 5, 1000, .resyncs = 5, .state = SWEEP_DONE },
	{ "set back by a restore", SWEEP_CHANGED, 5, 5, -1000, .resyncs = 5, .state = SWEEP_DONE },
	{ "files moved", SWEEP_CHANGED, 5, 5, .files = 8, .resyncs = 5, .state = SWEEP_DONE },
	{ "dead as it is", SWEEP_CHANGED, 5, 5, .outcome = "dead", .state = SWEEP_DONE,
		.unchanged = 5 },
	{ "skipped as it is", SWEEP_CHANGED, 5, 5, .outcome = "skipped", .state = SWEEP_DONE,
		.unchanged = 5 },
	{ "destroyed, and back", SWEEP_CHANGED, 5, 5, .outcome = "gone", .resyncs = 5,
		.state = SWEEP_DONE },
	{ "a full sweep", SWEEP_FULL, 600, 600, .resyncs = 600, .state = SWEEP_DONE },
	{ "of one object", SWEEP_TOUCHED, 3, 600, .resyncs = 3, .state = SWEEP_DONE },
	{ "one vanished", SWEEP_CHANGED, 99, 100, .destroys = 1, .state = SWEEP_DONE,
		.unchanged = 99, .vanished = 1 },
	{ "one vanished, all published", SWEEP_FULL, 99, 100, .resyncs = 99, .destroys = 1,
		.state = SWEEP_DONE, .vanished = 1 },
	{ "graves do not vanish", SWEEP_CHANGED, 0, 100, .outcome = "gone", .state = SWEEP_DONE },
	{ "as many as may vanish", SWEEP_CHANGED, 80, 100, .destroys = 20, .state = SWEEP_DONE,
		.unchanged = 80, .vanished = 20 },
	{ "one too many", SWEEP_CHANGED, 79, 100, .state = SWEEP_ASKING, .unchanged = 79,
		.vanished = 21 },
	{ "five in a hundred", SWEEP_CHANGED, 950, 1000, .destroys = 50, .state = SWEEP_DONE,
		.unchanged = 950, .vanished = 50 },
	{ "more than five in a hundred", SWEEP_CHANGED, 949, 1000, .state = SWEEP_ASKING,
		.unchanged = 949, .vanished = 51 },
	{ "a blank Stash", SWEEP_CHANGED, 0, 1000, .state = SWEEP_ASKING, .vanished = 1000 },
	{ "a blank Stash, all published", SWEEP_FULL, 0, 1000, .state = SWEEP_ASKING,
		.vanished = 1000 },
	{ "a blank Stash, few stamps", SWEEP_CHANGED, 0, 3, .state = SWEEP_ASKING, .vanished = 3 },
	{ "half of a few", SWEEP_CHANGED, 2, 4, .destroys = 2, .state = SWEEP_DONE, .unchanged = 2,
		.vanished = 2 },
	{ "more than half of a few", SWEEP_CHANGED, 2, 5, .state = SWEEP_ASKING, .unchanged = 2,
		.vanished = 3 },
	{ "a blank Stash that a person agreed to", SWEEP_CHANGED, 0, 100, .consent = 100,
		.destroys = 100, .state = SWEEP_DONE, .vanished = 100 },
	{ "more than a person agreed to", SWEEP_CHANGED, 0, 100, .consent = 99,
		.state = SWEEP_ASKING, .vanished = 100 },
};

START_TEST(publishes_what_is_missing)
{
	const struct situation *c = &situations[_i];
	struct sweep_progress p;
	struct world w;

	world_init(&w);
	add_scenes(&w, 1, c->scenes);
	for (uint64_t id = 1; id <= c->stamps; id++)
		stamp(&w, id, c->outcome ? c->outcome : "synced");
	w.updated_ms += c->edited_ms;
	w.files = c->files ? c->files : FILES;
	begin(&w, c->mode, c->consent);
	run(&w);
	p = progress(&w);
	ck_assert(sweep_ended(w.sweep));
	ck_assert_msg(w.resyncs == c->resyncs, "%s: %zu resyncs", c->what, w.resyncs);
	ck_assert_msg(w.destroys == c->destroys, "%s: %zu destroys", c->what, w.destroys);
	ck_assert_msg(p.state == c->state, "%s: %s", c->what, sweep_state_name(p.state));
	ck_assert_uint_eq(p.skipped[SWEEP_UNCHANGED], c->unchanged);
	ck_assert_uint_eq(p.vanished, c->vanished);
	ck_assert_uint_eq(p.walked, c->scenes);
	ck_assert_uint_eq(p.total, c->scenes);
	ck_assert_uint_eq(p.published, c->resyncs + c->destroys);
	ck_assert_uint_eq(p.destroyed, c->destroys);
	ck_assert((*p.detail != '\0') == (c->state == SWEEP_ASKING));
	world_done(&w);
}
END_TEST

START_TEST(spares_scenes_stamped_since_its_start)
{
	struct world w;

	world_init(&w);
	add_scenes(&w, 1, 10);
	add_stamps(&w, 1, 10);
	begin(&w, SWEEP_CHANGED, 0);
	add_stamps(&w, 11, 12);
	run(&w);
	ck_assert_int_eq(progress(&w).state, SWEEP_DONE);
	ck_assert_uint_eq(progress(&w).vanished, 0);
	ck_assert_uint_eq(w.questions, 0);
	world_done(&w);
}
END_TEST

START_TEST(spares_scenes_that_stash_has_after_all)
{
	struct world w;

	world_init(&w);
	add_scenes(&w, 1, 10);
	add_stamps(&w, 1, 12);
	begin(&w, SWEEP_CHANGED, 0);
	while (w.questions == 0 && !sweep_ended(w.sweep)) {
		struct sweep_effect e;

		ck_assert(sweep_next(w.sweep, w.now_ms, &e) ||
			  sweep_deadline_ms(w.sweep) <= w.now_ms);
		if (w.pages == 2 && w.id_count == 10)
			add_scenes(&w, 11, 11);
		carry_out(&w, &e);
	}
	run(&w);
	ck_assert_uint_eq(w.questions, 2);
	ck_assert_uint_eq(w.destroys, 1);
	ck_assert_uint_eq(w.last_published, 12);
	ck_assert_uint_eq(progress(&w).skipped[SWEEP_STILL_THERE], 1);
	world_done(&w);
}
END_TEST

START_TEST(passes_over_what_it_cannot_read)
{
	struct stash_page page = {
		.rows = xcalloc(2, sizeof *page.rows), .count = 2, .remaining = 2
	};
	struct world w;

	world_init(&w);
	page.rows[0] = (struct stash_row){ .id = 1 };
	page.rows[1] = (struct stash_row){ .id = 2, .readable = true };
	begin(&w, SWEEP_CHANGED, 0);
	take(&w, SWEEP_ASK_PAGE);
	sweep_page(w.sweep, w.now_ms, &page);
	w.ids[w.id_count++] = 2;
	run(&w);
	ck_assert_uint_eq(progress(&w).skipped[SWEEP_UNREADABLE], 1);
	ck_assert_uint_eq(w.resyncs, 1);
	ck_assert_uint_eq(w.last_published, 2);
	world_done(&w);
}
END_TEST

START_TEST(goes_on_after_the_last_id_when_stash_is_back)
{
	struct world w;
	struct sweep_effect e;

	world_init(&w);
	add_scenes(&w, 1, 600);
	add_stamps(&w, 1, 600);
	begin(&w, SWEEP_CHANGED, 0);
	e = take(&w, SWEEP_ASK_PAGE);
	give_page(&w, &e);
	for (int64_t wait_ms = 1000; wait_ms <= 64000; wait_ms *= 2) {
		int64_t asked_ms;

		e = take(&w, SWEEP_ASK_PAGE);
		ck_assert_int_eq(e.after, 250);
		asked_ms = w.now_ms;
		ck_assert_int_eq(
			progress(&w).state, wait_ms == 1000 ? SWEEP_RUNNING : SWEEP_WAITING);
		sweep_trouble(w.sweep, w.now_ms, SWEEP_STASH_AWAY, "Stash is away");
		ck_assert_int_eq(progress(&w).state, SWEEP_WAITING);
		ck_assert_str_eq(progress(&w).detail, "Stash is away");
		ck_assert(!sweep_next(w.sweep, w.now_ms, &e));
		ck_assert_int_eq(sweep_deadline_ms(w.sweep) - asked_ms,
			wait_ms < SWEEP_WAIT_MAX_MS ? wait_ms : SWEEP_WAIT_MAX_MS);
	}
	run(&w);
	ck_assert_int_eq(progress(&w).state, SWEEP_DONE);
	ck_assert_str_eq(progress(&w).detail, "");
	ck_assert_uint_eq(progress(&w).walked, 600);
	ck_assert_uint_eq(w.pages, 4);
	world_done(&w);
}
END_TEST

START_TEST(asks_again_whether_a_scene_is_there)
{
	struct world w;
	struct sweep_effect e;

	world_init(&w);
	add_scenes(&w, 1, 10);
	add_stamps(&w, 1, 11);
	begin(&w, SWEEP_CHANGED, 0);
	while (sweep_next(w.sweep, w.now_ms, &e) && e.kind == SWEEP_ASK_PAGE)
		give_page(&w, &e);
	ck_assert_int_eq(e.kind, SWEEP_ASK_EXISTS);
	sweep_trouble(w.sweep, w.now_ms, SWEEP_STASH_AWAY, "Stash is away");
	ck_assert_uint_eq(w.destroys, 0);
	run(&w);
	ck_assert_uint_eq(w.questions, 1);
	ck_assert_uint_eq(w.destroys, 1);
	world_done(&w);
}
END_TEST

START_TEST(fails_when_stash_refuses_it)
{
	struct world w;

	world_init(&w);
	add_stamps(&w, 1, 10);
	begin(&w, SWEEP_CHANGED, 0);
	take(&w, SWEEP_ASK_PAGE);
	sweep_trouble(w.sweep, w.now_ms, SWEEP_UNAUTHORISED, "set stash_api_key");
	ck_assert_int_eq(progress(&w).state, SWEEP_FAILED);
	ck_assert_str_eq(progress(&w).detail, "set stash_api_key");
	ck_assert_int_eq(sweep_deadline_ms(w.sweep), INT64_MAX);
	run(&w);
	ck_assert_uint_eq(w.pages + w.destroys, 0);
	world_done(&w);
}
END_TEST

START_TEST(asks_for_less_when_an_answer_is_too_large)
{
	struct world w;
	struct sweep_effect e;

	world_init(&w);
	add_scenes(&w, 1, 600);
	begin(&w, SWEEP_CHANGED, 0);
	for (unsigned count = SWEEP_PAGE; count > 1; count = (count + 1) / 2) {
		e = take(&w, SWEEP_ASK_PAGE);
		ck_assert_uint_eq(e.count, count);
		sweep_trouble(w.sweep, w.now_ms, SWEEP_TOO_LARGE, "too large");
		ck_assert_int_eq(progress(&w).state, SWEEP_RUNNING);
	}
	e = take(&w, SWEEP_ASK_PAGE);
	ck_assert_uint_eq(e.count, 1);
	give_page(&w, &e);
	run(&w);
	ck_assert_int_eq(progress(&w).state, SWEEP_DONE);
	ck_assert_uint_eq(w.resyncs, 600);
	ck_assert_uint_eq(w.page_count, SWEEP_PAGE);
	world_done(&w);
}
END_TEST

START_TEST(fails_when_one_scene_is_too_large)
{
	struct world w;

	world_init(&w);
	begin(&w, SWEEP_CHANGED, 0);
	for (unsigned count = SWEEP_PAGE; !sweep_ended(w.sweep); count = (count + 1) / 2) {
		ck_assert_uint_ge(count, 1);
		take(&w, SWEEP_ASK_PAGE);
		sweep_trouble(w.sweep, w.now_ms, SWEEP_TOO_LARGE, "too large");
	}
	ck_assert_int_eq(progress(&w).state, SWEEP_FAILED);
	world_done(&w);
}
END_TEST

START_TEST(waits_when_pages_repeat)
{
	struct world w;
	struct sweep_effect e;

	world_init(&w);
	add_scenes(&w, 1, 300);
	add_stamps(&w, 1, 300);
	begin(&w, SWEEP_CHANGED, 0);
	e = take(&w, SWEEP_ASK_PAGE);
	give_page(&w, &e);
	take(&w, SWEEP_ASK_PAGE);
	give_page(&w, &e); /* the first page once more */
	ck_assert_int_eq(progress(&w).state, SWEEP_WAITING);
	ck_assert_ptr_nonnull(strstr(progress(&w).detail, "wrong order"));
	run(&w);
	ck_assert_int_eq(progress(&w).state, SWEEP_DONE);
	ck_assert_uint_eq(progress(&w).walked, 300);
	world_done(&w);
}
END_TEST

START_TEST(holds_back_while_kafka_does_not_answer)
{
	struct world w;

	world_init(&w);
	add_scenes(&w, 1, 600);
	w.holds_reports = true;
	begin(&w, SWEEP_CHANGED, 0);
	run(&w);
	ck_assert_uint_eq(w.resyncs, SWEEP_PLACES);
	ck_assert_uint_eq(w.pages, 1);
	sweep_delivered(w.sweep, w.now_ms, w.places[3], DELIVERY_DONE, "");
	run(&w);
	ck_assert_uint_eq(w.resyncs, SWEEP_PLACES + 1);
	ck_assert(!sweep_ended(w.sweep));
	w.holds_reports = false;
	for (size_t i = 0; i <= SWEEP_PLACES; i++)
		if (i != 3)
			sweep_delivered(w.sweep, w.now_ms, w.places[i], DELIVERY_DONE, "");
	run(&w);
	ck_assert_uint_eq(w.resyncs, 600);
	ck_assert_uint_eq(progress(&w).published, 600);
	ck_assert_int_eq(progress(&w).state, SWEEP_DONE);
	world_done(&w);
}
END_TEST

START_TEST(publishes_again_what_kafka_did_not_acknowledge)
{
	static const enum delivery outcomes[] = { DELIVERY_FAILED, DELIVERY_UNKNOWN };
	struct world w;
	struct sweep_effect first, again;

	world_init(&w);
	add_scenes(&w, 1, 2);
	begin(&w, SWEEP_CHANGED, 0);
	first = take(&w, SWEEP_ASK_PAGE);
	give_page(&w, &first);
	first = take(&w, SWEEP_PUBLISH);
	sweep_delivered(w.sweep, w.now_ms, first.place, outcomes[_i], "no broker");
	ck_assert_int_eq(progress(&w).state, SWEEP_WAITING);
	ck_assert_ptr_nonnull(strstr(progress(&w).detail, "no broker"));
	ck_assert(!sweep_next(w.sweep, w.now_ms, &again));
	ck_assert_int_eq(sweep_deadline_ms(w.sweep), w.now_ms + SWEEP_WAIT_MIN_MS);
	again = take(&w, SWEEP_PUBLISH);
	ck_assert_str_eq(again.scene_id, first.scene_id);
	sweep_delivered(w.sweep, w.now_ms, again.place, DELIVERY_DONE, "");
	run(&w);
	ck_assert_uint_eq(w.last_published, 2);
	ck_assert_uint_eq(progress(&w).published, 2);
	ck_assert_int_eq(progress(&w).state, SWEEP_DONE);
	world_done(&w);
}
END_TEST

START_TEST(counts_what_kafka_refuses_for_ever)
{
	struct world w;
	struct sweep_effect e;

	world_init(&w);
	add_scenes(&w, 1, 2);
	begin(&w, SWEEP_CHANGED, 0);
	e = take(&w, SWEEP_ASK_PAGE);
	give_page(&w, &e);
	e = take(&w, SWEEP_PUBLISH);
	sweep_delivered(w.sweep, w.now_ms, e.place, DELIVERY_REFUSED, "invalid");
	run(&w);
	ck_assert_uint_eq(progress(&w).refused, 1);
	ck_assert_uint_eq(progress(&w).published, 1);
	ck_assert_int_eq(progress(&w).state, SWEEP_DONE);
	world_done(&w);
}
END_TEST

START_TEST(keeps_to_its_rate)
{
	struct world w;
	int64_t began_ms;
	size_t done;

	world_init(&w);
	add_scenes(&w, 1, 600);
	begin(&w, SWEEP_CHANGED, 0);
	began_ms = w.now_ms;
	settle(&w);
	done = w.resyncs + w.pages;
	ck_assert_uint_ge(done, 1);
	ck_assert_uint_le(done, RATE / 10 + 1); /* at once */
	run(&w);
	/* 600 events and 4 questions at 1,000 in a second, of which the burst is free. */
	ck_assert_int_ge(w.now_ms - began_ms, 500);
	ck_assert_int_le(w.now_ms - began_ms, 610);
	world_done(&w);
}
END_TEST

START_TEST(ends_at_once_when_cancelled)
{
	struct world w;
	struct sweep_effect e;

	world_init(&w);
	add_scenes(&w, 1, 600);
	w.holds_reports = true;
	begin(&w, SWEEP_CHANGED, 0);
	settle(&w);
	sweep_cancel(w.sweep, w.now_ms);
	ck_assert(sweep_ended(w.sweep));
	ck_assert_int_eq(progress(&w).state, SWEEP_CANCELLED);
	ck_assert_int_eq(sweep_deadline_ms(w.sweep), INT64_MAX);
	ck_assert(!sweep_next(w.sweep, w.now_ms + 10000, &e));
	sweep_delivered(w.sweep, w.now_ms, w.places[0], DELIVERY_DONE, "");
	sweep_delivered(w.sweep, w.now_ms, w.places[1], DELIVERY_FAILED, "late");
	ck_assert_uint_eq(progress(&w).published, 1);
	ck_assert_str_eq(progress(&w).detail, "");
	world_done(&w);
}
END_TEST

START_TEST(tells_how_far_it_is)
{
	struct world w;
	struct sweep_effect e;

	world_init(&w);
	add_scenes(&w, 1, 1000);
	add_stamps(&w, 1, 1000);
	begin(&w, SWEEP_CHANGED, 0);
	ck_assert_uint_eq(progress(&w).total, 0);
	ck_assert_int_eq(progress(&w).eta_ms, -1);
	e = take(&w, SWEEP_ASK_PAGE);
	give_page(&w, &e);
	take(&w, SWEEP_ASK_PAGE);
	w.now_ms += 10000;
	ck_assert_uint_eq(progress(&w).total, 1000);
	ck_assert_uint_eq(progress(&w).walked, 250);
	ck_assert_double_eq_tol(progress(&w).rate, 25, 0.01);
	ck_assert_int_eq(progress(&w).eta_ms, 30000);
	ck_assert_int_eq(progress(&w).started_wall_ms, 99);
	ck_assert_int_eq(progress(&w).duration_ms, 10000);
	world_done(&w);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(cases, publishes_what_is_missing, 0, (int)ARRAY_LEN(situations));
	tcase_add_test(cases, spares_scenes_stamped_since_its_start);
	tcase_add_test(cases, spares_scenes_that_stash_has_after_all);
	tcase_add_test(cases, passes_over_what_it_cannot_read);
	tcase_add_test(cases, goes_on_after_the_last_id_when_stash_is_back);
	tcase_add_test(cases, asks_again_whether_a_scene_is_there);
	tcase_add_test(cases, fails_when_stash_refuses_it);
	tcase_add_test(cases, asks_for_less_when_an_answer_is_too_large);
	tcase_add_test(cases, fails_when_one_scene_is_too_large);
	tcase_add_test(cases, waits_when_pages_repeat);
	tcase_add_test(cases, holds_back_while_kafka_does_not_answer);
	tcase_add_loop_test(cases, publishes_again_what_kafka_did_not_acknowledge, 0, 2);
	tcase_add_test(cases, counts_what_kafka_refuses_for_ever);
	tcase_add_test(cases, keeps_to_its_rate);
	tcase_add_test(cases, ends_at_once_when_cancelled);
	tcase_add_test(cases, tells_how_far_it_is);
}

CHECK_MAIN("sweep", add_cases)
