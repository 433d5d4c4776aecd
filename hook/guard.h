/* The end of our patience: whatever hangs, Stash does not wait longer. */
#ifndef HOOK_GUARD_H
#define HOOK_GUARD_H

#include "common/base.h"

/*
 * After `ms` milliseconds the process writes its last words, one line on standard error and one
 * on standard output, and ends with status 0, even from within a name lookup. Both texts must
 * outlive the guard.
 */
void guard_start(int ms, const char *log_line, const char *output_line);

/* The guard goes home: from here on nothing can hang. */
void guard_stop(void);

/* Writing to a reader who has left is an error, not a death. */
void guard_ignore_broken_pipes(void);

#endif
