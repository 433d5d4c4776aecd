#include "hook/task.h"

#include "hook/backlog.h"
#include "hook/guard.h"
#include "hook/line.h"
#include "hook/post.h"
#include "hook/report.h"

#include <stdio.h>
#include <unistd.h>

/* Nobody's edit waits for a task. The producer itself gives up after ten seconds. */
#define NETWORK_MS 12000
#define GUARD_MS 15000 /* of one event */
#define PROGRESS_MS 500 /* Stash v0.30.1 drops progress lines that come faster than 0.4 s */

struct progress {
	size_t total, done;
	int64_t next_ms;
};

static void show(struct progress *progress)
{
	int64_t now_ms = post_now_ms();
	size_t permille = progress->done * 1000 / progress->total;
	char text[64], line[LINE_MAX_BYTES];
	ssize_t written;

	if (now_ms < progress->next_ms)
		return;
	progress->next_ms = now_ms + PROGRESS_MS;
	snprintf(text, sizeof text, "%zu.%03zu", permille / 1000, permille % 1000);
	written = write(STDERR_FILENO, line, line_log(line, 'p', text, ""));
	(void)written;
}

static void prepare_for_silence(const struct environment *env)
{
	static struct report report;
	struct reply reply = { .ok = false };

	reply_add(&reply,
		"not all waiting events were sent: looking up and asking the producer took longer "
		"than %d s; what was not sent still waits",
		GUARD_MS / 1000);
	report_compose(&report, &reply, env->token);
	guard_change_words(report.log, report.output);
}

/* At most as many as there were at the beginning: hooks may go on to add some. */
static void send_all(struct spool *spool, const struct producer *producer,
	struct progress *progress, struct reply *reply)
{
	static struct backlog_tally tally;
	enum backlog_step step = BACKLOG_SENT;

	while (progress->done < progress->total && step != BACKLOG_STUCK && step != BACKLOG_EMPTY) {
		show(progress);
		guard_start(GUARD_MS);
		step = backlog_send_next(spool, producer, post_now_ms() + NETWORK_MS, &tally);
		progress->done = tally.sent + tally.refused;
	}
	guard_start(GUARD_MS);
	reply->ok = step != BACKLOG_STUCK && tally.refused == 0;
	reply_add(reply, "sent %zu of %zu waiting events", tally.sent, progress->total);
	backlog_tell(&tally, reply);
}

static bool send_waiting(
	struct spool *spool, const struct environment *env, struct reply *reply, struct error *err)
{
	struct spool_state state;
	struct producer producer;
	struct progress progress = { 0 };

	if (!producer_init(&producer, env, err) || !spool_tidy(spool, &state, err))
		return false;
	progress.total = state.waiting;
	send_all(spool, &producer, &progress, reply);
	backlog_report(spool, reply);
	return true;
}

void task_send_waiting(const struct environment *env, struct reply *ret_reply)
{
	struct spool spool;
	struct error err;

	*ret_reply = (struct reply){ .ok = false };
	prepare_for_silence(env);
	guard_start(GUARD_MS);
	if (!spool_open(&spool, env->spool_dir, &err)) {
		reply_add(ret_reply, "nothing was sent: %s; set PLEXSYNC_SPOOL_DIR", err.text);
	} else {
		if (!send_waiting(&spool, env, ret_reply, &err))
			reply_add(ret_reply, "nothing was sent: %s", err.text);
		spool_close(&spool);
	}
	guard_stop();
}
