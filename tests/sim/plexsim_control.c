/*
 * The control API, JSON in and out, without a token; errors are 400 or 404 {"error": "…"}:
 *
 *   GET PUT       /_sim/state        the whole library (plexsim_state.c)
 *   GET DELETE    /_sim/items/{key}  one item
 *   POST          /_sim/items        adds or replaces one: {"section": 1, "media": […], …}; or finds
 *                                    a file anew: {"rekey": 101, "to": 901, "keep": false};
 *                                    answers {"ratingKey": 901}
 *   GET DELETE    /_sim/requests     the log of requests
 *   GET           /_sim/violations   {"count": 0, "violations": []}
 *   GET POST DELETE /_sim/faults     rules as in struct plexsim_fault; POST takes one or an array
 *   POST          /_sim/release      lets held answers go; GET tells how many: {"held": 1}
 *   PUT           /_sim/modes        {"tag_mode": "replace", "scan_delay_ms": "50"}
 */
#include "tests/sim/plexsim_server.h"

#include <stdlib.h>
#include <string.h>

/* The JSON that is answered; NULL after filling *err. */
typedef json_t *control_fn(struct plexsim *sim, const char *rest, json_t *body, struct error *err);

static json_t *done(bool ok)
{
	return ok ? json_object() : NULL;
}

static json_t *get_state(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	(void)rest;
	(void)body;
	(void)err;
	return plexsim_state(sim);
}

static json_t *put_state(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	(void)rest;
	return done(plexsim_state_set(sim, body, err));
}

static json_t *get_item(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	json_t *item = plexsim_item(sim, strtoll(rest, NULL, 10));

	(void)body;
	if (!item)
		error_set(err, "there is no item %s", rest);
	return item;
}

static json_t *delete_item(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	(void)body;
	if (!plexsim_item_delete(sim, strtoll(rest, NULL, 10)))
		error_set(err, "there is no item %s", rest);
	else
		return json_object();
	return NULL;
}

static json_t *post_item(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	const json_t *rekey = json_object_get(body, "rekey");
	int64_t key;

	(void)rest;
	if (rekey)
		key = plexsim_item_rekey(sim, plexsim_key_value(rekey),
			plexsim_key_value(json_object_get(body, "to")),
			json_is_true(json_object_get(body, "keep")));
	else
		key = plexsim_item_put(sim, body, err);
	if (rekey && !key)
		error_set(err, "there is no such item, or its new key is taken");
	return key ? json_pack("{s:I}", "ratingKey", (json_int_t)key) : NULL;
}

static json_t *get_requests(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	(void)rest;
	(void)body;
	(void)err;
	return plexsim_requests(sim);
}

static json_t *delete_requests(
	struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	(void)rest;
	(void)body;
	(void)err;
	plexsim_requests_clear(sim);
	return json_object();
}

static json_t *get_violations(
	struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	json_t *list = plexsim_violations_list(sim);

	(void)rest;
	(void)body;
	(void)err;
	return json_pack(
		"{s:I, s:o}", "count", (json_int_t)json_array_size(list), "violations", list);
}

static json_t *get_faults(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	json_t *list;

	(void)rest;
	(void)body;
	(void)err;
	pthread_mutex_lock(&sim->lock);
	list = plexsim_faults_dump(&sim->faults);
	pthread_mutex_unlock(&sim->lock);
	return list;
}

static json_t *post_faults(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	json_t *ids = json_array();
	size_t count = json_is_array(body) ? json_array_size(body) : 1;

	(void)rest;
	for (size_t i = 0; i < count; i++) {
		struct plexsim_fault fault;

		if (!plexsim_fault_parse(
			    json_is_array(body) ? json_array_get(body, i) : body, &fault, err)) {
			json_decref(ids);
			return NULL;
		}
		json_array_append_new(ids, json_integer(plexsim_fault_add(sim, &fault)));
	}
	return json_pack("{s:o}", "ids", ids);
}

static json_t *delete_faults(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	(void)rest;
	(void)body;
	(void)err;
	plexsim_faults_clear(sim);
	return json_object();
}

static json_t *get_held(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	(void)rest;
	(void)body;
	(void)err;
	return json_pack("{s:I}", "held", (json_int_t)plexsim_held(sim));
}

static json_t *post_release(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	(void)rest;
	(void)body;
	(void)err;
	plexsim_release(sim);
	return json_object();
}

static json_t *put_modes(struct plexsim *sim, const char *rest, json_t *body, struct error *err)
{
	struct plexsim_modes modes = plexsim_modes(sim);
	const char *name;
	json_t *word;

	(void)rest;
	json_object_foreach (body, name, word) {
		const char *text = json_string_value(word);

		if (!plexsim_mode_parse(&modes, name, text ? text : "", err))
			return NULL;
	}
	plexsim_modes_set(sim, &modes);
	return json_object();
}

static const struct {
	const char *method, *path; /* a path that ends with a slash is followed by a key */
	unsigned failure; /* the status of an error */
	bool takes_json;
	control_fn *handle;
} controls[] = {
	{ "GET", "/_sim/state", 500, false, get_state },
	{ "PUT", "/_sim/state", 400, true, put_state },
	{ "GET", "/_sim/items/", 404, false, get_item },
	{ "DELETE", "/_sim/items/", 404, false, delete_item },
	{ "POST", "/_sim/items", 400, true, post_item },
	{ "GET", "/_sim/requests", 500, false, get_requests },
	{ "DELETE", "/_sim/requests", 500, false, delete_requests },
	{ "GET", "/_sim/violations", 500, false, get_violations },
	{ "GET", "/_sim/faults", 500, false, get_faults },
	{ "POST", "/_sim/faults", 400, true, post_faults },
	{ "DELETE", "/_sim/faults", 500, false, delete_faults },
	{ "GET", "/_sim/release", 500, false, get_held },
	{ "POST", "/_sim/release", 500, false, post_release },
	{ "PUT", "/_sim/modes", 400, true, put_modes },
};

static bool path_fits(const char *pattern, const char *path)
{
	size_t len = strlen(pattern);

	return strncmp(path, pattern, len) == 0 && (pattern[len - 1] == '/' || !path[len]);
}

static json_t *run(
	struct plexsim *sim, const struct plexsim_request *request, size_t i, struct error *err)
{
	json_t *body = NULL, *result;
	json_error_t why;

	if (controls[i].takes_json) {
		body = json_loadb(buf_text(&request->body), request->body.len, 0, &why);
		if (!body) {
			error_set(err, "the body is not JSON: %s", why.text);
			return NULL;
		}
	}
	result = controls[i].handle(sim, request->path + strlen(controls[i].path), body, err);
	json_decref(body);
	return result;
}

void plexsim_control(
	struct plexsim *sim, const struct plexsim_request *request, struct plexsim_answer *answer)
{
	struct error err = { "there is no such control" };
	json_t *result = NULL;
	char *text;

	answer->content_type = "application/json";
	answer->status = 404;
	for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
		if (!str_equal(controls[i].method, request->method) ||
			!path_fits(controls[i].path, request->path))
			continue;
		result = run(sim, request, i, &err);
		answer->status = result ? 200 : controls[i].failure;
		break;
	}
	if (!result)
		result = json_pack("{s:s}", "error", err.text);
	text = json_dumps(result, JSON_INDENT(1));
	buf_puts(&answer->body, text);
	free(text);
	json_decref(result);
}
