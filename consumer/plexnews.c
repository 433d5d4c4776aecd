#include "consumer/plexnews.h"

#include "common/jsonscan.h"

#include <stdlib.h>
#include <string.h>

/* What an object in the notification is. */
enum role { ROLE_NONE, ROLE_ENTRY, ROLE_NOTE, ROLE_ACTIVITY, ROLE_CONTEXT };

/* Which member's value, be it an object or a list of them, is what. */
static const struct {
	enum role parent; /* ROLE_NONE: wherever it stands */
	const char *key;
	enum role role;
} objects[] = {
	{ ROLE_NONE, "TimelineEntry", ROLE_ENTRY },
	{ ROLE_NONE, "ActivityNotification", ROLE_NOTE },
	{ ROLE_NOTE, "Activity", ROLE_ACTIVITY },
	{ ROLE_ACTIVITY, "Context", ROLE_CONTEXT },
};

enum field { IDENTIFIER, SECTION, ITEM, TYPE, STATE, UPDATED, EVENT, ACTIVITY, FIELDS };

static const struct {
	enum role role;
	const char *key;
	enum field field;
} members[] = {
	{ ROLE_ENTRY, "identifier", IDENTIFIER },
	{ ROLE_ENTRY, "sectionID", SECTION },
	{ ROLE_ENTRY, "itemID", ITEM },
	{ ROLE_ENTRY, "type", TYPE },
	{ ROLE_ENTRY, "state", STATE },
	{ ROLE_ENTRY, "updatedAt", UPDATED },
	{ ROLE_NOTE, "event", EVENT },
	{ ROLE_ACTIVITY, "type", ACTIVITY },
	{ ROLE_CONTEXT, "librarySectionID", SECTION },
};

struct reader {
	struct jsonscan scan;
	enum role roles[JSONSCAN_DEPTH + 1]; /* of the open containers; a list has its parent's */
	enum role next[JSONSCAN_DEPTH + 1]; /* what an object that begins here would be */
	int field; /* of the value that comes; -1: none that matters */
	char values[FIELDS][PLEX_KEY_MAX + 1]; /* of the open entry or note */
	void (*on_news)(void *cookie, const struct plexnews *news);
	void *cookie;
};

static void copy_key(char *ret, const char *key)
{
	if (plex_key_valid(key))
		memcpy(ret, key, strlen(key) + 1);
}

static bool unset_or(const char *value, const char *wanted)
{
	return !*value || strcmp(value, wanted) == 0;
}

static void tell_entry(const struct reader *r)
{
	const char(*values)[PLEX_KEY_MAX + 1] = r->values;
	const char *state = values[STATE];
	struct plexnews news = { .kind = PLEXNEWS_ITEM, .gone = *state == '9' };

	if (!unset_or(values[IDENTIFIER], "com.plexapp.plugins.library") ||
		!unset_or(values[TYPE], "1") || strlen(state) != 1 || !strchr("159", *state))
		return;
	copy_key(news.rating_key, values[ITEM]);
	copy_key(news.section, values[SECTION]);
	news.updated_at = strtoll(values[UPDATED], NULL, 10);
	if (news.rating_key[0])
		r->on_news(r->cookie, &news);
}

static void tell_note(const struct reader *r)
{
	struct plexnews news = { .kind = PLEXNEWS_SCANNED };

	if (strcmp(r->values[EVENT], "ended") != 0 ||
		strcmp(r->values[ACTIVITY], "library.update.section") != 0)
		return;
	copy_key(news.section, r->values[SECTION]);
	r->on_news(r->cookie, &news);
}

static void take_key(struct reader *r)
{
	unsigned depth = r->scan.depth;
	enum role role = r->roles[depth];

	r->field = -1;
	r->next[depth] = ROLE_NONE;
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (members[i].role == role && strcmp(members[i].key, r->scan.text) == 0)
			r->field = (int)members[i].field;
	for (size_t i = 0; i < ARRAY_LEN(objects); i++)
		if ((objects[i].parent == ROLE_NONE || objects[i].parent == role) &&
			strcmp(objects[i].key, r->scan.text) == 0)
			r->next[depth] = objects[i].role;
}

static void open_object(struct reader *r)
{
	unsigned depth = r->scan.depth;

	r->roles[depth] = r->next[depth - 1];
	r->next[depth] = ROLE_NONE;
	r->field = -1;
	if (r->roles[depth] == ROLE_ENTRY || r->roles[depth] == ROLE_NOTE)
		memset(r->values, 0, sizeof r->values);
}

/* Its objects are what a lone object in its place would be; the list itself is never told. */
static void open_list(struct reader *r)
{
	unsigned depth = r->scan.depth;

	r->roles[depth] = ROLE_NONE;
	r->next[depth] = r->next[depth - 1];
	r->field = -1;
}

/* The container below the current depth has ended. */
static void close_container(struct reader *r)
{
	enum role role = r->roles[r->scan.depth + 1];

	if (role == ROLE_ENTRY)
		tell_entry(r);
	else if (role == ROLE_NOTE)
		tell_note(r);
}

static void take_text(struct reader *r)
{
	if (r->field >= 0 && r->scan.text_whole && r->scan.text_len <= PLEX_KEY_MAX)
		memcpy(r->values[r->field], r->scan.text, r->scan.text_len + 1);
	r->field = -1;
}

bool plexnews_read(const char *json, size_t len,
	void (*on_news)(void *cookie, const struct plexnews *news), void *cookie)
{
	struct reader r = { .field = -1, .on_news = on_news, .cookie = cookie };

	jsonscan_init(&r.scan);
	for (;;) {
		switch (jsonscan_next(&r.scan, &json, &len)) {
		case JSONSCAN_BAD:
			return false;
		case JSONSCAN_MORE:
			return jsonscan_finish(&r.scan);
		case JSONSCAN_KEY:
			take_key(&r);
			break;
		case JSONSCAN_OBJECT:
			open_object(&r);
			break;
		case JSONSCAN_ARRAY:
			open_list(&r);
			break;
		case JSONSCAN_END:
			close_container(&r);
			break;
		case JSONSCAN_STRING:
		case JSONSCAN_NUMBER:
			take_text(&r);
			break;
		case JSONSCAN_NULL:
		case JSONSCAN_BOOL:
			break;
		}
	}
}
