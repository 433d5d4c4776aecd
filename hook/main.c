/* plexsync-hook: tells the producer what Stash has just created, edited or destroyed. */
#include "common/hookpayload.h"
#include "hook/announcement.h"
#include "hook/config.h"
#include "hook/guard.h"
#include "hook/report.h"
#include "hook/subject.h"
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
	"the task with the argument mode=send. mode=resync asks the producer for a full sweep,\n"
	"mode=test tries the connection.\n"
	"\n"
	"environment (of the Stash process):\n"
	"  PLEXSYNC_PRODUCER_URL  where the producer listens (default http://127.0.0.1:8590)\n"
	"  PLEXSYNC_API_TOKEN     the producer's api_token, if it has one (default none)\n"
	"  PLEXSYNC_SPOOL_DIR     where that file is (default: the directory of this program)\n"
	"\n"
	"The same in plexsync.conf beside this program: producer_url, api_token, spool_dir, each\n"
	"as name = value. What both leave open is read from the plugin's settings in Stash.\n"
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
	if (reply->tell)
		task_linger();
	write_all(STDOUT_FILENO, report.output, strlen(report.output));
}

/* To its end, even when it is already known to be wrong: Stash would find its pipe broken. */
static bool read_payload(struct hookpayload *payload, struct stash *stash, struct error *err)
{
	static char bytes[65536];
	ssize_t got;

	hookpayload_init(payload);
	stash_init(stash);
	do {
		got = read(STDIN_FILENO, bytes, sizeof bytes);
		if (got > 0) {
			hookpayload_feed(payload, bytes, (size_t)got);
			stash_feed(stash, bytes, (size_t)got);
		}
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return error_set(err, "standard input cannot be read: %s", strerror(errno));
	return hookpayload_finish(payload, err);
}

static void answer_stash(struct config *config, struct reply *ret_reply)
{
	static struct hookpayload payload;
	static struct stash stash;
	char subject[SUBJECT_SIZE];
	struct error err;

	if (!read_payload(&payload, &stash, &err)) {
		reply_add(ret_reply, "nothing was announced: %s", err.text);
	} else if (payload.is_task) {
		task_run(payload.mode, config, &stash, ret_reply);
	} else if (!subject_read(&payload, subject)) {
		ret_reply->ok = true;
		reply_add(ret_reply, "ignored: %s changes nothing in Plex", payload.type);
	} else {
		announcement_make(config, &stash, &payload, subject, ret_reply);
	}
}

int main(int argc, char **argv)
{
	static struct config config;
	struct reply reply = { .ok = false };

	config_read(&config);
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
		answer_stash(&config, &reply);
	else
		reply_add(&reply, "unknown argument: try plexsync-hook --help");
	if (config.fault.text[0]) {
		reply.warn = true;
		reply_add(&reply, "; %s", config.fault.text);
	}
	say(&reply, config.token);
	return 0;
}
