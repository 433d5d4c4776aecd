/* Makes a body that is not well-formed for its characters fit for a strict XML parser. */
#ifndef CONSUMER_XMLTEXT_H
#define CONSUMER_XMLTEXT_H

#include "common/buf.h"

/*
 * Appends `body` with U+FFFD in place of everything that is no character of XML 1.0 (§2.2): invalid
 * UTF-8, control characters but TAB, LF and CR, U+FFFE and U+FFFF, and references to such
 * (`&#4;`). The result may be three times as long. Markup is not looked at.
 * false: the limit of `out` would be passed.
 */
bool xmltext_scrub(struct buf *out, const char *body, size_t len) WARN_UNUSED;

#endif
