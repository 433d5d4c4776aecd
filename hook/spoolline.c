#include "hook/spoolline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WAITING '+'

static uint64_t checksum(uint64_t id, const char *body, size_t len)
{
	return hash_bytes(body, len) ^ hash_bytes(&id, sizeof id);
}

/* Writes the head, and a NUL behind it. */
static void write_head(char ret_head[SPOOLLINE_HEAD + 1], uint64_t id, const char *body, size_t len)
{
	snprintf(ret_head, SPOOLLINE_HEAD + 1, "%c %016" PRIx64 " %016" PRIx64 " ", WAITING, id,
		checksum(id, body, len));
}

size_t spoolline_write(char ret_text[SPOOLLINE_BYTES], uint64_t id, const char *body, size_t len)
{
	if (len > SPOOLLINE_BODY || memchr(body, '\n', len))
		return 0;
	write_head(ret_text, id, body, len);
	memcpy(ret_text + SPOOLLINE_HEAD, body, len);
	ret_text[SPOOLLINE_HEAD + len] = '\n';
	return SPOOLLINE_HEAD + len + 1;
}

static bool read_id(const char *text, uint64_t *ret_id)
{
	uint64_t id = 0;

	for (size_t i = 0; i < 16; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

		if (!digit)
			return false;
		id = id << 4 | (uint64_t)(digit - digits);
	}
	*ret_id = id;
	return true;
}

enum spoolline_state spoolline_parse(const char *text, size_t len, struct spoolline *ret)
{
	char head[SPOOLLINE_HEAD + 1];
	struct spoolline line = { 0 };

	if (len == 0 || text[0] == SPOOLLINE_DELIVERED)
		return SPOOLLINE_IS_DELIVERED;
	if (len < SPOOLLINE_HEAD || !read_id(text + 2, &line.id))
		return SPOOLLINE_IS_UNREADABLE;
	line.body = text + SPOOLLINE_HEAD;
	line.body_len = len - SPOOLLINE_HEAD;
	write_head(head, line.id, line.body, line.body_len);
	if (memcmp(head, text, SPOOLLINE_HEAD) != 0)
		return SPOOLLINE_IS_UNREADABLE;
	*ret = line;
	return SPOOLLINE_IS_WAITING;
}
