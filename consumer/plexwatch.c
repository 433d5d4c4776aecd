#include "consumer/plexwatch.h"

#include "consumer/eventstream.h"
#include "consumer/httpoutcome.h"

#include <stdlib.h>

struct plexwatch {
	struct plexwatch_options options;
	struct eventstream stream;
	struct httpcall *http; /* NULL: no stream is open */
	call_id call; /* that it answers */
	bool listening; /* the stream showed that it is one */
};

struct plexwatch *plexwatch_new(const struct plexwatch_options *o)
{
	struct plexwatch *w = xcalloc(1, sizeof *w);

	w->options = *o;
	return w;
}

static void close_stream(struct plexwatch *w)
{
	w->http = NULL;
	eventstream_done(&w->stream);
}

void plexwatch_free(struct plexwatch *w)
{
	if (!w)
		return;
	plexwatch_cancel(w, w->call);
	free(w);
}

static void tell(void *cookie, const struct plexnews *news)
{
	struct plexwatch *w = cookie;

	w->options.on_input(w->options.cookie, &(struct input){ .kind = IN_PLEX_NEWS,
						       .call = w->call,
						       .retry_after_ms = -1,
						       .news = news });
}

static void tell_kind(struct plexwatch *w, enum plexnews_kind kind)
{
	tell(w, &(struct plexnews){ .kind = kind });
}

static void on_event(
	void *cookie, enum eventstream_kind kind, const char *type, const char *data, size_t len)
{
	struct plexwatch *w = cookie;

	(void)type; /* what it is stands in the data, too */
	if (!w->listening) {
		w->listening = true;
		tell_kind(w, PLEXNEWS_LISTENING);
	}
	if (kind == EVENTSTREAM_LOST ||
		(kind == EVENTSTREAM_EVENT && !plexnews_read(data, len, tell, w)))
		tell_kind(w, PLEXNEWS_LOST);
}

static bool on_data(void *cookie, const char *bytes, size_t len)
{
	struct plexwatch *w = cookie;

	eventstream_put(&w->stream, bytes, len);
	return true;
}

static void on_done(void *cookie, const struct http_answer *answer)
{
	struct plexwatch *w = cookie;
	struct error err;
	struct input input = {
		.kind = IN_WATCH_ENDED,
		.call = w->call,
		.outcome = httpoutcome(answer),
		.detail = err.text,
		.retry_after_ms = httpoutcome_retry_after_ms(answer),
	};

	if (input.outcome == OUTCOME_DONE)
		error_set(&err, "Plex ended its event stream.");
	else
		httpoutcome_describe(answer, "Plex", w->options.url, "plex_token", &err);
	close_stream(w);
	w->options.on_input(w->options.cookie, &input);
}

void plexwatch_start(struct plexwatch *w, call_id call)
{
	struct plex_request request;

	plex_watch(&request);
	auto_free char *url = xasprintf("%s%s", w->options.url, request.path);
	const struct http_request http = {
		.method = request.method,
		.url = url,
		.headers = w->options.headers,
		.idle_timeout_ms = w->options.silence_timeout_ms,
		.max_bytes = SIZE_MAX,
		.on_data = on_data,
		.on_done = on_done,
		.cookie = w,
	};

	w->call = call;
	w->listening = false;
	eventstream_init(&w->stream, on_event, w);
	w->http = httpclient_start(w->options.http, &http);
	plex_request_done(&request);
}

bool plexwatch_cancel(struct plexwatch *w, call_id call)
{
	if (!w->http || w->call != call)
		return false;
	httpclient_cancel(w->options.http, w->http);
	close_stream(w);
	return true;
}
