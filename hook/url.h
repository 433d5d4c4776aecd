/* The address of the producer, as a person writes it into PLEXSYNC_PRODUCER_URL. */
#ifndef HOOK_URL_H
#define HOOK_URL_H

#include "common/base.h"

struct url {
	char host[256]; /* without the brackets of an IPv6 address */
	char port[6]; /* decimal, 1 to 65535; "80" if the text names none */
	char authority[272]; /* as the Host header wants it */
	char prefix[512]; /* of every path: "" or "/plexsync", never with a slash at its end */
};

/*
 * http://HOST[:PORT][/PREFIX], where HOST is a name, an IPv4 address, or an IPv6 address in
 * brackets. Everything else is refused; *err never repeats the text, which may hold a password.
 */
bool url_parse(const char *text, struct url *ret_url, struct error *err) WARN_UNUSED;

#endif
