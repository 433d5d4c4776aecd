/*
 * The contract between the services: an event as a Kafka record, in CloudEvents 1.0 binary mode
 * (https://github.com/cloudevents/spec, Kafka protocol binding), strict on write, tolerant on read.
 */
#ifndef COMMON_EVENT_H
#define COMMON_EVENT_H

#include "common/record.h"
#include "common/scene.h"

enum action { ACTION_CREATE, ACTION_UPDATE, ACTION_DESTROY, ACTION_RESYNC };

const char *action_name(enum action action); /* "create", "update", "destroy", "resync" */

/* What `plexsync.scene.….v1` stands for; false for another type. */
bool action_from_type(enum action *ret, const char *type) WARN_UNUSED;

struct event {
	char *id; /* ce_id; never NULL after event_read() */
	char *source; /* ce_source; "" after event_read() of a record that lost it */
	char *traceparent; /* NULL: none */
	int64_t time_ms; /* ce_time, since 1970; 0: unknown */
	char scene_id[SCENE_ID_SIZE];
	enum action action;
	int64_t updated_at_ms; /* the scene's version; 0: unknown */
	struct string_list changed;
	struct scene *scene; /* NULL: a thin event */
	char *rating_key; /* a person's choice; NULL: none */
	bool force;
	char *path, *oshash, *checksum; /* destroy only; NULL: unknown */
	int replays; /* how often it came back from the dead letters */
};

void event_done(struct event *e);
void event_copy(struct event *ret, const struct event *from);

/*
 * Reads the value's JSON object (DESIGN §3 "Event"): unknown keys are ignored, known ones must be
 * right. What the headers hold (id, source, time, traceparent, replays) is not touched, all else in *ret
 * must be zero before; on failure it may be filled in part: the caller calls event_done() either way.
 * The version is that of the event or of its scene; when both are there they must be the same.
 */
bool event_parse(struct event *ret, const char *json, size_t len, struct fault *fault) WARN_UNUSED;

/*
 * The same for an object that was parsed already and lies at `pointer`: a member of a list, the
 * `data` of a structured CloudEvent.
 */
bool event_from_json(struct event *ret, const json_t *value, const char *pointer,
	struct fault *fault) WARN_UNUSED;

/*
 * Reads a record of scene-events or one that was derived from it. A record that lost its headers
 * still works: its id is then scene-events/PARTITION/OFFSET of its first place, as far as the retry's or
 * dead letter's headers tell. The key must be the scene id when present. *ret need not be
 * initialised; on failure it is zeroed.
 */
bool event_read(struct event *ret, const struct record *record, struct fault *fault) WARN_UNUSED;

/* Writes value, key and headers of a new record for TOPIC_EVENTS. The event must be whole. */
void event_write(const struct event *e, struct record *ret);

/*
 * What is newer (DESIGN §3 "Versions"): by updated_at (else the event's time), then by the time of
 * observation, then by offset.
 */
struct version {
	int64_t updated_ms, observed_ms, offset;
};

int version_compare(struct version a, struct version b); /* <0, 0, >0 */

#endif
