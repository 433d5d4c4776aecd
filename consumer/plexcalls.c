#include "consumer/plexcalls.h"

#include "consumer/httpoutcome.h"
#include "consumer/opencalls.h"
#include "consumer/plexwatch.h"
#include "consumer/plexxml.h"

#include <stdlib.h>

/* A page of a thousand rows is some 2 MB; a server that ignores paging must not fill our memory. */
enum { MAX_ANSWER = 64 << 20 };

struct plexcalls {
	struct plexcalls_options options;
	char *headers[4];
	struct opencalls calls;
	struct plexwatch *watch;
};

struct plexcalls *plexcalls_new(const struct plexcalls_options *o)
{
	struct plexcalls *p = xcalloc(1, sizeof *p);

	p->options = *o;
	p->calls.http = o->http;
	plexcalls_set_token(p, o->token);
	p->headers[1] = xasprintf("X-Plex-Client-Identifier: %s", o->client_identifier);
	p->headers[2] = xstrdup("X-Plex-Product: plexsync");
	p->watch = plexwatch_new(&(struct plexwatch_options){
		.http = o->http,
		.url = o->url,
		.headers = (const char *const *)p->headers,
		.silence_timeout_ms = o->silence_timeout_ms,
		.on_input = o->on_input,
		.cookie = o->cookie,
	});
	return p;
}

void plexcalls_set_token(struct plexcalls *p, const char *token)
{
	free(p->headers[0]);
	p->headers[0] = xasprintf("X-Plex-Token: %s", token);
}

void plexcalls_free(struct plexcalls *p)
{
	if (!p)
		return;
	opencalls_cancel_all(&p->calls);
	plexwatch_free(p->watch);
	for (size_t i = 0; i < ARRAY_LEN(p->headers); i++)
		free(p->headers[i]);
	free(p);
}

/* What a document held. */
struct rows {
	struct plex_section *sections;
	struct plex_item *items;
	size_t count;
	struct plex_posters posters;
};

static void keep_section(void *cookie, const struct plex_section *section)
{
	struct rows *rows = cookie;
	struct plex_section *kept;

	rows->sections = xrealloc(rows->sections, rows->count + 1, sizeof *rows->sections);
	kept = &rows->sections[rows->count++];
	kept->key = xstrdup(section->key);
	kept->title = xstrdup(section->title);
	kept->type = xstrdup(section->type);
	kept->content_changed_at = xstrdup_or_null(section->content_changed_at);
	kept->locations = (struct string_list){ .count = 0 };
	for (size_t i = 0; i < section->locations.count; i++)
		string_list_add(&kept->locations, section->locations.items[i]);
}

static void keep_item(void *cookie, const struct plex_item *item)
{
	struct rows *rows = cookie;

	rows->items = xrealloc(rows->items, rows->count + 1, sizeof *rows->items);
	rows->items[rows->count] = (struct plex_item){ .rating_key = NULL };
	plex_item_copy(&rows->items[rows->count++], item);
}

static void keep_poster(void *cookie, const struct plex_poster *poster)
{
	struct rows *rows = cookie;

	plex_posters_add(&rows->posters, poster);
}

static void rows_done(struct rows *rows)
{
	for (size_t i = 0; rows->sections && i < rows->count; i++)
		plex_section_done(&rows->sections[i]);
	for (size_t i = 0; rows->items && i < rows->count; i++)
		plex_item_done(&rows->items[i]);
	plex_posters_done(&rows->posters);
	free(rows->sections);
	free(rows->items);
}

static void fill_input(
	struct input *input, const struct rows *rows, const struct plexxml_container *container)
{
	switch (input->kind) {
	case IN_SECTIONS:
		input->sections.items = rows->sections;
		input->sections.count = rows->count;
		break;
	case IN_ROWS:
		input->rows.items = rows->items;
		input->rows.count = rows->count;
		input->rows.listed = container->rows;
		input->rows.total = container->total_size;
		break;
	case IN_PROBED:
		break;
	case IN_POSTERS:
		input->posters = &rows->posters;
		break;
	default:
		if (rows->count)
			input->item = &rows->items[0];
		else
			input->outcome = OUTCOME_ABSENT;
		break;
	}
}

/* Parses a 2xx answer's document, and tells the engine what is in it. */
static void read_document(
	struct plexcalls *p, struct input *input, const struct http_answer *answer)
{
	struct rows rows = { .count = 0 };
	struct plexxml_container container;
	struct plexxml_handler handler = { .cookie = &rows };
	struct error err;

	if (input->kind == IN_SECTIONS || input->kind == IN_PROBED)
		handler.on_section = keep_section;
	else if (input->kind == IN_POSTERS)
		handler.on_poster = keep_poster;
	else
		handler.on_item = keep_item;
	if (plexxml_parse(answer->body, answer->len, &handler, &container, &err)) {
		fill_input(input, &rows, &container);
	} else {
		input->outcome = OUTCOME_GARBLED;
		input->detail = err.text;
	}
	p->options.on_input(p->options.cookie, input);
	rows_done(&rows);
}

static enum input_kind answer_kind(enum effect_kind kind)
{
	switch (kind) {
	case DO_LIST_SECTIONS:
		return IN_SECTIONS;
	case DO_LIST_PAGE:
		return IN_ROWS;
	case DO_READ_ITEM:
		return IN_ITEM;
	case DO_LIST_POSTERS:
		return IN_POSTERS;
	case DO_PROBE:
		return IN_PROBED;
	case DO_SCAN:
		return IN_SCANNED;
	default:
		return IN_EDITED;
	}
}

static bool has_document(enum input_kind kind)
{
	return kind != IN_EDITED && kind != IN_SCANNED;
}

/* A proxy before Plex got no answer, which says nothing about what Plex did, or still does. */
static bool is_gateways_word(const struct http_answer *answer)
{
	return answer->transport == HTTP_ANSWERED &&
	       (answer->status == 502 || answer->status == 504);
}

static void on_done(void *cookie, const struct http_answer *answer)
{
	struct opencall *call = cookie;
	struct plexcalls *p = call->owner;
	struct error err = { .text = "" };
	struct input input = {
		.kind = answer_kind(call->kind),
		.call = call->id,
		.outcome = httpoutcome(answer),
		.retry_after_ms = httpoutcome_retry_after_ms(answer),
	};

	if (input.kind == IN_EDITED && is_gateways_word(answer))
		input.outcome = OUTCOME_UNKNOWN;
	opencall_end(call);
	if (input.outcome == OUTCOME_DONE && has_document(input.kind)) {
		read_document(p, &input, answer);
		return;
	}
	if (input.outcome != OUTCOME_DONE) {
		httpoutcome_describe(answer, "Plex", p->options.url, "plex_token", &err);
		input.detail = err.text;
	}
	p->options.on_input(p->options.cookie, &input);
}

static void make_listing(struct plex_request *ret, const struct effect *effect)
{
	if (effect->listing == PLEX_LIST_ALL)
		plex_list_page(ret, effect->section, effect->start, effect->size);
	else
		plex_list_changes(ret, effect->section, effect->listing, effect->since,
			effect->start, effect->size);
}

static void make_request(struct plex_request *ret, const struct effect *effect)
{
	switch (effect->kind) {
	case DO_LIST_PAGE:
		make_listing(ret, effect);
		break;
	case DO_SCAN:
		plex_scan(ret, effect->section, effect->directory);
		break;
	case DO_READ_ITEM:
		plex_read_item(ret, effect->rating_key);
		break;
	case DO_EDIT_ITEM:
		plex_edit_item(ret, effect->section, effect->rating_key, &effect->edit);
		break;
	case DO_LIST_POSTERS:
		plex_list_posters(ret, effect->rating_key);
		break;
	case DO_SELECT_POSTER:
		plex_select_poster(ret, effect->rating_key, effect->url);
		break;
	case DO_UPLOAD_POSTER:
		plex_upload_poster(ret, effect->rating_key);
		break;
	default:
		plex_list_sections(ret);
		break;
	}
}

static void start_call(struct plexcalls *p, const struct effect *effect)
{
	struct opencall *call = opencalls_add(&p->calls, p, effect);
	bool edits = answer_kind(effect->kind) == IN_EDITED;
	struct plex_request request;
	const char *headers[ARRAY_LEN(p->headers) + 1] = { NULL };
	auto_free char *type = NULL;

	make_request(&request, effect);
	for (size_t i = 0; p->headers[i]; i++)
		headers[i] = p->headers[i];
	if (effect->kind == DO_UPLOAD_POSTER) {
		type = xasprintf("Content-Type: %s", effect->picture.type);
		headers[ARRAY_LEN(p->headers) - 1] = type;
	}
	auto_free char *url = xasprintf("%s%s", p->options.url, request.path);
	struct http_request http = {
		.method = request.method,
		.url = url,
		.headers = headers,
		.body = effect->picture.bytes,
		.body_len = effect->picture.len,
		.timeout_ms = edits ? p->options.edit_timeout_ms : 0,
		.idle_timeout_ms = p->options.read_timeout_ms,
		.max_bytes = MAX_ANSWER,
		.on_done = on_done,
		.cookie = call,
	};

	call->http = httpclient_start(p->options.http, &http);
	plex_request_done(&request);
}

void plexcalls_start(struct plexcalls *p, const struct effect *effect)
{
	if (effect->kind == DO_WATCH)
		plexwatch_start(p->watch, effect->call);
	else
		start_call(p, effect);
}

bool plexcalls_cancel(struct plexcalls *p, call_id id)
{
	return opencalls_cancel(&p->calls, id) || plexwatch_cancel(p->watch, id);
}
