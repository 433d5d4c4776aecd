/*
 * One line of the spool file: a hook that waits for the producer.
 *
 *   + 00c0ffee00c0ffee 0123456789abcdef {"id":45,"type":"Scene.Update.Post","input":{}}
 *
 * The state ('+' waits, '-' was delivered: the only byte that ever changes), the line's id, the
 * checksum of id and body (FNV-1a, 64 bits), the body. What a process that was killed, a full disk
 * or a power cut leaves behind is told from a line by its checksum.
 */
#ifndef HOOK_SPOOLLINE_H
#define HOOK_SPOOLLINE_H

#include "common/base.h"

#define SPOOLLINE_BODY 65535 /* bytes of a body */
#define SPOOLLINE_HEAD 36 /* what stands before it */
#define SPOOLLINE_BYTES (SPOOLLINE_HEAD + SPOOLLINE_BODY + 1) /* of a line, newline included */
#define SPOOLLINE_DELIVERED '-'

enum spoolline_state {
	SPOOLLINE_IS_WAITING,
	SPOOLLINE_IS_DELIVERED, /* or nothing but a newline */
	SPOOLLINE_IS_UNREADABLE,
};

struct spoolline {
	uint64_t id;
	const char *body; /* borrowed, not terminated */
	size_t body_len;
};

/*
 * Writes the waiting line with its newline, not terminated. `body` must hold no newline. Returns
 * the length, or 0 if the body is too long or has a newline.
 */
size_t spoolline_write(char ret_text[SPOOLLINE_BYTES], uint64_t id, const char *body, size_t len);

/* Reads a line of `len` bytes, without its newline. *ret is filled if it is waiting. */
enum spoolline_state spoolline_parse(const char *text, size_t len, struct spoolline *ret);

#endif
