/* plexsync-hook: tells the producer of the scene that Stash has just created, edited or destroyed. */
#include "common/hookpayload.h"
#include "hook/guard.h"
#include "hook/line.h"
#include "hook/post.h"
#include "hook/reply.h"
#include "hook/url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUTE "/v1/hooks/stash"
#define NETWORK_MS 900
#define GUARD_MS 960

static const char USAGE[] =
	"usage: plexsync-hook < HOOK_INPUT\n"
	"\n"
	"Started by Stash, as a raw plugin, after a scene was created, edited or destroyed. Reads\n"
	"what Stash says on standard input, tells the plexsync-producer, and prints one JSON "
	"line:\n"
	"{\"output\":\"...\"} or {\"error\":\"...\"}. The exit status is always 0. Never takes "
	"longer\n"
	"than a second, once its input is read.\n"
	"\n"
	"environment (of the Stash process):\n"
	"  PLEXSYNC_PRODUCER_URL  where the producer listens (default http://127.0.0.1:8590)\n"
	"  PLEXSYNC_API_TOKEN     the producer's api_token, if it has one (default none)\n"
	"\n"
	"options:\n"
	"  --help     print this text\n"
	"  --version  print the version\n";

static const char *environment(const char *name, const char *default_value)
{
	const char *value = getenv(name);

	return value && value[0] ? value : default_value;
}

static const char *token(void)
{
	return environment("PLEXSYNC_API_TOKEN", "");
}

static void write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, bytes, len);

		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			bytes += written;
			len -= (size_t)written;
		}
	}
}

static void say(const struct reply *reply)
{
	static char line[LINE_MAX_BYTES];

	if (!reply->ok)
		write_all(STDERR_FILENO, line, line_log_error(line, reply->text, token()));
	write_all(STDOUT_FILENO, line,
		line_json(line, reply->ok ? "output" : "error", reply->text, token()));
}

/* To its end, even when it is already known to be wrong: Stash would find its pipe broken. */
static bool read_payload(struct hookpayload *payload, struct error *err)
{
	static char bytes[65536];
	ssize_t got;

	hookpayload_init(payload);
	do {
		got = read(STDIN_FILENO, bytes, sizeof bytes);
		if (got > 0)
			hookpayload_feed(payload, bytes, (size_t)got);
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return error_set(err, "standard input cannot be read: %s", strerror(errno));
	return hookpayload_finish(payload, err);
}

/* In a header, a line break would begin another header. */
static bool token_is_sane(struct error *err)
{
	for (const char *c = token(); *c; c++) {
		if (*c <= ' ' || *c > '~')
			return error_set(err,
				"PLEXSYNC_API_TOKEN holds a space, a line break or another "
				"character that no token has");
	}
	return true;
}

static void start_guard(const struct url *url, const char *id)
{
	static char log_line[LINE_MAX_BYTES], output_line[LINE_MAX_BYTES];
	char text[768];

	snprintf(text, sizeof text,
		"whether scene %s was announced is not known: looking up and asking the producer "
		"at "
		"%s took longer than %d ms; correct PLEXSYNC_PRODUCER_URL, then save the scene "
		"again",
		id, url->authority, GUARD_MS);
	line_log_error(log_line, text, token());
	line_json(output_line, "error", text, token());
	guard_start(GUARD_MS, log_line, output_line);
}

static struct reply not_announced(const char *id, const struct error *err)
{
	struct reply reply = { .ok = false };

	snprintf(reply.text, sizeof reply.text, "scene %s was not announced: %s", id, err->text);
	return reply;
}

static struct reply unknown(const char *id, const struct error *err)
{
	struct reply reply = { .ok = false };

	snprintf(reply.text, sizeof reply.text,
		"whether scene %s was announced is not known: the producer at %s; if Plex does not "
		"show the edit, save the scene again, or wait for the producer's next sweep",
		id, err->text);
	return reply;
}

static struct reply announce(const struct hookpayload *payload)
{
	static char body[HOOKPAYLOAD_WRITTEN];
	static struct answer answer;
	struct url url;
	struct post post = { .url = &url, .path = ROUTE, .token = token(), .body = body };
	struct reply reply;
	struct error err;

	if (!token_is_sane(&err) ||
		!url_parse(
			environment("PLEXSYNC_PRODUCER_URL", "http://127.0.0.1:8590"), &url, &err))
		return not_announced(payload->id, &err);
	start_guard(&url, payload->id);
	post.body_len = hookpayload_write(payload, body, sizeof body);
	post.deadline_ms = post_now_ms() + NETWORK_MS;
	switch (post_send(&post, &answer, &err)) {
	case POST_ANSWERED:
		reply_explain(&reply, payload->id, answer.status, answer.body, answer.body_len);
		break;
	case POST_NOT_SENT:
		reply = not_announced(payload->id, &err);
		break;
	case POST_UNKNOWN:
		reply = unknown(payload->id, &err);
		break;
	}
	guard_stop();
	return reply;
}

static struct reply ignore(const char *what, const char *why)
{
	struct reply reply = { .ok = true };

	snprintf(reply.text, sizeof reply.text, "ignored: %s%s", what, why);
	return reply;
}

static struct reply answer_stash(void)
{
	static struct hookpayload payload;
	struct reply reply = { .ok = false };
	struct error err;

	if (!read_payload(&payload, &err)) {
		snprintf(reply.text, sizeof reply.text, "nothing was announced: %s", err.text);
		return reply;
	}
	if (payload.is_task)
		return ignore("a task", "; this program answers scene hooks only");
	if (hookpayload_scene_action(&payload) == HOOKPAYLOAD_NO_SCENE)
		return ignore(payload.type, " is not a scene hook");
	return announce(&payload);
}

int main(int argc, char **argv)
{
	struct reply reply = { .ok = false, .text = "unknown argument: try plexsync-hook --help" };

	guard_ignore_broken_pipes();
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(USAGE, stdout);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("plexsync-hook " PLEXSYNC_VERSION);
		return 0;
	}
	if (argc == 1)
		reply = answer_stash();
	say(&reply);
	return 0;
}
