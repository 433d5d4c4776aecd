#include "producer/zip.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOCAL_HEADER 0x04034b50u
#define CENTRAL_HEADER 0x02014b50u
#define END_OF_DIRECTORY 0x06054b50u
#define VERSION_NEEDED 10
#define MADE_BY_UNIX (3 << 8 | 20)
#define REGULAR_FILE 0100000u

static void put16(struct buf *out, uint32_t value)
{
	const unsigned char bytes[] = { value & 0xff, value >> 8 & 0xff };

	buf_put(out, bytes, sizeof bytes);
}

static void put32(struct buf *out, uint32_t value)
{
	put16(out, value & 0xffff);
	put16(out, value >> 16);
}

/* CRC-32 as in ISO 3309, four bits at a time. */
static uint32_t crc32(const unsigned char *bytes, size_t len)
{
	uint32_t table[16], crc = ~0u;

	for (uint32_t i = 0; i < ARRAY_LEN(table); i++) {
		table[i] = i;
		for (int bit = 0; bit < 4; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
	}
	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

/* The fields that the header of a file and its entry in the directory have in common. */
static void put_common(struct buf *out, const struct zip *z, const struct zip_entry *e)
{
	put16(out, VERSION_NEEDED);
	put16(out, 0); /* no flags */
	put16(out, 0); /* stored */
	put16(out, z->dos_time);
	put16(out, z->dos_date);
	put32(out, e->crc);
	put32(out, e->size);
	put32(out, e->size);
	put16(out, (uint32_t)strlen(e->name));
	put16(out, 0); /* no extra field */
}

void zip_begin(struct zip *z, int64_t date_s, struct buf *out)
{
	time_t date = (time_t)date_s;
	struct tm tm;

	*z = (struct zip){ .out = out };
	if (!gmtime_r(&date, &tm) || tm.tm_year < 80 || tm.tm_year > 207)
		tm = (struct tm){ .tm_year = 80, .tm_mday = 1 };
	z->dos_date = (uint16_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday);
	z->dos_time = (uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
}

void zip_add(struct zip *z, const char *name, bool executable, const void *bytes, size_t len)
{
	struct zip_entry *e = &z->entries[z->count];

	if (z->count == ZIP_ENTRIES || strlen(name) >= ZIP_NAME || len > UINT32_MAX ||
		z->out->len > UINT32_MAX) {
		z->failed = true;
		return;
	}
	z->count++;
	*e = (struct zip_entry){
		.executable = executable,
		.crc = crc32(bytes, len),
		.size = (uint32_t)len,
		.offset = (uint32_t)z->out->len,
	};
	memcpy(e->name, name, strlen(name));
	put32(z->out, LOCAL_HEADER);
	put_common(z->out, z, e);
	buf_puts(z->out, name);
	buf_put(z->out, bytes, len);
}

static void put_directory_entry(const struct zip *z, const struct zip_entry *e)
{
	put32(z->out, CENTRAL_HEADER);
	put16(z->out, MADE_BY_UNIX);
	put_common(z->out, z, e);
	put16(z->out, 0); /* no comment */
	put16(z->out, 0); /* the first disk */
	put16(z->out, 0); /* no text */
	put32(z->out, (REGULAR_FILE | (e->executable ? 0755 : 0644)) << 16);
	put32(z->out, e->offset);
	buf_puts(z->out, e->name);
}

bool zip_end(struct zip *z)
{
	size_t offset = z->out->len;

	for (size_t i = 0; i < z->count; i++)
		put_directory_entry(z, &z->entries[i]);
	put32(z->out, END_OF_DIRECTORY);
	put16(z->out, 0);
	put16(z->out, 0);
	put16(z->out, (uint32_t)z->count);
	put16(z->out, (uint32_t)z->count);
	put32(z->out, (uint32_t)(z->out->len - 12 - offset));
	put32(z->out, (uint32_t)offset);
	return buf_put(z->out, "\0", 2) && !z->failed && z->out->len <= UINT32_MAX;
}
