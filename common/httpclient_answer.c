#include "common/httpclient_answer.h"

#include "common/log.h"
#include "common/process.h"
#include "common/rfc3339.h"

#include <string.h>

/* Of an error's body on a call that streams; enough for its text. */
#define ERROR_BODY_BYTES ((size_t)64 * 1024)

void httpclient_answer_init(struct httpclient_answer *a, CURL *easy, const struct http_request *r)
{
	bool cut = r->on_data && r->max_bytes > ERROR_BODY_BYTES;

	*a = (struct httpclient_answer){
		.easy = easy,
		.max_bytes = r->max_bytes,
		.on_data = r->on_data,
		.cookie = r->cookie,
	};
	buf_init(&a->body, cut ? ERROR_BODY_BYTES : r->max_bytes);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, a->reason);
}

void httpclient_answer_done(struct httpclient_answer *a)
{
	buf_done(&a->body);
}

static long status_of(CURL *easy)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

bool httpclient_answer_put(struct httpclient_answer *a, const char *bytes, size_t len)
{
	long status = status_of(a->easy);

	if (len > a->max_bytes - a->received) {
		a->too_large = true;
		return false;
	}
	a->received += len;
	if (a->on_data && status >= 200 && status <= 299) {
		a->ended_by_reader = !a->on_data(a->cookie, bytes, len);
		return !a->ended_by_reader;
	}
	if (a->on_data && len > a->body.limit - a->body.len)
		len = a->body.limit - a->body.len;
	buf_put(&a->body, bytes, len);
	return true;
}

static const char *header(CURL *easy, const char *name)
{
	struct curl_header *found;

	return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) ? "" : found->value;
}

/* Seconds or a date (RFC 9110 §10.2.3); a date counts from the server's own clock when it tells. */
static int64_t retry_after_ms(const char *text, int64_t server_ms)
{
	int64_t seconds = 0, date_ms;
	size_t digits = strspn(text, "0123456789");

	if (digits > 0 && digits <= 9 && !text[digits]) {
		for (size_t i = 0; i < digits; i++)
			seconds = seconds * 10 + (text[i] - '0');
		return seconds * 1000;
	}
	if (!http_date_parse(text, &date_ms))
		return -1;
	if (!server_ms)
		server_ms = process_wall_ms();
	return date_ms > server_ms ? date_ms - server_ms : 0;
}

static enum http_transport transport_of(
	const struct httpclient_answer *a, const struct httpclient_end *end)
{
	long sent = 0;

	if (a->too_large || end->code == CURLE_FILESIZE_EXCEEDED)
		return HTTP_TOO_LARGE;
	if (end->code == CURLE_OK && !end->idle_expired)
		return HTTP_ANSWERED;
	curl_easy_getinfo(a->easy, CURLINFO_REQUEST_SIZE, &sent);
	return end->sending || sent > 0 ? HTTP_NO_ANSWER : HTTP_NOT_SENT;
}

/*
 * curl says "Failed to connect to HOST port N after 2 ms: …". People are told a cause once, and it must
 * not look like another one each time that it took longer.
 */
static void forget_duration(char *reason)
{
	static const char after[] = " after ", unit[] = " ms";
	char *from = strstr(reason, after), *to;

	if (!from)
		return;
	to = from + sizeof after - 1;
	to += strspn(to, "0123456789");
	if (strncmp(to, unit, sizeof unit - 1) == 0)
		memmove(from, to + sizeof unit - 1, strlen(to + sizeof unit - 1) + 1);
}

static void explain(struct httpclient_answer *a, enum http_transport transport,
	const struct httpclient_end *end)
{
	const char *reason = a->reason;

	if (transport == HTTP_ANSWERED)
		reason = "";
	else if (transport == HTTP_TOO_LARGE)
		reason = "the answer is larger than allowed";
	else if (end->idle_expired)
		reason = "the server fell silent in the middle of the exchange";
	else if (a->ended_by_reader)
		reason = "the answer was not read to its end";
	else if (end->code == CURLE_ABORTED_BY_CALLBACK)
		reason = "the server closed the connection without an answer";
	else if (!*reason)
		reason = curl_easy_strerror(end->code);
	if (reason != a->reason) {
		size_t len = strnlen(reason, sizeof a->reason - 1);

		memcpy(a->reason, reason, len);
		a->reason[len] = '\0';
	}
	forget_duration(a->reason);
	log_redact(a->reason);
}

void httpclient_answer_finish(
	struct httpclient_answer *a, const struct httpclient_end *end, struct http_answer *ret)
{
	enum http_transport transport = transport_of(a, end);

	explain(a, transport, end);
	*ret = (struct http_answer){
		.transport = transport,
		.status = status_of(a->easy),
		.body = buf_text(&a->body),
		.len = a->body.len,
		.content_type = header(a->easy, "Content-Type"),
		.location = header(a->easy, "Location"),
		.reason = a->reason,
	};
	if (!http_date_parse(header(a->easy, "Date"), &ret->date_ms))
		ret->date_ms = 0;
	ret->retry_after_ms = retry_after_ms(header(a->easy, "Retry-After"), ret->date_ms);
}
