#include "common/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { RECORD_COST = 200 }; /* bytes in memory beside key, value and headers */

TAILQ_HEAD(entries, outbox_entry);

struct outbox_entry {
	TAILQ_ENTRY(outbox_entry) links;
	struct entries *queue; /* the one that it is in */
	uint64_t id;
	uint64_t sequence; /* the order in which they came */
	struct record record;
	size_t bytes;
	int64_t queued_ms;
	bool alone; /* its batch was refused: it travels by itself now */
	bool maybe; /* a former client may have written it */
	struct delivery_report report; /* when it is settled */
};

struct outbox {
	struct outbox_options options;
	struct entries waiting, flying, settled; /* the first two ascending by sequence */
	size_t count, bytes, flying_count;
	uint64_t next_sequence;
};

static void leave(struct outbox *o, struct outbox_entry *e)
{
	if (e->queue == &o->flying)
		o->flying_count--;
	TAILQ_REMOVE(e->queue, e, links);
	e->queue = NULL;
}

static void append(struct outbox_entry *e, struct entries *queue)
{
	TAILQ_INSERT_TAIL(queue, e, links);
	e->queue = queue;
}

static void free_entry(struct outbox *o, struct outbox_entry *e)
{
	leave(o, e);
	o->count--;
	o->bytes -= e->bytes;
	record_done(&e->record);
	free(e);
}

struct outbox *outbox_new(const struct outbox_options *options)
{
	struct outbox *o = xcalloc(1, sizeof *o);

	o->options = *options;
	TAILQ_INIT(&o->waiting);
	TAILQ_INIT(&o->flying);
	TAILQ_INIT(&o->settled);
	return o;
}

void outbox_free(struct outbox *o)
{
	struct outbox_entry *e;

	if (!o)
		return;
	outbox_abandon(o);
	while ((e = TAILQ_FIRST(&o->settled)))
		free_entry(o, e);
	free(o);
}

static size_t record_bytes(const struct record *r)
{
	size_t bytes = RECORD_COST + r->key_len + r->value_len;

	for (size_t i = 0; i < r->header_count; i++)
		bytes += strlen(r->headers[i].name) + r->headers[i].len;
	return bytes;
}

bool outbox_add(struct outbox *o, struct record *take_record, uint64_t id, int64_t now_ms)
{
	size_t bytes = record_bytes(take_record);
	struct outbox_entry *e;

	if (o->count >= o->options.max_records || o->bytes + bytes > o->options.max_bytes)
		return false;
	e = xcalloc(1, sizeof *e);
	e->id = id;
	e->sequence = o->next_sequence++;
	e->record = *take_record;
	e->bytes = bytes;
	e->queued_ms = now_ms;
	*take_record = (struct record){ 0 };
	o->count++;
	o->bytes += bytes;
	append(e, &o->waiting);
	return true;
}

struct outbox_entry *outbox_next(const struct outbox *o)
{
	struct outbox_entry *e = TAILQ_FIRST(&o->waiting);
	const struct outbox_entry *flying = TAILQ_FIRST(&o->flying);

	return e && flying && (e->alone || flying->alone) ? NULL : e;
}

const struct record *outbox_record(const struct outbox_entry *e)
{
	return &e->record;
}

void outbox_send(struct outbox *o, struct outbox_entry *e)
{
	leave(o, e);
	append(e, &o->flying);
	o->flying_count++;
}

void outbox_return(struct outbox *o, struct outbox_entry *e, bool maybe)
{
	struct outbox_entry *later = TAILQ_FIRST(&o->waiting);

	leave(o, e);
	e->maybe = e->maybe || maybe;
	while (later && later->sequence < e->sequence)
		later = TAILQ_NEXT(later, links);
	if (!later) {
		append(e, &o->waiting);
		return;
	}
	TAILQ_INSERT_BEFORE(later, e, links);
	e->queue = &o->waiting;
}

void outbox_settle(
	struct outbox *o, struct outbox_entry *e, enum delivery outcome, const char *reason)
{
	if (outcome == DELIVERY_FAILED && e->maybe)
		outcome = DELIVERY_UNKNOWN;
	e->report.outcome = outcome;
	e->report.reason = reason;
	leave(o, e);
	append(e, &o->settled);
}

void outbox_settle_done(struct outbox *o, struct outbox_entry *e, int32_t partition, int64_t offset)
{
	e->report.partition = partition;
	e->report.offset = offset;
	outbox_settle(o, e, DELIVERY_DONE, "");
}

void outbox_refuse(struct outbox *o, struct outbox_entry *e, const char *reason)
{
	if (e->alone) {
		outbox_settle(o, e, DELIVERY_REFUSED, reason);
		return;
	}
	e->alone = true;
	outbox_return(o, e, false);
}

void outbox_recall(struct outbox *o)
{
	struct outbox_entry *e;

	while ((e = TAILQ_LAST(&o->flying, entries)))
		outbox_return(o, e, true);
}

void outbox_expire(struct outbox *o, int64_t now_ms)
{
	struct outbox_entry *e;

	if (!o->options.timeout_ms)
		return;
	while ((e = TAILQ_FIRST(&o->waiting)) && now_ms - e->queued_ms >= o->options.timeout_ms)
		outbox_settle(o, e, DELIVERY_FAILED, "no Kafka client could take it in time");
}

void outbox_abandon(struct outbox *o)
{
	struct outbox_entry *e;

	while ((e = TAILQ_FIRST(&o->flying)))
		outbox_settle(o, e, DELIVERY_UNKNOWN, "closed before Kafka answered");
	while ((e = TAILQ_FIRST(&o->waiting)))
		outbox_settle(o, e, DELIVERY_FAILED, "closed before it was sent");
}

bool outbox_take_report(struct outbox *o, uint64_t *ret_id, struct delivery_report *ret)
{
	struct outbox_entry *e = TAILQ_FIRST(&o->settled);

	if (!e)
		return false;
	*ret_id = e->id;
	*ret = e->report;
	free_entry(o, e);
	return true;
}

size_t outbox_count(const struct outbox *o)
{
	return o->count;
}

size_t outbox_in_flight(const struct outbox *o)
{
	return o->flying_count;
}

int64_t outbox_deadline_ms(const struct outbox *o)
{
	const struct outbox_entry *e = TAILQ_FIRST(&o->waiting);

	if (!TAILQ_EMPTY(&o->settled))
		return 0;
	return e && o->options.timeout_ms ? e->queued_ms + o->options.timeout_ms : INT64_MAX;
}

int64_t outbox_waited_ms(const struct outbox *o, int64_t now_ms)
{
	const struct outbox_entry *oldest = TAILQ_FIRST(&o->waiting);
	const struct outbox_entry *flying = TAILQ_FIRST(&o->flying);

	if (!oldest || (flying && flying->sequence < oldest->sequence))
		oldest = flying;
	return oldest ? now_ms - oldest->queued_ms : 0;
}
