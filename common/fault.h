/* What is wrong with a peer's JSON: where, and a sentence. */
#ifndef COMMON_FAULT_H
#define COMMON_FAULT_H

#include "common/base.h"

#define FAULT_POINTER_SIZE 128

struct fault {
	char pointer[FAULT_POINTER_SIZE]; /* RFC 6901; "": the whole */
	struct error error; /* valid UTF-8, whatever the peer sent */
};

/* Fills *fault (NULL is allowed); always false. */
bool fault_set(struct fault *fault, const char *pointer, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
