/* One request from arrival to answer: the log, and the fault at its moment. */
#include "tests/sim/plexsim_server.h"

#include <stdlib.h>
#include <string.h>

static const char *status_title(unsigned status)
{
	static const struct {
		unsigned status;
		const char *title;
	} titles[] = { { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 409, "Conflict" }, { 413, "Request Entity Too Large" },
		{ 414, "Request-URI Too Long" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" } };

	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

void plexsim_answer_html(struct plexsim_answer *answer, unsigned status)
{
	const char *title = status_title(status);

	answer->status = status;
	answer->content_type = "text/html";
	buf_clear(&answer->body);
	buf_printf(&answer->body,
		"<html><head><title>%s</title></head><body><h1>%u %s</h1></body></html>", title,
		status, title);
}

static void answer_portal(struct plexsim_answer *answer)
{
	answer->status = 200;
	answer->content_type = "text/html";
	buf_clear(&answer->body);
	buf_puts(&answer->body, "<!DOCTYPE html><html><head><title>Welcome</title></head>"
				"<body><p>Log in to use this network.<br></body></html>");
}

static void answer_maintenance(struct plexsim_answer *answer, bool json)
{
	static const char status[] =
		"Plex Media Server is currently running startup maintenance tasks.";

	answer->status = 503;
	answer->content_type = json ? "application/json" : "text/xml;charset=utf-8";
	buf_clear(&answer->body);
	if (json)
		buf_printf(&answer->body,
			"{\"code\":503,\"title\":\"Maintenance\",\"status\":\"%s\"}", status);
	else
		buf_printf(&answer->body,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<Response code=\"503\" title=\"Maintenance\" status=\"%s\" />\n",
			status);
}

static int64_t count_rows(const struct buf *body)
{
	static const char size[] = "<MediaContainer size=\"";
	const char *found = strstr(buf_text(body), size);

	return found ? strtoll(found + sizeof size - 1, NULL, 10) : 0;
}

/* The delay, then the hold. The lock is held, but not while it waits. */
static void linger(struct plexsim *sim, const struct plexsim_fault *fault, const struct buf *body)
{
	int64_t times = fault->action == PLEXSIM_ROW_DELAY ? count_rows(body) : 1;
	struct plexsim_clock clock;
	uint64_t releases = sim->releases;
	int64_t end_ms;

	plexsim_clock_read(&clock);
	end_ms = clock.mono_ms + times * fault->delay_ms;
	while (!sim->stopping && clock.mono_ms < end_ms) {
		plexsim_wait(sim, end_ms);
		plexsim_clock_read(&clock);
	}
	if (!fault->hold)
		return;
	sim->held++;
	while (!sim->stopping && sim->releases == releases)
		pthread_cond_wait(&sim->changed, &sim->lock);
	sim->held--;
}

enum outcome { GO_ON, ANSWERED, DROPPED };

static enum outcome strike(
	struct plexsim *sim, const struct plexsim_request *request, struct plexsim_answer *answer)
{
	linger(sim, &request->fault, &answer->body);
	switch (request->fault.action) {
	case PLEXSIM_DROP:
	case PLEXSIM_RESET:
	case PLEXSIM_TLS:
		return DROPPED;
	case PLEXSIM_STATUS:
	case PLEXSIM_EMPTY:
		plexsim_answer_html(answer, (unsigned)request->fault.status);
		if (request->fault.action == PLEXSIM_EMPTY)
			buf_clear(&answer->body);
		return ANSWERED;
	case PLEXSIM_HTML:
		answer_portal(answer);
		return ANSWERED;
	case PLEXSIM_MAINTENANCE:
	case PLEXSIM_MAINTENANCE_JSON:
		answer_maintenance(answer,
			request->wants_json || request->fault.action == PLEXSIM_MAINTENANCE_JSON);
		return ANSWERED;
	default:
		return sim->stopping ? DROPPED : GO_ON;
	}
}

/* Whether its moment is when the answer is there. */
static bool strikes_after(const struct plexsim_fault *fault)
{
	return fault->after_effect || fault->action == PLEXSIM_ROW_DELAY;
}

static bool is_edit(const struct plexsim_request *request)
{
	return str_equal(request->method, "PUT") || str_equal(request->method, "POST");
}

/*
 * The edit is answered as if it were done, and the library does not show it yet; nor those that follow.
 * The lock is held.
 */
static void edit_late(
	struct plexsim *sim, struct plexsim_request *request, struct plexsim_answer *answer)
{
	json_t *shown = plexsim_library_dump(sim->library);

	plexsim_show(sim, sim->late);
	plexsim_route(sim, request, answer);
	json_decref(sim->late);
	sim->late = plexsim_library_dump(sim->library);
	plexsim_show(sim, shown);
	json_decref(shown);
}

/* A row before this page came or went after the client had the page before. */
static void shift_page(struct plexsim_request *request, int by)
{
	int64_t start = request->page_start ? strtoll(request->page_start, NULL, 10) : 0;

	if (start <= 0)
		return;
	free(request->page_start);
	request->page_start = xasprintf("%lld", (long long)start + by);
}

/* How the answer goes over the wire, where that is what goes wrong. */
static enum plexsim_action wire_of(const struct plexsim_fault *fault)
{
	switch (fault->action) {
	case PLEXSIM_TRUNCATE:
	case PLEXSIM_RESET_BODY:
	case PLEXSIM_SLOW:
	case PLEXSIM_CHUNKED:
		return fault->action;
	default:
		return PLEXSIM_PASS;
	}
}

/* The lock is held. */
static enum outcome serve(
	struct plexsim *sim, struct plexsim_request *request, struct plexsim_answer *answer)
{
	const struct plexsim_fault *fault = &request->fault;
	enum outcome outcome = GO_ON;

	request->has_fault = plexsim_faults_pick(
		&sim->faults, request->method, request->path, request->raw_query, &request->fault);
	if (request->has_fault && !strikes_after(fault))
		outcome = strike(sim, request, answer);
	if (outcome != GO_ON)
		return outcome;
	if (request->has_fault && fault->action == PLEXSIM_DUPLICATE_ROW)
		shift_page(request, -1);
	if (request->has_fault && fault->action == PLEXSIM_MISSING_ROW)
		shift_page(request, 1);
	if (is_edit(request) &&
		(sim->late || (request->has_fault && fault->action == PLEXSIM_LATE)))
		edit_late(sim, request, answer);
	else
		plexsim_route(sim, request, answer);
	pthread_cond_broadcast(&sim->changed);
	if (request->has_fault && strikes_after(fault))
		outcome = strike(sim, request, answer);
	if (request->has_fault && outcome == GO_ON) {
		plexsim_fault_spoil(fault, &answer->body);
		answer->wire = wire_of(fault);
	}
	return outcome;
}

bool plexsim_serve(
	struct plexsim *sim, struct plexsim_request *request, struct plexsim_answer *answer)
{
	enum outcome outcome = ANSWERED;
	bool writes = is_edit(request);
	uint64_t id;

	pthread_mutex_lock(&sim->lock);
	id = plexsim_log_add(&sim->log, request->method, request->path, request->raw_query);
	sim->writing += writes;
	if (writes && sim->modes.writer_queue && sim->writing > sim->modes.writer_queue)
		plexsim_answer_html(answer, 503);
	else
		outcome = serve(sim, request, answer);
	sim->writing -= writes;
	plexsim_log_answer(&sim->log, id, outcome == DROPPED ? 0 : (int)answer->status);
	pthread_mutex_unlock(&sim->lock);
	return outcome != DROPPED;
}
