#include "common/stash.h"

#include "common/jsonobject.h"
#include "common/text.h"

#include <string.h>

enum { MESSAGE_CODE_POINTS = 200, SCRUB_GROWTH = 3 };

/* `groups` is there since Stash 0.27. paths.stream must never be asked for: it holds the API key. */
static const char query[] = "query PlexsyncScene($id: ID!) { findScene(id: $id) {"
			    " id title details date rating100 organized updated_at"
			    " files { path size duration }"
			    " studio { name parent_studio { name } }"
			    " performers { name } tags { name } groups { group { name } }"
			    " paths { screenshot } } }";

char *stash_scene_request(const char *scene_id)
{
	json_auto_t *request = json_object();
	json_t *variables = json_object();

	json_object_set_new(variables, "id", json_string(scene_id));
	json_object_set_new(request, "operationName", json_string("PlexsyncScene"));
	json_object_set_new(request, "query", json_string(query));
	json_object_set_new(request, "variables", variables);
	return jsonobject_format(request);
}

static enum stash_answer answer(enum stash_answer what, struct error *err, const char *text)
{
	error_set(err, "%s", text);
	return what;
}

/* What a status other than 2xx says; the body says no more. */
static enum stash_answer read_status(long status, const char *location, struct error *err)
{
	if (status == 401)
		return answer(STASH_UNAUTHORISED, err,
			"Stash refuses the API key (401): set stash_api_key to the key in Stash, "
			"Settings, "
			"Security; leave it empty when Stash has none");
	if (status == 403)
		return answer(STASH_UNAUTHORISED, err,
			"Stash refuses every request (403): it was reached from a public address "
			"without a password; see the message on Stash's own page");
	if (status >= 300 && status < 400 && location && strstr(location, "/login"))
		return answer(STASH_UNAUTHORISED, err,
			"Stash asks for a login: set stash_api_key to the key in Stash, Settings, "
			"Security");
	if (status >= 300 && status < 400)
		error_set(err,
			"Stash redirects elsewhere (%ld): set stash_url to the address it really "
			"has",
			status);
	else if (status == 400 || status == 422)
		error_set(err,
			"Stash does not understand the question (%ld): plexsync needs Stash 0.27 "
			"or newer",
			status);
	else if (status == 404)
		error_set(err, "There is no Stash at stash_url (404): check the address, and the "
			       "path of a proxy");
	else
		error_set(err, "Stash answers %ld: it is asked again later", status);
	return STASH_DOWN;
}

/*
 * Messages of resolver errors that are about Stash and not about the scene: before it is set up or
 * while it waits for a migration resolvers fail like this, under load the database is locked.
 */
static const char *const general_errors[] = {
	"internal system error",
	"nil pointer",
	"database not initialized",
	"database is locked",
	"database is closed",
	"schema version",
	"context canceled",
	"context deadline exceeded",
};

static bool is_general(const char *message)
{
	for (size_t i = 0; i < ARRAY_LEN(general_errors); i++)
		if (strcasestr(message, general_errors[i]))
			return true;
	return false;
}

static enum stash_answer read_errors(const json_t *errors, struct error *err)
{
	const char *message =
		json_string_value(json_object_get(json_array_get(errors, 0), "message"));
	bool general = message && is_general(message);
	auto_buf text;

	buf_init(&text, (size_t)MESSAGE_CODE_POINTS * 4);
	text_clean(&text, message ? message : "an error without a message", TEXT_LINE,
		MESSAGE_CODE_POINTS);
	error_set(err,
		general ? "Stash cannot answer now, look at its own page and log: %s"
			: "Stash cannot give this scene, look at it in Stash: %s",
		buf_text(&text));
	return general ? STASH_DOWN : STASH_UNRESOLVABLE;
}

static enum stash_answer read_scene(const json_t *value, struct scene *ret_scene, struct error *err)
{
	struct scene scene;
	struct fault fault;

	if (!scene_parse(&scene, value, "/data/findScene", &fault)) {
		error_set(err, "Stash's answer for this scene is not as it should be: %.400s",
			fault.error.text);
		return STASH_UNRESOLVABLE;
	}
	if (*scene.id == '\0') {
		scene_done(&scene);
		return answer(STASH_UNRESOLVABLE, err, "Stash's answer has a scene without an id");
	}
	*ret_scene = scene;
	return STASH_SCENE;
}

static enum stash_answer read_body(
	const char *body, size_t len, struct scene *ret_scene, struct error *err)
{
	json_auto_t *value = jsonobject_parse(body, len, NULL);
	const json_t *errors = json_object_get(value, "errors");
	const json_t *found = json_object_get(json_object_get(value, "data"), "findScene");

	if (json_array_size(errors) > 0)
		return read_errors(errors, err);
	if (!found)
		return answer(STASH_DOWN, err,
			"What answers at stash_url is not Stash's GraphQL: check the address, and "
			"any "
			"proxy in between");
	if (json_is_null(found))
		return answer(STASH_ABSENT, err, "Stash has no such scene: deleted or merged");
	return read_scene(found, ret_scene, err);
}

enum stash_answer stash_read_scene(long status, const char *content_type, const char *location,
	const char *body, size_t len, struct scene *ret_scene, struct error *err)
{
	auto_buf scrubbed;

	buf_init(&scrubbed, len * SCRUB_GROWTH); /* before any return: they all free it */
	if (status < 200 || status > 299)
		return read_status(status, location, err);
	/* Stash answers a path that it does not know with its start page. */
	if (content_type && strncasecmp(content_type, "text/html", 9) == 0)
		return answer(STASH_DOWN, err,
			"A web page answers at stash_url and not Stash's GraphQL: check the "
			"address, and "
			"any proxy in between");
	if (text_valid(body, len))
		return read_body(body, len, ret_scene, err);
	text_scrub(&scrubbed, body, len);
	return read_body(buf_text(&scrubbed), scrubbed.len, ret_scene, err);
}
