#include "consumer/eventstream.h"

#include <string.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

void eventstream_init(struct eventstream *s,
	void (*on_event)(void *cookie, enum eventstream_kind kind, const char *type,
		const char *data, size_t len),
	void *cookie)
{
	*s = (struct eventstream){ .on_event = on_event, .cookie = cookie };
	buf_init(&s->line, EVENTSTREAM_LINE_MAX);
	buf_init(&s->data, EVENTSTREAM_DATA_MAX);
}

void eventstream_done(struct eventstream *s)
{
	buf_done(&s->line);
	buf_done(&s->data);
}

/* An empty line: what was collected is an event, if it has data. */
static void end_event(struct eventstream *s)
{
	const char *type = s->type[0] ? s->type : "message";

	if (s->lost || s->data.overflowed)
		s->on_event(s->cookie, EVENTSTREAM_LOST, type, "", 0);
	else if (s->has_data)
		s->on_event(s->cookie, EVENTSTREAM_EVENT, type, buf_text(&s->data), s->data.len);
	else if (s->type[0])
		s->on_event(s->cookie, EVENTSTREAM_SIGN_OF_LIFE, type, "", 0);
	buf_clear(&s->data);
	s->type[0] = '\0';
	s->has_data = s->lost = false;
}

static void set_type(struct eventstream *s, const char *value, size_t len)
{
	if (len > EVENTSTREAM_TYPE_MAX)
		len = EVENTSTREAM_TYPE_MAX;
	memcpy(s->type, value, len);
	s->type[len] = '\0';
}

/* Several data lines are one text with line feeds between them. */
static void add_data(struct eventstream *s, const char *value, size_t len)
{
	if (s->has_data)
		buf_putc(&s->data, '\n');
	buf_put(&s->data, value, len);
	s->has_data = true;
}

static bool is_field(const char *name, size_t len, const char *wanted)
{
	return len == strlen(wanted) && memcmp(name, wanted, len) == 0;
}

/* Fields of other names, as id and retry, mean nothing to us: nothing can be replayed. */
static void read_field(struct eventstream *s, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name_len = colon ? (size_t)(colon - line) : len;
	const char *value = colon ? colon + 1 : line + len;

	if (value < line + len && *value == ' ')
		value++;
	if (is_field(line, name_len, "data"))
		add_data(s, value, (size_t)(line + len - value));
	else if (is_field(line, name_len, "event"))
		set_type(s, value, (size_t)(line + len - value));
}

static void end_line(struct eventstream *s)
{
	const char *line = buf_text(&s->line);
	size_t len = s->line.len;

	if (!s->begun && len >= 3 && memcmp(line, byte_order_mark, 3) == 0) {
		line += 3;
		len -= 3;
	}
	s->begun = true;
	if (s->line.overflowed)
		s->lost = true;
	else if (!len)
		end_event(s);
	else if (*line == ':')
		s->on_event(s->cookie, EVENTSTREAM_SIGN_OF_LIFE, "", "", 0);
	else
		read_field(s, line, len);
	buf_clear(&s->line);
}

/* Bytes before the next end of a line. */
static size_t line_len(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && bytes[n] != '\n' && bytes[n] != '\r')
		n++;
	return n;
}

void eventstream_put(struct eventstream *s, const char *bytes, size_t len)
{
	while (len) {
		size_t n = line_len(bytes, len);

		if (n)
			buf_put(&s->line, bytes, n);
		if (n == len) {
			s->after_cr = false;
			return;
		}
		if (n || bytes[0] != '\n' || !s->after_cr)
			end_line(s);
		s->after_cr = bytes[n] == '\r';
		bytes += n + 1;
		len -= n + 1;
	}
}
