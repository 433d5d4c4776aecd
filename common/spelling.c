#include "common/spelling.h"

#include <string.h>

enum { LIMIT = 64 };

size_t spelling_distance(const char *a, const char *b)
{
	size_t row[LIMIT + 1], height = strnlen(a, LIMIT), width = strnlen(b, LIMIT);

	/* One row of the table of prefixes at a time: row[j] is the distance to j bytes of b. */
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; i <= height; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
			size_t shifted = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = replaced < shifted ? replaced : shifted;
		}
	}
	return row[width];
}

bool spelling_near(const char *name, size_t distance)
{
	return distance <= strnlen(name, LIMIT) / 3;
}
