/*
 * A strict push scanner for one JSON text (RFC 8259, UTF-8), in fixed memory.
 *
 * Bytes go in as they come, in pieces of any size; events come out. Strings and numbers are
 * decoded into `text`, up to its size; what is longer passes by unread, so that a value of many
 * megabytes costs nothing. Refused: everything that RFC 8259 refuses, invalid UTF-8, half
 * surrogate pairs, and more than JSONSCAN_DEPTH open containers. Needs nothing but libc.
 */
#ifndef COMMON_JSONSCAN_H
#define COMMON_JSONSCAN_H

#include "common/base.h"

#define JSONSCAN_DEPTH 64
#define JSONSCAN_TEXT 4096

enum jsonscan_event {
	JSONSCAN_BAD, /* `fault` and `offset` say what is wrong, and where */
	JSONSCAN_MORE, /* all bytes are used up */
	JSONSCAN_KEY, /* in `text` */
	JSONSCAN_END, /* of the innermost array or object */
	/* the rest are the values */
	JSONSCAN_NULL,
	JSONSCAN_BOOL,
	JSONSCAN_NUMBER, /* as it was written, in `text` */
	JSONSCAN_STRING, /* decoded, in `text` */
	JSONSCAN_OBJECT, /* has begun */
	JSONSCAN_ARRAY, /* has begun */
};

struct jsonscan {
	/* Of the newest event; valid until the next call. */
	char text[JSONSCAN_TEXT + 1]; /* NUL-terminated UTF-8 */
	size_t text_len;
	bool text_whole; /* false: longer than `text`, or it holds U+0000; not to be compared */
	uint64_t value_offset; /* of its first byte in the JSON text */

	const char *fault; /* after JSONSCAN_BAD: a phrase that follows a colon */
	uint64_t offset; /* of the next byte; after JSONSCAN_BAD, of the faulty one */
	unsigned depth; /* open containers */

	/* Private to jsonscan.c. */
	unsigned state;
	uint64_t objects; /* bit n: container n is an object */
	bool is_key;
	const char *literal; /* what is left of true, false or null */
	unsigned hex_left;
	uint32_t code, high; /* \uXXXX being read; the high surrogate before it */
	unsigned utf8_left;
	unsigned char utf8_low, utf8_high; /* range of the next continuation byte */
};

/* Ready for the first byte. */
void jsonscan_init(struct jsonscan *s);

/*
 * Reads on until something can be said; *bytes and *len move past what was read. Call it again
 * until it says JSONSCAN_MORE (feed more bytes) or JSONSCAN_BAD (which stays).
 */
enum jsonscan_event jsonscan_next(struct jsonscan *s, const char **bytes, size_t *len);

/*
 * No byte follows: true if one whole JSON text was read, else `fault` and `offset` are set. (The
 * event of a number that is the whole text is not told: only the next byte would show its end.)
 */
bool jsonscan_finish(struct jsonscan *s) WARN_UNUSED;

#endif
