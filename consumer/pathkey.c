#include "consumer/pathkey.h"

#include "common/text.h"

#include <endian.h>
#include <string.h>

/* text_fold() of a path in ASCII, which nearly all are, without its allocations. */
static bool fold_ascii(char *to, size_t room, const char *path)
{
	char *end = to + room - 1, before = '\0';

	for (const char *p = path; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c >= 0x80 || to == end)
			return false;
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		else if (c == '\\')
			c = '/';
		if (c == '/' && before == '/')
			continue;
		before = (char)c;
		*to++ = before;
	}
	*to = '\0';
	return true;
}

static const char *fold(struct pathforms *f, const char *path)
{
	/* No character, and no byte that is none, becomes more than three times as long. */
	buf_init(&f->folded, strlen(path) * 4 + 1);
	if (fold_ascii(f->space, sizeof f->space, path))
		return f->space;
	(void)text_fold(&f->folded, path);
	return buf_text(&f->folded);
}

void pathforms_init(struct pathforms *f, const char *path)
{
	const char *folded = fold(f, path), *name, *tail;

	name = memrchr(folded, '/', strlen(folded));
	tail = name ? memrchr(folded, '/', (size_t)(name - folded)) : NULL;
	f->texts[PATHKEY_EXACT] = path;
	f->texts[PATHKEY_FOLDED] = folded;
	f->texts[PATHKEY_NAME] = name ? name + 1 : folded;
	f->texts[PATHKEY_TAIL] = tail ? tail + 1 : folded;
	if (!*f->texts[PATHKEY_NAME]) /* a directory: its name is nobody's */
		f->texts[PATHKEY_TAIL] = "";
}

void pathforms_done(struct pathforms *f)
{
	buf_done(&f->folded);
}

/* Eight bytes at a time; each step can be undone, so that none loses what came before. */
static uint64_t stir(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
	return hash ^ (hash >> 29);
}

uint64_t pathkey_hash(const char *text)
{
	size_t len = strlen(text), i = 0;
	uint64_t hash = len, word = 0;

	for (; len - i >= sizeof word; i += sizeof word) {
		memcpy(&word, text + i, sizeof word);
		hash = stir(hash, le64toh(word));
	}
	word = 0;
	memcpy(&word, text + i, len - i);
	hash = stir(hash, le64toh(word));
	return stir(hash, hash >> 32);
}

size_t pathforms_common(const struct pathforms *a, const struct pathforms *b)
{
	const char *x = a->texts[PATHKEY_FOLDED], *y = b->texts[PATHKEY_FOLDED];
	size_t i = strlen(x), j = strlen(y), count = 0;

	while (i > 0 && j > 0 && x[i - 1] == y[j - 1]) {
		count += x[i - 1] == '/';
		i--;
		j--;
	}
	/* The whole of one, from its first component on. */
	if ((i == 0 && x[0] != '/' && (j == 0 || y[j - 1] == '/')) ||
		(j == 0 && y[0] != '/' && x[i ? i - 1 : 0] == '/'))
		count++;
	return count;
}

void pathkey_trace(const char *path, struct pathtrace *ret)
{
	struct pathforms forms;

	pathforms_init(&forms, path);
	ret->tail = pathkey_hash(forms.texts[PATHKEY_TAIL]);
	ret->name = pathkey_hash(forms.texts[PATHKEY_NAME]);
	pathforms_done(&forms);
}

/* NFC, with every separator as one slash. */
static const char *unify(struct buf *nfc, const char *path)
{
	char *to;

	buf_init(nfc, strlen(path) * 4 + 1);
	if (!text_nfc(nfc, path) || !nfc->len)
		return "";
	text_replace(nfc->data, '\\', '/');
	to = nfc->data;
	for (const char *from = nfc->data; *from; from++)
		if (*from != '/' || to == nfc->data || to[-1] != '/')
			*to++ = *from;
	*to = '\0';
	return nfc->data;
}

bool pathkey_equal_in_case(const char *a, const char *b)
{
	auto_buf x = { .limit = 0 }, y = { .limit = 0 };

	return strcmp(unify(&x, a), unify(&y, b)) == 0;
}

bool pathkey_is_windows(const char *path)
{
	bool drive = ((path[0] | 0x20) >= 'a' && (path[0] | 0x20) <= 'z') && path[1] == ':' &&
		     (path[2] == '\\' || path[2] == '/');

	return drive || path[0] == '\\' || (path[0] == '/' && path[1] == '/');
}
