/*
 * Hooks of objects that scenes show: when a tag, a performer, a studio or a group gets a new name, or a
 * tag is merged into another, Stash fires no hook for their scenes and leaves their updated_at
 * as it was (seen with Stash v0.30.1). The objects wait here for a sweep of their scenes.
 */
#ifndef PRODUCER_FANOUT_H
#define PRODUCER_FANOUT_H

#include "common/hookpayload.h"
#include "common/stash.h"

enum { FANOUT_MAX = 1000 }; /* objects that may wait */

struct fanout_object {
	enum stash_object object;
	char id[SCENE_ID_SIZE];
};

/*
 * What the hook is about; false when it cannot show in any scene: another kind of object, or a change
 * of none of the fields that scenes show.
 */
bool fanout_read(struct fanout_object *ret, struct hookpayload *payload) WARN_UNUSED;

const char *fanout_name(enum stash_object object); /* "tag", "performer", … */

/* First in, first out, each object once. */
struct fanout;

struct fanout *fanout_new(void) WARN_UNUSED;
void fanout_free(struct fanout *f);
bool fanout_put(struct fanout *f, const struct fanout_object *object) WARN_UNUSED; /* false: full */
bool fanout_take(struct fanout *f, struct fanout_object *ret) WARN_UNUSED; /* false: empty */
size_t fanout_count(const struct fanout *f);

#endif
