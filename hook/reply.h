/* What the producer's answer means for the person who reads Stash's log. */
#ifndef HOOK_REPLY_H
#define HOOK_REPLY_H

#include "common/base.h"

struct reply {
	bool ok; /* accepted or skipped */
	bool final; /* the producer has decided: sending the same again would change nothing */
	bool warn; /* it is ok, but a person should read the text */
	bool tell; /* somebody waits for the text: it is written to Stash's log even if all is well */
	char text[2048]; /* a sentence */
};

/*
 * Explains the answer `status` with its body to the announcement of the `subject`. Only what a
 * producer of ours says counts as success: a page of something else that listens there does not.
 */
void reply_explain(
	struct reply *ret_reply, const char *subject, int status, const char *body, size_t len);

/* Adds `what`, and what the producer's answer says about it. */
void reply_problem(struct reply *reply, const char *what, int status, const char *body, size_t len);

/* Adds to the text, as far as it fits. */
void reply_add(struct reply *reply, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
