#include "common/httpguard.h"

#include <string.h>
#include <strings.h>

#define REQUEST_ID_MAX 64

static bool parse_length(const char *text, uint64_t *ret)
{
	size_t len = strlen(text);
	uint64_t value = 0;

	if (len < 1 || len > 18 || strspn(text, "0123456789") != len)
		return false;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (uint64_t)(text[i] - '0');
	*ret = value;
	return true;
}

void httpguard_add(
	struct httpguard *g, const char *name, size_t name_len, const char *value, size_t value_len)
{
	g->bytes += name_len + value_len + sizeof ": \r\n" - 1;
	if (name_len == 0 || strlen(name) != name_len || strpbrk(name, " \t"))
		g->malformed = true;
	if (value && strlen(value) != value_len)
		g->malformed = true;
	if (strcasecmp(name, "Transfer-Encoding") == 0)
		g->encoded = true;
	if (strcasecmp(name, "Content-Length") == 0) {
		g->lengths++;
		if (!value || !parse_length(value, &g->length))
			g->malformed = true;
	}
}

unsigned httpguard_check(const struct httpguard *g, bool needs_length)
{
	if (g->encoded || (needs_length && g->lengths == 0))
		return 411;
	if (g->malformed || g->lengths > 1)
		return 400;
	return 0;
}

bool httpguard_authorised(const char *authorization, const char *token)
{
	static const char scheme[] = "Bearer ";
	size_t token_len = strlen(token);
	volatile unsigned char difference = 0;
	const char *given;
	size_t len;

	if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
		return false;
	given = authorization + sizeof scheme - 1;
	given += strspn(given, " ");
	len = strlen(given);
	if (token_len == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		difference |= (unsigned char)(given[i] ^ token[i % token_len]);
	return len == token_len && difference == 0;
}

bool httpguard_media_type(const char *content_type, const char *allowed)
{
	size_t len;

	if (!content_type)
		return false;
	len = strcspn(content_type, "; \t");
	while (*allowed) {
		size_t one = strcspn(allowed, "|");

		if (one == len && strncasecmp(content_type, allowed, len) == 0)
			return true;
		allowed += one + (allowed[one] == '|');
	}
	return false;
}

bool httpguard_request_id(const char *id)
{
	size_t len = strlen(id);

	return len >= 1 && len <= REQUEST_ID_MAX &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		       len;
}
