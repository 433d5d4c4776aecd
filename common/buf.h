/* Growable bytes with a limit that is fixed when the buffer is born. */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "common/base.h"

struct buf {
	char *data; /* always NUL-terminated once anything was put; NULL before */
	size_t len; /* bytes, without the NUL */
	size_t limit; /* `len` never exceeds it */
	size_t capacity;
	bool overflowed; /* something was refused: the content is not whole */
};

#define auto_buf __attribute__((cleanup(buf_done))) struct buf

/* An empty buffer that takes at most `limit` bytes. */
void buf_init(struct buf *b, size_t limit);

/* Frees the bytes; the buffer can be used again, with the same limit. */
void buf_done(struct buf *b);

/* Empties the buffer, keeps its memory. */
void buf_clear(struct buf *b);

/*
 * Append. false, and nothing changes but `overflowed`, when the limit would be passed. The flag
 * stays until buf_clear(), so that a chain of puts needs one look at its end.
 */
bool buf_put(struct buf *b, const void *bytes, size_t len);
bool buf_puts(struct buf *b, const char *text);
bool buf_putc(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* The content as a string; "" when nothing was put. Borrowed until the next change. */
const char *buf_text(const struct buf *b);

/* Gives the bytes away (free() them) and leaves the buffer empty. Never NULL. */
char *buf_take(struct buf *b) WARN_UNUSED;

#endif
