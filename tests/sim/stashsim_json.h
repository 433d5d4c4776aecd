/* JSON as Stash, a Go program, writes it; and bytes that JSON cannot carry. */
#ifndef TESTS_SIM_STASHSIM_JSON_H
#define TESTS_SIM_STASHSIM_JSON_H

#include "common/buf.h"

#include <jansson.h>

/*
 * Appends the value minified, members in their order: <, > and & as \u003c, \u003e and \u0026,
 * U+2028 and U+2029 escaped, other characters as they are, invalid UTF-8 raw, floats in the
 * shortest form with an exponent from 1e+06 on.
 */
void stashsim_json_put(struct buf *out, const json_t *value);

/*
 * A copy in which every member `X_base64` became the member `X` with those bytes, which need not
 * be UTF-8. NULL with *err when one is no base64 text.
 */
json_t *stashsim_json_decode(const json_t *value, struct error *err) WARN_UNUSED;

#endif
