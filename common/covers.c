#include "common/covers.h"

#include <stdlib.h>
#include <string.h>

/* Digits only, at most 18 of them: no sign, no blank, no overflow. */
static bool take_number(const char **cursor, int64_t *ret)
{
	size_t digits = strspn(*cursor, "0123456789");

	if (digits == 0 || digits > 18)
		return false;
	*ret = strtoll(*cursor, NULL, 10);
	*cursor += digits;
	return true;
}

/* An intent of a scene that had no stamp covers nothing: -1. */
static bool take_offset(const char **cursor, int64_t *ret)
{
	if (strcmp(*cursor, "-1") != 0)
		return take_number(cursor, ret);
	*ret = -1;
	*cursor += 2;
	return true;
}

bool covers_read(struct covers *ret, const struct record *record)
{
	auto_free char *text = record_header_text(record, COVERS_HEADER, 64);
	const char *cursor = text;
	struct covers covers;

	if (cursor && take_number(&cursor, &covers.generation) && *cursor++ == '/' &&
		take_offset(&cursor, &covers.offset) && *cursor == '\0') {
		*ret = covers;
		return true;
	}
	*ret = (struct covers){ -1, -1 };
	return false;
}

void covers_write(struct record *record, struct covers covers)
{
	auto_free char *text =
		xasprintf("%lld/%lld", (long long)covers.generation, (long long)covers.offset);

	record_drop_headers(record, COVERS_HEADER);
	record_add_text_header(record, COVERS_HEADER, text);
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int covers_compare(struct covers a, int64_t own_a, struct covers b, int64_t own_b)
{
	int generation = compare(a.generation, b.generation);
	int offset = compare(a.offset, b.offset);

	return generation ? generation : offset ? offset : compare(own_a, own_b);
}

void generations_done(struct generations *g)
{
	free(g->items);
	*g = (struct generations){ .count = 0 };
}

void generations_note(struct generations *g, int32_t partition, int64_t generation)
{
	if (partition < 0 || partition >= COVERS_PARTITIONS_MAX)
		return;
	if (partition >= g->count) {
		g->items = xrealloc(g->items, (size_t)partition + 1, sizeof *g->items);
		while (g->count <= partition)
			g->items[g->count++] = -1;
	}
	if (generation > g->items[partition])
		g->items[partition] = generation;
}

int64_t generations_get(const struct generations *g, int32_t partition)
{
	return partition >= 0 && partition < g->count ? g->items[partition] : -1;
}
