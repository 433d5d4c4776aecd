/* Values as the plan compares and marks them. For plan*.c only. */
#ifndef CONSUMER_PLANVALUE_H
#define CONSUMER_PLANVALUE_H

#include "consumer/plexedit.h"

/*
 * White space at both ends is nothing, and within a line one space. Lines count only where `lines`,
 * and there they may end in CR LF. free() it.
 */
char *planvalue_text(const char *value, bool lines) WARN_UNUSED;

/* A member of a list, also without regard to the case of ASCII letters, as Plex tells tags apart. */
char *planvalue_member(const char *name) WARN_UNUSED;
bool planvalue_same_member(const char *a, const char *b);
bool planvalue_in(const struct string_list *list, const char *name);

/* "2020" and "2020-05" as their first day: Plex knows whole days only. free() it. */
char *planvalue_date(const char *date) WARN_UNUSED;

/*
 * The text, or as much of it, up to the end of a word, as one request can hold; *ret_cut tells
 * which. free() it.
 */
char *planvalue_fit(const char *text, bool *ret_cut) WARN_UNUSED;

/* What one request can hold beside its path, its keys and the lock. */
enum { PLANVALUE_ROOM = PLEX_REQUEST_MAX - 400 };

#endif
