#include "tests/service/faultrig.h"

#include "common/process.h"
#include "tests/unit/check_main.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 20000, /* for healthy answers, on a busy machine */
	HASTE_MS = 20, /* for requests that are never answered */
	TURN_MS = 1000,
	BACKLOG = 1024,
};

/* ---- sockets at which nobody answers ---- */

static int bind_socket(uint16_t *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

/* ---- what comes back ---- */

static void feed(struct rig *r, const struct input *input)
{
	engine_polled(r->engine, r->now.mono_ms);
	engine_feed(r->engine, r->now, input);
}

static void on_input(void *cookie, const struct input *input)
{
	struct rig *r = cookie;

	r->open--;
	if (r->on_answer)
		r->on_answer(r->cookie);
	feed(r, input);
}

static void produce(struct rig *r, const struct effect *effect)
{
	struct record *record = &r->records[r->record_count];

	ck_assert_uint_lt(r->record_count, RIG_RECORDS);
	record_copy(record, &effect->record);
	record->offset = (int64_t)r->record_count++;
	feed(r, &(struct input){ .kind = IN_DELIVERED,
			.call = effect->call,
			.retry_after_ms = -1,
			.offset = record->offset });
	if (record->topic == TOPIC_STAMPS || record->topic == TOPIC_RETRIES)
		feed(r, &(struct input){ .kind = IN_TABLE_RECORD, .record = record });
}

static void note(struct rig *r, const struct report *report)
{
	struct rig_ended *ended = &r->ended[r->ended_count];

	r->reports[report->kind]++;
	if (report->kind != REPORT_ENDED)
		return;
	ck_assert_uint_lt(r->ended_count++, RIG_ENDED);
	snprintf(ended->scene_id, sizeof ended->scene_id, "%s", report->scene_id);
	snprintf(ended->verdict, sizeof ended->verdict, "%s", report->verdict);
	snprintf(ended->reason, sizeof ended->reason, "%s", report->reason ? report->reason : "");
	snprintf(ended->detail, sizeof ended->detail, "%s", report->detail ? report->detail : "");
	if (r->on_ended)
		r->on_ended(r->cookie);
}

/* ---- what goes out ---- */

/* A cover's address is in the effect, and not in the calls. */
static void start_cover(const struct rig_calls *calls, const struct effect *effect)
{
	struct effect other = *effect;
	const char *path = strstr(effect->url, "/scene/");

	ck_assert_ptr_nonnull(path);
	other.url = xasprintf("%s%s", calls->stash_url, path);
	covercalls_start(calls->covers, &other);
	free(other.url);
}

static void call(struct rig *r, const struct effect *effect)
{
	enum rig_way way = r->on_call ? r->on_call(r->cookie, effect) : RIG_PATIENT;
	const struct rig_calls *calls = &r->calls[way];

	r->open++;
	if (effect->kind == DO_FETCH_COVER)
		start_cover(calls, effect);
	else if (effect->kind == DO_FETCH_SCENE || str_equal(effect->dependency, "stash"))
		stashcalls_start(calls->stash, effect);
	else
		plexcalls_start(calls->plex, effect);
}

static void cancel(struct rig *r, call_id id)
{
	for (size_t i = 0; i < RIG_WAYS; i++)
		r->open -= plexcalls_cancel(r->calls[i].plex, id) ||
			   stashcalls_cancel(r->calls[i].stash, id) ||
			   covercalls_cancel(r->calls[i].covers, id);
}

static void carry_out(struct rig *r, const struct effect *effect)
{
	switch (effect->kind) {
	case DO_LOAD_TABLES:
		feed(r, &(struct input){ .kind = IN_TABLE_LOADED, .call = effect->call });
		break;
	case DO_STORE_OFFSET:
		r->stored = effect->offset;
		break;
	case DO_PRODUCE:
		produce(r, effect);
		break;
	case DO_CANCEL:
		cancel(r, effect->call);
		break;
	case DO_REPORT:
		note(r, &effect->report);
		break;
	case DO_START:
	case DO_PAUSE:
	case DO_RESUME:
		break;
	default:
		call(r, effect);
		break;
	}
}

static void carry_out_all(struct rig *r)
{
	const struct effect *effect;

	while ((effect = engine_next(r->engine, r->now.mono_ms)))
		carry_out(r, effect);
}

/* ---- time ---- */

static void wait_for_answers(struct rig *r)
{
	int64_t start_ms = process_mono_ms();

	while (r->open) {
		httpclient_wait(r->http, NULL, 0, TURN_MS);
		httpclient_dispatch(r->http);
		carry_out_all(r);
		ck_assert_int_lt(process_mono_ms() - start_ms, (int64_t)10 * PATIENCE_MS);
	}
}

static void advance(struct rig *r, int64_t ms)
{
	r->now.mono_ms += ms;
	r->now.wall_ms += ms;
	feed(r, &(struct input){ .kind = IN_TICK });
	carry_out_all(r);
	wait_for_answers(r);
}

void rig_pass(struct rig *r, int64_t ms)
{
	int64_t end_ms = r->now.mono_ms + ms, next_ms;

	carry_out_all(r);
	wait_for_answers(r);
	while ((next_ms = engine_deadline_ms(r->engine)) <= end_ms)
		advance(r, next_ms - r->now.mono_ms);
	advance(r, end_ms - r->now.mono_ms);
}

/* ---- inputs ---- */

void rig_event(struct rig *r, const char *scene_id, enum action action)
{
	struct event event = { .action = action, .time_ms = r->now.wall_ms };
	struct record record;

	snprintf(event.scene_id, sizeof event.scene_id, "%s", scene_id);
	event.id = xasprintf("event-%d", (int)r->next_offset);
	event.source = xstrdup("/test");
	event_write(&event, &record);
	event_done(&event);
	record.topic = TOPIC_EVENTS;
	record.partition = 0;
	record.offset = r->next_offset++;
	feed(r, &(struct input){ .kind = IN_RECORD, .record = &record });
	record_done(&record);
}

/* ---- what was produced ---- */

static const struct record *newest(const struct rig *r, enum topic topic, const char *key)
{
	for (size_t i = r->record_count; i-- > 0;) {
		const struct record *record = &r->records[i];

		if (record->topic == topic &&
			(!key || (strlen(key) == record->key_len &&
					 memcmp(record->key, key, record->key_len) == 0)))
			return record;
	}
	return NULL;
}

bool rig_stamp(const struct rig *r, const char *scene_id, struct stamp *ret)
{
	const struct record *record = newest(r, TOPIC_STAMPS, scene_id);

	return record && record->value && stamp_parse(ret, record->value, record->value_len);
}

bool rig_retry(const struct rig *r, const char *scene_id, struct retry *ret)
{
	const struct record *record = newest(r, TOPIC_RETRIES, scene_id);
	struct want want = { .covers = -1 };
	struct fault fault;

	if (!record || !record->value)
		return false;
	ck_assert_msg(retry_read(record, &want, ret, &fault), "%s", fault.error.text);
	want_done(&want);
	return true;
}

size_t rig_letters(const struct rig *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->record_count; i++)
		count += r->records[i].topic == TOPIC_DLQ;
	return count;
}

char *rig_letter(const struct rig *r)
{
	const struct record *record = newest(r, TOPIC_DLQ, NULL);
	char *class = record ? record_header_text(record, "plexsync-error", 100) : NULL;

	return class ? class : xstrdup("");
}

size_t rig_edits(const struct rig *r)
{
	return plexsim_requests_count(r->plex, "PUT", NULL) +
	       plexsim_requests_count(r->plex, "POST", NULL);
}

/* ---- life ---- */

static struct engine_options default_options(void)
{
	return (struct engine_options){
		.policy = {
			.lock_fields = true,
			.sync = { true, true, true, true },
			.sync_performers = true,
			.sync_tags = true,
			.sync_collection = true,
			.sync_groups = true,
			.sync_rating = true,
			.sync_poster = true,
			.max_tags = 100,
		},
		.gate = { .enabled = true },
		.limits = {
			.not_found_min_ms = 30000,
			.not_found_max_ms = 600000,
			.not_found_window_ms = 7200000,
			.retry_min_ms = 5000,
			.retry_max_ms = 80000,
			.max_retries = 5,
		},
		.breaker = { .failures = 5, .probe_min_ms = 5000, .probe_max_ms = 60000 },
		.library = { .page_size = RIG_PAGE_ROWS, .rebuild_interval_ms = 86400000, .spacing_ms = 1000, .refresh_spacing_ms = 1000 },
		.settle_window_ms = 2000,
		.release_timeout_ms = 30000,
		.session_timeout_ms = 45000,
		.grave_ms = INT64_C(86400000) * 31,
		.max_jobs = 8,
		.max_edits = 1,
		.max_lanes = 100,
		.topic_partitions = 1,
		.group = "plexsync",
		.events_topic = "plexsync.scene-events",
		.seed = 1,
	};
}

static void open_calls(struct rig *r, enum rig_way way, uint16_t plex_port, uint16_t stash_port)
{
	bool patient = way == RIG_PATIENT || way == RIG_REFUSED;
	int64_t timeout_ms = patient ? PATIENCE_MS : HASTE_MS;
	struct rig_calls *calls = &r->calls[way];

	calls->plex_url = xasprintf("http://127.0.0.1:%u", plex_port);
	calls->stash_url = xasprintf("http://127.0.0.1:%u", stash_port);
	calls->plex = plexcalls_new(&(struct plexcalls_options){ .http = r->http,
		.url = calls->plex_url,
		.token = PLEXSIM_TOKEN,
		.client_identifier = "plexsync-test",
		.read_timeout_ms = timeout_ms,
		.edit_timeout_ms = timeout_ms,
		.silence_timeout_ms = timeout_ms,
		.on_input = on_input,
		.cookie = r });
	calls->stash = stashcalls_new(&(struct stashcalls_options){ .http = r->http,
		.url = calls->stash_url,
		.api_key = "",
		.read_timeout_ms = timeout_ms,
		.on_input = on_input,
		.cookie = r });
	calls->covers = covercalls_new(&(struct covercalls_options){ .http = r->http,
		.stash_api_key = "",
		.read_timeout_ms = timeout_ms,
		.on_input = on_input,
		.cookie = r });
}

static void start_simulators(struct rig *r)
{
	struct plexsim_options plex = plexsim_defaults;
	struct stashsim_options stash = { .data_file = STASHSIM_SCENES };
	struct error err;

	plex.library_file = PLEXSIM_LIBRARY;
	r->plex = plexsim_start(&plex, &err);
	ck_assert_msg(r->plex != NULL, "%s", err.text);
	r->stash = stashsim_start(&stash, &err);
	ck_assert_msg(r->stash != NULL, "%s", err.text);
}

struct rig *rig_new(void)
{
	struct rig *r = xcalloc(1, sizeof *r);
	uint16_t plex, stash, refused, mute;

	start_simulators(r);
	plex = plexsim_port(r->plex);
	stash = stashsim_port(r->stash);
	r->refused = bind_socket(&refused);
	r->mute = bind_socket(&mute);
	ck_assert_int_eq(listen(r->mute, BACKLOG), 0);
	r->http = httpclient_open(&(struct httpclient_options){
		.connect_timeout_ms = PATIENCE_MS, .max_connections_per_host = 9 });
	open_calls(r, RIG_PATIENT, plex, stash);
	open_calls(r, RIG_HASTY, plex, stash);
	open_calls(r, RIG_REFUSED, refused, refused);
	open_calls(r, RIG_MUTE, mute, mute);
	r->options = default_options();
	r->options.stash_url = r->calls[RIG_PATIENT].stash_url;
	return r;
}

static void forget(struct rig *r)
{
	for (size_t i = 0; i < r->record_count; i++)
		record_done(&r->records[i]);
	r->record_count = r->ended_count = 0;
	memset(r->reports, 0, sizeof r->reports);
	r->next_offset = 0;
	r->stored = -1;
}

void rig_free(struct rig *r)
{
	engine_free(r->engine);
	for (size_t i = 0; i < RIG_WAYS; i++) {
		plexcalls_free(r->calls[i].plex);
		stashcalls_free(r->calls[i].stash);
		covercalls_free(r->calls[i].covers);
		free(r->calls[i].plex_url);
		free(r->calls[i].stash_url);
	}
	httpclient_close(r->http);
	close(r->refused);
	close(r->mute);
	plexsim_stop(r->plex);
	stashsim_stop(r->stash);
	forget(r);
	free(r);
}

void rig_open(struct rig *r)
{
	static const int32_t partition = 0;

	engine_free(r->engine);
	forget(r);
	r->now = (struct now){ .mono_ms = process_mono_ms(), .wall_ms = process_wall_ms() };
	r->engine = engine_new(&r->options);
	feed(r, &(struct input){ .kind = IN_ASSIGNED,
			.assigned = { .partitions = &partition, .count = 1 } });
	carry_out_all(r); /* to DO_START: no event comes before it */
}
