/* POST /graphql, as gqlgen serves it to Stash. */
#include "common/rfc3339.h"
#include "tests/sim/stashsim_json.h"
#include "tests/sim/stashsim_query.h"
#include "tests/sim/stashsim_server.h"

#include <inttypes.h>
#include <string.h>

#define DEFAULT_PER_PAGE 25

struct context {
	const struct stashsim *sim;
	const struct stashsim_request *request;
	struct error err; /* of a resolver that failed */
};

/* Follows our Host header, and changes with the scene. */
static json_t *paths_of(const struct context *context, const json_t *scene)
{
	int64_t updated_ms = 0;
	const char *updated_at = json_string_value(json_object_get(scene, "updated_at"));

	if (!updated_at || !rfc3339_parse(updated_at, &updated_ms))
		updated_ms = 0;
	auto_free char *url = xasprintf("http://%s/scene/%" PRId64 "/screenshot?t=%" PRId64,
		context->request->host ? context->request->host : "localhost",
		stashsim_scene_id(scene), updated_ms / 1000);
	return json_pack("{s:s}", "screenshot", url);
}

static json_t *view_of(const struct context *context, json_t *scene)
{
	json_t *view = json_copy(scene);

	json_object_set_new(view, "paths", paths_of(context, scene));
	return view;
}

static json_t *find_scene(struct context *context, const json_t *args)
{
	const json_t *argument = json_object_get(args, "id");
	json_t *scene;
	int64_t id;

	if (!stashsim_id_parse(argument, &id)) {
		error_set(&context->err, "strconv.Atoi: parsing \"%s\": invalid syntax",
			json_is_string(argument) ? json_string_value(argument) : "");
		return NULL;
	}
	scene = stashsim_store_find(&context->sim->store, id);
	return scene ? view_of(context, scene) : json_null();
}

static int64_t integer_of(const json_t *object, const char *name, int64_t otherwise)
{
	const json_t *value = json_object_get(object, name);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

/* The id criterion of scene_filter: {value, modifier}. */
static bool passes_id(const json_t *wanted, int64_t id)
{
	int64_t value = integer_of(wanted, "value", 0);
	const char *modifier = json_string_value(json_object_get(wanted, "modifier"));

	if (!wanted)
		return true;
	if (str_equal(modifier, "GREATER_THAN"))
		return id > value;
	if (str_equal(modifier, "LESS_THAN"))
		return id < value;
	return str_equal(modifier, "NOT_EQUALS") ? id != value : id == value;
}

/* Whether {value: [ids], modifier: INCLUDES} has the id of this object. */
static bool includes(const json_t *wanted, const json_t *object)
{
	const char *id = json_string_value(json_object_get(object, "id"));
	const json_t *values = json_object_get(wanted, "value");

	for (size_t i = 0; id && i < json_array_size(values); i++)
		if (str_equal(json_string_value(json_array_get(values, i)), id))
			return true;
	return false;
}

/* The objects of the list, each perhaps below a member, as in groups: [{group: {…}}]. */
static bool includes_any(const json_t *wanted, const json_t *list, const char *below)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		if (includes(wanted, below ? json_object_get(item, below) : item))
			return true;
	}
	return false;
}

/* With depth 1 and more the scenes of a studio are those of its children, too. */
static bool passes_studio(const json_t *wanted, const json_t *scene)
{
	const json_t *studio = json_object_get(scene, "studio");

	return includes(wanted, studio) ||
	       (integer_of(wanted, "depth", 0) != 0 &&
		       includes(wanted, json_object_get(studio, "parent_studio")));
}

/* scene_filter: what understands() lets through; all of it must hold. */
static bool passes(const json_t *filter, const json_t *scene)
{
	const json_t *tags = json_object_get(filter, "tags");
	const json_t *performers = json_object_get(filter, "performers");
	const json_t *studios = json_object_get(filter, "studios");
	const json_t *groups = json_object_get(filter, "groups");

	return passes_id(json_object_get(filter, "id"), stashsim_scene_id(scene)) &&
	       (!tags || includes_any(tags, json_object_get(scene, "tags"), NULL)) &&
	       (!performers ||
		       includes_any(performers, json_object_get(scene, "performers"), NULL)) &&
	       (!studios || passes_studio(studios, scene)) &&
	       (!groups || includes_any(groups, json_object_get(scene, "groups"), "group"));
}

/* Says so rather than answering something else than what was asked for. */
static bool understands(const json_t *args, struct error *err)
{
	static const char *const known[] = { "id", "tags", "performers", "studios", "groups" };
	const json_t *scene_filter = json_object_get(args, "scene_filter");
	const json_t *filter = json_object_get(args, "filter");
	const char *sort = json_string_value(json_object_get(filter, "sort"));
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const json_t *wanted = json_object_get(scene_filter, known[i]);

		count += wanted != NULL;
		if (i > 0 && wanted &&
			!str_equal(
				json_string_value(json_object_get(wanted, "modifier")), "INCLUDES"))
			return error_set(err, "stashsim knows the modifier INCLUDES only");
	}
	if (json_object_size(scene_filter) != count)
		return error_set(err, "stashsim filters scenes by id, tags, performers, studios "
				      "and groups only");
	if (json_object_get(json_object_get(scene_filter, "performers"), "depth"))
		return error_set(err, "unknown field \"depth\" of MultiCriterionInput");
	if (json_object_get(args, "ids"))
		return error_set(err, "stashsim does not look for a list of ids");
	if (sort && !str_equal(sort, "id"))
		return error_set(err, "stashsim sorts by id only");
	return true;
}

static json_t *find_scenes(struct context *context, const json_t *args)
{
	const json_t *all = context->sim->store.scenes;
	const json_t *filter = json_object_get(args, "filter");
	int64_t per_page = integer_of(filter, "per_page", DEFAULT_PER_PAGE);
	int64_t first = (integer_of(filter, "page", 1) - 1) * per_page, count = 0;
	bool descending =
		str_equal(json_string_value(json_object_get(filter, "direction")), "DESC");
	size_t total = json_array_size(all);
	json_t *scenes;

	if (!understands(args, &context->err))
		return NULL;
	scenes = json_array();
	for (size_t i = 0; i < total; i++) {
		json_t *scene = json_array_get(all, descending ? total - 1 - i : i);

		if (!passes(json_object_get(args, "scene_filter"), scene))
			continue;
		if (per_page < 0 || (count >= first && count < first + per_page))
			json_array_append_new(scenes, view_of(context, scene));
		count++;
	}
	return json_pack("{s:I,s:o}", "count", (json_int_t)count, "scenes", scenes);
}

/* Everything that it has is in the schema as unset. */
static json_t *plain_object(struct context *context, const json_t *args)
{
	(void)context;
	(void)args;
	return json_object();
}

static const struct resolver {
	const char *field;
	json_t *(*resolve)(struct context *context, const json_t *args); /* NULL: context->err */
} resolvers[] = {
	{ "findScene", find_scene },
	{ "findScenes", find_scenes },
	{ "systemStatus", plain_object },
	{ "version", plain_object },
};

static json_t *resolve(struct context *context, const char *name, const json_t *args)
{
	for (size_t i = 0; i < ARRAY_LEN(resolvers); i++)
		if (str_equal(resolvers[i].field, name))
			return resolvers[i].resolve(context, args);
	error_set(&context->err, "stashsim does not resolve %s", name);
	return NULL;
}

static json_t *execute(struct context *context, const json_t *query)
{
	json_t *data = json_object(), *errors = json_array(), *response = json_object();

	for (size_t i = 0; i < json_array_size(query); i++) {
		const json_t *field = json_array_get(query, i);
		const char *name = json_string_value(json_object_get(field, "name"));
		json_t *value = resolve(context, name, json_object_get(field, "args"));

		if (!value)
			json_array_append_new(errors, json_pack("{s:s,s:[s]}", "message",
							      context->err.text, "path", name));
		json_object_set_new(data, name,
			value ? stashsim_query_project(value, stashsim_root_type(name),
					json_object_get(field, "fields"))
			      : json_null());
		json_decref(value);
	}
	if (json_array_size(errors) > 0)
		json_object_set(response, "errors", errors);
	json_object_set_new(response, "data", data);
	json_decref(errors);
	return response;
}

/* gqlgen takes a client that accepts anything, as curl does, for one of the newest protocol. */
static bool wants_graphql_type(const struct stashsim_request *request)
{
	return request->accept && !strstr(request->accept, "application/json") &&
	       (strstr(request->accept, "*/*") || strstr(request->accept, "application/graphql") ||
		       strstr(request->accept, "application/*"));
}

static void answer_graphql(const struct stashsim_request *request, struct stashsim_answer *answer,
	unsigned status, const json_t *body)
{
	stashsim_answer_json(answer, status, body);
	if (wants_graphql_type(request))
		answer->content_type = "application/graphql-response+json";
}

static void answer_error(const struct stashsim_request *request, struct stashsim_answer *answer,
	unsigned status, const char *message)
{
	json_t *body = json_pack("{s:[{s:s}],s:n}", "errors", "message", message, "data");

	answer_graphql(request, answer, status, body);
	json_decref(body);
}

void stashsim_graphql(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer)
{
	struct context context = { .sim = sim, .request = request };
	json_t *body, *query, *response;
	const char *text;

	if (!str_equal(request->method, "POST") || !request->content_type ||
		strncmp(request->content_type, "application/json", 16) != 0) {
		answer_error(request, answer, 400, "transport not supported");
		return;
	}
	body = json_loadb(buf_text(&request->body), request->body.len, 0, NULL);
	text = json_string_value(json_object_get(body, "query"));
	query = text ? stashsim_query_parse(text, json_object_get(body, "variables"), &context.err)
		     : NULL;
	if (!json_is_object(body)) {
		answer_error(request, answer, 400, "json request body could not be decoded");
	} else if (!query) {
		answer_error(request, answer, wants_graphql_type(request) ? 400 : 422,
			text ? context.err.text : "no operation provided");
	} else {
		response = execute(&context, query);
		answer_graphql(request, answer, 200, response);
		json_decref(response);
	}
	json_decref(query);
	json_decref(body);
}
