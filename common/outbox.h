/*
 * Records from the moment they are accepted until their delivery is reported, whatever happens to
 * the client that sends them. An entry is in one of three queues: waiting for its turn, in
 * flight (the client has it), or settled with a report that nobody took yet. The first two are
 * in the order in which the records came, and a record that has to wait again waits at its old
 * place. What the client holds beyond its time is reported, and then an orphan: the entry lives on
 * until the client gives it back, but nobody hears of it any more.
 */
#ifndef COMMON_OUTBOX_H
#define COMMON_OUTBOX_H

#include "common/delivery.h"
#include "common/record.h"

struct outbox;
struct outbox_entry; /* owned by the outbox, until its report is taken */

struct outbox_options {
	size_t max_records; /* without a report that was taken */
	size_t max_bytes;
	/*
	 * The longest from a record's arrival to its report; 0: any. A client that has the record gets
	 * OUTBOX_GRACE_MS more: it has a time-out of its own, and knows better what happened.
	 */
	int64_t timeout_ms;
};

#define OUTBOX_GRACE_MS 3000

struct outbox *outbox_new(const struct outbox_options *o) WARN_UNUSED;
void outbox_free(struct outbox *o); /* with the records in it, unreported */

/*
 * Queues a record as the last of those that wait. The record is taken: *take_record is empty
 * afterwards. false: no room, and nothing was taken.
 */
bool outbox_add(
	struct outbox *o, struct record *take_record, uint64_t id, int64_t now_ms) WARN_UNUSED;

/*
 * The waiting entry that may be given to the client now; NULL: none, or it has to wait for those
 * in flight. A record whose batch was refused travels alone.
 */
struct outbox_entry *outbox_next(const struct outbox *o);

const struct record *outbox_record(const struct outbox_entry *e);

/* The client has taken it. */
void outbox_send(struct outbox *o, struct outbox_entry *e);

/*
 * The client gives it back unanswered: it waits again. `maybe`: it may have been written, and a
 * later failure is therefore an unknown outcome.
 */
void outbox_return(struct outbox *o, struct outbox_entry *e, bool maybe);

/* Settles an entry; `reason` must stay valid until the report was taken and used. */
void outbox_settle(
	struct outbox *o, struct outbox_entry *e, enum delivery outcome, const char *reason);
void outbox_settle_done(
	struct outbox *o, struct outbox_entry *e, int32_t partition, int64_t offset);

/* The record itself is at fault. */
void outbox_settle_refused(
	struct outbox *o, struct outbox_entry *e, bool too_large, const char *reason);

/*
 * The broker refused the batch in which it travelled, for the fault of one record. Only the record
 * that is refused alone is the guilty one; the others wait again, each to travel alone.
 */
void outbox_refuse(struct outbox *o, struct outbox_entry *e, bool too_large, const char *reason);

/* The client is gone with all that it had: each may have been written and waits again. */
void outbox_recall(struct outbox *o);

/* Settles what is here for longer than the time-out. */
void outbox_expire(struct outbox *o, int64_t now_ms);

/* Nothing will be sent or answered any more: settles everything. */
void outbox_abandon(struct outbox *o);

/*
 * The next report. The entry is freed before anybody hears of it, so that there is room for what
 * the report causes. false: none.
 */
bool outbox_take_report(
	struct outbox *o, uint64_t *ret_id, struct delivery_report *ret) WARN_UNUSED;

size_t outbox_count(const struct outbox *o); /* all that is here */
size_t outbox_in_flight(const struct outbox *o); /* orphans too */

/* When a report can be taken (0) or outbox_expire() has something to do; INT64_MAX: never. */
int64_t outbox_deadline_ms(const struct outbox *o);

/* For how long the oldest unsettled record has been here; 0: there is none. */
int64_t outbox_waited_ms(const struct outbox *o, int64_t now_ms);

#endif
