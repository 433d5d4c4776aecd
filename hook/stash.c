#include "hook/stash.h"

#include "hook/http.h"
#include "hook/members.h"

#include <stdio.h>
#include <string.h>

#define QUERY "{\"query\":\"{configuration{plugins(include:[\\\"plexsync\\\"])}}\"}"
#define TOKEN_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"

/* ---- reading server_connection ---- */

enum place { OTHER, ROOT, CONNECTION, COOKIE };

static const struct {
	enum place from;
	const char *key;
	enum place to; /* an object */
	size_t at, size; /* or a text */
} KEYS[] = {
	{ ROOT, "server_connection", CONNECTION, 0, 0 },
	{ CONNECTION, "SessionCookie", COOKIE, 0, 0 },
#define TEXT(from, key, member) \
	{ \
		from, key, OTHER, offsetof(struct stash, member), \
			sizeof((struct stash *)0)->member \
	}
	TEXT(CONNECTION, "Scheme", scheme),
	TEXT(CONNECTION, "Host", host),
	TEXT(CONNECTION, "Port", port),
	TEXT(COOKIE, "Name", cookie_name),
	TEXT(COOKIE, "Value", cookie),
};

void stash_init(struct stash *s)
{
	memset(s, 0, sizeof *s);
	jsonscan_init(&s->scan);
}

static enum place place_of(const struct stash *s)
{
	return s->scan.depth < ARRAY_LEN(s->places) ? s->places[s->scan.depth] : OTHER;
}

/* Where the value of this key leads, or goes. */
static enum place take_key(struct stash *s)
{
	s->next = NULL;
	for (size_t i = 0; s->scan.text_whole && i < ARRAY_LEN(KEYS); i++) {
		if (KEYS[i].from != place_of(s) || strcmp(KEYS[i].key, s->scan.text) != 0)
			continue;
		s->next = KEYS[i].size ? (char *)s + KEYS[i].at : NULL;
		s->next_size = KEYS[i].size;
		return KEYS[i].to;
	}
	return OTHER;
}

static void take_text(struct stash *s)
{
	if (s->next && s->scan.text_whole && s->scan.text_len < s->next_size)
		memcpy(s->next, s->scan.text, s->scan.text_len + 1);
}

/* places[depth] is the container that is open there; places[depth + 1] what the last key opens. */
static void take_event(struct stash *s, enum jsonscan_event event)
{
	unsigned depth = s->scan.depth;

	if (event == JSONSCAN_KEY) {
		if (depth + 1 < ARRAY_LEN(s->places))
			s->places[depth + 1] = (unsigned char)take_key(s);
		else
			(void)take_key(s);
		return;
	}
	if (event == JSONSCAN_STRING || event == JSONSCAN_NUMBER)
		take_text(s);
	else if (event == JSONSCAN_OBJECT && depth == 1)
		s->places[1] = ROOT;
	else if (event == JSONSCAN_ARRAY && depth < ARRAY_LEN(s->places))
		s->places[depth] = OTHER;
	s->next = NULL;
}

void stash_feed(struct stash *s, const char *bytes, size_t len)
{
	enum jsonscan_event event;

	while ((event = jsonscan_next(&s->scan, &bytes, &len)) > JSONSCAN_MORE)
		take_event(s, event);
}

/* ---- asking ---- */

/* Stash says on which address it listens; the wildcard is reached on this machine's own. */
static bool address_of(const struct stash *s, struct url *ret_url, struct error *err)
{
	const char *host = s->host;
	char text[sizeof s->host + 64];

	if (strcmp(s->scheme, "http") != 0 || !s->port[0])
		return error_set(err, strcmp(s->scheme, "https") == 0
					      ? "Stash speaks https, which this hook does not"
					      : "Stash did not say where it listens");
	if (!host[0] || strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	else if (strcmp(host, "::") == 0)
		host = "::1";
	snprintf(text, sizeof text, strchr(host, ':') ? "http://[%s]:%s" : "http://%s:%s", host,
		s->port);
	if (!url_parse(text, ret_url, err))
		return error_set(err, "Stash says that it listens on a strange address");
	return true;
}

/* As a header wants it (RFC 6265 §4.1.1). Without authentication there is none. */
static bool cookie_is_sane(const struct stash *s, struct error *err)
{
	if (!s->cookie[0])
		return true;
	if (!s->cookie_name[0] || s->cookie_name[strspn(s->cookie_name, TOKEN_CHARS)])
		return error_set(err, "the session that Stash gave has a strange name");
	for (const char *c = s->cookie; *c; c++) {
		if (*c <= ' ' || *c > '~' || strchr("\",;\\", *c))
			return error_set(err, "the session that Stash gave is no cookie");
	}
	return true;
}

static bool read_settings(const struct answer *answer, struct config *config, struct error *err)
{
	static const char *const settings[] = { "data", "configuration", "plugins", "plexsync",
		NULL };
	static char url[CONFIG_TEXT], token[CONFIG_TEXT];
	struct member members[] = { MEMBER("producerUrl", url), MEMBER("apiToken", token) };

	if (answer->status != 200 || !members_read(answer->body, answer->body_len, settings,
					     members, ARRAY_LEN(members)))
		return error_set(err, "Stash did not tell them (HTTP %d)", answer->status);
	if (!config->url_given && url[0])
		memcpy(config->producer_url, url, sizeof url);
	if (!config->token_given && token[0])
		memcpy(config->token, token, sizeof token);
	return true;
}

static bool ask(
	const struct stash *s, struct config *config, int64_t deadline_ms, struct error *err)
{
	static struct answer answer;
	char header[STASH_NAME + 16];
	struct url url;
	const struct http_call call = {
		.peer = "Stash",
		.advice = "is Stash's host setting right?",
		.url = &url,
		.method = "POST",
		.path = "/graphql",
		.secret_header = header,
		.secret = s->cookie,
		.body = QUERY,
		.body_len = sizeof QUERY - 1,
		.deadline_ms = deadline_ms,
	};

	snprintf(header, sizeof header, "Cookie: %s=", s->cookie_name);
	return address_of(s, &url, err) && cookie_is_sane(s, err) &&
	       http_send(&call, &answer, err) == HTTP_ANSWERED &&
	       read_settings(&answer, config, err);
}

void stash_complete(
	const struct stash *s, struct config *config, int64_t deadline_ms, struct error *ret_why)
{
	struct error err;

	ret_why->text[0] = '\0';
	if (!(config->url_given && config->token_given) && !ask(s, config, deadline_ms, &err))
		*ret_why = err;
}
