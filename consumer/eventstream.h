/*
 * Server-sent events: bytes in pieces of any size → events (WHATWG HTML, "Server-sent events",
 * §9.2.6). Lines end with CR, LF or CRLF. What is longer than a limit is skipped to its end and told
 * as lost; nothing that comes is fatal, since a stream of garbage is a stream without events.
 */
#ifndef CONSUMER_EVENTSTREAM_H
#define CONSUMER_EVENTSTREAM_H

#include "common/buf.h"

enum {
	EVENTSTREAM_LINE_MAX = 64 * 1024, /* bytes of one line */
	EVENTSTREAM_DATA_MAX = 256 * 1024, /* bytes of all data lines of one event */
	EVENTSTREAM_TYPE_MAX = 63, /* bytes of an event's type; a longer one is cut */
};

enum eventstream_kind {
	EVENTSTREAM_EVENT,
	EVENTSTREAM_LOST, /* an event that passed a limit; `data` is empty */
	EVENTSTREAM_SIGN_OF_LIFE, /* a comment, or an event without data */
};

struct eventstream {
	struct buf line, data;
	char type[EVENTSTREAM_TYPE_MAX + 1]; /* of the event that is being read; "": none */
	bool has_data; /* at least one data line came */
	bool lost; /* a part of the event was skipped */
	bool after_cr; /* a LF that comes now belongs to the CR before it */
	bool begun; /* the first line was read: a byte-order mark may stand before it only */
	/* `type` is "message" when none was given; everything is borrowed for the call. */
	void (*on_event)(void *cookie, enum eventstream_kind kind, const char *type,
		const char *data, size_t len);
	void *cookie;
};

void eventstream_init(struct eventstream *s,
	void (*on_event)(void *cookie, enum eventstream_kind kind, const char *type,
		const char *data, size_t len),
	void *cookie);
void eventstream_done(struct eventstream *s);

/* Calls on_event for each event that is complete. What is incomplete at the end is no event. */
void eventstream_put(struct eventstream *s, const char *bytes, size_t len);

#endif
