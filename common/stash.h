/* Stash's GraphQL: request bodies and what the answers mean. No network here. */
#ifndef COMMON_STASH_H
#define COMMON_STASH_H

#include "common/scene.h"

/* The body of a POST to /graphql that asks for one scene. free() it. */
char *stash_scene_request(const char *scene_id) WARN_UNUSED;

enum stash_answer {
	STASH_SCENE, /* *ret_scene is filled */
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

#endif
