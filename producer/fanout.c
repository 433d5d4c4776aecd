#include "producer/fanout.h"

#include <stdlib.h>
#include <string.h>

/* Movie.Update.Post is the deprecated twin of Group.Update.Post: both fire. */
static const struct {
	const char *type;
	enum stash_object object;
	bool always; /* whatever changed */
} triggers[] = {
	{ "Tag.Update.Post", STASH_TAG, false },
	{ "Tag.Merge.Post", STASH_TAG, true }, /* the id is the destination's */
	{ "Performer.Update.Post", STASH_PERFORMER, false },
	{ "Studio.Update.Post", STASH_STUDIO, false },
	{ "Group.Update.Post", STASH_GROUP, false },
};

/* The fields of these objects that a scene shows in Plex. */
static const char *const shown[] = { "name", "parent_id" };

struct fanout {
	struct fanout_object waiting[FANOUT_MAX]; /* a ring */
	size_t first, count;
};

static const char *const names[] = {
	[STASH_ANY] = "any",
	[STASH_TAG] = "tag",
	[STASH_PERFORMER] = "performer",
	[STASH_STUDIO] = "studio",
	[STASH_GROUP] = "group",
};

const char *fanout_name(enum stash_object object)
{
	return names[object];
}

/* Without names anything may have changed. */
static bool is_shown(struct hookpayload *payload)
{
	char *changed[HOOKPAYLOAD_FIELDS];
	size_t count = hookpayload_changed(payload, changed);

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < ARRAY_LEN(shown); k++)
			if (strcmp(changed[i], shown[k]) == 0)
				return true;
	return count == 0;
}

bool fanout_read(struct fanout_object *ret, struct hookpayload *payload)
{
	for (size_t i = 0; i < ARRAY_LEN(triggers); i++) {
		if (strcmp(payload->type, triggers[i].type) != 0)
			continue;
		if (!triggers[i].always && !is_shown(payload))
			return false;
		*ret = (struct fanout_object){ .object = triggers[i].object };
		memcpy(ret->id, payload->id, sizeof payload->id);
		return true;
	}
	return false;
}

struct fanout *fanout_new(void)
{
	return xcalloc(1, sizeof(struct fanout));
}

void fanout_free(struct fanout *f)
{
	free(f);
}

static struct fanout_object *at(struct fanout *f, size_t index)
{
	return &f->waiting[(f->first + index) % FANOUT_MAX];
}

bool fanout_put(struct fanout *f, const struct fanout_object *object)
{
	for (size_t i = 0; i < f->count; i++)
		if (at(f, i)->object == object->object && strcmp(at(f, i)->id, object->id) == 0)
			return true;
	if (f->count == FANOUT_MAX)
		return false;
	*at(f, f->count++) = *object;
	return true;
}

bool fanout_take(struct fanout *f, struct fanout_object *ret)
{
	if (f->count == 0)
		return false;
	*ret = *at(f, 0);
	f->first = (f->first + 1) % FANOUT_MAX;
	f->count--;
	return true;
}

size_t fanout_count(const struct fanout *f)
{
	return f->count;
}
