#include "hook/line.h"

#include <stdio.h>
#include <string.h>

#define ROOM (LINE_MAX_BYTES - 16) /* leaves space for the end of any line */

struct line {
	char *bytes;
	size_t len;
};

static void put(struct line *line, const char *bytes, size_t len)
{
	if (len <= ROOM - line->len) {
		memcpy(line->bytes + line->len, bytes, len);
		line->len += len;
	}
}

/* The length of the UTF-8 sequence of two or more bytes at `text`; 0 if there is none. */
static size_t sequence(const unsigned char *text)
{
	size_t len = text[0] >= 0xf0 && text[0] <= 0xf4   ? 4
		     : text[0] >= 0xe0 && text[0] <= 0xef ? 3
		     : text[0] >= 0xc2 && text[0] <= 0xdf ? 2
							  : 0;
	unsigned char low = text[0] == 0xe0 ? 0xa0 : text[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char high = text[0] == 0xed ? 0x9f : text[0] == 0xf4 ? 0x8f : 0xbf;

	for (size_t i = 1; i < len; i++) {
		if (text[i] < low || text[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

/* The text without the secret; what is not printable becomes a space or a question mark. */
static void put_text(struct line *line, const char *text, const char *secret, const char *escaped)
{
	size_t secret_len = strlen(secret);

	while (*text) {
		size_t len = sequence((const unsigned char *)text);
		unsigned char c = (unsigned char)*text;

		if (secret_len && strncmp(text, secret, secret_len) == 0) {
			put(line, "[redacted]", 10);
			text += secret_len;
			continue;
		}
		if (c < 0x20 || c == 0x7f)
			put(line, " ", 1);
		else if (c >= 0x80 && len == 0)
			put(line, "?", 1);
		else if (strchr(escaped, c))
			put(line, (const char[2]){ '\\', *text }, 2);
		else
			put(line, text, len ? len : 1);
		text += len ? len : 1;
	}
}

static size_t end_line(struct line *line, const char *end)
{
	size_t len = strlen(end);

	memcpy(line->bytes + line->len, end, len + 1);
	return line->len + len;
}

size_t line_json(
	char ret_line[LINE_MAX_BYTES], const char *key, const char *text, const char *secret)
{
	struct line line = { ret_line, 0 };

	put(&line, "{\"", 2);
	put(&line, key, strlen(key));
	put(&line, "\":\"", 3);
	put_text(&line, text, secret, "\"\\");
	return end_line(&line, "\"}\n");
}

size_t line_log(char ret_line[LINE_MAX_BYTES], char level, const char *text, const char *secret)
{
	struct line line = { ret_line, 0 };

	put(&line, (const char[3]){ 1, level, 2 }, 3);
	put_text(&line, text, secret, "");
	return end_line(&line, "\n");
}
