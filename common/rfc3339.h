/* Times as text, strictly: RFC 3339 date-times, partial dates, and the date of an HTTP header. */
#ifndef COMMON_RFC3339_H
#define COMMON_RFC3339_H

#include "common/base.h"

#define RFC3339_SIZE sizeof "2026-01-11T07:07:53.000Z"

/*
 * Reads a date-time of RFC 3339 §5.6 into milliseconds since the epoch. Years 0001 to 9999, in
 * UTC too; real calendar days; `t` and `z` as well as `T` and `Z`; the offset is required. A
 * fraction may have any length and is cut to milliseconds. A leap second (§5.7: 23:59:60 in UTC)
 * becomes the last millisecond before it. false for anything else, blanks and commas included.
 */
bool rfc3339_parse(const char *text, int64_t *ret_ms) WARN_UNUSED;

/* Writes UTC with milliseconds and `Z`. A time outside the years 0001 to 9999 becomes the nearest
 * one inside. */
void rfc3339_format(int64_t ms, char out[RFC3339_SIZE]);

/* A date of which the end may be unknown: `day`, or `month` and `day`, are then 0. */
struct partial_date {
	int year; /* 1 to 9999 */
	int month; /* 1 to 12 */
	int day; /* 1 to 31 */
};

/* Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a real calendar day. false for anything else. */
bool date_parse(const char *text, struct partial_date *ret) WARN_UNUSED;

/*
 * Reads the value of an HTTP `Date` header in its one living form (IMF-fixdate, RFC 9110 §5.6.7:
 * `Sun, 06 Nov 1994 08:49:37 GMT`) into milliseconds since the epoch. The weekday must be right.
 */
bool http_date_parse(const char *text, int64_t *ret_ms) WARN_UNUSED;

#endif
