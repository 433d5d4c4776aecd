#include "hook/members.h"

#include "common/jsonscan.h"

#include <string.h>

static void clear(struct member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		members[i].text[0] = '\0';
}

static struct member *find(const struct jsonscan *scan, struct member *members, size_t count)
{
	for (size_t i = 0; scan->text_whole && i < count; i++) {
		if (strcmp(members[i].key, scan->text) == 0)
			return &members[i];
	}
	return NULL;
}

static void take(struct member *member, const struct jsonscan *scan)
{
	if (member && scan->text_whole && scan->text_len < member->size)
		memcpy(member->text, scan->text, scan->text_len + 1);
}

/* How far down the path we are; the innermost open container is part of it if it is as deep. */
struct descent {
	const char *const *path;
	unsigned at; /* keys of the path that led to open objects */
	bool next; /* the last key is the path's next */
};

static void descend(struct descent *d, enum jsonscan_event event, const struct jsonscan *scan)
{
	if (event == JSONSCAN_KEY)
		d->next = scan->depth == d->at + 1 && d->path[d->at] && scan->text_whole &&
			  strcmp(d->path[d->at], scan->text) == 0;
	else if (event == JSONSCAN_OBJECT && d->next && scan->depth == d->at + 2)
		d->at++;
	else if (event == JSONSCAN_END && scan->depth <= d->at)
		d->at = scan->depth ? scan->depth - 1 : 0;
	if (event != JSONSCAN_KEY)
		d->next = false;
}

bool members_read(
	const char *body, size_t len, const char *const *path, struct member *members, size_t count)
{
	static struct jsonscan scan;
	struct descent descent = { .path = path };
	struct member *member = NULL;
	enum jsonscan_event event;
	bool object = false;

	clear(members, count);
	jsonscan_init(&scan);
	while ((event = jsonscan_next(&scan, &body, &len)) > JSONSCAN_MORE) {
		bool there = !path[descent.at] && scan.depth == descent.at + 1;

		if (event == JSONSCAN_OBJECT && scan.depth == 1)
			object = true;
		if (event == JSONSCAN_KEY)
			member = there ? find(&scan, members, count) : NULL;
		else if (there && (event == JSONSCAN_STRING || event == JSONSCAN_NUMBER))
			take(member, &scan);
		descend(&descent, event, &scan);
	}
	if (object && jsonscan_finish(&scan))
		return true;
	clear(members, count);
	return false;
}
