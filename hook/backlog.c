#include "hook/backlog.h"

#include "hook/subject.h"

/* What the event is about, for sentences. */
static const char *subject_of(const struct spool_event *event)
{
	static struct hookpayload payload;
	static char subject[SUBJECT_SIZE];
	struct error err;

	hookpayload_init(&payload);
	hookpayload_feed(&payload, event->body, event->body_len);
	if (hookpayload_finish(&payload, &err) && subject_read(&payload, subject))
		return subject;
	return "an event";
}

static enum backlog_step send_event(struct spool *spool, const struct producer *producer,
	const struct spool_event *event, int64_t deadline_ms, struct backlog_tally *tally)
{
	struct reply reply;
	struct error err;

	producer_announce(
		producer, subject_of(event), event->body, event->body_len, deadline_ms, &reply);
	if (!reply.final) {
		tally->stuck = reply;
		return BACKLOG_STUCK;
	}
	if (!spool_settle(spool, &event->claim, &err)) {
		reply_add(&reply, "; it will be sent again: %s", err.text);
		tally->stuck = reply;
		return BACKLOG_STUCK;
	}
	if (reply.ok) {
		tally->sent++;
		return BACKLOG_SENT;
	}
	tally->refused++;
	tally->refusal = reply;
	return BACKLOG_REFUSED;
}

enum backlog_step backlog_send_next(struct spool *spool, const struct producer *producer,
	int64_t deadline_ms, struct backlog_tally *tally)
{
	static struct spool_event event;
	struct error err;

	switch (spool_next(spool, &event, &err)) {
	case SPOOL_NONE:
		return BACKLOG_EMPTY;
	case SPOOL_FAILED:
		reply_add(&tally->stuck, "%s", err.text);
		return BACKLOG_STUCK;
	case SPOOL_EVENT:
		break;
	}
	return send_event(spool, producer, &event, deadline_ms, tally);
}

void backlog_tell(const struct backlog_tally *tally, struct reply *reply)
{
	if (tally->refused) {
		reply->warn = true;
		reply_add(reply, "; refused and removed from the spool: %zu, the last one: %s",
			tally->refused, tally->refusal.text);
	}
	if (tally->stuck.text[0]) {
		reply->warn = true;
		reply_add(reply, "; %s", tally->stuck.text);
	}
}

void backlog_report(struct spool *spool, struct reply *reply)
{
	struct spool_state state = { 0 };
	struct error err;

	if (!spool_tidy(spool, &state, &err)) {
		reply->warn = true;
		reply_add(reply, "; %s", err.text);
		return;
	}
	if (state.waiting)
		reply_add(reply, "; waiting in the spool: %zu", state.waiting);
	if (state.unreadable) {
		reply->warn = true;
		reply_add(reply,
			"; unreadable lines in the spool, now passed over: %zu (a hook was killed "
			"while it wrote, or the disk lost something; a full sweep finds the edit)",
			state.unreadable);
	}
}
