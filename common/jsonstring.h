/* One JSON string, for those who write a few lines of JSON and need no library. */
#ifndef COMMON_JSONSTRING_H
#define COMMON_JSONSTRING_H

#include "common/buf.h"

/* Appends `text` in quotes, escaped; bytes that are not UTF-8 are scrubbed. */
void jsonstring_put(struct buf *out, const char *text);

#endif
