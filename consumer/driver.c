#include "consumer/driver.h"

#include "common/log.h"
#include "common/process.h"
#include "common/table.h"
#include "consumer/covercalls.h"
#include "consumer/failpoint.h"
#include "consumer/outputs.h"
#include "consumer/plexcalls.h"
#include "consumer/reporter.h"
#include "consumer/source.h"
#include "consumer/stashcalls.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_RECORDS = 500, /* of a topic, handed over in one turn */
	MAX_WAIT_MS = 1000, /* the group takes who does not poll for dead */
	MAX_FDS = 8,
	CLOSE_TIMEOUT_MS = 5000,
	EVENT_SILENCE_MS = 45000, /* Plex pings every 15 s or so */
};

struct driver {
	struct driver_options options;
	struct engine *engine;
	struct httpclient *http;
	struct plexcalls *plex;
	struct stashcalls *stash; /* NULL: none is configured */
	struct covercalls *covers;
	struct publisher *publisher;
	struct table *stamps, *retries;
	int32_t *owned; /* partitions that the group gave us last */
	size_t owned_count;
	int loading; /* tables that are still being read up to DO_LOAD_TABLES */
	struct source *source;
	struct reporter reporter;
	call_id load_call;
	struct outputs outputs;
	char client_identifier[40];
	bool more; /* there may be more records at once */
	bool stopping, fenced;
};

static struct now now(void)
{
	return (struct now){ .mono_ms = process_mono_ms(), .wall_ms = process_wall_ms() };
}

static void feed(void *cookie, const struct input *input)
{
	struct driver *d = cookie;

	if (input->kind == IN_EDITED || input->kind == IN_DELIVERED)
		failpoint_pass(input->kind == IN_EDITED ? "edited" : "delivered");
	engine_feed(d->engine, now(), input);
}

/* ---- what comes in ---- */

static void on_assigned(void *cookie, const int32_t *partitions, size_t count)
{
	struct driver *d = cookie;

	log_info("partitions_assigned", "count=%zu", count);
	free(d->owned);
	d->owned = xcalloc(count, sizeof *d->owned);
	d->owned_count = count;
	memcpy(d->owned, partitions, count * sizeof *partitions);
	feed(cookie, &(struct input){ .kind = IN_ASSIGNED,
			     .assigned = { .partitions = partitions, .count = count } });
}

static void on_revoked(void *cookie, bool lost)
{
	log_info("partitions_revoked", "lost=%d", lost);
	feed(cookie, &(struct input){ .kind = lost ? IN_LOST : IN_REVOKED });
}

static void on_record(void *cookie, const struct record *record, int64_t end)
{
	feed(cookie, &(struct input){ .kind = IN_RECORD, .record = record, .end = end });
}

static void on_gap(void *cookie, int32_t partition, int64_t first)
{
	feed(cookie, &(struct input){
			     .kind = IN_GAP, .gap = { .partition = partition, .first = first } });
}

static void on_fenced(void *cookie, const char *reason)
{
	struct driver *d = cookie;

	if (!d->fenced)
		log_error("fenced", "reason=%s action=ending", reason);
	d->fenced = true;
}

static void on_table_record(void *cookie, const struct record *record)
{
	feed(cookie, &(struct input){ .kind = IN_TABLE_RECORD, .record = record });
}

static void on_table_synced(void *cookie)
{
	struct driver *d = cookie;

	if (--d->loading == 0)
		feed(d, &(struct input){ .kind = IN_TABLE_LOADED, .call = d->load_call });
}

/* What is read again stands below what is held, or beside it: the fence takes care of it. */
static void on_table_restart(void *cookie, int32_t partition)
{
	(void)cookie;
	log_warn("table_restart", "partition=%d", (int)partition);
}

static void on_delivered(void *cookie, uint64_t id, const struct delivery_report *report)
{
	static const enum outcome outcomes[] = {
		[DELIVERY_DONE] = OUTCOME_DONE,
		[DELIVERY_REFUSED] = OUTCOME_REFUSED,
		[DELIVERY_FAILED] = OUTCOME_FAILED,
		[DELIVERY_UNKNOWN] = OUTCOME_UNKNOWN,
	};

	feed(cookie, &(struct input){
			     .kind = IN_DELIVERED,
			     .call = id,
			     .outcome = outcomes[report->outcome],
			     .detail = report->reason,
			     .retry_after_ms = -1,
			     .offset = report->offset,
		     });
}

/* ---- what goes out ---- */

static void cancel(struct driver *d, call_id call)
{
	if (!plexcalls_cancel(d->plex, call) && !covercalls_cancel(d->covers, call) && d->stash)
		stashcalls_cancel(d->stash, call);
}

/* Follows the pending records of these partitions, from their beginning. */
static void follow_retries(struct driver *d, size_t count)
{
	struct error err;

	if (!table_follow(d->retries, NULL, 0, &err) ||
		!table_follow(d->retries, d->owned, count, &err))
		log_error(
			"table_failed", "topic=%s reason=%s", topic_name(TOPIC_RETRIES), err.text);
}

static void load_tables(struct driver *d, call_id call)
{
	d->load_call = call;
	d->loading = 2;
	follow_retries(d, d->owned_count);
	table_sync(d->stamps);
	table_sync(d->retries);
}

static void release(struct driver *d)
{
	follow_retries(d, 0);
	source_release(d->source);
}

static void probe(struct driver *d, const struct effect *effect)
{
	if (str_equal(effect->dependency, "plex"))
		plexcalls_start(d->plex, effect);
	else
		stashcalls_start(d->stash, effect);
}

/* The steps of the write order, for tests that end the process before one of them. */
static void pass_failpoint(const struct effect *effect)
{
	if (effect->kind == DO_PRODUCE)
		failpoint_pass(topic_name(effect->record.topic));
	else if (effect->kind == DO_EDIT_ITEM)
		failpoint_pass("edit");
	else if (effect->kind == DO_STORE_OFFSET)
		failpoint_pass("store_offset");
}

static void carry_out(struct driver *d, const struct effect *effect)
{
	pass_failpoint(effect);
	switch (effect->kind) {
	case DO_LOAD_TABLES:
		load_tables(d, effect->call);
		break;
	case DO_START:
		source_start(d->source);
		break;
	case DO_PAUSE:
		source_pause(d->source);
		break;
	case DO_RESUME:
		source_resume(d->source);
		break;
	case DO_REJOIN:
		source_rejoin(d->source);
		break;
	case DO_RELEASE:
		release(d);
		break;
	case DO_PROBE:
		probe(d, effect);
		break;
	case DO_STORE_OFFSET:
		source_store(d->source, effect->partition, effect->offset);
		break;
	case DO_PRODUCE:
		outputs_add(&d->outputs, effect);
		break;
	case DO_FETCH_SCENE:
		stashcalls_start(d->stash, effect);
		break;
	case DO_FETCH_COVER:
		covercalls_start(d->covers, effect);
		break;
	case DO_LIST_SECTIONS:
	case DO_LIST_PAGE:
	case DO_READ_ITEM:
	case DO_LIST_POSTERS:
	case DO_EDIT_ITEM:
	case DO_SELECT_POSTER:
	case DO_UPLOAD_POSTER:
	case DO_WATCH:
	case DO_SCAN:
		plexcalls_start(d->plex, effect);
		break;
	case DO_CANCEL:
		cancel(d, effect->call);
		break;
	case DO_REPORT:
		reporter_tell(&d->reporter, &effect->report, process_wall_ms());
		break;
	}
}

static void carry_out_all(struct driver *d)
{
	const struct effect *effect;

	while ((effect = engine_next(d->engine, process_mono_ms())))
		carry_out(d, effect);
	outputs_send(&d->outputs, d->publisher);
}

/* ---- the loop ---- */

static int64_t wait_ms(const struct driver *d, int64_t timeout_ms)
{
	int64_t deadline_ms = engine_deadline_ms(d->engine);
	int64_t publisher_ms = publisher_deadline_ms(d->publisher);
	int64_t wait = timeout_ms >= 0 && timeout_ms < MAX_WAIT_MS ? timeout_ms : MAX_WAIT_MS;

	if (publisher_ms < deadline_ms)
		deadline_ms = publisher_ms;
	if (deadline_ms != INT64_MAX && deadline_ms - process_mono_ms() < wait)
		wait = deadline_ms - process_mono_ms();
	return d->more || wait < 0 ? 0 : wait;
}

void driver_turn(struct driver *d, const int *fds, size_t count, int64_t timeout_ms)
{
	int all[MAX_FDS] = { publisher_fd(d->publisher), table_fd(d->stamps), table_fd(d->retries),
		source_fd(d->source) };

	for (size_t i = 0; i < count; i++)
		all[4 + i] = fds[i];
	httpclient_wait(d->http, all, 4 + count, wait_ms(d, timeout_ms));
	httpclient_dispatch(d->http);
	publisher_dispatch(d->publisher);
	d->more = table_dispatch(d->stamps, MAX_RECORDS);
	d->more |= table_dispatch(d->retries, MAX_RECORDS);
	feed(d, &(struct input){ .kind = IN_TICK });
	carry_out_all(d);
	/* Last: librdkafka wakes us on the edge only, and finished work has made room (c-style §1). */
	d->more |= source_dispatch(d->source, MAX_RECORDS);
	engine_polled(d->engine, process_mono_ms());
	carry_out_all(d);
}

void driver_set_plex_token(struct driver *d, const char *token)
{
	plexcalls_set_token(d->plex, token);
	feed(d, &(struct input){ .kind = IN_SECRET_CHANGED });
}

void driver_set_stash_api_key(struct driver *d, const char *api_key)
{
	if (!d->stash)
		return;
	stashcalls_set_api_key(d->stash, api_key);
	covercalls_set_stash_api_key(d->covers, api_key);
	feed(d, &(struct input){ .kind = IN_SECRET_CHANGED });
}

void driver_request_stop(struct driver *d)
{
	if (d->stopping)
		return;
	d->stopping = true;
	feed(d, &(struct input){ .kind = IN_STOP });
	carry_out_all(d);
}

bool driver_drained(const struct driver *d)
{
	return engine_drained(d->engine) && outputs_empty(&d->outputs);
}

bool driver_fenced(const struct driver *d)
{
	return d->fenced;
}

bool driver_check_group(void *cookie, struct error *ret_detail)
{
	struct driver *d = cookie;
	struct engine_counts counts;

	if (!engine_ready(d->engine, ret_detail))
		return false;
	engine_count(d->engine, &counts);
	error_set(ret_detail, "Events are brought to Plex; %zu scenes are in work or waiting.",
		counts.lanes);
	return true;
}

bool driver_check_kafka(void *cookie, struct error *ret_detail)
{
	struct driver *d = cookie;

	if (!publisher_healthy(d->publisher, ret_detail))
		return false;
	error_set(ret_detail, "Kafka at %s takes records.", d->options.kafka.bootstrap_servers);
	return true;
}

const struct outage *driver_outage(const struct driver *d, const char *service, size_t i)
{
	return engine_outage(d->engine, service, i);
}

void driver_refresh_metrics(void *cookie)
{
	struct driver *d = cookie;
	struct engine_counts counts;

	engine_count(d->engine, &counts);
	reporter_gauge(&d->reporter, &counts);
}

/* ---- life ---- */

static bool open_publisher(struct driver *d, struct error *err)
{
	struct publisher_options options = {
		.kafka = d->options.kafka,
		.max_records = 10000,
		.max_bytes = 64 << 20,
		.on_delivered = on_delivered,
		.cookie = d,
	};

	d->publisher = publisher_open(&options, err);
	return d->publisher != NULL;
}

/* All partitions, for ever: another instance's scenes may become ours at any time. */
static bool open_stamps(struct driver *d, struct error *err)
{
	struct table_options options = {
		.kafka = d->options.kafka,
		.topic = TOPIC_STAMPS,
		.on_record = on_table_record,
		.on_synced = on_table_synced,
		.on_restart = on_table_restart,
		.cookie = d,
	};
	size_t count = (size_t)options.kafka.partitions;
	auto_free int32_t *all = xcalloc(count, sizeof *all);

	for (size_t i = 0; i < count; i++)
		all[i] = (int32_t)i;
	d->stamps = table_open(&options, err);
	return d->stamps && table_follow(d->stamps, all, count, err);
}

/* Those of our partitions, once we have any. */
static bool open_retries(struct driver *d, struct error *err)
{
	struct table_options options = {
		.kafka = d->options.kafka,
		.topic = TOPIC_RETRIES,
		.on_record = on_table_record,
		.on_synced = on_table_synced,
		.on_restart = on_table_restart,
		.cookie = d,
	};

	d->retries = table_open(&options, err);
	return d->retries != NULL;
}

static bool open_source(struct driver *d, struct error *err)
{
	struct source_options options = {
		.kafka = d->options.kafka,
		.group_id = d->options.group_id,
		.group_instance_id = d->options.group_instance_id,
		.on_assigned = on_assigned,
		.on_revoked = on_revoked,
		.on_record = on_record,
		.on_gap = on_gap,
		.on_fenced = on_fenced,
		.cookie = d,
	};

	d->source = source_open(&options, err);
	return d->source != NULL;
}

static void open_calls(struct driver *d)
{
	const struct driver_options *o = &d->options;

	d->http = httpclient_open(&(struct httpclient_options){
		.connect_timeout_ms = o->connect_timeout_ms,
		.max_connections_per_host = o->plex_connections + 1, /* the event stream's */
	});
	d->plex = plexcalls_new(&(struct plexcalls_options){
		.http = d->http,
		.url = o->plex_url,
		.token = o->plex_token,
		.client_identifier = d->client_identifier,
		.read_timeout_ms = o->read_timeout_ms,
		.edit_timeout_ms = o->edit_timeout_ms,
		.silence_timeout_ms = EVENT_SILENCE_MS,
		.on_input = feed,
		.cookie = d,
	});
	d->covers = covercalls_new(&(struct covercalls_options){
		.http = d->http,
		.stash_api_key = o->stash_api_key,
		.read_timeout_ms = o->read_timeout_ms,
		.on_input = feed,
		.cookie = d,
	});
	if (*o->engine.stash_url)
		d->stash = stashcalls_new(&(struct stashcalls_options){
			.http = d->http,
			.url = o->stash_url,
			.api_key = o->stash_api_key,
			.read_timeout_ms = o->read_timeout_ms,
			.on_input = feed,
			.cookie = d,
		});
}

struct driver *driver_open(const struct driver_options *o, struct error *err)
{
	struct driver *d = xcalloc(1, sizeof *d);

	d->options = *o;
	outputs_init(&d->outputs);
	/* The same at each start, so that Plex does not list a new device every time. */
	snprintf(d->client_identifier, sizeof d->client_identifier, "plexsync-%016" PRIx64,
		hash_bytes(o->group_id, strlen(o->group_id)));
	reporter_init(&d->reporter, o->metrics);
	d->engine = engine_new(&o->engine);
	open_calls(d);
	if (!open_publisher(d, err) || !open_stamps(d, err) || !open_retries(d, err) ||
		!open_source(d, err)) {
		driver_close(d);
		return NULL;
	}
	return d;
}

void driver_close(struct driver *d)
{
	if (!d)
		return;
	source_close(d->source);
	table_close(d->stamps);
	table_close(d->retries);
	publisher_close(d->publisher, CLOSE_TIMEOUT_MS);
	stashcalls_free(d->stash);
	covercalls_free(d->covers);
	plexcalls_free(d->plex);
	httpclient_close(d->http);
	outputs_done(&d->outputs);
	engine_free(d->engine);
	free(d->owned);
	free(d);
}
