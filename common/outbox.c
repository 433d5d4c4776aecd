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
	struct entries orphans; /* in flight, but reported already */
	size_t count, bytes, flying_count;
	uint64_t next_sequence;
};

static bool is_orphan(const struct outbox *o, const struct outbox_entry *e)
{
	return e->queue == &o->orphans;
}

static void leave(struct outbox *o, struct outbox_entry *e)
{
	if (e->queue == &o->flying || is_orphan(o, e))
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
	TAILQ_INIT(&o->orphans);
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

	if (is_orphan(o, e)) {
		free_entry(o, e);
		return;
	}
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
	if (is_orphan(o, e)) {
		free_entry(o, e);
		return;
	}
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

void outbox_settle_refused(
	struct outbox *o, struct outbox_entry *e, bool too_large, const char *reason)
{
	e->report.too_large = too_large;
	outbox_settle(o, e, DELIVERY_REFUSED, reason);
}

void outbox_refuse(struct outbox *o, struct outbox_entry *e, bool too_large, const char *reason)
{
	if (e->alone) {
		outbox_settle_refused(o, e, too_large, reason);
		return;
	}
	e->alone = true;
	outbox_return(o, e, false);
}

static void free_orphans(struct outbox *o)
{
	struct outbox_entry *e;

	while ((e = TAILQ_FIRST(&o->orphans)))
		free_entry(o, e);
}

static int64_t flying_deadline_ms(const struct outbox *o, const struct outbox_entry *e)
{
	return e->queued_ms + o->options.timeout_ms + OUTBOX_GRACE_MS;
}

void outbox_recall(struct outbox *o)
{
	struct outbox_entry *e;

	while ((e = TAILQ_LAST(&o->flying, entries)))
		outbox_return(o, e, true);
	free_orphans(o);
}

/* Reports an entry that the client still has. The report is an entry of its own. */
static void make_orphan(struct outbox *o, struct outbox_entry *e)
{
	struct outbox_entry *told = xcalloc(1, sizeof *told);

	told->id = e->id;
	told->report = (struct delivery_report){ .outcome = DELIVERY_UNKNOWN,
		.reason = "Kafka's client did not answer in time" };
	append(told, &o->settled);
	o->count++;
	leave(o, e);
	append(e, &o->orphans);
	o->flying_count++;
}

void outbox_expire(struct outbox *o, int64_t now_ms)
{
	struct outbox_entry *e;

	if (!o->options.timeout_ms)
		return;
	while ((e = TAILQ_FIRST(&o->waiting)) && now_ms - e->queued_ms >= o->options.timeout_ms)
		outbox_settle(o, e, DELIVERY_FAILED, "no Kafka client could take it in time");
	while ((e = TAILQ_FIRST(&o->flying)) && now_ms >= flying_deadline_ms(o, e))
		make_orphan(o, e);
}

void outbox_abandon(struct outbox *o)
{
	struct outbox_entry *e;

	while ((e = TAILQ_FIRST(&o->flying)))
		outbox_settle(o, e, DELIVERY_UNKNOWN, "closed before Kafka answered");
	while ((e = TAILQ_FIRST(&o->waiting)))
		outbox_settle(o, e, DELIVERY_FAILED, "closed before it was sent");
	free_orphans(o);
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
	const struct outbox_entry *waiting = TAILQ_FIRST(&o->waiting);
	const struct outbox_entry *flying = TAILQ_FIRST(&o->flying);
	int64_t deadline_ms = INT64_MAX;

	if (!TAILQ_EMPTY(&o->settled))
		return 0;
	if (!o->options.timeout_ms)
		return INT64_MAX;
	if (waiting)
		deadline_ms = waiting->queued_ms + o->options.timeout_ms;
	if (flying && flying_deadline_ms(o, flying) < deadline_ms)
		deadline_ms = flying_deadline_ms(o, flying);
	return deadline_ms;
}

int64_t outbox_waited_ms(const struct outbox *o, int64_t now_ms)
{
	const struct outbox_entry *oldest = TAILQ_FIRST(&o->waiting);
	const struct outbox_entry *flying = TAILQ_FIRST(&o->flying);

	if (!oldest || (flying && flying->sequence < oldest->sequence))
		oldest = flying;
	return oldest ? now_ms - oldest->queued_ms : 0;
}
