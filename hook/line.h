/* What Stash reads from us: one JSON line on standard output, its log protocol on standard error. */
#ifndef HOOK_LINE_H
#define HOOK_LINE_H

#include "common/base.h"

#define LINE_MAX_BYTES 8192

/*
 * {"output":"text"} or {"error":"text"} and a newline, always valid JSON: Stash logs an error at
 * level Error, an output at Debug. `secret` ("" for none) never shows, nor do control
 * characters and bytes outside ASCII that are not UTF-8. Returns the length; a text that does
 * not fit is cut.
 */
size_t line_json(
	char ret_line[LINE_MAX_BYTES], const char *key, const char *text, const char *secret);

/*
 * 0x01 level 0x02 text newline: a line of Stash's log (stashapp/stash:pkg/logger/plugin.go). The
 * levels are 'e' (error), 'w' (warning), 'i' (info) and 'p' (progress of a task, text 0 to 1).
 * Stash stops reading at a line of 64 KiB; these are shorter.
 */
size_t line_log(char ret_line[LINE_MAX_BYTES], char level, const char *text, const char *secret);

#endif
