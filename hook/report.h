/* A reply as Stash reads it: its log line and its JSON line. */
#ifndef HOOK_REPORT_H
#define HOOK_REPORT_H

#include "hook/line.h"
#include "hook/reply.h"

struct report {
	char log[LINE_MAX_BYTES]; /* "" if the log needs none */
	char output[LINE_MAX_BYTES];
};

/* Neither line shows `secret` ("" for none). */
void report_compose(struct report *ret_report, const struct reply *reply, const char *secret);

#endif
