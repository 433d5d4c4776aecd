/* The end of our patience: whatever hangs, Stash does not wait longer. */
#ifndef HOOK_GUARD_H
#define HOOK_GUARD_H

#include "common/base.h"

/*
 * `ms` milliseconds from now the process writes its last words and ends with status 0, even from
 * within a name lookup. Starting it again begins a new time. guard_change_words() comes first.
 */
void guard_start(int ms);

/*
 * From now on these are the last words: a line for standard error ("" for none) and one for
 * standard output. Both texts must stay as they are until the words have changed again.
 */
void guard_change_words(const char *log_line, const char *output_line);

/* The guard goes home: from here on nothing can hang. */
void guard_stop(void);

/* Writing to a reader who has left is an error, not a death. */
void guard_ignore_broken_pipes(void);

#endif
