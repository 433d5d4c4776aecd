/*
 * Dead letters of records that are no events, on their way: they have no scene and so no lane. One
 * that Kafka refuses is sent again, because nothing must be lost.
 */
#ifndef CONSUMER_LETTERS_H
#define CONSUMER_LETTERS_H

#include "consumer/deadletters.h"
#include "consumer/effects.h"
#include "consumer/partitions.h"

struct letters {
	struct letter *first;
	int64_t again_ms; /* rest before a refused one is sent again */
};

void letters_clear(struct letters *l);
bool letters_empty(const struct letters *l);

/* Sends the record off; its place is settled once it has arrived. */
void letters_add(struct letters *l, const struct record *record,
	const struct deadletter_cause *cause, struct effects *effects);

/* The answer to one of their calls; others are ignored. */
void letters_feed(struct letters *l, const struct input *answer, int64_t now_ms,
	struct partitions *partitions);

/* Sends those again that have rested. */
void letters_send_due(struct letters *l, int64_t now_ms, struct effects *effects);

/* When letters_send_due() is wanted, mono; INT64_MAX: not. */
int64_t letters_deadline_ms(const struct letters *l);

#endif
