/* Who may come in, and what is where. */
#include "tests/sim/stashsim_json.h"
#include "tests/sim/stashsim_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What Stash shows for a scene without a cover. */
static const char no_cover[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 "
			       "9\"><path d=\"M6 2v5l4-2.5z\"/></svg>";

static const char page[] = "<!doctype html><html><head><title>Stash</title></head><body><div "
			   "id=\"root\"></div></body></html>";

void stashsim_answer_text(struct stashsim_answer *answer, unsigned status, const char *text)
{
	buf_clear(&answer->body);
	buf_printf(&answer->body, "%s\n", text);
	answer->status = status;
	answer->content_type = "text/plain; charset=utf-8";
}

void stashsim_answer_json(struct stashsim_answer *answer, unsigned status, const json_t *body)
{
	buf_clear(&answer->body);
	stashsim_json_put(&answer->body, body);
	answer->status = status;
	answer->content_type = "application/json";
}

static void answer_page(struct stashsim_answer *answer)
{
	buf_puts(&answer->body, page);
	answer->status = 200;
	answer->content_type = "text/html; charset=utf-8";
}

static void redirect_to_login(const char *path, struct stashsim_answer *answer)
{
	struct buf location;

	buf_init(&location, STASHSIM_BODY_LIMIT);
	buf_puts(&location, "/login?returnURL=");
	for (const char *c = path; *c; c++) {
		if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
			(*c >= 'A' && *c <= 'Z'))
			buf_putc(&location, *c);
		else
			buf_printf(&location, "%%%02X", (unsigned char)*c);
	}
	answer->location = buf_take(&location);
	answer->status = 302;
}

/*
 * A wrong key is refused everywhere, even where none is needed. Without any, a program is told
 * 401 and a browser is sent to the login page, told apart by the look of the path.
 */
static bool authorise(const struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer)
{
	const char *name = strrchr(request->path, '/');

	if (request->key && request->key[0]) {
		if (str_equal(request->key, sim->api_key))
			return true;
		stashsim_answer_text(answer, 401, "unauthorized");
		return false;
	}
	if (!sim->login || strncmp(request->path, "/login", 6) == 0)
		return true;
	if (!str_equal(request->path, "/graphql") && !(name && strchr(name, '.'))) {
		redirect_to_login(request->path, answer);
		return false;
	}
	answer->status = 401;
	answer->www_authenticate = "FormBased";
	return false;
}

/* Stash trusts nothing but the bytes, and so may serve a film as a cover. */
static const char *sniff(const struct buf *bytes)
{
	static const struct signature {
		size_t offset;
		const char *bytes, *type;
	} known[] = {
		{ 0, "\xff\xd8\xff", "image/jpeg" },
		{ 0, "\x89PNG\r\n\x1a\n", "image/png" },
		{ 0, "GIF8", "image/gif" },
		{ 8, "WEBPVP", "image/webp" },
		{ 4, "ftyp", "video/mp4" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		size_t len = strlen(known[i].bytes);

		if (bytes->len >= known[i].offset + len &&
			memcmp(bytes->data + known[i].offset, known[i].bytes, len) == 0)
			return known[i].type;
	}
	return "application/octet-stream";
}

static void answer_cover(
	const struct stashsim_request *request, const json_t *scene, struct stashsim_answer *answer)
{
	const json_t *cover = json_object_get(scene, "cover");

	if (json_is_string(cover)) {
		buf_put(&answer->body, json_string_value(cover), json_string_length(cover));
		answer->content_type = sniff(&answer->body);
	} else {
		buf_puts(&answer->body, no_cover);
		answer->content_type = "image/svg+xml";
	}
	answer->status = 200;
	answer->etag =
		xasprintf("\"%016" PRIx64 "\"", hash_bytes(answer->body.data, answer->body.len));
	if (str_equal(request->if_none_match, answer->etag)) {
		buf_clear(&answer->body);
		answer->content_type = NULL;
		answer->status = 304;
	}
}

/* /scene/{id}/screenshot; true when the path is one. */
static bool serve_screenshot(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer)
{
	static const char prefix[] = "/scene/";
	const char *start = request->path + strlen(prefix), *slash;
	const json_t *scene;
	int64_t id;

	if (strncmp(request->path, prefix, strlen(prefix)) != 0)
		return false;
	slash = strchr(start, '/');
	if (!str_equal(slash, "/screenshot"))
		return false;
	auto_free char *id_text = xstrndup(start, (size_t)(slash - start));
	if (!str_equal(request->method, "GET")) {
		answer->status = 405;
	} else if (!stashsim_id_parse_text(id_text, &id)) {
		stashsim_answer_text(answer, 400, "Bad Request");
	} else {
		scene = stashsim_store_find(&sim->store, id);
		if (scene)
			answer_cover(request, scene, answer);
		else
			stashsim_answer_text(answer, 404, "Not Found");
	}
	return true;
}

void stashsim_route(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer)
{
	if (str_equal(request->path, "/healthz")) {
		buf_puts(&answer->body, ".");
		answer->status = 200;
		answer->content_type = "text/plain; charset=utf-8";
	} else if (!authorise(sim, request, answer)) {
		return;
	} else if (str_equal(request->path, "/graphql")) {
		stashsim_graphql(sim, request, answer);
	} else if (!serve_screenshot(sim, request, answer)) {
		answer_page(answer); /* the web interface finds its own way */
	}
}
