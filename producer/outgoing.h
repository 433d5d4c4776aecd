/*
 * Events on their way to Kafka: each is sent once, and its report reaches the one who sent it. All
 * that is published, by a request or a sweep, goes through here.
 */
#ifndef PRODUCER_OUTGOING_H
#define PRODUCER_OUTGOING_H

#include "common/event.h"
#include "common/metrics.h"
#include "common/publisher.h"

struct outgoing;

struct outgoing_options {
	struct metrics *metrics; /* borrowed */
	size_t max; /* events that may wait for their reports at one time */
	/* An event is on the topic, at this offset; before its on_report. May be NULL. */
	void (*on_accepted)(void *cookie, const char *scene_id, int64_t offset);
	void *cookie;
};

struct outgoing *outgoing_new(const struct outgoing_options *o) WARN_UNUSED;

/* Only when no report is open: the publisher must be closed before. */
void outgoing_free(struct outgoing *o);

/* Where events go; borrowed. Without one (NULL) nothing is sent: the producer is stopping. */
void outgoing_set_publisher(struct outgoing *o, struct publisher *publisher);

enum outgoing_result {
	OUTGOING_SENT, /* on_report will be called exactly once, never from within outgoing_send() */
	OUTGOING_FULL, /* nothing was taken, no report will come */
	OUTGOING_AWAY, /* the same: no broker is connected, and another event waits for one already */
	OUTGOING_STOPPING, /* the same */
};

/* Sends an event, which is the caller's own again afterwards. */
enum outgoing_result outgoing_send(struct outgoing *o, const struct event *event,
	void (*on_report)(void *cookie, const struct delivery_report *report),
	void *cookie) WARN_UNUSED;

/* Events that wait for their reports: a sweep that keeps this small leaves room for requests. */
size_t outgoing_waiting(const struct outgoing *o);

/* As publisher_options.on_delivered; cookie: the struct outgoing. */
void outgoing_delivered(void *outgoing, uint64_t id, const struct delivery_report *report);

#endif
