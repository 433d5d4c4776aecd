/* Attributes, errors for people, and allocation that does not come back empty-handed. */
#ifndef COMMON_BASE_H
#define COMMON_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WARN_UNUSED __attribute__((warn_unused_result))
#define PRINTF_LIKE(string, args) __attribute__((format(printf, string, args)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Frees the variable at the end of its scope: `auto_free char *path = xstrdup(…)`. */
#define auto_free __attribute__((cleanup(base_free_pointer)))
void base_free_pointer(void *pointer_to_pointer);

/*
 * Why something did not work, in a sentence for a person: what happened, to which thing, what
 * to do. Functions that take one fill it when, and only when, they fail.
 */
struct error {
	char text[512];
};

/* Fills *err (NULL is allowed); always returns false, so that `return error_set(…)` reads well. */
bool error_set(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Small, bounded allocations. Out of memory they write one line and abort: the supervisor
 * restarts us and Kafka redelivers. What a peer can size goes into a struct buf instead.
 */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull)) WARN_UNUSED;
void *xrealloc(void *old, size_t count, size_t size) __attribute__((returns_nonnull)) WARN_UNUSED;
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull)) WARN_UNUSED;
char *xstrndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull)) WARN_UNUSED;
char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2)
	__attribute__((returns_nonnull)) WARN_UNUSED;

/* A copy of `text`, or NULL for NULL. */
char *xstrdup_or_null(const char *text) WARN_UNUSED;

/* Equal, where NULL equals only NULL. */
bool str_equal(const char *a, const char *b);

/* FNV-1a, 64 bits: for tables and for telling values apart, never for secrets. */
uint64_t hash_bytes(const void *bytes, size_t len);

#endif
