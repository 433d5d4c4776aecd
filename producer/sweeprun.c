#include "producer/sweeprun.h"

#include "common/log.h"
#include "common/process.h"

#include <stdlib.h>
#include <string.h>

#define SOURCE "/plexsync/sweep"

enum { MAX_ANSWER = 8 << 20 }; /* a page is some 100 KB */

/* What an open report is about. */
struct ticket {
	struct sweeprun *run;
	size_t place;
};

struct sweeprun {
	struct sweeprun_stash stash;
	struct outgoing *outgoing;
	struct sweep *sweep;
	enum stash_object object; /* whose scenes are asked for */
	char object_id[SCENE_ID_SIZE];
	struct httpcall *call; /* the open question; NULL: none */
	enum sweep_effect_kind question;
	struct ticket tickets[SWEEP_PLACES];
	size_t open_reports;
	bool freed; /* lives on only until its last report */
};

struct sweeprun *sweeprun_new(const struct sweeprun_stash *stash, struct outgoing *outgoing,
	const struct sweep_options *sweep)
{
	struct sweeprun *r = xcalloc(1, sizeof *r);

	r->stash = *stash;
	r->outgoing = outgoing;
	r->sweep = sweep_new(sweep, process_mono_ms());
	r->object = sweep->object;
	memcpy(r->object_id, sweep->object_id, sizeof r->object_id);
	for (size_t i = 0; i < SWEEP_PLACES; i++)
		r->tickets[i] = (struct ticket){ .run = r, .place = i };
	return r;
}

static void free_when_unused(struct sweeprun *r)
{
	if (!r->freed || r->open_reports > 0)
		return;
	sweep_free(r->sweep);
	free(r);
}

static void drop_question(struct sweeprun *r)
{
	httpclient_cancel(r->stash.http, r->call);
	r->call = NULL;
}

void sweeprun_free(struct sweeprun *r)
{
	if (!r)
		return;
	drop_question(r);
	r->freed = true;
	free_when_unused(r);
}

/* ---- Stash ---- */

static enum sweep_trouble trouble_of(enum stash_answer answer)
{
	return answer == STASH_UNAUTHORISED ? SWEEP_UNAUTHORISED : SWEEP_STASH_AWAY;
}

static void take_page(struct sweeprun *r, const struct http_answer *a)
{
	struct stash_page page;
	struct error err;
	enum stash_answer answer = stash_read_page(
		a->status, a->content_type, a->location, a->body, a->len, &page, &err);

	if (answer == STASH_SCENE)
		sweep_page(r->sweep, process_mono_ms(), &page);
	else
		sweep_trouble(r->sweep, process_mono_ms(), trouble_of(answer), err.text);
}

/* A scene that Stash cannot read is there. */
static void take_exists(struct sweeprun *r, const struct http_answer *a)
{
	struct scene scene = { .title = NULL };
	struct error err;
	enum stash_answer answer = stash_read_scene(
		a->status, a->content_type, a->location, a->body, a->len, &scene, &err);

	scene_done(&scene);
	if (answer == STASH_DOWN || answer == STASH_UNAUTHORISED)
		sweep_trouble(r->sweep, process_mono_ms(), trouble_of(answer), err.text);
	else
		sweep_exists(r->sweep, process_mono_ms(), answer != STASH_ABSENT);
}

static void take_silence(struct sweeprun *r, const struct http_answer *a)
{
	bool large = a->transport == HTTP_TOO_LARGE;
	struct error err;

	if (large)
		error_set(&err, "Stash at %s gives a larger answer than it ever should",
			r->stash.url);
	else
		error_set(&err, "Stash at %s %s: %s", r->stash.url,
			a->transport == HTTP_NOT_SENT ? "cannot be reached"
						      : "gave no whole answer",
			a->reason);
	sweep_trouble(
		r->sweep, process_mono_ms(), large ? SWEEP_TOO_LARGE : SWEEP_STASH_AWAY, err.text);
}

static void on_answer(void *run, const struct http_answer *answer)
{
	struct sweeprun *r = run;

	r->call = NULL;
	if (answer->transport != HTTP_ANSWERED)
		take_silence(r, answer);
	else if (r->question == SWEEP_ASK_PAGE)
		take_page(r, answer);
	else
		take_exists(r, answer);
}

static void ask(struct sweeprun *r, const struct sweep_effect *e, char *body)
{
	struct http_request request = {
		.method = "POST",
		.url = r->stash.graphql_url,
		.headers = r->stash.headers,
		.body = body,
		.body_len = strlen(body),
		.timeout_ms = r->stash.read_timeout_ms,
		.max_bytes = MAX_ANSWER,
		.on_done = on_answer,
		.cookie = r,
	};

	r->question = e->kind;
	r->call = httpclient_start(r->stash.http, &request);
}

/* ---- Kafka ---- */

static void on_report(void *cookie, const struct delivery_report *report)
{
	const struct ticket *ticket = cookie;
	struct sweeprun *r = ticket->run;

	r->open_reports--;
	if (report->outcome == DELIVERY_REFUSED)
		log_warn("sweep_event_refused", "reason=%s", report->reason);
	sweep_delivered(
		r->sweep, process_mono_ms(), ticket->place, report->outcome, report->reason);
	free_when_unused(r);
}

static void publish(struct sweeprun *r, const struct sweep_effect *e)
{
	char id[UUID_SIZE];
	struct event event = {
		.id = id,
		.source = (char[]){ SOURCE },
		.time_ms = process_wall_ms(),
		.action = e->action,
	};

	process_uuid7(id);
	memcpy(event.scene_id, e->scene_id, sizeof event.scene_id);
	if (outgoing_send(r->outgoing, &event, on_report, &r->tickets[e->place]) == OUTGOING_SENT)
		r->open_reports++;
	else
		sweep_delivered(r->sweep, process_mono_ms(), e->place, DELIVERY_FAILED,
			"too many events wait for it");
}

/* ---- one turn ---- */

static void carry_out(struct sweeprun *r, const struct sweep_effect *e)
{
	auto_free char *body = NULL;

	switch (e->kind) {
	case SWEEP_ASK_PAGE:
		body = stash_page_request(e->after, e->count, r->object, r->object_id);
		ask(r, e, body);
		break;
	case SWEEP_ASK_EXISTS:
		body = stash_exists_request(e->scene_id);
		ask(r, e, body);
		break;
	case SWEEP_PUBLISH:
		publish(r, e);
		break;
	}
}

void sweeprun_dispatch(struct sweeprun *r)
{
	struct sweep_effect effect;

	while (sweep_next(r->sweep, process_mono_ms(), &effect))
		carry_out(r, &effect);
}

int64_t sweeprun_deadline_ms(const struct sweeprun *r)
{
	return sweep_deadline_ms(r->sweep);
}

bool sweeprun_is_asking(const struct sweeprun *r)
{
	return r->call != NULL;
}

void sweeprun_cancel(struct sweeprun *r)
{
	drop_question(r);
	sweep_cancel(r->sweep, process_mono_ms());
}

bool sweeprun_ended(const struct sweeprun *r)
{
	return sweep_ended(r->sweep);
}

void sweeprun_progress(const struct sweeprun *r, struct sweep_progress *ret)
{
	sweep_progress(r->sweep, process_mono_ms(), ret);
}
