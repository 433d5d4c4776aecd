/*
 * Records on their way that belong to no lane: dead letters of what is no event, strays, which go to the
 * partition of their key, and records of tables that a former owner overwrote. One that Kafka refuses is
 * sent again, because nothing must be lost.
 */
#ifndef CONSUMER_LETTERS_H
#define CONSUMER_LETTERS_H

#include "consumer/deadletters.h"
#include "consumer/effects.h"
#include "consumer/partitions.h"

#define REROUTED_HEADER "plexsync-rerouted"

struct letters {
	struct letter *first;
	int64_t again_ms; /* rest before a refused one is sent again */
};

void letters_clear(struct letters *l);
bool letters_empty(const struct letters *l);
size_t letters_count(const struct letters *l);

/* Sends a dead letter of the record; its place is settled once the letter has arrived. */
void letters_bury(struct letters *l, const struct record *record,
	const struct deadletter_cause *cause, struct effects *effects);

/*
 * Sends an event's record again, to the partition where its scene belongs, marked as rerouted: a
 * scene has one lane, and a lane the offsets of one partition. Its place is settled once it arrived.
 */
void letters_reroute(struct letters *l, const struct record *record, const char *scene_id,
	int32_t partition, struct effects *effects);

/* Sends a record of ours, for which no place is to be settled. *take_record is empty afterwards. */
void letters_send(struct letters *l, struct record *take_record, struct effects *effects);

/* The answer to one of their calls; others are ignored. */
void letters_feed(struct letters *l, const struct input *answer, int64_t now_ms,
	struct partitions *partitions);

/* Sends those again that have rested. */
void letters_send_due(struct letters *l, int64_t now_ms, struct effects *effects);

/* When letters_send_due() is wanted, mono; INT64_MAX: not. */
int64_t letters_deadline_ms(const struct letters *l);

#endif
