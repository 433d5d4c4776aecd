#include "consumer/plexquery.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What our side can size is sane: a summary has 10000 code points, a byte may cost three. */
enum { PATH_LIMIT = 1024 * 1024 };

void plexquery_broken(const char *what)
{
	fprintf(stderr, "level=error event=bug detail=\"%s\"\n", what);
	abort();
}

void plexquery_add(struct plexquery *q, const char *name, const char *value)
{
	q->arguments = xrealloc(q->arguments, q->count + 1, sizeof *q->arguments);
	q->arguments[q->count++] =
		(struct plexquery_argument){ .name = xstrdup(name), .value = xstrdup(value) };
}

void plexquery_add_number(struct plexquery *q, const char *name, int64_t value)
{
	auto_free char *text = xasprintf("%lld", (long long)value);

	plexquery_add(q, name, text);
}

static int by_name(const void *a, const void *b)
{
	return strcasecmp(((const struct plexquery_argument *)a)->name,
		((const struct plexquery_argument *)b)->name);
}

void plexquery_encode(struct buf *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if ((*p < 0x80 && isalnum(*p)) || strchr("-._~", *p))
			buf_putc(out, (char)*p);
		else
			buf_printf(out, "%%%02X", *p);
	}
}

char *plexquery_path(const char *before, const char *key, const char *after)
{
	if (!plex_key_valid(key))
		plexquery_broken("a Plex request without a valid key");
	return xasprintf("%s%s%s", before, key, after);
}

void plexquery_make(
	struct plex_request *ret, const char *method, const char *path, struct plexquery *q)
{
	struct buf whole;

	buf_init(&whole, PATH_LIMIT);
	buf_puts(&whole, path);
	if (q->count)
		qsort(q->arguments, q->count, sizeof *q->arguments, by_name);
	for (size_t i = 0; i < q->count; i++) {
		struct plexquery_argument *a = &q->arguments[i];

		buf_putc(&whole, i ? '&' : '?');
		plexquery_encode(&whole, a->name);
		buf_putc(&whole, '=');
		plexquery_encode(&whole, a->value);
		free(a->name);
		free(a->value);
	}
	free(q->arguments);
	*q = (struct plexquery){ 0 };
	if (whole.overflowed)
		plexquery_broken("a Plex request of more than a megabyte");
	*ret = (struct plex_request){ .method = method, .path = buf_take(&whole) };
}
