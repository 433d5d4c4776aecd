/* plexsync-hook: tells the producer of the scene that Stash has just created, edited or destroyed. */
#include "common/hookpayload.h"
#include "hook/announcement.h"
#include "hook/environment.h"
#include "hook/guard.h"
#include "hook/report.h"
#include "hook/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char USAGE[] =
	"usage: plexsync-hook < HOOK_INPUT\n"
	"\n"
	"Started by Stash, as a raw plugin, after a scene was created, edited or destroyed. Reads\n"
	"what Stash says on standard input, tells the plexsync-producer, and prints one JSON\n"
	"line: {\"output\":\"...\"} or {\"error\":\"...\"}. The exit status is always 0. Never\n"
	"takes longer than a second, once its input is read.\n"
	"\n"
	"What the producer cannot take now is kept in a file and sent after a later edit, or by\n"
	"the task with the argument mode=send.\n"
	"\n"
	"environment (of the Stash process):\n"
	"  PLEXSYNC_PRODUCER_URL  where the producer listens (default http://127.0.0.1:8590)\n"
	"  PLEXSYNC_API_TOKEN     the producer's api_token, if it has one (default none)\n"
	"  PLEXSYNC_SPOOL_DIR     where that file is (default: the directory of this program)\n"
	"\n"
	"options:\n"
	"  --help     print this text\n"
	"  --version  print the version\n";

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

static void say(const struct reply *reply, const char *secret)
{
	static struct report report;

	report_compose(&report, reply, secret);
	write_all(STDERR_FILENO, report.log, strlen(report.log));
	write_all(STDOUT_FILENO, report.output, strlen(report.output));
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

static void answer_task(
	const struct environment *env, const struct hookpayload *payload, struct reply *ret_reply)
{
	if (strcmp(payload->mode, "send") == 0) {
		task_send_waiting(env, ret_reply);
		return;
	}
	ret_reply->ok = true;
	reply_add(ret_reply, "ignored: a task with the mode \"%s\"; this program knows \"send\"",
		payload->mode);
}

static void answer_stash(const struct environment *env, struct reply *ret_reply)
{
	static struct hookpayload payload;
	struct error err;

	if (!read_payload(&payload, &err)) {
		reply_add(ret_reply, "nothing was announced: %s", err.text);
	} else if (payload.is_task) {
		answer_task(env, &payload, ret_reply);
	} else if (hookpayload_scene_action(&payload) == HOOKPAYLOAD_NO_SCENE) {
		ret_reply->ok = true;
		reply_add(ret_reply, "ignored: %s is not a scene hook", payload.type);
	} else {
		announcement_make(env, &payload, ret_reply);
	}
}

int main(int argc, char **argv)
{
	const struct environment env = environment_read();
	struct reply reply = { .ok = false };

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
		answer_stash(&env, &reply);
	else
		reply_add(&reply, "unknown argument: try plexsync-hook --help");
	say(&reply, env.token);
	return 0;
}
