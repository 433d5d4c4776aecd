#include "consumer/xmltext.h"

#include "common/text.h"

#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Char of XML 1.0 §2.2. */
static bool is_character(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) ||
	       (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

static int digit_value(char c, int base)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c) : NULL;

	return found && found - digits < base ? (int)(found - digits) : -1;
}

/*
 * Bytes of a reference `&#…;` to what is no character; 0 for anything else, also for one that is
 * malformed, which the parser shall refuse.
 */
static size_t bad_reference(const char *text, size_t len)
{
	size_t i = 2, first;
	int base = 10, digit;
	uint32_t c = 0;

	if (len < 4 || text[0] != '&' || text[1] != '#')
		return 0;
	if (text[i] == 'x') {
		base = 16;
		i++;
	}
	for (first = i; i < len && (digit = digit_value(text[i], base)) >= 0; i++)
		if (c <= 0x10FFFF)
			c = c * (uint32_t)base + (uint32_t)digit;
	if (i == first || i == len || text[i] != ';' || is_character(c))
		return 0;
	return i + 1;
}

/* Bytes at `text`, which is valid UTF-8, that are to be replaced by one U+FFFD. */
static size_t bad_length(const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];

	if (c == '&')
		return bad_reference(text, len);
	if (c < 0x20)
		return is_character(c) ? 0 : 1;
	if (len >= 3 &&
		(memcmp(text, "\xEF\xBF\xBE", 3) == 0 || memcmp(text, "\xEF\xBF\xBF", 3) == 0))
		return 3;
	return 0;
}

bool xmltext_scrub(struct buf *out, const char *body, size_t len)
{
	auto_buf valid;
	size_t kept = 0, i = 0;

	buf_init(&valid, out->limit);
	if (!text_scrub(&valid, body, len)) {
		out->overflowed = true;
		return false;
	}
	while (i < valid.len) {
		size_t bad = bad_length(valid.data + i, valid.len - i);

		if (bad == 0) {
			i++;
			continue;
		}
		buf_put(out, valid.data + kept, i - kept);
		buf_puts(out, REPLACEMENT);
		i += bad;
		kept = i;
	}
	if (valid.len > kept)
		buf_put(out, valid.data + kept, valid.len - kept);
	return !out->overflowed;
}
