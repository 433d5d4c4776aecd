/*
 * The hooks that wait for the producer, in a file of a directory that outlives the process.
 *
 * Any number of processes may use one spool at once; each may be killed at any byte. What
 * spool_append() has taken stays until spool_settle(), so that an event may be delivered twice
 * but is never lost; after spool_sync() a power cut does not lose it either. A line that was
 * taken by a process belongs to it until it settles the line or ends; nobody else is given it.
 *
 * Files: plexsync.spool (hook/spoolline.h; there only while something waits), plexsync.spool.lock
 * (empty, never removed: its byte 0 is the lock of the spool, byte `id` the claim on a line, as
 * Linux open-file-description locks, which end with their process), plexsync.spool.new (the spool
 * while it is rewritten). The lines that wait are limited in number and size: a full spool takes
 * no more, and keeps what it has.
 */
#ifndef HOOK_SPOOL_H
#define HOOK_SPOOL_H

#include "common/base.h"
#include "hook/spoolline.h"

#include <sys/types.h>

#define SPOOL_LINES 10000
#define SPOOL_BYTES (2 << 20)

struct spool {
	int directory, lock, file; /* -1: closed */
	off_t cursor; /* of spool_next(), in `file` */
};

/* A line that belongs to this process. */
struct spool_claim {
	uint64_t id;
	off_t at; /* in the file as it is now */
};

struct spool_event {
	struct spool_claim claim;
	char body[SPOOLLINE_BODY + 1];
	size_t body_len;
};

struct spool_state {
	size_t waiting; /* lines, also those that other processes have claimed */
	size_t unreadable;
};

enum spool_found { SPOOL_NONE, SPOOL_EVENT, SPOOL_FAILED };

/* Opens or creates the spool in the directory `path`. Errors name the directory and the cause. */
bool spool_open(struct spool *s, const char *path, struct error *err) WARN_UNUSED;
void spool_close(struct spool *s);

/*
 * Takes one hook (JSON without a newline) and claims it. false: nothing was taken, because the
 * spool is full or cannot be written.
 */
bool spool_append(struct spool *s, const char *body, size_t len, struct spool_claim *ret_claim,
	struct error *err) WARN_UNUSED;

/* What was taken so far survives a power cut. */
bool spool_sync(struct spool *s, struct error *err) WARN_UNUSED;

/*
 * Claims the oldest line that waits, that nobody has claimed, and that this process was not given
 * before. *ret is filled with SPOOL_EVENT only, *err with SPOOL_FAILED only.
 */
enum spool_found spool_next(
	struct spool *s, struct spool_event *ret, struct error *err) WARN_UNUSED;

/* The claimed line was delivered (or nobody will ever want it). false: it will be sent again. */
bool spool_settle(struct spool *s, const struct spool_claim *claim, struct error *err) WARN_UNUSED;

/*
 * Counts the lines, passes over the unreadable ones from now on (each is counted once in its
 * life), and removes the file when nothing waits.
 */
bool spool_tidy(struct spool *s, struct spool_state *ret, struct error *err) WARN_UNUSED;

#endif
