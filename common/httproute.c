#include "common/httproute.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A string of valid UTF-8 without NUL; NULL when the text is not the encoding of one. */
static char *decode(const char *text, size_t len, bool plus_is_blank)
{
	char *out = xcalloc(len + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < len ? hex(text[i + 1]) : -1;
			int low = high >= 0 ? hex(text[i + 2]) : -1;

			if (low < 0 || high * 16 + low == 0)
				goto bad;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		out[n++] = c;
	}
	if (text_valid(out, n))
		return out;
bad:
	free(out);
	return NULL;
}

static bool add_pair(struct httptarget *t, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals ? (size_t)(equals - text) : len;
	struct httptarget_pair pair = { 0 };

	if (len == 0)
		return true;
	pair.name = decode(text, name_len, true);
	pair.value = equals ? decode(equals + 1, len - name_len - 1, true) : xstrdup("");
	if (!pair.name || !pair.value) {
		free(pair.name);
		free(pair.value);
		return false;
	}
	t->query = xrealloc(t->query, t->query_count + 1, sizeof *t->query);
	t->query[t->query_count++] = pair;
	return true;
}

/* Servers must accept absolute-form too (RFC 9112 §3.2.2). NULL: neither form. */
static const char *origin_form(const char *target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strncasecmp(target, schemes[i], strlen(schemes[i])) == 0)
			target = strchrnul(target + strlen(schemes[i]), '/');
	return *target == '/' ? target : NULL;
}

bool httptarget_parse(struct httptarget *ret, const char *target)
{
	struct httptarget t = { 0 };
	const char *path = origin_form(target);
	const char *query;

	if (!path)
		return false;
	query = strchrnul(path, '?');
	t.path = xstrndup(path, (size_t)(query - path));
	while (*query) {
		size_t len = strcspn(++query, "&");

		if (!add_pair(&t, query, len)) {
			httptarget_done(&t);
			return false;
		}
		query += len;
	}
	*ret = t;
	return true;
}

void httptarget_done(struct httptarget *t)
{
	for (size_t i = 0; i < t->query_count; i++) {
		free(t->query[i].name);
		free(t->query[i].value);
	}
	free(t->query);
	free(t->path);
	free(t->path_value);
	*t = (struct httptarget){ 0 };
}

const char *httptarget_query(const struct httptarget *t, const char *name)
{
	for (size_t i = 0; i < t->query_count; i++)
		if (strcmp(t->query[i].name, name) == 0)
			return t->query[i].value;
	return NULL;
}

/* Whether `path` has the form of `pattern`; what {…} matched is *ret_value, still encoded. */
static bool match_path(
	const char *pattern, const char *path, const char **ret_value, size_t *ret_len)
{
	while (*pattern && *path) {
		size_t segment = strcspn(path, "/");

		if (*pattern == '{') {
			if (segment == 0)
				return false;
			*ret_value = path;
			*ret_len = segment;
			pattern = strchrnul(pattern, '}');
			pattern += *pattern == '}';
			path += segment;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *pattern == *path;
}

/* GET answers HEAD too: the server leaves the body away. */
static bool method_fits(const struct httproute *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	       (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

enum httproute_match httproute_find(const struct httproute *routes, size_t count,
	const char *method, struct httptarget *target, const struct httproute **ret)
{
	enum httproute_match result = ROUTE_NOT_FOUND;

	for (size_t i = 0; i < count; i++) {
		const char *value = NULL;
		size_t len = 0;

		if (!match_path(routes[i].path, target->path, &value, &len))
			continue;
		result = ROUTE_WRONG_METHOD;
		if (!method_fits(&routes[i], method))
			continue;
		if (value) {
			char *decoded = decode(value, len, false);

			if (!decoded || strchr(decoded, '/')) {
				free(decoded);
				return ROUTE_BAD_VALUE;
			}
			target->path_value = decoded;
		}
		*ret = &routes[i];
		return ROUTE_FOUND;
	}
	return result;
}

void httproute_allow(
	const struct httproute *routes, size_t count, const char *path, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		const char *value;
		size_t len;

		if (!match_path(routes[i].path, path, &value, &len))
			continue;
		buf_printf(out, "%s%s", out->len ? ", " : "", routes[i].method);
		if (strcmp(routes[i].method, "GET") == 0)
			buf_puts(out, ", HEAD");
	}
}
