#include "hook/backlog.h"

#include "common/hookpayload.h"

/* The scene that the event is about, for sentences. */
static const char *scene_of(const struct spool_event *event)
{
	static struct hookpayload payload;
	struct error err;

	hookpayload_init(&payload);
	hookpayload_feed(&payload, event->body, event->body_len);
	return hookpayload_finish(&payload, &err) ? payload.id : "?";
}

enum backlog_step backlog_send_next(struct spool *spool, const struct producer *producer,
	int64_t deadline_ms, struct reply *ret_reply)
{
	static struct spool_event event;
	struct reply reply = { .ok = false };
	struct error err;

	switch (spool_next(spool, &event, &err)) {
	case SPOOL_NONE:
		return BACKLOG_EMPTY;
	case SPOOL_FAILED:
		reply_add(&reply, "%s", err.text);
		*ret_reply = reply;
		return BACKLOG_STUCK;
	case SPOOL_EVENT:
		break;
	}
	producer_announce(
		producer, scene_of(&event), event.body, event.body_len, deadline_ms, ret_reply);
	if (!ret_reply->final)
		return BACKLOG_STUCK;
	if (!spool_settle(spool, &event.claim, &err)) {
		ret_reply->ok = false;
		reply_add(ret_reply, "; it will be sent again: %s", err.text);
		return BACKLOG_STUCK;
	}
	return ret_reply->ok ? BACKLOG_SENT : BACKLOG_REFUSED;
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
