/*
 * The forms of a path under which two sides can meet, from the strictest to the loosest, and their
 * hashes. All but the first are taken from the folded path (text_fold): NFC, case, separators.
 */
#ifndef CONSUMER_PATHKEY_H
#define CONSUMER_PATHKEY_H

#include "common/buf.h"

enum pathkey {
	PATHKEY_EXACT, /* the path itself */
	PATHKEY_FOLDED,
	PATHKEY_TAIL, /* its last two components; the whole where there are no two */
	PATHKEY_NAME, /* its last component */
	PATHKEYS,
};

/* A path in all its forms. The path itself is borrowed. Not to be copied: texts may be in `space`. */
struct pathforms {
	const char *texts[PATHKEYS]; /* "" where there is nothing to meet by */
	struct buf folded; /* of a path that does not fit into `space` */
	char space[400];
};

void pathforms_init(struct pathforms *f, const char *path);
void pathforms_done(struct pathforms *f);

/* The same for the same bytes on every machine and in every version: it may be stored. */
uint64_t pathkey_hash(const char *text);

/*
 * What stands for a path where the text is too long to keep: by the tail, folded, and by the name all
 * that could ever match it is found.
 */
struct pathtrace {
	uint64_t tail, name; /* hashes */
};

void pathkey_trace(const char *path, struct pathtrace *ret);

/* Those of a scene's first files. */
enum { PATHTRACES_MAX = 8 };

struct pathtraces {
	struct pathtrace items[PATHTRACES_MAX];
	size_t count;
};

/* How many components the ends of two paths have in common, by their folded forms. */
size_t pathforms_common(const struct pathforms *a, const struct pathforms *b);

/* Whether two paths are one but for the encoding of accents and for separators: case tells them apart. */
bool pathkey_equal_in_case(const char *a, const char *b);

/* A path of Windows: it begins with a drive, or has a backslash or two slashes as UNC has. */
bool pathkey_is_windows(const char *path);

#endif
