#include "hook/announcement.h"

#include "hook/backlog.h"
#include "hook/guard.h"
#include "hook/http.h"
#include "hook/report.h"

#include <stdio.h>

#define GUARD_MS 960 /* the end of everything */
#define NETWORK_MS 900
#define STASH_MS 200 /* of it, for asking Stash for the plugin's settings */
#define BACKLOG_MS 300 /* Stash waits for each hook of a bulk edit: older events get a share */
#define BACKLOG_EVENTS 100

struct announcement {
	struct config *config;
	const struct stash *stash;
	const char *subject;
	char body[HOOKPAYLOAD_WRITTEN];
	size_t body_len;
	struct spool spool;
	bool has_spool;
	struct spool_claim claim;
	bool kept; /* the event is in the spool, claimed */
	struct error spool_err; /* why not, else */
	int64_t deadline_ms;
};

/* What we say if the time is over before we come further. */
static void prepare_words(const struct announcement *a, const struct reply *reply)
{
	static struct report reports[2];
	static int current;

	current = !current;
	report_compose(&reports[current], reply, a->config->token);
	guard_change_words(reports[current].log, reports[current].output);
}

static void say_what_becomes_of_it(const struct announcement *a, struct reply *reply)
{
	if (a->kept)
		reply_add(reply, "; it is kept, and sent after a later edit or by the task \"Send "
				 "waiting events\"");
	else
		reply_add(reply,
			"; it is not kept, because %s: save it again when the producer is "
			"back, or wait for its next sweep",
			a->spool_err.text);
}

static void start_guard(const struct announcement *a)
{
	struct reply reply = { .ok = false };

	reply_add(&reply,
		"%s was not announced and not kept: writing to the spool in %s took longer "
		"than %d ms; give PLEXSYNC_SPOOL_DIR a directory on a faster disk",
		a->subject, a->config->spool_dir, GUARD_MS);
	prepare_words(a, &reply);
	guard_start(GUARD_MS);
}

static void prepare_for_silence(const struct announcement *a)
{
	struct reply reply = { .ok = false };

	reply_add(&reply,
		"whether %s was announced is not known: looking up and asking the producer "
		"took longer than %d ms; correct PLEXSYNC_PRODUCER_URL",
		a->subject, GUARD_MS);
	say_what_becomes_of_it(a, &reply);
	prepare_words(a, &reply);
}

static bool open_spool(struct announcement *a)
{
	if (!a->config->spool_dir[0])
		return error_set(&a->spool_err,
			"there is no spool (the directory of this program is not known: set "
			"PLEXSYNC_SPOOL_DIR)");
	a->has_spool = spool_open(&a->spool, a->config->spool_dir, &a->spool_err);
	return a->has_spool;
}

/* The producer has decided, or has not been reached. */
static void settle(struct announcement *a, struct reply *reply)
{
	struct error err;

	if (reply->final && a->kept && !spool_settle(&a->spool, &a->claim, &err)) {
		reply->warn = true;
		reply_add(reply, "; it will be sent again: %s", err.text);
	}
	if (reply->final && !a->kept) {
		reply->warn = true;
		reply_add(reply,
			"; but %s: an edit is lost while the producer is away; give "
			"PLEXSYNC_SPOOL_DIR a writable directory, or send what waits",
			a->spool_err.text);
	}
	if (!reply->final)
		say_what_becomes_of_it(a, reply);
	prepare_words(a, reply);
	if (!reply->final && a->kept && !spool_sync(&a->spool, &err))
		reply_add(reply, "; %s, so that a power cut would lose it", err.text);
}

static void send_share_of_backlog(
	struct announcement *a, const struct producer *producer, struct reply *reply)
{
	static struct backlog_tally tally;
	int64_t until_ms = http_now_ms() + BACKLOG_MS;

	for (size_t i = 0; i < BACKLOG_EVENTS && http_now_ms() < until_ms; i++) {
		enum backlog_step step =
			backlog_send_next(&a->spool, producer, a->deadline_ms, &tally);

		if (step == BACKLOG_EMPTY || step == BACKLOG_STUCK)
			break;
	}
	if (tally.sent)
		reply_add(reply, "; sent from the spool: %zu", tally.sent);
	backlog_tell(&tally, reply);
	prepare_words(a, reply);
}

static void announce(struct announcement *a, struct reply *ret_reply)
{
	struct producer producer;
	struct error stash_err, err;

	*ret_reply = (struct reply){ .ok = false };
	stash_complete(a->stash, a->config, http_now_ms() + STASH_MS, &stash_err);
	if (producer_init(&producer, a->config, &err))
		producer_announce(
			&producer, a->subject, a->body, a->body_len, a->deadline_ms, ret_reply);
	else
		reply_add(ret_reply, "%s was not announced: %s", a->subject, err.text);
	if (!ret_reply->ok && stash_err.text[0])
		reply_add(ret_reply, "; the plugin's settings are not known: %s", stash_err.text);
	settle(a, ret_reply);
	if (ret_reply->final && a->has_spool)
		send_share_of_backlog(a, &producer, ret_reply);
}

void announcement_make(struct config *config, const struct stash *stash,
	const struct hookpayload *payload, const char *subject, struct reply *ret_reply)
{
	static struct announcement a;

	a.config = config;
	a.stash = stash;
	a.subject = subject;
	a.deadline_ms = http_now_ms() + NETWORK_MS;
	a.body_len = hookpayload_write(payload, a.body, sizeof a.body);
	start_guard(&a);
	a.kept = open_spool(&a) &&
		 spool_append(&a.spool, a.body, a.body_len, &a.claim, &a.spool_err);
	prepare_for_silence(&a);
	announce(&a, ret_reply);
	if (a.has_spool)
		backlog_report(&a.spool, ret_reply);
	guard_stop();
	if (a.has_spool)
		spool_close(&a.spool);
}
