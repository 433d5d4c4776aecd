#include "common/log.h"

#include "common/buf.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utf8proc.h>

_Static_assert(sizeof(long) == sizeof(long long) && sizeof(long) == sizeof(size_t),
	"put_integer() takes them for one another");

/* A line stays below PIPE_BUF, so that lines of several threads and processes never mix. */
enum { LINE_LIMIT = 4000, VALUE_LIMIT = 1200, SECRETS_MAX = 1024, SECRET_MIN = 4 };

static const char cut_mark[] = " cut=true";

static const struct {
	const char *name;
	char priority; /* of syslog, as systemd-journald reads it */
} levels[] = {
	[LEVEL_ERROR] = { "error", '3' },
	[LEVEL_WARN] = { "warn", '4' },
	[LEVEL_INFO] = { "info", '6' },
	[LEVEL_DEBUG] = { "debug", '7' },
};

/*
 * librdkafka logs from threads of its own: what they read here is written once (a secret) or is
 * atomic.
 */
static _Atomic enum log_level threshold = LEVEL_INFO;
static char *secrets[SECRETS_MAX];
static atomic_size_t secret_count;

void log_set_level(enum log_level level)
{
	threshold = level;
}

bool log_add_secret(const char *value)
{
	size_t count = secret_count;

	if (!value || strlen(value) < SECRET_MIN)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (str_equal(secrets[i], value))
			return true;
	}
	if (count == SECRETS_MAX) {
		log_error("secrets_full", "limit=%d action=restart", SECRETS_MAX);
		return false;
	}
	secrets[count] = xstrdup(value);
	secret_count = count + 1;
	return true;
}

/* The length of the longest secret that `text` starts with; 0: none. */
static size_t secret_at(const char *text)
{
	size_t longest = 0;
	size_t count = secret_count;

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(secrets[i]);

		if (len > longest && strncmp(text, secrets[i], len) == 0)
			longest = len;
	}
	return longest;
}

void log_redact(char *text)
{
	char *out = text;

	while (*text) {
		size_t len = secret_at(text);

		if (len) { /* never grows: a secret is longer than its mark */
			memcpy(out, "***", 3);
			out += 3;
			text += len;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

/* The bytes of the character that `text` starts with; 0: they are not UTF-8. */
static size_t character_at(const char *text, size_t len, utf8proc_int32_t *ret_code_point)
{
	utf8proc_ssize_t bytes = utf8proc_iterate(
		(const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, ret_code_point);

	return bytes > 0 ? (size_t)bytes : 0;
}

/* Redacts before anything is cut, or the head of a secret could survive at the end of a value. */
static void put_text(struct buf *value, const char *text)
{
	size_t len = strlen(text);

	while (len && !value->overflowed) {
		utf8proc_int32_t code_point;
		size_t step = secret_at(text);

		if (step) {
			buf_puts(value, "***");
		} else {
			step = character_at(text, len, &code_point);
			step = step ? step : 1;
			buf_put(value, text, step);
		}
		text += step;
		len -= step;
	}
}

/* `wide`: with `l`, `ll` or `z`, which all have 64 bits (asserted above). */
static void put_integer(struct buf *value, char conversion, bool wide, va_list *args)
{
	char text[32];

	if (conversion == 'd' && wide)
		snprintf(text, sizeof text, "%ld", va_arg(*args, long));
	else if (conversion == 'd')
		snprintf(text, sizeof text, "%d", va_arg(*args, int));
	else if (wide)
		snprintf(text, sizeof text, "%lu", va_arg(*args, unsigned long));
	else
		snprintf(text, sizeof text, "%u", va_arg(*args, unsigned));
	put_text(value, text);
}

/* One conversion, from behind its per cent sign. Returns the end of it; NULL: not one of ours. */
static const char *put_conversion(struct buf *value, const char *format, va_list *args)
{
	int precision = 6;
	bool wide = false;
	const char *text;
	char number[400]; /* the widest %f */

	if (*format == '.') {
		if (format[1] < '0' || format[1] > '9' || format[2] != 'f')
			return NULL;
		precision = format[1] - '0';
		format += 2;
	}
	for (; *format == 'l' || *format == 'z'; format++)
		wide = true;
	switch (*format) {
	case 's':
		text = va_arg(*args, const char *);
		put_text(value, text ? text : "");
		break;
	case 'c':
		snprintf(number, sizeof number, "%c", va_arg(*args, int));
		put_text(value, number);
		break;
	case 'd':
	case 'u':
		put_integer(value, *format, wide, args);
		break;
	case 'f':
		snprintf(number, sizeof number, "%.*f", precision, va_arg(*args, double));
		put_text(value, number);
		break;
	case '%':
		buf_putc(value, '%');
		break;
	default:
		return NULL;
	}
	return format + 1;
}

static bool is_plain(utf8proc_int32_t c)
{
	return c > ' ' && c != '"' && c != '=' && c != '\\' && (c < 0x7f || c > 0x9f);
}

static void put_escaped(struct buf *line, const char *text, size_t len, utf8proc_int32_t c)
{
	static const char escapes[] = {
		['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
	};

	if (!len)
		buf_printf(line, "\\x%02x", (unsigned char)*text); /* not UTF-8 */
	else if (is_plain(c) || c == ' ' || c == '=')
		buf_put(line, text, len);
	else if ((size_t)c < sizeof escapes && escapes[c])
		buf_printf(line, "\\%c", escapes[c]);
	else
		buf_printf(line, "\\u%04x", (unsigned)c);
}

/* Bare when logfmt allows it, else in quotes. */
static void put_value(struct buf *line, const struct buf *value)
{
	const char *text = buf_text(value);
	bool plain = value->len > 0 && !value->overflowed;
	utf8proc_int32_t c = 0;

	for (size_t i = 0, step; plain && i < value->len; i += step) {
		step = character_at(text + i, value->len - i, &c);
		plain = step && is_plain(c);
	}
	if (plain) {
		buf_puts(line, text);
		return;
	}
	buf_putc(line, '"');
	for (size_t i = 0; i < value->len;) {
		size_t step = character_at(text + i, value->len - i, &c);

		put_escaped(line, text + i, step, c);
		i += step ? step : 1;
	}
	buf_puts(line, value->overflowed ? "…\"" : "\"");
}

/* ` KEY=VALUE` from the head of the format. Returns what follows the pair; NULL: the end. */
static const char *put_pair(struct buf *line, const char *format, va_list *args)
{
	auto_buf value;
	auto_buf pair;
	size_t key_len = strcspn(format, "= ");

	buf_init(&value, VALUE_LIMIT);
	buf_init(&pair, LINE_LIMIT);
	buf_putc(&pair, ' ');
	buf_put(&pair, format, key_len);
	format += key_len;
	if (*format == '=') {
		buf_putc(&pair, *format++);
		while (format && *format && *format != ' ') {
			if (*format == '%') {
				format = put_conversion(&value, format + 1, args);
			} else {
				buf_putc(&value, *format++);
			}
		}
		put_value(&pair, &value);
	}
	if (pair.overflowed || line->len + pair.len + sizeof cut_mark > LINE_LIMIT) {
		buf_puts(line, cut_mark);
		return NULL;
	}
	buf_puts(line, buf_text(&pair));
	return format && *format ? format + 1 : NULL;
}

/* Whether standard error is read by systemd-journald (sd-daemon(3), systemd.exec(5)). */
static bool journal_reads(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char here[64];

	if (!stream || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(here, sizeof here, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return str_equal(stream, here);
}

static void put_time(struct buf *line)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	buf_printf(line, "ts=%s.%03dZ", text, (int)(now.tv_nsec / 1000000));
}

static void write_whole(const char *bytes, size_t len)
{
	while (len) {
		ssize_t written = write(STDERR_FILENO, bytes, len);

		if (written <= 0) /* nobody reads: there is nothing left to tell it to */
			return;
		bytes += written;
		len -= (size_t)written;
	}
}

void log_write(enum log_level level, const char *event, const char *fields, ...)
{
	auto_buf line;
	va_list args;

	buf_init(&line, LINE_LIMIT + 1);
	if (level > threshold)
		return;
	if (journal_reads())
		buf_printf(&line, "<%c>", levels[level].priority);
	put_time(&line);
	buf_printf(&line, " level=%s event=%s", levels[level].name, event);
	va_start(args, fields);
	while (fields && *fields)
		fields = put_pair(&line, fields, &args);
	va_end(args);
	buf_putc(&line, '\n');
	write_whole(buf_text(&line), line.len);
}
