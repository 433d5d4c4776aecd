#include "common/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

enum {
	ZERO_WIDTH_NON_JOINER = 0x200c,
	ZERO_WIDTH_JOINER = 0x200d,
	NEXT_LINE = 0x85,
	LINE_SEPARATOR = 0x2028,
	PARAGRAPH_SEPARATOR = 0x2029,
	BLACK_FLAG = 0x1f3f4,
	FIRST_TAG = 0xe0020,
	LAST_TAG = 0xe007f,
};

/* How many bytes follow a first byte, and the range of the second (Unicode, table 3-7). */
struct sequence {
	unsigned char first, last; /* range of the first byte */
	unsigned char more;
	unsigned char low, high; /* range of the second byte; the others are 80 to BF */
};

static const struct sequence *find_sequence(unsigned char byte)
{
	static const struct sequence sequences[] = {
		{ 0x00, 0x7f, 0, 0, 0 },
		{ 0xc2, 0xdf, 1, 0x80, 0xbf },
		{ 0xe0, 0xe0, 2, 0xa0, 0xbf },
		{ 0xe1, 0xec, 2, 0x80, 0xbf },
		{ 0xed, 0xed, 2, 0x80, 0x9f },
		{ 0xee, 0xef, 2, 0x80, 0xbf },
		{ 0xf0, 0xf0, 3, 0x90, 0xbf },
		{ 0xf1, 0xf3, 3, 0x80, 0xbf },
		{ 0xf4, 0xf4, 3, 0x80, 0x8f },
	};

	for (size_t i = 0; i < ARRAY_LEN(sequences); i++) {
		if (byte >= sequences[i].first && byte <= sequences[i].last)
			return &sequences[i];
	}
	return NULL;
}

/* The length of the character, or of the maximal subpart of one, at the start; `len` is not 0. */
static size_t measure(const char *bytes, size_t len, bool *ret_valid)
{
	const unsigned char *p = (const unsigned char *)bytes;
	const struct sequence *sequence = find_sequence(p[0]);
	size_t done = 1;

	*ret_valid = false;
	if (!sequence)
		return 1;
	for (; done <= sequence->more; done++) {
		unsigned char low = done == 1 ? sequence->low : 0x80;
		unsigned char high = done == 1 ? sequence->high : 0xbf;

		if (done == len || p[done] < low || p[done] > high)
			return done;
	}
	*ret_valid = true;
	return done;
}

/* How many bytes at the start are whole characters. */
static size_t measure_valid(const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		bool valid;
		size_t step = measure(bytes + done, len - done, &valid);

		if (!valid)
			break;
		done += step;
	}
	return done;
}

bool text_valid(const char *bytes, size_t len)
{
	return measure_valid(bytes, len) == len;
}

bool text_scrub(struct buf *out, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t step = measure_valid(bytes, len);
		bool valid;

		if (!buf_put(out, bytes, step))
			return false;
		bytes += step;
		len -= step;
		if (len == 0)
			break;
		step = measure(bytes, len, &valid);
		if (!buf_puts(out, REPLACEMENT))
			return false;
		bytes += step;
		len -= step;
	}
	return true;
}

/* The text through utf8proc, scrubbed before when it must be; NULL when memory is short. */
static char *map(const char *text, size_t len, utf8proc_option_t options)
{
	auto_buf scrubbed;
	utf8proc_uint8_t *mapped = NULL;

	buf_init(&scrubbed, len * strlen(REPLACEMENT));
	if (!text_valid(text, len)) {
		if (!text_scrub(&scrubbed, text, len))
			return NULL;
		text = buf_text(&scrubbed);
		len = scrubbed.len;
	}
	if (utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &mapped,
		    UTF8PROC_STABLE | UTF8PROC_COMPOSE | options) < 0)
		return NULL;
	return (char *)mapped;
}

bool text_nfc(struct buf *out, const char *text)
{
	auto_free char *mapped = map(text, strlen(text), 0);

	if (!mapped) {
		out->overflowed = true;
		return false;
	}
	return buf_puts(out, mapped);
}

bool text_fold(struct buf *out, const char *path)
{
	auto_free char *mapped = map(path, strlen(path), UTF8PROC_CASEFOLD);
	size_t len = 0;

	if (!mapped) {
		out->overflowed = true;
		return false;
	}
	text_replace(mapped, '\\', '/');
	for (const char *p = mapped; *p; p++) {
		if (*p != '/' || len == 0 || mapped[len - 1] != '/')
			mapped[len++] = *p;
	}
	return buf_put(out, mapped, len);
}

static bool is_line_break(utf8proc_int32_t c)
{
	return (c >= '\n' && c <= '\r') || c == NEXT_LINE || c == LINE_SEPARATOR ||
	       c == PARAGRAPH_SEPARATOR;
}

static bool is_space(utf8proc_int32_t c)
{
	return c == '\t' || is_line_break(c) || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS;
}

static bool is_tag(utf8proc_int32_t c)
{
	return c >= FIRST_TAG && c <= LAST_TAG;
}

/* Whether a character that is no white space goes; `before` is the last one that stayed. */
static bool is_unwanted(utf8proc_int32_t c, utf8proc_int32_t before)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_CC:
		return true;
	case UTF8PROC_CATEGORY_CF:
		if (c == ZERO_WIDTH_JOINER || c == ZERO_WIDTH_NON_JOINER)
			return false;
		if (is_tag(c))
			return before != BLACK_FLAG && !is_tag(before);
		/* Some are seen, as the Arabic number sign is. */
		return utf8proc_get_property(c)->ignorable;
	case UTF8PROC_CATEGORY_CN:
		return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
	default:
		return false;
	}
}

/* What text_clean() is at while it filters; `filtered` never outgrows the scrubbed text. */
struct cleaning {
	enum text_shape shape;
	struct buf filtered;
	utf8proc_int32_t before; /* the last character that stayed, or 0 */
	bool in_break; /* white space goes: it was joined into the one space that stands for it */
	unsigned altered;
};

static utf8proc_int32_t read_character(const char *text, const char *end, size_t *ret_bytes)
{
	utf8proc_int32_t c;

	*ret_bytes = (size_t)utf8proc_iterate((const utf8proc_uint8_t *)text, end - text, &c);
	return c;
}

/* Takes white space from both ends. */
static void trim(const char **text, const char **end)
{
	size_t step;

	while (*text < *end && is_space(read_character(*text, *end, &step)))
		*text += step;
	while (*text < *end) {
		const char *last = *end - 1;

		while (((unsigned char)*last & 0xc0) == 0x80)
			last--;
		if (!is_space(read_character(last, *end, &step)))
			break;
		*end = last;
	}
}

static void filter_break(struct cleaning *c, const char *bytes, size_t len, const char *next)
{
	bool is_first_of_crlf = bytes[0] == '\r' && *next == '\n';

	if (len != 1 || bytes[0] != '\n' || c->shape == TEXT_LINE)
		c->altered |= TEXT_CLEANED;
	if (c->shape == TEXT_BLOCK) {
		if (!is_first_of_crlf)
			buf_putc(&c->filtered, '\n');
		return;
	}
	while (c->filtered.len > 0 && c->filtered.data[c->filtered.len - 1] == ' ')
		c->filtered.len--;
	buf_putc(&c->filtered, ' ');
	c->in_break = true;
}

static void filter(struct cleaning *c, const char *text, const char *end)
{
	trim(&text, &end);
	for (size_t step; text < end; text += step) {
		utf8proc_int32_t character = read_character(text, end, &step);

		if (c->in_break && is_space(character))
			continue;
		if (is_line_break(character)) {
			filter_break(c, text, step, text + step);
			c->before = '\n';
			continue;
		}
		if (character != '\t' && is_unwanted(character, c->before)) {
			c->altered |= TEXT_CLEANED;
			continue;
		}
		if (character == '\t') {
			c->altered |= TEXT_CLEANED;
			buf_putc(&c->filtered, ' ');
		} else {
			buf_put(&c->filtered, text, step);
		}
		c->before = character;
		c->in_break = false;
	}
}

/* The end of the longest acceptable start of at most `max` characters; `end` if all fits. */
static const char *find_cut(const char *text, const char *end, size_t max)
{
	const char *word = NULL, *grapheme = NULL, *p = text;
	utf8proc_int32_t before = 0, state = 0;

	for (size_t count = 0; p < end; count++) {
		size_t step;
		utf8proc_int32_t c = read_character(p, end, &step);

		if (count > 0 && count >= max / 2 && is_space(c))
			word = p;
		if (count > 0 && utf8proc_grapheme_break_stateful(before, c, &state))
			grapheme = p;
		if (count == max)
			return word ? word : grapheme ? grapheme : p;
		before = c;
		p += step;
	}
	return end;
}

/* ASCII in which nothing is to be done: most texts, and Unicode's tables need not be asked. */
static bool is_clean(const char *text, size_t len, enum text_shape shape, size_t max)
{
	if (len > max || (len > 0 && (text[0] <= ' ' || text[len - 1] <= ' ')))
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((text[i] < ' ' || text[i] > '~') && (text[i] != '\n' || shape != TEXT_BLOCK))
			return false;
	}
	return true;
}

unsigned text_clean(
	struct buf *out, const char *text, enum text_shape shape, size_t max_code_points)
{
	struct cleaning cleaning = { .shape = shape };
	auto_buf scrubbed;
	size_t len = strlen(text);
	auto_free char *composed = NULL;

	buf_init(&scrubbed, len * strlen(REPLACEMENT));
	if (is_clean(text, len, shape, max_code_points)) {
		buf_put(out, text, len);
		return 0;
	}
	buf_init(&cleaning.filtered, scrubbed.limit);
	if (!text_valid(text, len)) {
		text_scrub(&scrubbed, text, len);
		text = buf_text(&scrubbed);
		len = scrubbed.len;
		cleaning.altered |= TEXT_CLEANED;
	}
	filter(&cleaning, text, text + len);
	/* Only now: what a removed character kept apart can compose. */
	composed = map(buf_text(&cleaning.filtered), cleaning.filtered.len, 0);
	buf_done(&cleaning.filtered);
	if (!composed) {
		out->overflowed = true;
		return cleaning.altered;
	}
	const char *start = composed, *end = composed + strlen(composed), *cut;

	trim(&start, &end);
	cut = find_cut(start, end, max_code_points);
	if (cut != end)
		cleaning.altered |= TEXT_CUT;
	trim(&start, &cut);
	buf_put(out, start, (size_t)(cut - start));
	return cleaning.altered;
}

void text_replace(char *text, char from, char to)
{
	for (; *text; text++) {
		if (*text == from)
			*text = to;
	}
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool text_equal_ascii(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}
