/* Reading small files: settings and secrets. */
#ifndef COMMON_FILES_H
#define COMMON_FILES_H

#include "common/buf.h"

/*
 * Appends the bytes of the file to `out`, whose limit is the largest file taken. On failure `out`
 * is as it was, and the error names the path and the reason.
 */
bool file_read(const char *path, struct buf *out, struct error *err) WARN_UNUSED;

#endif
