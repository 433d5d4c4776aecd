/*
 * logfmt on standard error, one line for each event. A leaf: every module that is not pure may
 * include it. It is also the one place where secrets are taken out of what people read.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/base.h"

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };

/* Lines above this level are dropped. Before the first call it is LEVEL_INFO. */
void log_set_level(enum log_level level);

/*
 * Registers a value (a token, a password) that never leaves the process again: log lines, and
 * every text that goes through log_redact(), show *** in its place. NULL and values of fewer
 * than 4 bytes are ignored. Kept until the process ends. false: there are 1024 already, so this one
 * would be shown.
 */
bool log_add_secret(const char *value);

/* Replaces registered secrets in `text`, in place. */
void log_redact(char *text);

/*
 * Writes `ts=… level=… event=EVENT` and the fields. `fields` looks like printf's, with pairs that
 * are separated by single blanks: "scene=%s attempt=%d path=%s". Conversions: %s %c %d %u %zu
 * %ld %lu %lld %llu (and PRId64, PRIu64), %.Nf. A value is quoted and escaped as logfmt wants it,
 * so that no peer can forge a line; a NULL string prints as "". A pair may also be literal.
 * `fields` may be NULL. Any thread may call it.
 */
void log_write(enum log_level level, const char *event, const char *fields, ...) PRINTF_LIKE(3, 4);

#define log_error(...) log_write(LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_write(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LEVEL_DEBUG, __VA_ARGS__)

#endif
