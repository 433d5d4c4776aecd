#include "common/httpproblem.h"

#include "common/jsonstring.h"

static void put_member(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	jsonstring_put(out, text);
}

void httpproblem_print(struct buf *out, unsigned status, const char *type, const char *title,
	const char *detail, const char *pointer)
{
	buf_puts(out, "{\"type\":");
	jsonstring_put(out, type);
	put_member(out, "title", title);
	buf_printf(out, ",\"status\":%u", status);
	put_member(out, "detail", detail);
	if (pointer)
		put_member(out, "pointer", pointer);
	buf_puts(out, "}\n");
}
