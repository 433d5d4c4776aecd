/* "127.0.0.1:8590", "[::1]:8590", "localhost:8590": an address and a port, as people write them. */
#ifndef COMMON_HOSTPORT_H
#define COMMON_HOSTPORT_H

#include "common/base.h"

struct hostport {
	char host[256]; /* without brackets */
	uint16_t port;
};

/* Needs both parts. false with *err, which names the text. */
bool hostport_parse(const char *text, struct hostport *ret, struct error *err) WARN_UNUSED;

#endif
