/* The value of a stamp, read in one pass and without memory: a million of them are read at start. */
#include "common/jsonscan.h"
#include "common/rfc3339.h"
#include "producer/synced.h"

#include <stdlib.h>
#include <string.h>

enum member {
	SCENE_ID,
	OUTCOME,
	SEEN_UPDATED_AT,
	UPDATED_AT,
	OBSERVED_AT,
	CONTENT_HASH,
	FILES,
	MEMBERS,
};

static const char *const member_names[MEMBERS] = {
	[SCENE_ID] = "scene_id",
	[OUTCOME] = "outcome",
	[SEEN_UPDATED_AT] = "seen_updated_at",
	[UPDATED_AT] = "updated_at",
	[OBSERVED_AT] = "observed_at",
	[CONTENT_HASH] = "content_hash",
	[FILES] = "files",
};

static const char *const outcome_names[] = {
	[SYNCED_NONE] = NULL,
	[SYNCED_SYNCED] = "synced",
	[SYNCED_UNCHANGED] = "unchanged",
	[SYNCED_SKIPPED] = "skipped",
	[SYNCED_DEAD] = "dead",
	[SYNCED_GONE] = "gone",
	[SYNCED_GRAVE] = NULL,
	[SYNCED_UNREADABLE] = NULL,
};

const char *synced_outcome_name(enum synced_outcome outcome)
{
	return outcome_names[outcome];
}

/* Never 0 for a hash that is known. */
uint32_t synced_digest(uint64_t hash)
{
	uint32_t folded = (uint32_t)(hash ^ hash >> 32);

	return hash && !folded ? 1 : folded;
}

static enum member find_member(const char *name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (member_names[i][0] == name[0] && strcmp(member_names[i], name) == 0)
			return (enum member)i;
	return MEMBERS;
}

static enum synced_outcome find_outcome(const char *name)
{
	for (size_t i = SYNCED_NONE + 1; i < SYNCED_GRAVE; i++)
		if (strcmp(outcome_names[i], name) == 0)
			return (enum synced_outcome)i;
	return SYNCED_NONE;
}

static int64_t read_time(const char *text)
{
	int64_t ms;

	return rfc3339_parse(text, &ms) ? ms : 0;
}

/* 1 to 16 lower-case hexadecimal digits, as stamp_format() writes them. */
static uint32_t read_digest(const char *text)
{
	size_t digits = strspn(text, "0123456789abcdef");

	if (digits == 0 || digits > 16 || text[digits] != '\0')
		return 0;
	return synced_digest(strtoull(text, NULL, 16));
}

static void take_text(struct synced_stamp *s, enum member member, const char *text)
{
	switch (member) {
	case SCENE_ID:
		s->scene = scene_id_valid(text) ? strtoull(text, NULL, 10) : 0;
		break;
	case OUTCOME:
		s->outcome = find_outcome(text);
		break;
	case SEEN_UPDATED_AT:
		s->seen_updated_at_ms = read_time(text);
		break;
	case UPDATED_AT:
		s->updated_at_ms = read_time(text);
		break;
	case OBSERVED_AT:
		s->observed_at_ms = read_time(text);
		break;
	case CONTENT_HASH:
		s->content = read_digest(text);
		break;
	case FILES:
		s->files = read_digest(text);
		break;
	case MEMBERS:
		break;
	}
}

/* What stands behind the last member that is wanted, the long lists of marks, is not looked at. */
bool synced_parse(struct synced_stamp *ret, const char *json, size_t len)
{
	struct synced_stamp s = { 0 };
	enum member member = MEMBERS;
	unsigned wanted = (1u << MEMBERS) - 1;
	enum jsonscan_event event = JSONSCAN_MORE;
	struct jsonscan scan;

	jsonscan_init(&scan);
	while (wanted && (event = jsonscan_next(&scan, &json, &len)) > JSONSCAN_MORE) {
		bool is_text = event == JSONSCAN_STRING ||
			       (event == JSONSCAN_NUMBER && member == SCENE_ID);

		if (scan.depth == 0 && event != JSONSCAN_END)
			return false; /* no object */
		if (scan.depth != 1)
			continue;
		if (event == JSONSCAN_KEY) {
			member = scan.text_whole ? find_member(scan.text) : MEMBERS;
			continue;
		}
		if (is_text && scan.text_whole)
			take_text(&s, member, scan.text);
		if (member != MEMBERS)
			wanted &= ~(1u << member);
		member = MEMBERS;
	}
	if ((wanted && (event == JSONSCAN_BAD || !jsonscan_finish(&scan))) || s.scene == 0)
		return false;
	*ret = s;
	return true;
}
