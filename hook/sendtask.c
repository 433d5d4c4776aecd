#include "hook/backlog.h"
#include "hook/guard.h"
#include "hook/progress.h"
#include "hook/tasks.h"

/* At most as many as there were at the beginning: hooks may go on to add some. */
static void send_all(
	struct spool *spool, const struct producer *producer, size_t total, struct reply *reply)
{
	static struct backlog_tally tally;
	struct progress progress = { 0 };
	enum backlog_step step = BACKLOG_SENT;
	size_t done = 0;

	while (done < total && step != BACKLOG_STUCK && step != BACKLOG_EMPTY) {
		progress_show(&progress, done, total);
		guard_start(TASK_GUARD_MS);
		step = backlog_send_next(spool, producer, http_now_ms() + TASK_NETWORK_MS, &tally);
		done = tally.sent + tally.refused;
	}
	guard_start(TASK_GUARD_MS);
	reply->ok = step != BACKLOG_STUCK && tally.refused == 0;
	reply_add(reply, "sent %zu of %zu waiting events", tally.sent, total);
	backlog_tell(&tally, reply);
}

void task_send(const struct producer *producer, const struct config *config, struct reply *reply)
{
	struct spool spool;
	struct spool_state state;
	struct error err;

	if (!spool_open(&spool, config->spool_dir, &err)) {
		reply_add(reply, "nothing was sent: %s; set PLEXSYNC_SPOOL_DIR", err.text);
		return;
	}
	if (spool_tidy(&spool, &state, &err)) {
		send_all(&spool, producer, state.waiting, reply);
		backlog_report(&spool, reply);
	} else {
		reply_add(reply, "nothing was sent: %s", err.text);
	}
	spool_close(&spool);
}
