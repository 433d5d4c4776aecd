#include "producer/outgoing.h"

#include "common/process.h"

#include <stdlib.h>
#include <string.h>

#define NO_SLOT SIZE_MAX

/* One event without a report; its place in the table is the record's id. */
struct slot {
	void (*on_report)(void *cookie, const struct delivery_report *report);
	void *cookie;
	int64_t sent_ms;
	size_t next_free;
	char scene_id[SCENE_ID_SIZE];
};

struct outgoing {
	struct outgoing_options o;
	struct publisher *publisher;
	struct slot *slots;
	size_t first_free, waiting;
	struct metric *produce_seconds, *in_flight;
};

struct outgoing *outgoing_new(const struct outgoing_options *options)
{
	static const double seconds[] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
		1, 2.5, 5, 10 };
	struct outgoing *o = xcalloc(1, sizeof *o);

	o->o = *options;
	o->slots = xcalloc(options->max, sizeof *o->slots);
	for (size_t i = 0; i < options->max; i++)
		o->slots[i].next_free = i + 1 < options->max ? i + 1 : NO_SLOT;
	o->produce_seconds = metrics_histogram(options->metrics, "produce_seconds", "",
		"From handing a record to Kafka's client to its report.", seconds,
		ARRAY_LEN(seconds));
	o->in_flight = metrics_gauge(options->metrics, "events_in_flight", "",
		"Events that wait for Kafka's acknowledgement.");
	return o;
}

void outgoing_free(struct outgoing *o)
{
	if (!o)
		return;
	free(o->slots);
	free(o);
}

void outgoing_set_publisher(struct outgoing *o, struct publisher *publisher)
{
	o->publisher = publisher;
}

static void set_waiting(struct outgoing *o, size_t waiting)
{
	o->waiting = waiting;
	metric_set(o->in_flight, (double)waiting, NULL);
}

enum outgoing_result outgoing_send(struct outgoing *o, const struct event *event,
	void (*on_report)(void *cookie, const struct delivery_report *report), void *cookie)
{
	size_t id = o->first_free;
	struct slot *slot;
	struct record record;

	if (!o->publisher)
		return OUTGOING_STOPPING;
	if (publisher_away(o->publisher))
		return OUTGOING_AWAY;
	if (id == NO_SLOT)
		return OUTGOING_FULL;
	event_write(event, &record);
	if (publisher_send(o->publisher, &record, id) != PUBLISH_QUEUED) {
		record_done(&record);
		return OUTGOING_FULL;
	}
	slot = &o->slots[id];
	o->first_free = slot->next_free;
	slot->on_report = on_report;
	slot->cookie = cookie;
	slot->sent_ms = process_mono_ms();
	memcpy(slot->scene_id, event->scene_id, sizeof slot->scene_id);
	set_waiting(o, o->waiting + 1);
	return OUTGOING_SENT;
}

size_t outgoing_waiting(const struct outgoing *o)
{
	return o->waiting;
}

/* The slot is free before its owner hears of it, who may want to send the next. */
void outgoing_delivered(void *outgoing, uint64_t id, const struct delivery_report *report)
{
	struct outgoing *o = outgoing;
	struct slot slot = o->slots[id];

	o->slots[id] = (struct slot){ .next_free = o->first_free };
	o->first_free = (size_t)id;
	set_waiting(o, o->waiting - 1);
	metric_observe(o->produce_seconds, (double)(process_mono_ms() - slot.sent_ms) / 1000, NULL);
	if (report->outcome == DELIVERY_DONE && o->o.on_accepted)
		o->o.on_accepted(o->o.cookie, slot.scene_id, report->offset);
	slot.on_report(slot.cookie, report);
}
