#include "common/jsonstring.h"

#include "common/text.h"

#include <string.h>

void jsonstring_put(struct buf *out, const char *text)
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
