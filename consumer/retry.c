#include "consumer/retry.h"

#include "common/buf.h"
#include "common/rfc3339.h"
#include "consumer/headers.h"
#include "consumer/plex.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char attempt[] = "plexsync-attempt", misses[] = "plexsync-misses",
		  due[] = "plexsync-due", first_failed[] = "plexsync-first-failed",
		  error_class[] = "plexsync-error", detail[] = "plexsync-error-detail",
		  place[] = "plexsync-source", fetch[] = "plexsync-fetch",
		  force[] = "plexsync-force", rating_key[] = "plexsync-rating-key",
		  verify_until[] = "plexsync-verify-until", files[] = "plexsync-files";

enum { FILES_LEN = PATHTRACES_MAX * 34 }; /* two hashes for each, and what separates them */

void retry_done(struct retry *r)
{
	free(r->detail);
	*r = (struct retry){ .reason = "" };
}

/* ---- writing ---- */

static void add_place(struct record *r, const struct record *event)
{
	auto_free char *text =
		xasprintf("%d/%lld", (int)event->partition, (long long)event->offset);

	record_add_text_header(r, place, text);
}

/* "TAIL:NAME,…", in hexadecimal digits. */
static void add_files(struct record *r, const struct pathtraces *traces)
{
	auto_buf text;

	buf_init(&text, FILES_LEN);
	for (size_t i = 0; i < traces->count; i++)
		buf_printf(&text, "%s%016" PRIx64 ":%016" PRIx64, i ? "," : "",
			traces->items[i].tail, traces->items[i].name);
	if (traces->count)
		record_add_text_header(r, files, buf_text(&text));
}

void retry_write(struct record *ret, const struct want *want, const struct retry *retry)
{
	record_copy(ret, &want->record);
	ret->topic = TOPIC_RETRIES;
	/* Some tools send an event without a key; a compacted topic takes none. */
	if (!ret->key_len)
		record_set_key(ret, want->event.scene_id, strlen(want->event.scene_id));
	headers_drop_ours(ret);
	headers_add_number(ret, attempt, retry->attempts);
	if (retry->misses)
		headers_add_number(ret, misses, retry->misses);
	headers_add_time(ret, due, retry->due_ms);
	if (retry->first_failed_ms)
		headers_add_time(ret, first_failed, retry->first_failed_ms);
	record_add_text_header(ret, error_class, retry->reason);
	if (retry->detail)
		headers_add_text(ret, detail, retry->detail);
	add_place(ret, &want->record);
	if (want->fetch)
		record_add_text_header(ret, fetch, "1");
	if (want->force)
		record_add_text_header(ret, force, "1");
	if (want->rating_key)
		record_add_text_header(ret, rating_key, want->rating_key);
	add_files(ret, &retry->files);
	if (retry->verify_until_ms)
		headers_add_time(ret, verify_until, retry->verify_until_ms);
	covers_write(ret, retry->covers);
}

void retry_write_tombstone(
	struct record *ret, const char *scene_id, int32_t partition, struct covers covers)
{
	*ret = (struct record){ .topic = TOPIC_RETRIES, .partition = partition };
	record_set_key(ret, scene_id, strlen(scene_id));
	covers_write(ret, covers);
}

/* ---- reading ---- */

/*
 * Where the event stands in scene-events: the order of versions and its dead letter need that. Strictly,
 * and no offset of more digits than a fence may have: what is written next covers it.
 */
static bool read_place(const struct record *record, struct record *event)
{
	auto_free char *text = record_header_text(record, place, 40);
	auto_free char *partition = xasprintf("%d/", (int)record->partition);
	size_t len = strlen(partition), digits;

	if (!text || strncmp(text, partition, len) != 0)
		return false;
	digits = strspn(text + len, "0123456789");
	if (digits == 0 || digits > 18 || text[len + digits])
		return false;
	event->offset = strtoll(text + len, NULL, 10);
	return true;
}

/* What is of another shape ends the list. */
static void read_files(const struct record *record, struct pathtraces *ret)
{
	auto_free char *text = record_header_text(record, files, FILES_LEN);
	char *at = text;

	*ret = (struct pathtraces){ .count = 0 };
	while (at && ret->count < PATHTRACES_MAX) {
		struct pathtrace trace = { .tail = strtoull(at, &at, 16) };

		if (*at != ':')
			return;
		trace.name = strtoull(at + 1, &at, 16);
		ret->items[ret->count++] = trace;
		at = *at == ',' ? at + 1 : NULL;
	}
}

static void read_want(const struct record *record, struct want *want, struct event *take_event)
{
	want->any = true;
	want->event = *take_event;
	*take_event = (struct event){ .id = NULL };
	want->fetch = record_header(record, fetch) || !want->event.scene;
	want->force = record_header(record, force) || want->event.force;
	want->rating_key = record_header_text(record, rating_key, PLEX_KEY_MAX);
	if (!want->rating_key)
		want->rating_key = xstrdup_or_null(want->event.rating_key);
}

bool retry_read(
	const struct record *record, struct want *ret_want, struct retry *ret, struct fault *fault)
{
	struct event event;
	auto_free char *reason = record_header_text(record, error_class, sizeof ret->reason - 1);

	if (!event_read(&event, record, fault))
		return false;
	*ret_want = (struct want){ .covers = -1 };
	record_copy(&ret_want->record, record);
	if (!read_place(record, &ret_want->record)) {
		fault_set(fault, "", "The record does not say where its event stands");
		record_done(&ret_want->record);
		event_done(&event);
		return false;
	}
	headers_drop_ours(&ret_want->record);
	ret_want->record.topic = TOPIC_EVENTS;
	read_want(record, ret_want, &event);
	*ret = (struct retry){
		.attempts = (int)headers_number(record, attempt),
		.misses = (int)headers_number(record, misses),
		.due_ms = headers_time(record, due),
		.first_failed_ms = headers_time(record, first_failed),
		.verify_until_ms = headers_time(record, verify_until),
	};
	snprintf(ret->reason, sizeof ret->reason, "%s", reason ? reason : "");
	read_files(record, &ret->files);
	if (covers_read(&ret->covers, record))
		ret_want->covers = ret->covers.offset;
	if (ret_want->covers < ret_want->record.offset)
		ret_want->covers = ret_want->record.offset;
	return true;
}

int64_t retry_due_ms(const struct record *record)
{
	return headers_time(record, due);
}
