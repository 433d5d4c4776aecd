/*
 * A zip archive of small files, uncompressed, with Unix modes (PKWARE's APPNOTE 6.3.10, 4.3.7 to
 * 4.3.16). The same entries give the same bytes.
 */
#ifndef PRODUCER_ZIP_H
#define PRODUCER_ZIP_H

#include "common/buf.h"

#define ZIP_ENTRIES 32
#define ZIP_NAME 64

struct zip {
	struct buf *out; /* borrowed; the archive begins at its first byte */
	uint16_t dos_date, dos_time;
	size_t count;
	struct zip_entry {
		char name[ZIP_NAME];
		bool executable;
		uint32_t crc, size, offset;
	} entries[ZIP_ENTRIES];
	bool failed;
};

/* `date_s`, in seconds since the epoch and in UTC, is every file's date; `out` must be empty. */
void zip_begin(struct zip *z, int64_t date_s, struct buf *out);

/* Adds a file of mode 0755 or 0644. */
void zip_add(struct zip *z, const char *name, bool executable, const void *bytes, size_t len);

/* Writes the directory. false if an entry or the archive was too large for its limit. */
bool zip_end(struct zip *z) WARN_UNUSED;

#endif
