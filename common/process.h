/* What the operating system gives a service: signals, clocks, random bytes, a last resort. */
#ifndef COMMON_PROCESS_H
#define COMMON_PROCESS_H

#include "common/base.h"

/* Milliseconds. mono: for timers, since some start, never back. wall: since 1970, can jump. */
int64_t process_mono_ms(void);
int64_t process_wall_ms(void);

/* Random bytes from the kernel, fit for identifiers and seeds. */
void process_random(void *bytes, size_t len);

/* A UUID version 7 (RFC 9562) of now, as 36 characters and a NUL. */
#define UUID_SIZE 37
void process_uuid7(char ret[UUID_SIZE]);

/*
 * Blocks SIGTERM, SIGINT and SIGHUP for the whole process (call it before any thread starts) and
 * ignores SIGPIPE. false with errno set when the kernel refuses.
 */
bool process_open(void) WARN_UNUSED;

/* Readable when a signal waits. */
int process_fd(void);

/* Reads what waits. Stays true after the first SIGTERM or SIGINT. */
bool process_stop_requested(void);

/* Gives memory that was freed back to the system: after a peak that does not come again. */
void process_trim(void);

/*
 * From now on the process ends by itself with status 3 and one line on standard error when it
 * still lives after `ms` milliseconds: closing a Kafka client can hang (librdkafka 2.0.2).
 */
void process_watchdog(int64_t ms);

#endif
