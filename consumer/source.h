/* The consumer group on scene-events: assignment, records, offsets. */
#ifndef CONSUMER_SOURCE_H
#define CONSUMER_SOURCE_H

#include "common/kafka.h"

struct source;

struct source_options {
	struct kafka_options kafka;
	const char *group_id;
	const char *group_instance_id; /* "" or NULL: dynamic membership */
	/*
	 * The group wants to give us these partitions: they start with source_start(), which may come
	 * later.
	 */
	void (*on_assigned)(void *cookie, const int32_t *partitions, size_t count);
	/* The group wants them back: source_release() is owed, soon. lost: they are gone already. */
	void (*on_revoked)(void *cookie, bool lost);
	/* `end`: of its partition's log when it was started. */
	void (*on_record)(void *cookie, const struct record *record, int64_t end);
	/* What we would read next was deleted; `first` is what is still there, and is read next. */
	void (*on_gap)(void *cookie, int32_t partition, int64_t first);
	/* The group will not have us any more (a second process with our group_instance_id). */
	void (*on_fenced)(void *cookie, const char *reason);
	void *cookie;
};

/* Joins the group. Callbacks come only from source_dispatch(). NULL with *err. */
struct source *source_open(const struct source_options *o, struct error *err) WARN_UNUSED;

int source_fd(const struct source *s);

/*
 * Hands over at most `max` records; true when there may be more. To be called at least every few
 * seconds: the group takes who does not poll for dead.
 */
bool source_dispatch(struct source *s, size_t max);

/* Consumes the assigned partitions from their committed offsets. */
void source_start(struct source *s);

/* Leaves the group and joins it again: the group will take back what is assigned, and assign anew. */
void source_rejoin(struct source *s);

/* Gives the revoked partitions back; what was stored is committed. */
void source_release(struct source *s);

void source_pause(struct source *s);
void source_resume(struct source *s);

/* Everything below `offset` is done with; committed within a second. */
void source_store(struct source *s, int32_t partition, int64_t offset);

/* Commits, leaves the group, frees. Can hang in librdkafka 2.0.2: have a watchdog. */
void source_close(struct source *s);

#endif
