#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit };
}

void buf_done(struct buf *b)
{
	free(b->data);
	buf_init(b, b->limit);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflowed = false;
	if (b->data)
		b->data[0] = '\0';
}

/* Room for `more` bytes and the NUL, or false when the limit says no. */
static bool reserve(struct buf *b, size_t more)
{
	size_t capacity = b->capacity ? b->capacity : 64;

	if (more > b->limit - b->len) {
		b->overflowed = true;
		return false;
	}
	if (b->len + more < b->capacity)
		return true;
	while (capacity <= b->len + more)
		capacity *= 2;
	b->data = xrealloc(b->data, capacity, 1);
	b->capacity = capacity;
	return true;
}

bool buf_put(struct buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return false;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
	return true;
}

bool buf_puts(struct buf *b, const char *text)
{
	return buf_put(b, text, strlen(text));
}

bool buf_putc(struct buf *b, char c)
{
	return buf_put(b, &c, 1);
}

bool buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len >= 0 && reserve(b, (size_t)len)) {
		vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
		b->len += (size_t)len;
	} else {
		b->overflowed = true;
	}
	va_end(again);
	return !b->overflowed;
}

const char *buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_take(struct buf *b)
{
	char *bytes = b->data ? b->data : xcalloc(1, 1);

	b->data = NULL;
	buf_done(b);
	return bytes;
}
