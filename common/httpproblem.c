#include "common/httpproblem.h"

#include "common/text.h"

#include <string.h>

static void put_string(struct buf *out, const char *text)
{
	auto_buf clean;

	buf_init(&clean, 3 * strlen(text));
	text_scrub(&clean, text, strlen(text));
	buf_putc(out, '"');
	for (const char *p = buf_text(&clean); *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_printf(out, "\\%c", *p);
		else if ((unsigned char)*p < 0x20)
			buf_printf(out, "\\u%04x", (unsigned)*p);
		else
			buf_putc(out, *p);
	}
	buf_putc(out, '"');
}

static void put_member(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	put_string(out, text);
}

void httpproblem_print(struct buf *out, unsigned status, const char *type, const char *title,
	const char *detail, const char *pointer)
{
	buf_puts(out, "{\"type\":");
	put_string(out, type);
	put_member(out, "title", title);
	buf_printf(out, ",\"status\":%u", status);
	put_member(out, "detail", detail);
	if (pointer)
		put_member(out, "pointer", pointer);
	buf_puts(out, "}\n");
}
