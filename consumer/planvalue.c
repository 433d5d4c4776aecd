#include "consumer/planvalue.h"

#include "common/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *planvalue_text(const char *value, bool lines)
{
	char *text = xstrdup(value), *to = text;
	bool blank = false;
	size_t newlines = 0;

	for (const char *from = value; *from; from++) {
		if (is_blank(*from)) {
			blank = true;
			if (*from == '\n' || (*from == '\r' && from[1] != '\n'))
				newlines++;
			continue;
		}
		if (blank && to > text) {
			/* At least one blank came before, so there is room for one, or for each line. */
			if (lines && newlines > 0)
				to = (char *)memset(to, '\n', newlines) + newlines;
			else
				*to++ = ' ';
		}
		blank = false;
		newlines = 0;
		*to++ = *from;
	}
	*to = '\0';
	return text;
}

char *planvalue_member(const char *name)
{
	char *text = planvalue_text(name, false);

	for (char *c = text; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return text;
}

bool planvalue_same_member(const char *a, const char *b)
{
	auto_free char *text_a = planvalue_text(a, false), *text_b = planvalue_text(b, false);

	return text_equal_ascii(text_a, text_b);
}

bool planvalue_in(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (planvalue_same_member(list->items[i], name))
			return true;
	return false;
}

char *planvalue_date(const char *date)
{
	switch (strlen(date)) {
	case sizeof "YYYY" - 1:
		return xasprintf("%s-01-01", date);
	case sizeof "YYYY-MM" - 1:
		return xasprintf("%s-01", date);
	default:
		return xstrdup(date);
	}
}

/* How many code points fit: a byte that is not plain costs three. */
static size_t count_fitting(const char *text)
{
	size_t cost = 0, count = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool begins = (*p & 0xC0) != 0x80;

		cost += *p < 0x80 && (isalnum(*p) || strchr("-._~", *p)) ? 1 : 3;
		if (cost > PLANVALUE_ROOM)
			return begins ? count : count - 1;
		count += begins;
	}
	return count;
}

char *planvalue_fit(const char *text, bool *ret_cut)
{
	size_t all = 0, fitting = count_fitting(text);
	auto_buf cut;

	buf_init(&cut, SIZE_MAX);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		all += (*p & 0xC0) != 0x80;
	*ret_cut = fitting < all;
	if (!*ret_cut)
		return xstrdup(text);
	text_clean(&cut, text, TEXT_BLOCK, fitting);
	return buf_take(&cut);
}
