#include "common/hostport.h"

#include <string.h>

static bool parse_port(const char *text, uint16_t *ret)
{
	size_t len = strlen(text);
	unsigned port = 0;

	if (len < 1 || len > 5 || strspn(text, "0123456789") != len)
		return false;
	for (size_t i = 0; i < len; i++)
		port = port * 10 + (unsigned)(text[i] - '0');
	if (port > UINT16_MAX)
		return false;
	*ret = (uint16_t)port;
	return true;
}

bool hostport_parse(const char *text, struct hostport *ret, struct error *err)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	const char *host = text;
	bool bracketed = len > 2 && text[0] == '[' && colon[-1] == ']';
	uint16_t port;

	if (bracketed) {
		host++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof ret->host || (!bracketed && memchr(host, ':', len)) ||
		memchr(host, '[', len) || memchr(host, ']', len) || !parse_port(colon + 1, &port))
		return error_set(err,
			"\"%s\" is no address to listen on; write ADDRESS:PORT, such as "
			"127.0.0.1:8590 or [::1]:8590",
			text);
	memcpy(ret->host, host, len);
	ret->host[len] = '\0';
	ret->port = port;
	return true;
}
