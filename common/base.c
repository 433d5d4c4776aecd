#include "common/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void base_free_pointer(void *pointer_to_pointer)
{
	void **pointer = pointer_to_pointer;

	free(*pointer);
}

bool error_set(struct error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return false;
	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	return false;
}

static void *or_abort(void *memory)
{
	if (!memory) {
		fputs("level=error event=out_of_memory\n", stderr);
		abort();
	}
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	return or_abort(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t count, size_t size)
{
	return or_abort(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return or_abort(strdup(text));
}

char *xstrndup(const char *text, size_t len)
{
	return or_abort(strndup(text, len));
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text = NULL;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	return or_abort(len < 0 ? NULL : text);
}

char *xstrdup_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

bool str_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

uint64_t hash_bytes(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++) {
		hash ^= p[i];
		hash *= 0x100000001b3u;
	}
	return hash;
}
