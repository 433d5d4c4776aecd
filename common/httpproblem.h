/* The body of an error: application/problem+json (RFC 9457). */
#ifndef COMMON_HTTPPROBLEM_H
#define COMMON_HTTPPROBLEM_H

#include "common/buf.h"

/* `pointer` (RFC 6901) may be NULL. Bytes that are not UTF-8 are scrubbed. */
void httpproblem_print(struct buf *out, unsigned status, const char *type, const char *title,
	const char *detail, const char *pointer);

#endif
