#include "tests/sim/stashsim_json.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char suffix[] = "_base64";

/* U+2028 and U+2029, which JavaScript once took for ends of lines. */
static bool is_line_separator(const char *text, size_t len)
{
	return len >= 3 && text[0] == '\xe2' && text[1] == '\x80' &&
	       (text[2] == '\xa8' || text[2] == '\xa9');
}

/* The letter of a two-character escape, or 0. */
static char short_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void put_string(struct buf *out, const char *text, size_t len)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (short_escape(text[i])) {
			buf_printf(out, "\\%c", short_escape(text[i]));
		} else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
			buf_printf(out, "\\u%04x", c);
		} else if (is_line_separator(text + i, len - i)) {
			buf_puts(out, text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 2;
		} else {
			buf_putc(out, text[i]);
		}
	}
	buf_putc(out, '"');
}

/* As fmt.Sprintf("%g"): the fewest digits that read back as the same number. */
static void put_real(struct buf *out, double number)
{
	char text[64];
	int digits = 0, exponent;

	do
		snprintf(text, sizeof text, "%.*e", digits, number);
	while (strtod(text, NULL) != number && ++digits < 17);
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= 6)
		buf_puts(out, text);
	else
		buf_printf(out, "%.*f", digits > exponent ? digits - exponent : 0, number);
}

static void put_members(struct buf *out, const json_t *object)
{
	void *iter = json_object_iter((json_t *)(uintptr_t)object);

	buf_putc(out, '{');
	while (iter) {
		const char *key = json_object_iter_key(iter);

		put_string(out, key, strlen(key));
		buf_putc(out, ':');
		stashsim_json_put(out, json_object_iter_value(iter));
		iter = json_object_iter_next((json_t *)(uintptr_t)object, iter);
		if (iter)
			buf_putc(out, ',');
	}
	buf_putc(out, '}');
}

void stashsim_json_put(struct buf *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_members(out, value);
		break;
	case JSON_ARRAY:
		buf_putc(out, '[');
		for (size_t i = 0; i < json_array_size(value); i++) {
			if (i > 0)
				buf_putc(out, ',');
			stashsim_json_put(out, json_array_get(value, i));
		}
		buf_putc(out, ']');
		break;
	case JSON_STRING:
		put_string(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		put_real(out, json_real_value(value));
		break;
	case JSON_TRUE:
		buf_puts(out, "true");
		break;
	case JSON_FALSE:
		buf_puts(out, "false");
		break;
	case JSON_NULL:
		buf_puts(out, "null");
		break;
	}
}

static json_t *decode_base64(const json_t *text)
{
	size_t len = json_string_length(text);
	auto_free unsigned char *bytes = xcalloc(len / 4 * 3 + 1, 1);
	const char *base64 = json_string_value(text);
	int count;

	if (!base64 || len % 4 != 0)
		return NULL;
	count = EVP_DecodeBlock(bytes, (const unsigned char *)base64, (int)len);
	if (count < 0)
		return NULL;
	/* The padding is counted as bytes. */
	for (size_t i = len; i > 0 && count > 0 && base64[i - 1] == '='; i--)
		count--;
	return json_stringn_nocheck((const char *)bytes, (size_t)count);
}

static bool decode_member(json_t *object, const char *key, const json_t *value, struct error *err)
{
	size_t len = strlen(key), tail = strlen(suffix);
	bool encoded = len > tail && str_equal(key + len - tail, suffix);
	auto_free char *name = xstrndup(key, encoded ? len - tail : len);
	json_t *decoded = encoded ? decode_base64(value) : stashsim_json_decode(value, err);

	if (encoded && !decoded)
		return error_set(err, "%s is no base64 text", key);
	return decoded && json_object_set_new(object, name, decoded) == 0;
}

json_t *stashsim_json_decode(const json_t *value, struct error *err)
{
	json_t *copy = json_is_object(value)  ? json_object()
		       : json_is_array(value) ? json_array()
					      : json_deep_copy(value);
	const char *key;
	json_t *member;
	bool good = copy != NULL;

	json_object_foreach ((json_t *)(uintptr_t)value, key, member)
		good = good && decode_member(copy, key, member, err);
	for (size_t i = 0; good && json_is_array(value) && i < json_array_size(value); i++) {
		json_t *element = stashsim_json_decode(json_array_get(value, i), err);

		good = element && json_array_append_new(copy, element) == 0;
	}
	if (good)
		return copy;
	json_decref(copy);
	return NULL;
}
