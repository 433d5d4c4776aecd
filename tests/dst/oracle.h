/*
 * Sees everything that happens, and knows the promise (DESIGN §1): by its own rules, never by the
 * engine's word.
 */
#ifndef TESTS_DST_ORACLE_H
#define TESTS_DST_ORACLE_H

#include "consumer/effects.h"
#include "tests/dst/group.h"
#include "tests/dst/stashworld.h"

enum { MAX_RETRIES = 5, NOT_FOUND_WINDOW_MS = 7200000 };
#define EVENTS_TOPIC "plexsync.scene-events"

/* What is known of a record of the events. */
struct oracle_record {
	struct stashscene *scene; /* NULL: a corrupt one */
	bool settled; /* its outcome is durable, and an instance was told */
	bool pinned; /* a person chose the item */
	bool letter; /* a dead letter of it was written, and had to be */
	bool stray; /* it stands in a partition that is not its scene's */
};

struct oracle_partition {
	struct oracle_record *records;
	size_t count;
	int64_t stored; /* the highest that an instance stored */
};

struct oracle_scene {
	int in_flight[CONSUMERS_MAX]; /* edits */
	int64_t intent[CONSUMERS_MAX]; /* the offset of the stamp last reported; -1: none */
	int failures; /* of its own, since its last outcome */
	bool pending; /* the log has a record that counts attempts: after a crash these go on */
	int64_t dead_covers; /* what stamps after legitimate dead letters cover; -1: nothing */
	int letters, letters_before; /* all; and when the last outcome came */
	int64_t covers; /* the highest that any stamp covers; -1: nothing */
	int64_t first_ms; /* its first event came; -1: none yet */
	bool missing; /* the log has a record that says that it waits for an item … */
	int64_t came_ms; /* … which came then, where that is told of; -1: not */
};

struct oracle {
	struct stage *stage;
	struct oracle_partition *partitions;
	struct oracle_scene *scenes;
};

void oracle_init(struct oracle *o, struct stage *stage);
void oracle_done(struct oracle *o);

/* An event is in the log; `version`: of a full one, 0: thin; `scene` NULL: a corrupt record. */
void oracle_accepted(
	void *oracle, struct stashscene *scene, int version, const struct record *record);

/* Before an edit is sent; `owned`: by partition, what the instance has not given back. */
void oracle_edit(struct oracle *o, int consumer, const bool *owned, const struct effect *effect);
void oracle_edit_begun(struct oracle *o, int consumer, int number);
void oracle_edit_over(struct oracle *o, int consumer, int number);

/* An answer about a scene that is not due to an outage. */
void oracle_answered(struct oracle *o, enum effect_kind kind, enum outcome outcome, int number);

/* A scene's item is in Plex from now on, and nothing is wrong any more. */
void oracle_item_came(struct oracle *o, int number);

/* A stamp or dead letter is in the log; the instance is told. */
void oracle_landed(struct oracle *o, const struct record *record);
void oracle_reported(
	struct oracle *o, int consumer, const struct record *record, int64_t offset, bool done);

void oracle_stored(struct oracle *o, int consumer, int32_t partition, int64_t offset, bool owned);

/* The world is quiet: is everything as promised? */
void oracle_judge(struct oracle *o);

#endif
