#include "common/jsonscan.h"

#include <stddef.h>
#include <string.h>

enum state {
	WANT_VALUE,
	WANT_ITEM_OR_END, /* after [ */
	WANT_KEY, /* after a comma */
	WANT_KEY_OR_END, /* after { */
	WANT_COLON,
	WANT_COMMA_OR_END,
	IN_LITERAL,
	IN_STRING,
	IN_ESCAPE,
	IN_HEX,
	WANT_LOW_BACKSLASH, /* after a high surrogate */
	WANT_LOW_U,
	AFTER_MINUS,
	AFTER_ZERO,
	IN_INTEGER,
	AFTER_POINT,
	IN_FRACTION,
	AFTER_E,
	AFTER_E_SIGN,
	IN_EXPONENT,
	DONE,
	FAULTY,
	STATES,
};

static enum jsonscan_event refuse(struct jsonscan *s, const char *fault)
{
	s->state = FAULTY;
	s->fault = fault;
	return JSONSCAN_BAD;
}

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool in_object(const struct jsonscan *s)
{
	return s->objects >> (s->depth - 1) & 1;
}

static unsigned after_value(const struct jsonscan *s)
{
	return s->depth ? WANT_COMMA_OR_END : DONE;
}

/* ---- text ---- */

static void text_begin(struct jsonscan *s)
{
	s->text_len = 0;
	s->text[0] = '\0';
	s->text_whole = true;
}

static void text_put(struct jsonscan *s, const void *bytes, size_t len)
{
	if (!s->text_whole)
		return;
	if (len > JSONSCAN_TEXT - s->text_len) {
		s->text_whole = false;
		return;
	}
	memcpy(s->text + s->text_len, bytes, len);
	s->text_len += len;
	s->text[s->text_len] = '\0';
}

static void text_put_byte(struct jsonscan *s, unsigned char c)
{
	text_put(s, &c, 1);
}

static void text_put_code(struct jsonscan *s, uint32_t code)
{
	unsigned char utf8[4];
	size_t len;

	if (code == 0) {
		s->text_whole = false;
		return;
	}
	if (code < 0x80) {
		utf8[0] = (unsigned char)code;
		len = 1;
	} else if (code < 0x800) {
		utf8[0] = (unsigned char)(0xc0 | code >> 6);
		len = 2;
	} else if (code < 0x10000) {
		utf8[0] = (unsigned char)(0xe0 | code >> 12);
		len = 3;
	} else {
		utf8[0] = (unsigned char)(0xf0 | code >> 18);
		len = 4;
	}
	for (size_t i = 1; i < len; i++)
		utf8[i] = (unsigned char)(0x80 | (code >> 6 * (len - 1 - i) & 0x3f));
	text_put(s, utf8, len);
}

/* ---- containers and the places between values ---- */

static enum jsonscan_event open_container(struct jsonscan *s, bool object)
{
	if (s->depth == JSONSCAN_DEPTH)
		return refuse(s, "more than 64 arrays and objects are nested");
	s->objects &= ~(UINT64_C(1) << s->depth);
	s->objects |= (uint64_t)object << s->depth;
	s->depth++;
	s->state = object ? WANT_KEY_OR_END : WANT_ITEM_OR_END;
	return object ? JSONSCAN_OBJECT : JSONSCAN_ARRAY;
}

static enum jsonscan_event close_container(struct jsonscan *s)
{
	s->depth--;
	s->state = after_value(s);
	return JSONSCAN_END;
}

static enum jsonscan_event begin_string(struct jsonscan *s, bool is_key)
{
	text_begin(s);
	s->is_key = is_key;
	s->value_offset = s->offset;
	s->state = IN_STRING;
	return JSONSCAN_MORE;
}

static enum jsonscan_event begin_literal(struct jsonscan *s, const char *rest)
{
	s->literal = rest;
	s->state = IN_LITERAL;
	return JSONSCAN_MORE;
}

static enum jsonscan_event begin_number(struct jsonscan *s, unsigned char c)
{
	text_begin(s);
	text_put_byte(s, c);
	s->state = c == '-' ? AFTER_MINUS : c == '0' ? AFTER_ZERO : IN_INTEGER;
	return JSONSCAN_MORE;
}

static enum jsonscan_event want_value(struct jsonscan *s, unsigned char c)
{
	if (is_space(c))
		return JSONSCAN_MORE;
	s->value_offset = s->offset;
	switch (c) {
	case '{':
		return open_container(s, true);
	case '[':
		return open_container(s, false);
	case '"':
		return begin_string(s, false);
	case 't':
		return begin_literal(s, "rue");
	case 'f':
		return begin_literal(s, "alse");
	case 'n':
		return begin_literal(s, "ull");
	default:
		if (c == '-' || is_digit(c))
			return begin_number(s, c);
		return refuse(s, "a value is missing here");
	}
}

static enum jsonscan_event want_item_or_end(struct jsonscan *s, unsigned char c)
{
	return c == ']' ? close_container(s) : want_value(s, c);
}

static enum jsonscan_event want_key(struct jsonscan *s, unsigned char c)
{
	if (is_space(c))
		return JSONSCAN_MORE;
	if (c != '"')
		return refuse(s, "a key in quotes is missing here");
	return begin_string(s, true);
}

static enum jsonscan_event want_key_or_end(struct jsonscan *s, unsigned char c)
{
	return c == '}' ? close_container(s) : want_key(s, c);
}

static enum jsonscan_event want_colon(struct jsonscan *s, unsigned char c)
{
	if (is_space(c))
		return JSONSCAN_MORE;
	if (c != ':')
		return refuse(s, "a colon is missing here");
	s->state = WANT_VALUE;
	return JSONSCAN_MORE;
}

static enum jsonscan_event want_comma_or_end(struct jsonscan *s, unsigned char c)
{
	bool object = in_object(s);

	if (is_space(c))
		return JSONSCAN_MORE;
	if (c == ',') {
		s->state = object ? WANT_KEY : WANT_VALUE;
		return JSONSCAN_MORE;
	}
	if (c == (object ? '}' : ']'))
		return close_container(s);
	return refuse(s, object ? "a comma or } is missing here" : "a comma or ] is missing here");
}

static enum jsonscan_event want_nothing(struct jsonscan *s, unsigned char c)
{
	if (is_space(c))
		return JSONSCAN_MORE;
	return refuse(s, "something follows the end of the JSON text");
}

static enum jsonscan_event stay_faulty(struct jsonscan *s, unsigned char c)
{
	(void)s;
	(void)c;
	return JSONSCAN_BAD;
}

/* ---- literals and numbers ---- */

static enum jsonscan_event in_literal(struct jsonscan *s, unsigned char c)
{
	if (c != (unsigned char)*s->literal)
		return refuse(s, "this is none of true, false and null");
	s->literal++;
	if (*s->literal)
		return JSONSCAN_MORE;
	s->state = after_value(s);
	return c == 'l' ? JSONSCAN_NULL : JSONSCAN_BOOL;
}

/* What a number may go on with; the first row that fits. */
static const struct {
	unsigned state;
	const char *chars;
	unsigned next;
} NUMBER[] = {
	{ AFTER_MINUS, "0", AFTER_ZERO },
	{ AFTER_MINUS, "123456789", IN_INTEGER },
	{ AFTER_ZERO, ".", AFTER_POINT },
	{ AFTER_ZERO, "eE", AFTER_E },
	{ IN_INTEGER, "0123456789", IN_INTEGER },
	{ IN_INTEGER, ".", AFTER_POINT },
	{ IN_INTEGER, "eE", AFTER_E },
	{ AFTER_POINT, "0123456789", IN_FRACTION },
	{ IN_FRACTION, "0123456789", IN_FRACTION },
	{ IN_FRACTION, "eE", AFTER_E },
	{ AFTER_E, "+-", AFTER_E_SIGN },
	{ AFTER_E, "0123456789", IN_EXPONENT },
	{ AFTER_E_SIGN, "0123456789", IN_EXPONENT },
	{ IN_EXPONENT, "0123456789", IN_EXPONENT },
};

/* Only the byte after a number shows its end: that byte is not used up. */
static enum jsonscan_event in_number(struct jsonscan *s, unsigned char c)
{
	for (size_t i = 0; i < ARRAY_LEN(NUMBER); i++) {
		if (NUMBER[i].state == s->state && c && strchr(NUMBER[i].chars, c)) {
			text_put_byte(s, c);
			s->state = NUMBER[i].next;
			return JSONSCAN_MORE;
		}
	}
	if (s->state == AFTER_ZERO && is_digit(c))
		return refuse(s, "a number begins with a zero");
	if (s->state != AFTER_ZERO && s->state != IN_INTEGER && s->state != IN_FRACTION &&
		s->state != IN_EXPONENT)
		return refuse(s, "a digit is missing in a number");
	s->state = after_value(s);
	return JSONSCAN_NUMBER;
}

/* ---- strings ---- */

/* First bytes of a sequence: how many follow, and the range of the second (Unicode, table 3-7). */
static const struct {
	unsigned char first, last, follow, low, high;
} UTF8[] = {
	{ 0xc2, 0xdf, 1, 0x80, 0xbf },
	{ 0xe0, 0xe0, 2, 0xa0, 0xbf },
	{ 0xe1, 0xec, 2, 0x80, 0xbf },
	{ 0xed, 0xed, 2, 0x80, 0x9f },
	{ 0xee, 0xef, 2, 0x80, 0xbf },
	{ 0xf0, 0xf0, 3, 0x90, 0xbf },
	{ 0xf1, 0xf3, 3, 0x80, 0xbf },
	{ 0xf4, 0xf4, 3, 0x80, 0x8f },
};

static enum jsonscan_event in_utf8(struct jsonscan *s, unsigned char c)
{
	if (s->utf8_left) {
		if (c < s->utf8_low || c > s->utf8_high)
			return refuse(s, "the text is not valid UTF-8");
		s->utf8_left--;
		s->utf8_low = 0x80;
		s->utf8_high = 0xbf;
		text_put_byte(s, c);
		return JSONSCAN_MORE;
	}
	for (size_t i = 0; i < ARRAY_LEN(UTF8); i++) {
		if (c >= UTF8[i].first && c <= UTF8[i].last) {
			s->utf8_left = UTF8[i].follow;
			s->utf8_low = UTF8[i].low;
			s->utf8_high = UTF8[i].high;
			text_put_byte(s, c);
			return JSONSCAN_MORE;
		}
	}
	return refuse(s, "the text is not valid UTF-8");
}

static enum jsonscan_event in_string(struct jsonscan *s, unsigned char c)
{
	if (s->utf8_left || c >= 0x80)
		return in_utf8(s, c);
	if (c < 0x20)
		return refuse(s, "a control character stands in a string");
	if (c == '\\') {
		s->state = IN_ESCAPE;
		return JSONSCAN_MORE;
	}
	if (c != '"') {
		text_put_byte(s, c);
		return JSONSCAN_MORE;
	}
	s->state = s->is_key ? WANT_COLON : after_value(s);
	return s->is_key ? JSONSCAN_KEY : JSONSCAN_STRING;
}

static enum jsonscan_event begin_hex(struct jsonscan *s)
{
	s->code = 0;
	s->hex_left = 4;
	s->state = IN_HEX;
	return JSONSCAN_MORE;
}

static enum jsonscan_event in_escape(struct jsonscan *s, unsigned char c)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	const char *name = c ? strchr(names, c) : NULL;

	if (c == 'u')
		return begin_hex(s);
	if (!name)
		return refuse(s, "an unknown escape stands in a string");
	text_put_byte(s, (unsigned char)values[name - names]);
	s->state = IN_STRING;
	return JSONSCAN_MORE;
}

static int hex_value(unsigned char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum jsonscan_event end_hex(struct jsonscan *s)
{
	bool high = s->code >= 0xd800 && s->code <= 0xdbff;
	bool low = s->code >= 0xdc00 && s->code <= 0xdfff;

	if (low != (s->high != 0))
		return refuse(s, "half a surrogate pair stands in a string");
	if (high) {
		s->high = s->code;
		s->state = WANT_LOW_BACKSLASH;
		return JSONSCAN_MORE;
	}
	if (low)
		s->code = 0x10000 + ((s->high - 0xd800) << 10) + (s->code - 0xdc00);
	s->high = 0;
	text_put_code(s, s->code);
	s->state = IN_STRING;
	return JSONSCAN_MORE;
}

static enum jsonscan_event in_hex(struct jsonscan *s, unsigned char c)
{
	int value = hex_value(c);

	if (value < 0)
		return refuse(s, "\\u is not followed by four hexadecimal digits");
	s->code = s->code << 4 | (uint32_t)value;
	return --s->hex_left ? JSONSCAN_MORE : end_hex(s);
}

static enum jsonscan_event want_low_backslash(struct jsonscan *s, unsigned char c)
{
	if (c != '\\')
		return refuse(s, "half a surrogate pair stands in a string");
	s->state = WANT_LOW_U;
	return JSONSCAN_MORE;
}

static enum jsonscan_event want_low_u(struct jsonscan *s, unsigned char c)
{
	if (c != 'u')
		return refuse(s, "half a surrogate pair stands in a string");
	return begin_hex(s);
}

/* ---- the outside ---- */

static enum jsonscan_event (*const STEPS[STATES])(struct jsonscan *s, unsigned char c) = {
	[WANT_VALUE] = want_value,
	[WANT_ITEM_OR_END] = want_item_or_end,
	[WANT_KEY] = want_key,
	[WANT_KEY_OR_END] = want_key_or_end,
	[WANT_COLON] = want_colon,
	[WANT_COMMA_OR_END] = want_comma_or_end,
	[IN_LITERAL] = in_literal,
	[IN_STRING] = in_string,
	[IN_ESCAPE] = in_escape,
	[IN_HEX] = in_hex,
	[WANT_LOW_BACKSLASH] = want_low_backslash,
	[WANT_LOW_U] = want_low_u,
	[AFTER_MINUS] = in_number,
	[AFTER_ZERO] = in_number,
	[IN_INTEGER] = in_number,
	[AFTER_POINT] = in_number,
	[IN_FRACTION] = in_number,
	[AFTER_E] = in_number,
	[AFTER_E_SIGN] = in_number,
	[IN_EXPONENT] = in_number,
	[DONE] = want_nothing,
	[FAULTY] = stay_faulty,
};

void jsonscan_init(struct jsonscan *s)
{
	/* Not all of `text`: a million stamps are read at start, each with a scanner of its own. */
	s->text[0] = '\0';
	memset(&s->text_len, 0, sizeof *s - offsetof(struct jsonscan, text_len));
	s->state = WANT_VALUE;
}

/* How many bytes at the front are plain characters of the string being read. */
static size_t plain_run(const struct jsonscan *s, const char *bytes, size_t len)
{
	size_t run = 0;

	if (s->state != IN_STRING || s->utf8_left)
		return 0;
	while (run < len && bytes[run] >= 0x20 && bytes[run] < 0x7f && bytes[run] != '"' &&
		bytes[run] != '\\')
		run++;
	return run;
}

enum jsonscan_event jsonscan_next(struct jsonscan *s, const char **bytes, size_t *len)
{
	while (*len > 0) {
		enum jsonscan_event event = JSONSCAN_MORE;
		size_t used = plain_run(s, *bytes, *len);

		if (used) {
			text_put(s, *bytes, used);
		} else {
			event = STEPS[s->state](s, (unsigned char)**bytes);
			used = event != JSONSCAN_NUMBER && event != JSONSCAN_BAD;
		}
		*bytes += used;
		*len -= used;
		s->offset += used;
		if (event != JSONSCAN_MORE)
			return event;
	}
	return s->state == FAULTY ? JSONSCAN_BAD : JSONSCAN_MORE;
}

bool jsonscan_finish(struct jsonscan *s)
{
	/* A number at the top has no byte behind it that would show its end. */
	if (s->depth == 0 && s->state >= AFTER_MINUS && s->state <= IN_EXPONENT)
		(void)in_number(s, ' ');
	if (s->state != DONE && s->state != FAULTY)
		refuse(s, s->offset ? "the JSON text ends too early"
				    : "there is no JSON text at all");
	return s->state == DONE;
}
