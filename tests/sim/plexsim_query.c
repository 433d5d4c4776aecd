#include "tests/sim/plexsim_query.h"

#include "common/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *plexsim_percent_decode(const char *text, size_t len, bool plus)
{
	char *decoded = xcalloc(len + 1, 1), *out = decoded;

	for (size_t i = 0; i < len; i++) {
		bool escape = text[i] == '%' && i + 2 < len;
		int high = escape ? hex_digit(text[i + 1]) : -1;
		int low = escape ? hex_digit(text[i + 2]) : -1;

		if (high >= 0 && low >= 0) {
			*out++ = (char)(high * 16 + low);
			i += 2;
		} else {
			*out = text[i];
			if (plus && *out == '+')
				*out = ' ';
			out++;
		}
	}
	return decoded;
}

char *plexsim_percent_encode(const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = xcalloc(3 * strlen(text) + 1, 1), *out = encoded;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && (isalnum(c) || strchr("-._~", c))) {
			*out++ = (char)c;
		} else {
			*out++ = '%';
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		}
	}
	return encoded;
}

static void add_argument(struct plexsim_query *query, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t key_len = equals ? (size_t)(equals - text) : len;
	size_t value_at = equals ? key_len + 1 : len;
	struct plexsim_argument *argument;

	if (len == 0)
		return;
	if (equals && value_at < len && text[value_at] == '=') {
		key_len++;
		value_at++;
	}
	query->arguments = xrealloc(query->arguments, query->count + 1, sizeof *query->arguments);
	argument = &query->arguments[query->count++];
	argument->key = plexsim_percent_decode(text, key_len, true);
	argument->value = plexsim_percent_decode(text + value_at, len - value_at, true);
}

void plexsim_query_init(struct plexsim_query *query, const char *raw)
{
	*query = (struct plexsim_query){ 0 };
	while (raw && *raw) {
		size_t len = strcspn(raw, "&");

		add_argument(query, raw, len);
		raw += len + (raw[len] == '&');
	}
}

void plexsim_query_done(struct plexsim_query *query)
{
	for (size_t i = 0; i < query->count; i++) {
		free(query->arguments[i].key);
		free(query->arguments[i].value);
	}
	free(query->arguments);
	*query = (struct plexsim_query){ 0 };
}

const char *plexsim_query_get(const struct plexsim_query *query, const char *key)
{
	for (size_t i = 0; i < query->count; i++)
		if (str_equal(query->arguments[i].key, key))
			return query->arguments[i].value;
	return NULL;
}

int64_t plexsim_query_integer(const struct plexsim_query *query, const char *key, int64_t otherwise)
{
	const char *value = plexsim_query_get(query, key);

	return value && *value ? strtoll(value, NULL, 10) : otherwise;
}

json_t *plexsim_query_json(const struct plexsim_query *query)
{
	json_t *object = json_object();

	for (size_t i = 0; i < query->count; i++) {
		json_t *value = json_string(query->arguments[i].value);

		if (value)
			json_object_set_new(object, query->arguments[i].key, value);
	}
	return object;
}
