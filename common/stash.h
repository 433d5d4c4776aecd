/* Stash's GraphQL: request bodies and what the answers mean. No network here. */
#ifndef COMMON_STASH_H
#define COMMON_STASH_H

#include "common/scene.h"

/* Bodies of a POST to /graphql. free() them. */
char *stash_scene_request(const char *scene_id) WARN_UNUSED;
char *stash_exists_request(const char *scene_id) WARN_UNUSED; /* read by stash_read_scene() */

/* What scenes are asked for: all of them, or those that one object of Stash is attached to. */
enum stash_object {
	STASH_ANY,
	STASH_TAG,
	STASH_PERFORMER,
	STASH_STUDIO, /* of its child studios, too: they show their parent */
	STASH_GROUP,
};

/*
 * A page of scenes: the `count` lowest ids above `after`. A keyset of ids walks over all scenes whatever
 * is edited meanwhile, and needs no comparison of times, which Stash does by text, offsets included.
 */
char *stash_page_request(
	int64_t after, unsigned count, enum stash_object object, const char *object_id) WARN_UNUSED;

enum stash_answer {
	STASH_SCENE, /* what was asked for is filled in */
	STASH_ABSENT, /* Stash has no such scene: deleted or merged */
	STASH_UNRESOLVABLE, /* GraphQL errors for this scene, or a scene that is not as Stash's are */
	STASH_UNAUTHORISED, /* 401, 403, or a redirect to the login page */
	/*
	 * Every scene would fare so: 429, 5xx, an answer that is no GraphQL (a proxy, a start page), a query
	 * that this Stash does not know (400, 422), a database that is locked, closed or being migrated.
	 */
	STASH_DOWN,
};

/*
 * Reads an answer to stash_scene_request(). Invalid UTF-8, which Stash emits raw for odd file
 * names, is scrubbed first. `location` is the redirect's target or "". Otherwise than
 * STASH_SCENE, *err says in a sentence what Stash answered and what to do about it.
 */
enum stash_answer stash_read_scene(long status, const char *content_type, const char *location,
	const char *body, size_t len, struct scene *ret_scene, struct error *err) WARN_UNUSED;

/* What a sweep compares. */
struct stash_row {
	int64_t id;
	bool readable; /* false: the rest of it is not as Stash's scenes are */
	int64_t updated_at_ms; /* 0: unknown */
	uint64_t files_hash; /* see scene_files_hash() */
};

struct stash_page {
	struct stash_row *rows;
	size_t count;
	int64_t remaining; /* scenes above `after`, those of this page included */
};

void stash_page_done(struct stash_page *page);

/* The same for an answer to stash_page_request(). Never STASH_ABSENT. */
enum stash_answer stash_read_page(long status, const char *content_type, const char *location,
	const char *body, size_t len, struct stash_page *ret_page, struct error *err) WARN_UNUSED;

#endif
