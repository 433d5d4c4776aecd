#include "producer/sweeper.h"

#include "common/httpclient.h"
#include "common/log.h"
#include "common/process.h"
#include "producer/fanout.h"
#include "producer/sweeprun.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONNECTIONS = 2, /* a sweep and a fan-out */
	FDS_MAX = 16,
	LOADING_MS = 1000, /* until the stamps are looked for again */
};

struct sweeper {
	struct sweeper_options o;
	struct httpclient *http; /* NULL: no Stash */
	struct sweeprun_stash stash;
	char *graphql_url, *key_header;
	struct sweeprun *current; /* also when it has ended: it is the last */
	bool running; /* its end was not told yet */
	bool was_waiting; /* and told so */
	struct sweeprun *touching; /* the scenes of one object */
	struct fanout_object touched;
	struct fanout *fanout;
	int64_t next_ms; /* of the sweep that comes by itself; INT64_MAX: none */
	struct metric *sweeps, *events, *skipped, *active, *fan_outs, *last_success;
};

static void open_metrics(struct sweeper *s, struct metrics *m)
{
	s->sweeps = metrics_counter(
		m, "sweeps_total", "mode,state", "Sweeps that ended, by how they ended.");
	s->events =
		metrics_counter(m, "sweep_events_total", "action", "Events that sweeps published.");
	s->skipped = metrics_counter(
		m, "sweep_skipped_total", "reason", "Scenes that sweeps had no event for.");
	s->active = metrics_gauge(m, "sweep_active", "", "1 while a sweep runs or waits.");
	s->fan_outs = metrics_gauge(m, "fan_out_waiting", "",
		"Tags, performers, studios and groups whose scenes wait for their events.");
	s->last_success = metrics_gauge(m, "sweep_last_success_timestamp_seconds", "",
		"When the last sweep ended that was done; 0: none since the start.");
	metric_add(s->events, 0, METRIC_LABELS("resync"));
	metric_add(s->events, 0, METRIC_LABELS("destroy"));
}

static void open_stash(struct sweeper *s)
{
	struct httpclient_options http = {
		.connect_timeout_ms = s->o.connect_timeout_ms,
		.max_connections_per_host = CONNECTIONS,
	};

	s->http = httpclient_open(&http);
	s->graphql_url = xasprintf("%s/graphql", s->o.stash_url);
	/* A key that Stash has not configured is refused, even where it wants none. */
	if (s->o.stash_api_key[0])
		s->key_header = xasprintf("ApiKey: %s", s->o.stash_api_key);
	s->stash = (struct sweeprun_stash){
		.http = s->http,
		.url = s->o.stash_url,
		.graphql_url = s->graphql_url,
		.headers = { "Content-Type: application/json", "Accept: application/json",
			s->key_header },
		.read_timeout_ms = s->o.read_timeout_ms,
	};
}

struct sweeper *sweeper_new(const struct sweeper_options *o)
{
	struct sweeper *s = xcalloc(1, sizeof *s);

	s->o = *o;
	s->fanout = fanout_new();
	s->next_ms = INT64_MAX;
	open_metrics(s, o->metrics);
	if (o->stash_url[0]) {
		open_stash(s);
		if (o->interval_ms > 0)
			s->next_ms = process_mono_ms();
	}
	return s;
}

void sweeper_stop(struct sweeper *s)
{
	if (!s || !s->fanout) /* it was stopped before */
		return;
	sweeprun_free(s->current);
	sweeprun_free(s->touching);
	s->current = s->touching = NULL;
	s->running = false;
	s->next_ms = INT64_MAX;
	if (fanout_count(s->fanout) > 0)
		log_warn("fan_out_dropped", "waiting=%zu", fanout_count(s->fanout));
	fanout_free(s->fanout);
	s->fanout = NULL;
}

void sweeper_free(struct sweeper *s)
{
	if (!s)
		return;
	sweeper_stop(s);
	if (s->http)
		httpclient_close(s->http);
	free(s->graphql_url);
	free(s->key_header);
	free(s);
}

/* ---- beginnings ---- */

static struct sweeprun *new_run(struct sweeper *s, struct sweep_options *options)
{
	options->rate = s->o.rate;
	options->started_wall_ms = process_wall_ms();
	options->synced = tables_synced(s->o.tables);
	options->partitions = s->o.partitions;
	return sweeprun_new(&s->stash, s->o.outgoing, options);
}

enum sweeper_start sweeper_start(struct sweeper *s, enum sweep_mode mode, size_t max_vanished)
{
	struct sweep_options options = { .mode = mode, .max_vanished = max_vanished };

	if (!s->http)
		return SWEEPER_NO_STASH;
	if (s->running)
		return SWEEPER_BUSY;
	if (!s->fanout || !tables_loaded(s->o.tables))
		return SWEEPER_LOADING;
	sweeprun_free(s->current);
	s->current = new_run(s, &options);
	s->running = true;
	s->was_waiting = false;
	metric_set(s->active, 1, NULL);
	log_info("sweep_started", "mode=%s stash=%s", sweep_mode_name(mode), s->o.stash_url);
	return SWEEPER_STARTED;
}

/* The sweep that comes by itself. When another one runs, that is as good. */
static void start_by_clock(struct sweeper *s, int64_t now_ms)
{
	if (now_ms < s->next_ms)
		return;
	if (sweeper_start(s, SWEEP_CHANGED, 0) == SWEEPER_LOADING)
		s->next_ms = now_ms + LOADING_MS;
	else
		s->next_ms = now_ms + s->o.interval_ms;
}

static void start_touching(struct sweeper *s)
{
	struct sweep_options options = { .mode = SWEEP_TOUCHED };

	if (s->touching || !s->fanout || !fanout_take(s->fanout, &s->touched))
		return;
	options.object = s->touched.object;
	memcpy(options.object_id, s->touched.id, sizeof options.object_id);
	s->touching = new_run(s, &options);
	metric_set(s->fan_outs, (double)fanout_count(s->fanout), NULL);
}

enum sweeper_fan_out sweeper_hook(struct sweeper *s, struct hookpayload *payload)
{
	struct fanout_object object;

	if (!s->o.fan_out || !s->http || !s->fanout || !fanout_read(&object, payload))
		return SWEEPER_IGNORED;
	if (!fanout_put(s->fanout, &object))
		return SWEEPER_FULL;
	metric_set(s->fan_outs, (double)fanout_count(s->fanout), NULL);
	return SWEEPER_QUEUED;
}

/* ---- ends ---- */

static void count(struct sweeper *s, const struct sweep_progress *p)
{
	metric_add(
		s->sweeps, 1, METRIC_LABELS(sweep_mode_name(p->mode), sweep_state_name(p->state)));
	metric_add(s->events, (double)(p->published - p->destroyed), METRIC_LABELS("resync"));
	metric_add(s->events, (double)p->destroyed, METRIC_LABELS("destroy"));
	for (int i = 0; i < SWEEP_SKIPS; i++)
		metric_add(s->skipped, (double)p->skipped[i],
			METRIC_LABELS(sweep_skip_name((enum sweep_skip)i)));
}

static void log_end(const struct sweep_progress *p)
{
	log_write(p->state == SWEEP_ASKING || p->state == SWEEP_FAILED ? LEVEL_WARN : LEVEL_INFO,
		"sweep_ended",
		"mode=%s state=%s walked=%" PRIu64 " published=%" PRIu64 " destroyed=%" PRIu64
		" unchanged=%" PRIu64 " vanished=%" PRIu64 " ms=%" PRId64 " detail=%s",
		sweep_mode_name(p->mode), sweep_state_name(p->state), p->walked, p->published,
		p->destroyed, p->skipped[SWEEP_UNCHANGED], p->vanished, p->duration_ms, p->detail);
}

static void tell_current(struct sweeper *s)
{
	struct sweep_progress p;

	sweeprun_progress(s->current, &p);
	if (p.state == SWEEP_WAITING && !s->was_waiting)
		log_warn("sweep_waiting", "mode=%s walked=%" PRIu64 " reason=%s",
			sweep_mode_name(p.mode), p.walked, p.detail);
	if (p.state == SWEEP_RUNNING && s->was_waiting)
		log_info("sweep_goes_on", "mode=%s walked=%" PRIu64, sweep_mode_name(p.mode),
			p.walked);
	s->was_waiting = p.state == SWEEP_WAITING;
	if (!sweeprun_ended(s->current))
		return;
	s->running = false;
	metric_set(s->active, 0, NULL);
	if (p.state == SWEEP_DONE)
		metric_set(s->last_success, (double)process_wall_ms() / 1000, NULL);
	count(s, &p);
	log_end(&p);
}

static void tell_touching(struct sweeper *s)
{
	struct sweep_progress p;

	if (!sweeprun_ended(s->touching))
		return;
	sweeprun_progress(s->touching, &p);
	count(s, &p);
	log_write(p.state == SWEEP_DONE ? LEVEL_INFO : LEVEL_WARN, "fan_out",
		"object=%s id=%s state=%s published=%" PRIu64 " detail=%s",
		fanout_name(s->touched.object), s->touched.id, sweep_state_name(p.state),
		p.published, p.detail);
	sweeprun_free(s->touching);
	s->touching = NULL;
}

bool sweeper_cancel(struct sweeper *s)
{
	if (!s->running)
		return false;
	sweeprun_cancel(s->current);
	tell_current(s);
	return true;
}

enum sweeper_shown sweeper_show(const struct sweeper *s, struct sweep_progress *ret)
{
	if (!s->current)
		return SWEEPER_NONE;
	sweeprun_progress(s->current, ret);
	return s->running ? SWEEPER_CURRENT : SWEEPER_LAST;
}

/* ---- one turn ---- */

static bool is_asking(const struct sweeper *s)
{
	return (s->running && sweeprun_is_asking(s->current)) ||
	       (s->touching && sweeprun_is_asking(s->touching));
}

void sweeper_dispatch(struct sweeper *s)
{
	if (!s->http)
		return;
	if (is_asking(s))
		httpclient_dispatch(s->http);
	start_by_clock(s, process_mono_ms());
	if (s->running) {
		sweeprun_dispatch(s->current);
		tell_current(s);
	}
	start_touching(s);
	if (s->touching) {
		sweeprun_dispatch(s->touching);
		tell_touching(s);
	}
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t sweeper_deadline_ms(const struct sweeper *s)
{
	int64_t at_ms = s->next_ms;

	if (s->running)
		at_ms = sooner(at_ms, sweeprun_deadline_ms(s->current));
	if (s->touching)
		return sooner(at_ms, sweeprun_deadline_ms(s->touching));
	return s->fanout && fanout_count(s->fanout) > 0 ? 0 : at_ms;
}

/* poll() is the cheaper wait, and the one that is due in nearly all turns. */
void sweeper_wait(struct sweeper *s, struct pollfd *fds, size_t count, int timeout_ms)
{
	int plain[FDS_MAX];

	if (!is_asking(s) || count > FDS_MAX) {
		(void)poll(fds, count, timeout_ms);
		return;
	}
	for (size_t i = 0; i < count; i++)
		plain[i] = fds[i].fd;
	httpclient_wait(s->http, plain, count, timeout_ms);
	(void)poll(fds, count, 0); /* who it was, which libcurl does not tell */
}
