/*
 * What the consumer would send to Plex. Reads one JSON object:
 *
 *   {"scene": as Stash's GraphQL gives it, "item": Plex's XML of the item,
 *    "stamp": optional, "poster": optional; the key of one to select, "" for an upload,
 *    "policy": {"preserve": false, "lock": true, "only": ["title", "genre", …]}}
 *
 * and prints {"requests": [["PUT", "/library/…"], …], "names": "title,genre"}.
 */
#include "consumer/plan.h"
#include "consumer/plexxml.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
	fprintf(stderr, "planrequests: %s\n", what);
	exit(1);
}

static void keep_item(void *cookie, const struct plex_item *item)
{
	plex_item_copy(cookie, item);
}

static void read_item(struct plex_item *ret, const char *xml)
{
	struct plexxml_handler handler = { .on_item = keep_item, .cookie = ret };
	struct plexxml_container container;
	struct error err;

	if (!plexxml_parse(xml, strlen(xml), &handler, &container, &err))
		fail(err.text);
	if (!ret->rating_key)
		fail("there is no item in the answer");
}

/* Without "only" everything is synced. */
static bool is_wanted(const json_t *policy, const char *name)
{
	const json_t *only = json_object_get(policy, "only"), *entry;
	size_t i;

	json_array_foreach (only, i, entry)
		if (str_equal(json_string_value(entry), name))
			return true;
	return only == NULL;
}

static struct plan_policy read_policy(const json_t *json)
{
	struct plan_policy policy = {
		.preserve_plex_edits = json_is_true(json_object_get(json, "preserve")),
		.lock_fields = !json_is_false(json_object_get(json, "lock")),
		.sync_performers = is_wanted(json, plex_list_name(PLEX_ACTORS)),
		.sync_tags = is_wanted(json, plex_list_name(PLEX_GENRES)),
		.sync_collection = is_wanted(json, plex_list_name(PLEX_COLLECTIONS)),
		.sync_groups = is_wanted(json, plex_list_name(PLEX_COLLECTIONS)),
		.sync_rating = is_wanted(json, PLEX_RATING_NAME),
	};

	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		policy.sync[f] = is_wanted(json, plex_field_name(f));
	return policy;
}

static void add_request(json_t *requests, struct plex_request *take_request)
{
	json_array_append_new(
		requests, json_pack("[s, s]", take_request->method, take_request->path));
	plex_request_done(take_request);
}

static void add_poster(json_t *requests, const struct plex_item *item, const char *key)
{
	struct plex_request r;

	if (*key)
		plex_select_poster(&r, item->rating_key, key);
	else
		plex_upload_poster(&r, item->rating_key);
	add_request(requests, &r);
}

/* The poster first, as a job does; NULL: there is none. */
static json_t *requests_of(
	const struct plex_edit *edit, const struct plex_item *item, const char *poster)
{
	json_t *requests = json_array();
	struct plex_edit *parts;
	size_t count = plex_edit_split(edit, item->rating_key, &parts);

	if (poster)
		add_poster(requests, item, poster);
	for (size_t i = 0; i < count; i++) {
		struct plex_request r;

		plex_edit_item(&r, item->section, item->rating_key, &parts[i]);
		add_request(requests, &r);
		plex_edit_done(&parts[i]);
	}
	free(parts);
	return requests;
}

static void read_stamp(struct stamp *ret, const json_t *json)
{
	auto_free char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (text && !stamp_parse(ret, text, strlen(text)))
		fail("the stamp is none");
}

static void print_plan(const json_t *input)
{
	const char *poster = json_string_value(json_object_get(input, "poster"));
	struct plan_policy policy = read_policy(json_object_get(input, "policy"));
	struct stamp stamp = { .rating_key = NULL };
	struct plex_item item = { .rating_key = NULL };
	struct plex_edit edit;
	struct scene scene;
	struct fault fault;
	auto_buf names;
	json_t *output;

	if (!scene_parse(&scene, json_object_get(input, "scene"), "", &fault))
		fail("the scene is none");
	read_item(&item, json_string_value(json_object_get(input, "item")));
	read_stamp(&stamp, json_object_get(input, "stamp"));
	plan_edit(&edit, &scene, &item, &stamp, &policy);
	edit.lock_poster = poster != NULL;
	buf_init(&names, 1000);
	plex_edit_names(&edit, &names);
	output = json_pack("{s:o, s:s}", "requests", requests_of(&edit, &item, poster), "names",
		buf_text(&names));
	json_dumpf(output, stdout, JSON_COMPACT);
	json_decref(output);
	plex_edit_done(&edit);
	stamp_done(&stamp);
	plex_item_done(&item);
	scene_done(&scene);
}

int main(void)
{
	json_t *input = json_loadf(stdin, 0, NULL);

	if (!input)
		fail("the input is no JSON");
	print_plan(input);
	json_decref(input);
	return 0;
}
