/*
 * Where a test ends the process, as a power cut would: with PLEXSYNC_FAILPOINT=N in the environment
 * it kills itself at the Nth step of the write order that it comes to. In builds for tests only
 * (CMake's PLEXSYNC_FAILPOINTS); in others it is nothing.
 */
#ifndef CONSUMER_FAILPOINT_H
#define CONSUMER_FAILPOINT_H

#ifdef PLEXSYNC_FAILPOINTS
/* A step is about to be taken, or its outcome to be told; the log names the one that was the last. */
void failpoint_pass(const char *step);
#else
static inline void failpoint_pass(const char *step)
{
	(void)step;
}
#endif

#endif
