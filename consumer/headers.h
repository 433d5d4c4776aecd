/* How plexsync writes headers of its own, so that Kafka's line tools can carry them (DESIGN §3). */
#ifndef CONSUMER_HEADERS_H
#define CONSUMER_HEADERS_H

#include "common/record.h"

/* Text is percent-encoded where needed, and cut at 4 KiB between two characters. */
void headers_add_text(struct record *r, const char *name, const char *text);
void headers_add_number(struct record *r, const char *name, int64_t number);
void headers_add_time(struct record *r, const char *name, int64_t ms); /* wall; RFC 3339 */

/* 0 when there is no such header, or none that says such a thing. */
int64_t headers_number(const struct record *r, const char *name); /* not negative */
int64_t headers_time(const struct record *r, const char *name); /* wall, ms */

/*
 * Drops what an earlier retry or death of the event says: it has nothing to do with this one. How
 * often it came back from the dead stays, and counts one more for a dead letter that came back.
 */
void headers_drop_ours(struct record *r);

#endif
