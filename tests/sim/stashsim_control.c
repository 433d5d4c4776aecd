/*
 * The control API, for programs that do not run in the same process:
 *
 *   GET    /_sim/scenes              all scenes, as they are stored
 *   POST   /_sim/scenes              adds one, with its id
 *   GET    /_sim/scenes/ID           one
 *   PUT    /_sim/scenes/ID           replaces the members that it has; updated_at becomes now, but
 *                                    not with ?keep_updated_at=1
 *   DELETE /_sim/scenes/ID
 *   GET, DELETE       /_sim/requests see stashsim_requests()
 *   POST, DELETE      /_sim/faults   adds one, struct stashsim_fault as JSON; removes all
 *   GET, POST         /_sim/held     {"held": N}; releases all
 */
#include "tests/sim/stashsim_server.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const actions[STASHSIM_ACTIONS] = {
	[STASHSIM_PASS] = "pass",
	[STASHSIM_STATUS] = "status",
	[STASHSIM_DROP] = "drop",
	[STASHSIM_ERRORS] = "errors",
	[STASHSIM_HTML] = "html",
	[STASHSIM_TRUNCATE] = "truncate",
	[STASHSIM_LOGIN] = "login",
};

struct call {
	struct stashsim *sim;
	const struct stashsim_request *request;
	struct stashsim_answer *answer;
	const json_t *body; /* NULL: none */
	int64_t id; /* of the path */
};

static void refuse(const struct call *call, unsigned status, const char *why)
{
	json_t *body = json_pack("{s:s}", "error", why);

	stashsim_answer_json(call->answer, status, body);
	json_decref(body);
}

static void list_scenes(const struct call *call)
{
	const json_t *scenes = call->sim->store.scenes;
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(scenes); i++)
		json_array_append_new(list, stashsim_scene_public(json_array_get(scenes, i)));
	stashsim_answer_json(call->answer, 200, list);
	json_decref(list);
}

static void answer_scene(const struct call *call, unsigned status, int64_t id)
{
	json_t *scene = stashsim_scene_public(stashsim_store_find(&call->sim->store, id));

	stashsim_answer_json(call->answer, status, scene);
	json_decref(scene);
}

static void add_scene(const struct call *call)
{
	struct error err;
	int64_t id;

	if (!stashsim_id_parse(json_object_get(call->body, "id"), &id))
		refuse(call, 400, "a scene needs an \"id\"");
	else if (stashsim_store_find(&call->sim->store, id))
		refuse(call, 409, "there is such a scene already");
	else if (!stashsim_store_put(&call->sim->store, id, call->body, STASHSIM_EDIT, &err))
		refuse(call, 400, err.text);
	else
		answer_scene(call, 201, id);
}

static void show_scene(const struct call *call)
{
	if (stashsim_store_find(&call->sim->store, call->id))
		answer_scene(call, 200, call->id);
	else
		refuse(call, 404, "there is no such scene");
}

static void change_scene(const struct call *call)
{
	enum stashsim_touch touch = call->request->keep_updated_at ? STASHSIM_KEEP : STASHSIM_EDIT;
	struct error err;

	if (!stashsim_store_find(&call->sim->store, call->id))
		refuse(call, 404, "there is no such scene");
	else if (!stashsim_store_put(&call->sim->store, call->id, call->body, touch, &err))
		refuse(call, 400, err.text);
	else
		answer_scene(call, 200, call->id);
}

static void remove_scene(const struct call *call)
{
	if (stashsim_store_delete(&call->sim->store, call->id))
		call->answer->status = 204;
	else
		refuse(call, 404, "there is no such scene");
}

static void list_requests(const struct call *call)
{
	stashsim_answer_json(call->answer, 200, call->sim->requests);
}

static void forget_requests(const struct call *call)
{
	json_array_clear(call->sim->requests);
	call->answer->status = 204;
}

static bool parse_action(const char *word, enum stashsim_action *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (!str_equal(word, actions[i]))
			continue;
		*ret = (enum stashsim_action)i;
		return true;
	}
	return word == NULL; /* without one: pass */
}

static void add_fault(const struct call *call)
{
	struct stashsim_fault fault = { 0 };
	const char *action = NULL;
	json_error_t problem;
	int hold = 0;

	if (json_unpack_ex((json_t *)(uintptr_t)call->body, &problem, JSON_STRICT,
		    "{s?s,s?s,s?i,s?s,s?i,s?i,s?b}", "path", &fault.path, "contains",
		    &fault.contains, "count", &fault.count, "action", &action, "status",
		    &fault.status, "delay_ms", &fault.delay_ms, "hold", &hold) != 0)
		refuse(call, 400, problem.text);
	else if (!parse_action(action, &fault.action))
		refuse(call, 400, "\"action\" is pass, status, drop, errors, html or login");
	else if (fault.action == STASHSIM_STATUS && (fault.status < 200 || fault.status > 599))
		refuse(call, 400, "\"status\" is 200 to 599");
	else {
		fault.hold = hold;
		call->answer->status = 204;
		if (!stashsim_faults_add_locked(call->sim, &fault))
			refuse(call, 409, "too many faults");
	}
}

static void clear_faults(const struct call *call)
{
	stashsim_faults_clear_locked(call->sim);
	call->answer->status = 204;
}

static void show_held(const struct call *call)
{
	json_t *body = json_pack("{s:I}", "held", (json_int_t)call->sim->held);

	stashsim_answer_json(call->answer, 200, body);
	json_decref(body);
}

static void release(const struct call *call)
{
	stashsim_release_locked(call->sim);
	call->answer->status = 204;
}

/* A path that ends with a slash takes an id. */
static const struct route {
	const char *method, *path;
	bool wants_body;
	void (*handle)(const struct call *call);
} routes[] = {
	{ "GET", "/_sim/scenes", false, list_scenes },
	{ "POST", "/_sim/scenes", true, add_scene },
	{ "GET", "/_sim/scenes/", false, show_scene },
	{ "PUT", "/_sim/scenes/", true, change_scene },
	{ "DELETE", "/_sim/scenes/", false, remove_scene },
	{ "GET", "/_sim/requests", false, list_requests },
	{ "DELETE", "/_sim/requests", false, forget_requests },
	{ "POST", "/_sim/faults", true, add_fault },
	{ "DELETE", "/_sim/faults", false, clear_faults },
	{ "GET", "/_sim/held", false, show_held },
	{ "POST", "/_sim/held", false, release },
};

static bool route_matches(const struct route *route, struct call *call)
{
	const char *path = call->request->path;
	size_t len = strlen(route->path);

	if (!str_equal(route->method, call->request->method))
		return false;
	if (route->path[len - 1] != '/')
		return str_equal(route->path, path);
	return strncmp(path, route->path, len) == 0 &&
	       stashsim_id_parse_text(path + len, &call->id);
}

void stashsim_control(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer)
{
	struct call call = { .sim = sim, .request = request, .answer = answer };
	const struct route *route = NULL;
	json_t *body;

	for (size_t i = 0; i < ARRAY_LEN(routes) && !route; i++)
		if (route_matches(&routes[i], &call))
			route = &routes[i];
	if (!route) {
		refuse(&call, 404, "the control API has no such method and path");
		return;
	}
	body = json_loadb(buf_text(&request->body), request->body.len, 0, NULL);
	call.body = body;
	if (route->wants_body && !json_is_object(body))
		refuse(&call, 400, "the body is no JSON object");
	else
		route->handle(&call);
	json_decref(body);
}
