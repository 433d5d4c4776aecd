#include "hook/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "plexsync.spool"
#define LOCK_NAME "plexsync.spool.lock"
#define NEW_NAME "plexsync.spool.new"
#define FLAGS (O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW)
#define MODE 0600 /* paths of scenes are nobody else's business */

static bool failed(struct error *err, const char *what)
{
	return error_set(err, "the spool cannot be %s (%s)", what, strerror(errno));
}

/* ---- opening ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool spool_open(struct spool *s, const char *path, struct error *err)
{
	*s = (struct spool){ .lock = -1, .file = -1 };
	s->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->directory >= 0)
		s->lock = openat(s->directory, LOCK_NAME, FLAGS, MODE);
	if (s->lock >= 0)
		return true;
	error_set(err, "the spool in %s cannot be written (%s)", path, strerror(errno));
	spool_close(s);
	return false;
}

void spool_close(struct spool *s)
{
	close_fd(&s->file);
	close_fd(&s->lock);
	close_fd(&s->directory);
}

/* ---- locks ---- */

/* One byte of the lock file: F_WRLCK or F_UNLCK, with F_OFD_SETLK or F_OFD_SETLKW. */
static bool lock_byte(struct spool *s, uint64_t at, short type, int command)
{
	struct flock range = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1
	};
	int done;

	do {
		done = fcntl(s->lock, command, &range);
	} while (done < 0 && errno == EINTR);
	return done == 0;
}

static void unlock(struct spool *s)
{
	(void)lock_byte(s, 0, F_UNLCK, F_OFD_SETLK);
}

/* Since we were last here, another process may have removed or rewritten the file. */
static bool refresh(struct spool *s)
{
	struct stat named, held;

	if (s->file >= 0 && fstat(s->file, &held) == 0 &&
		fstatat(s->directory, FILE_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		named.st_ino == held.st_ino && named.st_dev == held.st_dev)
		return true;
	close_fd(&s->file);
	s->cursor = 0;
	s->file = openat(s->directory, FILE_NAME, FLAGS, MODE);
	return s->file >= 0;
}

/* Held for some reads and writes only, never while the network is waited for. */
static bool lock(struct spool *s, struct error *err)
{
	if (!lock_byte(s, 0, F_WRLCK, F_OFD_SETLKW))
		return failed(err, "locked");
	if (refresh(s))
		return true;
	failed(err, "opened");
	unlock(s);
	return false;
}

/* ---- reading lines ---- */

struct reader {
	int fd;
	off_t at; /* of bytes[0] */
	size_t used, len;
	bool ended, failed;
	char bytes[SPOOLLINE_BYTES];
};

struct slice {
	const char *text; /* without the newline; until the next call */
	size_t len;
	off_t at, end; /* in the file, newline included */
};

static struct reader *reader_start(int fd, off_t at)
{
	static struct reader reader;

	reader.fd = fd;
	reader.at = at;
	reader.used = reader.len = 0;
	reader.ended = reader.failed = false;
	return &reader;
}

static void reader_fill(struct reader *r)
{
	ssize_t got;

	memmove(r->bytes, r->bytes + r->used, r->len - r->used);
	r->at += (off_t)r->used;
	r->len -= r->used;
	r->used = 0;
	do {
		got = pread(
			r->fd, r->bytes + r->len, sizeof r->bytes - r->len, r->at + (off_t)r->len);
	} while (got < 0 && errno == EINTR);
	r->failed = got < 0;
	r->ended = got <= 0;
	if (got > 0)
		r->len += (size_t)got;
}

/* false: the end, or `failed`. What is longer than any line comes in pieces. */
static bool reader_next(struct reader *r, struct slice *ret)
{
	for (;;) {
		const char *text = r->bytes + r->used;
		size_t left = r->len - r->used;
		const char *newline = memchr(text, '\n', left);
		bool piece = left > 0 && (r->ended || left == sizeof r->bytes);

		if (r->failed || (!newline && !piece && r->ended))
			return false;
		if (newline || piece) {
			off_t at = r->at + (off_t)r->used;
			size_t len = newline ? (size_t)(newline - text) : left;
			size_t step = len + (newline != NULL);

			r->used += step;
			*ret = (struct slice){ text, len, at, at + (off_t)step };
			return true;
		}
		reader_fill(r);
	}
}

/* ---- taking ---- */

static bool write_all(int fd, const char *bytes, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t written = pwrite(fd, bytes, len, at);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			bytes += written;
			len -= (size_t)written;
			at += written;
		}
	}
	return true;
}

struct census {
	size_t lines; /* not delivered */
	off_t bytes; /* of these */
	off_t end; /* of the file */
	bool torn; /* the last line has no newline: its writer was killed */
};

static bool take_census(struct spool *s, struct census *ret, struct error *err)
{
	struct reader *reader = reader_start(s->file, 0);
	struct census census = { 0 };
	struct slice slice;

	while (reader_next(reader, &slice)) {
		census.torn = slice.end - slice.at == (off_t)slice.len;
		census.end = slice.end;
		if (slice.len == 0 || slice.text[0] == SPOOLLINE_DELIVERED)
			continue;
		census.lines++;
		census.bytes += slice.end - slice.at;
	}
	if (reader->failed)
		return failed(err, "read");
	*ret = census;
	return true;
}

/* Copies what was not delivered. Another process sees the old file or the new one, both whole. */
static bool copy_lines(struct spool *s, int fd)
{
	struct reader *reader = reader_start(s->file, 0);
	struct slice slice;
	off_t at = 0;

	while (reader_next(reader, &slice)) {
		if (slice.len == 0 || slice.text[0] == SPOOLLINE_DELIVERED)
			continue;
		if (!write_all(fd, slice.text, slice.len, at) ||
			!write_all(fd, "\n", 1, at + (off_t)slice.len))
			return false;
		at += (off_t)slice.len + 1;
	}
	return !reader->failed && fdatasync(fd) == 0;
}

static bool rewrite(struct spool *s, struct error *err)
{
	int fd = openat(s->directory, NEW_NAME, FLAGS | O_TRUNC, MODE);

	if (fd < 0 || !copy_lines(s, fd) ||
		renameat(s->directory, NEW_NAME, s->directory, FILE_NAME) < 0) {
		failed(err, "rewritten");
		close_fd(&fd);
		return false;
	}
	close_fd(&s->file);
	s->file = fd;
	s->cursor = 0;
	return true;
}

/* Room for one more line of `len` bytes; delivered lines are swept out when there are many. */
static bool make_room(struct spool *s, size_t len, struct census *census, struct error *err)
{
	if (!take_census(s, census, err))
		return false;
	if (census->lines >= SPOOL_LINES || census->bytes + (off_t)len > SPOOL_BYTES)
		return error_set(err,
			"the spool is full (%zu events wait, %lld bytes; at most %d and %d)",
			census->lines, (long long)census->bytes, SPOOL_LINES, SPOOL_BYTES);
	if (census->end - census->bytes < SPOOL_BYTES)
		return true;
	return rewrite(s, err) && take_census(s, census, err);
}

/* Another's claim can only stand where the ids collide. Byte 0 is not for lines. */
static bool claim_new_id(struct spool *s, uint64_t *ret_id)
{
	uint64_t id;

	do {
		if (getrandom(&id, sizeof id, 0) != sizeof id)
			return false;
		id = (id >> 2) + 1; /* an off_t, and so is id + 1 */
	} while (!lock_byte(s, id, F_WRLCK, F_OFD_SETLK) && errno == EAGAIN);
	*ret_id = id;
	return true;
}

static bool append(struct spool *s, const char *body, size_t len, struct spool_claim *ret_claim,
	struct error *err)
{
	static char text[1 + SPOOLLINE_BYTES] = "\n"; /* ends a torn line */
	struct spool_claim claim;
	struct census census;
	size_t line_len;

	if (!claim_new_id(s, &claim.id))
		return failed(err, "locked");
	line_len = spoolline_write(text + 1, claim.id, body, len);
	if (line_len == 0)
		return error_set(err, "the event is too long for the spool");
	if (!make_room(s, line_len, &census, err))
		return false;
	claim.at = census.end + census.torn;
	if (!write_all(s->file, text + !census.torn, line_len + census.torn, census.end)) {
		failed(err, "written");
		(void)!ftruncate(
			s->file, census.end); /* else a torn line stays, and is recognised */
		return false;
	}
	*ret_claim = claim;
	return true;
}

bool spool_append(struct spool *s, const char *body, size_t len, struct spool_claim *ret_claim,
	struct error *err)
{
	bool ok = lock(s, err);

	if (ok) {
		ok = append(s, body, len, ret_claim, err);
		unlock(s);
	}
	return ok;
}

bool spool_sync(struct spool *s, struct error *err)
{
	/* EINVAL: a file system that knows no fsync of directories. */
	if (fdatasync(s->file) < 0 || (fsync(s->directory) < 0 && errno != EINVAL))
		return failed(err, "put on the disk");
	return true;
}

/* ---- delivering ---- */

/* The line of `claim`, and what it says; false if it is not there. */
static bool find(struct spool *s, const struct spool_claim *claim, struct slice *ret)
{
	struct reader *reader = reader_start(s->file, 0);
	struct spoolline line;

	while (reader_next(reader, ret)) {
		if (spoolline_parse(ret->text, ret->len, &line) == SPOOLLINE_IS_WAITING &&
			line.id == claim->id)
			return true;
	}
	return false;
}

/* Where the line is now: usually where it was. -1 with errno if it cannot be found. */
static off_t locate(struct spool *s, const struct spool_claim *claim)
{
	struct reader *reader = reader_start(s->file, claim->at);
	struct spoolline line;
	struct slice slice;

	if (reader_next(reader, &slice) &&
		spoolline_parse(slice.text, slice.len, &line) == SPOOLLINE_IS_WAITING &&
		line.id == claim->id)
		return claim->at;
	errno = ENOENT;
	return find(s, claim, &slice) ? slice.at : -1;
}

static bool mark(struct spool *s, off_t at)
{
	static const char delivered = SPOOLLINE_DELIVERED;

	return at >= 0 && write_all(s->file, &delivered, 1, at);
}

bool spool_settle(struct spool *s, const struct spool_claim *claim, struct error *err)
{
	bool ok = lock(s, err);

	if (ok) {
		ok = mark(s, locate(s, claim)) || failed(err, "written");
		unlock(s);
		(void)lock_byte(s, claim->id, F_UNLCK, F_OFD_SETLK);
	}
	return ok;
}

static enum spool_found next(struct spool *s, struct spool_event *ret, struct error *err)
{
	struct reader *reader = reader_start(s->file, s->cursor);
	struct spoolline line;
	struct slice slice;

	while (reader_next(reader, &slice)) {
		s->cursor = slice.end;
		if (spoolline_parse(slice.text, slice.len, &line) != SPOOLLINE_IS_WAITING ||
			!lock_byte(s, line.id, F_WRLCK, F_OFD_SETLK))
			continue;
		ret->claim = (struct spool_claim){ line.id, slice.at };
		memcpy(ret->body, line.body, line.body_len);
		ret->body[line.body_len] = '\0';
		ret->body_len = line.body_len;
		return SPOOL_EVENT;
	}
	if (!reader->failed)
		return SPOOL_NONE;
	failed(err, "read");
	return SPOOL_FAILED;
}

enum spool_found spool_next(struct spool *s, struct spool_event *ret, struct error *err)
{
	enum spool_found found;

	if (!lock(s, err))
		return SPOOL_FAILED;
	found = next(s, ret, err);
	unlock(s);
	return found;
}

static bool tidy(struct spool *s, struct spool_state *ret, struct error *err)
{
	struct reader *reader = reader_start(s->file, 0);
	struct spool_state state = { 0 };
	struct spoolline line;
	struct slice slice;

	while (reader_next(reader, &slice)) {
		enum spoolline_state is = spoolline_parse(slice.text, slice.len, &line);

		state.waiting += is == SPOOLLINE_IS_WAITING;
		if (is != SPOOLLINE_IS_UNREADABLE)
			continue;
		state.unreadable++;
		if (!mark(s, slice.at))
			return failed(err, "written");
	}
	if (reader->failed)
		return failed(err, "read");
	if (state.waiting == 0 && unlinkat(s->directory, FILE_NAME, 0) < 0)
		return failed(err, "emptied");
	*ret = state;
	return true;
}

bool spool_tidy(struct spool *s, struct spool_state *ret, struct error *err)
{
	bool ok = lock(s, err);

	if (ok) {
		ok = tidy(s, ret, err);
		unlock(s);
	}
	return ok;
}
