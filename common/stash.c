#include "common/stash.h"

#include "common/jsonobject.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_CODE_POINTS = 200, SCRUB_GROWTH = 3 };

/* `groups` is there since Stash 0.27. paths.stream must never be asked for: it holds the API key. */
static const char scene_query[] = "query PlexsyncScene($id: ID!) { findScene(id: $id) {"
				  " id title details date rating100 organized updated_at"
				  " files { path size duration }"
				  " studio { name parent_studio { name } }"
				  " performers { name } tags { name } groups { group { name } }"
				  " paths { screenshot } } }";

static const char exists_query[] = "query PlexsyncExists($id: ID!) { findScene(id: $id) { id } }";

static const char page_query[] =
	"query PlexsyncSweep($scenes: SceneFilterType!, $count: Int!) {"
	" findScenes(scene_filter: $scenes,"
	" filter: { page: 1, per_page: $count, sort: \"id\", direction: ASC }) {"
	" count scenes { id updated_at files { path } } } }";

static char *format_request(const char *name, const char *query, json_t *take_variables)
{
	json_auto_t *request = json_object();

	json_object_set_new(request, "operationName", json_string(name));
	json_object_set_new(request, "query", json_string(query));
	json_object_set_new(request, "variables", take_variables);
	return jsonobject_format(request);
}

char *stash_scene_request(const char *scene_id)
{
	return format_request("PlexsyncScene", scene_query, json_pack("{s:s}", "id", scene_id));
}

char *stash_exists_request(const char *scene_id)
{
	return format_request("PlexsyncExists", exists_query, json_pack("{s:s}", "id", scene_id));
}

/* The criteria of Stash's SceneFilterType; those of performers know no depth. */
static const struct {
	const char *name;
	int depth; /* -1: none */
} criteria[] = {
	[STASH_TAG] = { "tags", 0 },
	[STASH_PERFORMER] = { "performers", -1 },
	[STASH_STUDIO] = { "studios", 1 },
	[STASH_GROUP] = { "groups", 0 },
};

char *stash_page_request(
	int64_t after, unsigned count, enum stash_object object, const char *object_id)
{
	json_t *scenes = json_pack(
		"{s:{s:I,s:s}}", "id", "value", (json_int_t)after, "modifier", "GREATER_THAN");

	if (object != STASH_ANY) {
		json_t *criterion =
			json_pack("{s:[s],s:s}", "value", object_id, "modifier", "INCLUDES");

		if (criteria[object].depth >= 0)
			json_object_set_new(
				criterion, "depth", json_integer(criteria[object].depth));
		json_object_set_new(scenes, criteria[object].name, criterion);
	}
	return format_request("PlexsyncSweep", page_query,
		json_pack("{s:o,s:i}", "scenes", scenes, "count", (int)count));
}

/* What came back, as the readers' first parameters say it. */
struct reply {
	long status;
	const char *content_type, *location, *body;
	size_t len;
};

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

static enum stash_answer read_errors(const json_t *errors, const char *what, struct error *err)
{
	const char *message =
		json_string_value(json_object_get(json_array_get(errors, 0), "message"));
	bool general = message && is_general(message);
	auto_buf text;

	buf_init(&text, (size_t)MESSAGE_CODE_POINTS * 4);
	text_clean(&text, message ? message : "an error without a message", TEXT_LINE,
		MESSAGE_CODE_POINTS);
	if (general)
		error_set(err, "Stash cannot answer now, look at its own page and log: %s",
			buf_text(&text));
	else
		error_set(err, "Stash cannot give %s, look at it in Stash: %s", what,
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

static enum stash_answer read_row(
	const json_t *value, size_t index, struct stash_row *ret_row, struct error *err)
{
	auto_free char *pointer = xasprintf("/data/findScenes/scenes/%zu", index);
	char id[JSONOBJECT_ID_SIZE] = "";
	struct stash_row row = { .readable = false };
	struct jsonobject object;
	struct scene scene;
	struct fault fault;

	if (!jsonobject_init(&object, value, pointer, &fault) ||
		!jsonobject_id(&object, "id", id) || !*id) {
		error_set(err, "Stash's list has a scene without an id, at %s", pointer);
		return STASH_DOWN;
	}
	row.id = strtoll(id, NULL, 10);
	if (scene_parse(&scene, value, pointer, &fault)) {
		row.readable = true;
		row.updated_at_ms = scene.updated_at_ms;
		row.files_hash = scene_files_hash(&scene);
		scene_done(&scene);
	}
	*ret_row = row;
	return STASH_SCENE;
}

static enum stash_answer read_page(const json_t *value, struct stash_page *ret, struct error *err)
{
	const json_t *scenes = json_object_get(value, "scenes");
	struct stash_page page = { .count = json_array_size(scenes) };
	struct jsonobject object;
	struct fault fault;

	if (!json_is_array(scenes) ||
		!jsonobject_init(&object, value, "/data/findScenes", &fault) ||
		!jsonobject_integer(&object, "count", 0, INT64_MAX, &page.remaining))
		return answer(STASH_DOWN, err, "Stash's list of scenes is not as it should be");
	page.rows = xcalloc(page.count + 1, sizeof *page.rows);
	for (size_t i = 0; i < page.count; i++) {
		enum stash_answer row = read_row(json_array_get(scenes, i), i, &page.rows[i], err);

		if (row != STASH_SCENE) {
			stash_page_done(&page);
			return row;
		}
	}
	*ret = page;
	return STASH_SCENE;
}

void stash_page_done(struct stash_page *page)
{
	free(page->rows);
	*page = (struct stash_page){ .rows = NULL };
}

/* The member of `data` that was asked for, from a whole answer. The root is the caller's. */
static enum stash_answer read_data(const char *body, size_t len, const char *member,
	const char *what, json_t **ret_root, const json_t **ret_found, struct error *err)
{
	json_t *root = jsonobject_parse(body, len, NULL);
	const json_t *errors = json_object_get(root, "errors");

	*ret_root = root;
	*ret_found = json_object_get(json_object_get(root, "data"), member);
	if (json_array_size(errors) > 0)
		return read_errors(errors, what, err);
	if (!*ret_found)
		return answer(STASH_DOWN, err,
			"What answers at stash_url is not Stash's GraphQL: check the address, and "
			"any proxy in between");
	return STASH_SCENE;
}

/* From the status to the member of `data` that was asked for. */
static enum stash_answer read_answer(const struct reply *reply, const char *member,
	const char *what, json_t **ret_root, const json_t **ret_found, struct error *err)
{
	auto_buf scrubbed;

	buf_init(&scrubbed, reply->len * SCRUB_GROWTH); /* before any return: they all free it */
	if (reply->status < 200 || reply->status > 299)
		return read_status(reply->status, reply->location, err);
	/* Stash answers a path that it does not know with its start page. */
	if (reply->content_type && strncasecmp(reply->content_type, "text/html", 9) == 0)
		return answer(STASH_DOWN, err,
			"A web page answers at stash_url and not Stash's GraphQL: check the "
			"address, and any proxy in between");
	if (text_valid(reply->body, reply->len))
		return read_data(reply->body, reply->len, member, what, ret_root, ret_found, err);
	text_scrub(&scrubbed, reply->body, reply->len);
	return read_data(buf_text(&scrubbed), scrubbed.len, member, what, ret_root, ret_found, err);
}

enum stash_answer stash_read_scene(long status, const char *content_type, const char *location,
	const char *body, size_t len, struct scene *ret_scene, struct error *err)
{
	struct reply reply = { status, content_type, location, body, len };
	json_auto_t *root = NULL;
	const json_t *found;
	enum stash_answer what = read_answer(&reply, "findScene", "this scene", &root, &found, err);

	if (what != STASH_SCENE)
		return what;
	if (json_is_null(found))
		return answer(STASH_ABSENT, err, "Stash has no such scene: deleted or merged");
	return read_scene(found, ret_scene, err);
}

enum stash_answer stash_read_page(long status, const char *content_type, const char *location,
	const char *body, size_t len, struct stash_page *ret_page, struct error *err)
{
	struct reply reply = { status, content_type, location, body, len };
	json_auto_t *root = NULL;
	const json_t *found;
	enum stash_answer what =
		read_answer(&reply, "findScenes", "its list of scenes", &root, &found, err);

	return what == STASH_SCENE ? read_page(found, ret_page, err) : what;
}
