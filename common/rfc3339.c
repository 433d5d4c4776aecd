#include "common/rfc3339.h"

#include <string.h>

enum { MS_PER_SECOND = 1000, SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097 };

#define FIRST_MS (-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define LAST_MS 253402300799999 /* 9999-12-31T23:59:59.999Z */

struct clock_time {
	int hour, minute, second, ms;
};

/* Reads exactly `count` digits; the cursor moves only when they are there. */
static bool take_digits(const char **cursor, int count, int *ret)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		char c = (*cursor)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*cursor += count;
	*ret = value;
	return true;
}

static bool take_char(const char **cursor, char wanted)
{
	if (**cursor != wanted)
		return false;
	(*cursor)++;
	return true;
}

/* One of `count` names of three letters, side by side in `names`; the index from 0. */
static bool take_name(const char **cursor, const char *names, int count, int *ret)
{
	for (int i = 0; i < count; i++) {
		if (strncmp(*cursor, names + (ptrdiff_t)i * 3, 3) == 0) {
			*cursor += 3;
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool is_leap_year(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_calendar_day(const struct partial_date *date)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (date->year < 1 || date->month < 1 || date->month > 12 || date->day < 1)
		return false;
	return date->day <=
	       lengths[date->month - 1] + (date->month == 2 && is_leap_year(date->year) ? 1 : 0);
}

/*
 * Days since the epoch. The year is taken to begin in March, so that the leap day is its last;
 * 400 years (an era) have 146097 days; 719468 days lie between 0000-03-01 and the epoch.
 */
static int64_t days_from_date(const struct partial_date *date)
{
	int year = date->month > 2 ? date->year : date->year - 1;
	int month = (date->month + 9) % 12;
	int era = year / 400, year_of_era = year % 400;
	int day_of_year = (153 * month + 2) / 5 + date->day - 1;

	return (int64_t)era * DAYS_PER_ERA + (int64_t)year_of_era * 365 + year_of_era / 4 -
	       year_of_era / 100 + day_of_year - 719468;
}

/* The inverse, for days of the years 0001 to 9999. */
static struct partial_date date_from_days(int64_t days)
{
	int shifted = (int)days + 719468;
	int era = shifted / DAYS_PER_ERA, day = shifted % DAYS_PER_ERA;
	int year = (day - day / 1460 + day / 36524 - day / (DAYS_PER_ERA - 1)) / 365;
	int day_of_year = day - (365 * year + year / 4 - year / 100);
	int month = (5 * day_of_year + 2) / 153;
	struct partial_date date = { .day = day_of_year - (153 * month + 2) / 5 + 1 };

	date.month = month < 10 ? month + 3 : month - 9;
	date.year = era * 400 + year + (date.month <= 2 ? 1 : 0);
	return date;
}

static bool take_date(const char **cursor, struct partial_date *ret)
{
	return take_digits(cursor, 4, &ret->year) && take_char(cursor, '-') &&
	       take_digits(cursor, 2, &ret->month) && take_char(cursor, '-') &&
	       take_digits(cursor, 2, &ret->day) && is_calendar_day(ret);
}

/* `HH:MM:SS`; 60 seconds are left for join() to judge. */
static bool take_clock(const char **cursor, struct clock_time *ret)
{
	return take_digits(cursor, 2, &ret->hour) && take_char(cursor, ':') &&
	       take_digits(cursor, 2, &ret->minute) && take_char(cursor, ':') &&
	       take_digits(cursor, 2, &ret->second) && ret->hour <= 23 && ret->minute <= 59 &&
	       ret->second <= 60;
}

/* Nothing, or a point and at least one digit. */
static bool take_fraction(const char **cursor, int *ret_ms)
{
	int weight = 100, ms = 0;

	if (!take_char(cursor, '.'))
		return true;
	if (**cursor < '0' || **cursor > '9')
		return false;
	for (; **cursor >= '0' && **cursor <= '9'; (*cursor)++, weight /= 10)
		ms += (**cursor - '0') * weight;
	*ret_ms = ms;
	return true;
}

static bool take_offset(const char **cursor, int *ret_minutes)
{
	int hours, minutes, sign;

	if (take_char(cursor, 'Z') || take_char(cursor, 'z')) {
		*ret_minutes = 0;
		return true;
	}
	sign = **cursor == '-' ? -1 : 1;
	if (!take_char(cursor, '-') && !take_char(cursor, '+'))
		return false;
	if (!take_digits(cursor, 2, &hours) || !take_char(cursor, ':') ||
		!take_digits(cursor, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_minutes = sign * (hours * 60 + minutes);
	return true;
}

static bool join(const struct partial_date *date, const struct clock_time *clock,
	int offset_minutes, int64_t *ret_ms)
{
	bool leap = clock->second == 60;
	int64_t minute = days_from_date(date) * (SECONDS_PER_DAY / 60) + (int64_t)clock->hour * 60 +
			 clock->minute - offset_minutes;
	int64_t ms = minute * 60 * MS_PER_SECOND +
		     (leap ? 59 * MS_PER_SECOND + 999 : clock->second * MS_PER_SECOND + clock->ms);

	if (leap && (minute + 1) % (SECONDS_PER_DAY / 60) != 0)
		return false;
	if (ms < FIRST_MS || ms > LAST_MS)
		return false;
	*ret_ms = ms;
	return true;
}

bool rfc3339_parse(const char *text, int64_t *ret_ms)
{
	struct partial_date date;
	struct clock_time clock = { 0 };
	int offset_minutes;

	if (!take_date(&text, &date) || (!take_char(&text, 'T') && !take_char(&text, 't')))
		return false;
	if (!take_clock(&text, &clock) || !take_fraction(&text, &clock.ms) ||
		!take_offset(&text, &offset_minutes) || *text != '\0')
		return false;
	return join(&date, &clock, offset_minutes, ret_ms);
}

/* The last `count` digits of the value, ending before `end`. */
static void put_digits(char *end, int count, int value)
{
	while (count-- > 0) {
		*--end = (char)('0' + value % 10);
		value /= 10;
	}
}

void rfc3339_format(int64_t ms, char out[RFC3339_SIZE])
{
	struct partial_date date;
	int64_t days;
	int rest;

	ms = ms < FIRST_MS ? FIRST_MS : ms > LAST_MS ? LAST_MS : ms;
	ms -= FIRST_MS;
	days = ms / ((int64_t)SECONDS_PER_DAY * MS_PER_SECOND);
	rest = (int)(ms % ((int64_t)SECONDS_PER_DAY * MS_PER_SECOND));
	date = date_from_days(days + FIRST_MS / ((int64_t)SECONDS_PER_DAY * MS_PER_SECOND));
	memcpy(out, "0000-00-00T00:00:00.000Z", RFC3339_SIZE);
	put_digits(out + 4, 4, date.year);
	put_digits(out + 7, 2, date.month);
	put_digits(out + 10, 2, date.day);
	put_digits(out + 13, 2, rest / (3600 * MS_PER_SECOND));
	put_digits(out + 16, 2, rest / (60 * MS_PER_SECOND) % 60);
	put_digits(out + 19, 2, rest / MS_PER_SECOND % 60);
	put_digits(out + 23, 3, rest % MS_PER_SECOND);
}

bool date_parse(const char *text, struct partial_date *ret)
{
	struct partial_date date = { .month = 1, .day = 1 };
	bool has_month, has_day = false;

	if (!take_digits(&text, 4, &date.year))
		return false;
	has_month = take_char(&text, '-');
	if (has_month && !take_digits(&text, 2, &date.month))
		return false;
	if (has_month)
		has_day = take_char(&text, '-');
	if (has_day && !take_digits(&text, 2, &date.day))
		return false;
	if (*text != '\0' || !is_calendar_day(&date))
		return false;
	*ret = (struct partial_date){
		.year = date.year,
		.month = has_month ? date.month : 0,
		.day = has_day ? date.day : 0,
	};
	return true;
}

bool http_date_parse(const char *text, int64_t *ret_ms)
{
	struct partial_date date;
	struct clock_time clock = { 0 };
	int weekday, month;

	if (!take_name(&text, "MonTueWedThuFriSatSun", 7, &weekday) || !take_char(&text, ',') ||
		!take_char(&text, ' ') || !take_digits(&text, 2, &date.day) ||
		!take_char(&text, ' ') ||
		!take_name(&text, "JanFebMarAprMayJunJulAugSepOctNovDec", 12, &month) ||
		!take_char(&text, ' ') || !take_digits(&text, 4, &date.year) ||
		!take_char(&text, ' ') || !take_clock(&text, &clock) || strcmp(text, " GMT") != 0)
		return false;
	date.month = month + 1;
	/* 719162 days lie between 0001-01-01, a Monday, and the epoch. */
	if (!is_calendar_day(&date) || (days_from_date(&date) + 719162) % 7 != weekday)
		return false;
	return join(&date, &clock, 0, ret_ms);
}
