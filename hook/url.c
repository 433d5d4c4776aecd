#include "hook/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define NAME_CHARS ALNUM "-._"
#define PATH_CHARS ALNUM "-._~!$&'()*+,;=:@%/"

static bool copy(char *ret_text, size_t size, const char *text, size_t len)
{
	if (len == 0 || len >= size)
		return false;
	memcpy(ret_text, text, len);
	ret_text[len] = '\0';
	return true;
}

static bool parse_host(const char **at, struct url *url)
{
	struct in6_addr address;
	const char *text = *at;
	size_t len;

	if (*text != '[') {
		len = strspn(text, NAME_CHARS);
		*at += len;
		return copy(url->host, sizeof url->host, text, len);
	}
	len = strcspn(++text, "]");
	if (text[len] != ']' || !copy(url->host, sizeof url->host, text, len))
		return false;
	*at = text + len + 1;
	return inet_pton(AF_INET6, url->host, &address) == 1;
}

static bool parse_port(const char **at, struct url *url)
{
	const char *text = *at;
	size_t len;
	long port;

	if (*text != ':')
		return copy(url->port, sizeof url->port, "80", 2);
	len = strspn(++text, "0123456789");
	*at = text + len;
	if (!copy(url->port, sizeof url->port, text, len))
		return false;
	port = strtol(url->port, NULL, 10);
	return port >= 1 && port <= 65535;
}

static bool parse_prefix(const char *text, struct url *url)
{
	size_t len = strlen(text);

	if (strspn(text, PATH_CHARS) != len)
		return false;
	while (len > 0 && text[len - 1] == '/')
		len--;
	return len == 0 || copy(url->prefix, sizeof url->prefix, text, len);
}

bool url_parse(const char *text, struct url *ret_url, struct error *err)
{
	struct url url = { .prefix = "" };

	if (strncasecmp(text, "https://", 8) == 0)
		return error_set(err,
			"PLEXSYNC_PRODUCER_URL begins with https, which this hook does not speak: "
			"give the plain http address of the producer");
	if (strncasecmp(text, "http://", 7) != 0)
		return error_set(err, "PLEXSYNC_PRODUCER_URL must begin with http://, as in "
				      "http://127.0.0.1:8590");
	text += 7;
	if (strchr(text, '@'))
		return error_set(err, "PLEXSYNC_PRODUCER_URL must hold no user name or password: "
				      "put the token into PLEXSYNC_API_TOKEN");
	if (!parse_host(&text, &url) || (*text && !strchr(":/", *text)))
		return error_set(err,
			"PLEXSYNC_PRODUCER_URL must name a host, an IPv4 address, or an IPv6 "
			"address in brackets after http://");
	if (!parse_port(&text, &url) || (*text && *text != '/'))
		return error_set(
			err, "the port in PLEXSYNC_PRODUCER_URL must be a number from 1 to 65535");
	if (!parse_prefix(text, &url))
		return error_set(err,
			"the path in PLEXSYNC_PRODUCER_URL holds a character that does not belong "
			"there, or is too long: leave the path away unless a proxy needs it");
	snprintf(url.authority, sizeof url.authority, strchr(url.host, ':') ? "[%s]:%s" : "%s:%s",
		url.host, url.port);
	*ret_url = url;
	return true;
}
