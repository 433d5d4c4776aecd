/*
 * Random scenes, items, stamps and policies: what is planned goes, as the requests that would go over
 * the wire, through plexsim's own code, is read back through the XML parser, and planned again. In
 * every mode of Plex: tags added or replaced, locks kept or set, locks and names as Plex likes them,
 * the edit on the section or on the item.
 */
#include "consumer/planposter.h"
#include "consumer/plexxml.h"
#include "consumer/poster.h"
#include "tests/sim/plexsim_server.h"
#include "tests/unit/check_main.h"

#include <string.h>

enum { WORLDS = 3000 };

#define KEY "101"
#define FILE_NAME "/data/other/clip.mp4"

/* ---- dice ---- */

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	/* xorshift32 (Marsaglia, 2003) */
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

static const char *const texts[] = { "", "A", "B", "clip", "a\nb", " A ", "ü & \"x\"" };
static const char *const dates[] = { "", "2020", "2020-05", "2020-05-01", "2020-01-01", "2021" };
static const char *const names[] = { "Ann", "ann", "Ben, the 2nd", "c  d", "C d", "50% [x]", "É",
	"é", "a&b=c", "+" };

#define PICK(array) (array)[random_below(ARRAY_LEN(array))]

static void random_names(struct string_list *list)
{
	for (uint32_t i = random_below(5); i > 0; i--)
		string_list_add(list, PICK(names));
}

/* ---- Plex ---- */

/* What Plex answers; its body belongs to the caller. */
static struct plexsim_answer send_body(
	struct plexsim *sim, const struct plex_request *r, const char *body)
{
	struct plexsim_answer answer = { .status = 200 };
	const char *mark = strchr(r->path, '?');
	struct plexsim_request request = { .method = xstrdup(r->method),
		.path = xstrndup(r->path, mark ? (size_t)(mark - r->path) : strlen(r->path)),
		.raw_query = mark ? xstrdup(mark + 1) : NULL,
		.uri_len = strlen(r->path),
		.token = xstrdup(PLEXSIM_TOKEN) };

	buf_init(&answer.body, PLEXSIM_BODY_LIMIT);
	buf_init(&request.body, PLEXSIM_BODY_LIMIT);
	buf_puts(&request.body, body);
	plexsim_query_init(&request.query, request.raw_query);
	ck_assert(plexsim_serve(sim, &request, &answer));
	plexsim_query_done(&request.query);
	plexsim_fault_done(&request.fault);
	free(request.method);
	free(request.path);
	free(request.raw_query);
	free(request.token);
	buf_done(&request.body);
	return answer;
}

static struct plexsim_answer send(struct plexsim *sim, const struct plex_request *r)
{
	return send_body(sim, r, "");
}

static void keep_item(void *cookie, const struct plex_item *item)
{
	plex_item_copy(cookie, item);
}

static void read_item(struct plexsim *sim, struct plex_item *ret)
{
	struct plexxml_handler handler = { .on_item = keep_item, .cookie = ret };
	struct plexxml_container container;
	struct plexsim_answer answer;
	struct plex_request r;
	struct error err;

	plex_item_done(ret);
	plex_read_item(&r, KEY);
	answer = send(sim, &r);
	ck_assert_msg(plexxml_parse(answer.body.data, answer.body.len, &handler, &container, &err),
		"%s", err.text);
	ck_assert_ptr_nonnull(ret->rating_key);
	buf_done(&answer.body);
	plex_request_done(&r);
}

/* Sends the first `count` of the edit's parts. */
static void send_parts(
	struct plexsim *sim, const struct plex_edit *edit, bool on_item, size_t count)
{
	struct plex_edit *parts;
	size_t total = plex_edit_split(edit, KEY, &parts);

	for (size_t i = 0; i < total; i++) {
		struct plexsim_answer answer;
		struct plex_request r;

		plex_edit_item(&r, on_item ? "" : "1", KEY, &parts[i]);
		ck_assert_uint_le(strlen(r.path), PLEX_REQUEST_MAX);
		if (i < count) {
			answer = send(sim, &r);
			ck_assert_msg(answer.status == 200, "%u: %s", answer.status, r.path);
			buf_done(&answer.body);
		}
		plex_request_done(&r);
		plex_edit_done(&parts[i]);
	}
	free(parts);
}

static json_t *random_tags(void)
{
	json_t *tags = json_object();

	for (enum plex_list list = 0; list < PLEX_LISTS; list++) {
		struct string_list members = { 0 };
		json_t *array = json_array();

		random_names(&members);
		for (size_t i = 0; i < members.count; i++)
			json_array_append_new(array, json_string(members.items[i]));
		string_list_done(&members);
		json_object_set_new(tags, plex_list_name(list), array);
	}
	return tags;
}

static json_t *random_locks(void)
{
	json_t *locked = json_array();

	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		if (random_below(2))
			json_array_append_new(locked, json_string(plex_field_name(f)));
	for (enum plex_list l = 0; l < PLEX_LISTS; l++)
		if (random_below(2))
			json_array_append_new(locked, json_string(plex_list_name(l)));
	return locked;
}

static void random_item(struct plexsim *sim)
{
	json_t *item = json_pack("{s:i, s:i, s:o, s:o, s:[{s:[{s:s}]}]}", "ratingKey", 101,
		"section", 1, "tags", random_tags(), "locked", random_locks(), "media", "parts",
		"file", FILE_NAME);
	struct error err;

	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		const char *value = f == PLEX_DATE ? PICK(dates) : PICK(texts);

		if (*value && (f != PLEX_DATE || strlen(value) == 10))
			json_object_set_new(item, plex_field_name(f), json_string(value));
	}
	if (random_below(2))
		json_object_set_new(item, "userRating", json_real(random_below(101) / 10.0));
	plexsim_item_delete(sim, 101);
	ck_assert_msg(plexsim_item_put(sim, item, &err) == 101, "%s", err.text);
	json_decref(item);
}

static void random_modes(struct plexsim *sim)
{
	struct plexsim_modes modes = plexsim_modes(sim);

	modes.tag_mode = (int)random_below(2);
	modes.default_lock = (int)random_below(2);
	modes.capitalise = (int)random_below(2);
	plexsim_modes_set(sim, &modes);
	plexsim_faults_clear(sim);
	if (random_below(3) == 0)
		plexsim_fault_add(sim,
			&(struct plexsim_fault){ .method = "PUT", .action = PLEXSIM_IGNORE_LOCKS });
}

/* ---- Stash, stamps, policies ---- */

static void random_scene(struct scene *ret)
{
	*ret = (struct scene){ .id = "1",
		.title = xstrdup(PICK(texts)),
		.details = xstrdup(PICK(texts)),
		.studio = xstrdup(PICK(names)),
		.date = xstrdup(PICK(dates)),
		.rating100 = (int)random_below(101) };
	scene_complete(ret);
	random_names(&ret->performers);
	random_names(&ret->tags);
	random_names(&ret->groups);
	/* Now and then more than a request can hold. */
	for (int i = 0; i < 500 && random_state % 97 == 0; i++) {
		auto_free char *name = xasprintf("%d, a performer with a long name", i);

		string_list_add(&ret->performers, name);
	}
}

static void random_marks(struct marks *m)
{
	static const char *const fields[] = { "title", "summary", "studio", "date" };
	static const char *const lists[] = { "actors", "genres", "collections" };
	static const char *const members[] = { "", "ann", "ben, the 2nd", "c d", "50% [x]", "É" };

	for (uint32_t i = random_below(4); i > 0; i--)
		marks_add(m, PICK(fields), PICK(texts));
	for (uint32_t i = random_below(6); i > 0; i--)
		marks_add(m, PICK(lists), PICK(members));
	if (random_below(3) == 0)
		marks_add(m, "rating", "5.0");
}

static void random_stamp(struct stamp *ret)
{
	struct marks intent = { 0 };

	*ret = (struct stamp){ .rating_key = xstrdup(random_below(5) ? KEY : "56") };
	random_marks(&ret->applied);
	random_marks(&intent);
	if (random_below(2))
		stamp_add_intent(ret, &intent);
	marks_done(&intent);
}

static void random_policy(struct plan_policy *ret)
{
	*ret = (struct plan_policy){ .preserve_plex_edits = random_below(2),
		.lock_fields = random_below(2),
		.sync_performers = random_below(8),
		.sync_tags = random_below(8),
		.sync_collection = random_below(4),
		.sync_groups = random_below(2),
		.sync_rating = random_below(2),
		.max_tags = 1 + random_below(4) };
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++)
		ret->sync[f] = random_below(8);
}

/* ---- one world ---- */

static bool has(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcasecmp(list->items[i], name) == 0)
			return true;
	return false;
}

/* Nobody's membership but our own is ever taken away; with preserve_plex_edits no other member. */
static void ck_kept(const struct plex_item *before, const struct plex_item *after,
	const struct stamp *stamp, const struct plan_policy *policy)
{
	static const char *const lists[PLEX_LISTS] = { "actors", "genres", "collections" };

	for (enum plex_list l = 0; l < PLEX_LISTS; l++) {
		const struct string_list *old = plex_item_list(before, l);

		for (size_t i = 0; i < old->count; i++) {
			auto_free char *member = xstrdup(old->items[i]);

			if (l != PLEX_COLLECTIONS && !policy->preserve_plex_edits)
				continue;
			for (char *c = member; *c; c++)
				*c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
			if (str_equal(member, "c  d"))
				continue; /* marked as "c d" */
			ck_assert_msg(planbase_holds(stamp, before, lists[l], member) ||
					      has(plex_item_list(after, l), old->items[i]),
				"%s was taken out of %s", old->items[i], lists[l]);
		}
	}
}

static void ck_nothing_to_do(int world, const char *with, const struct scene *scene,
	const struct plex_item *item, const struct stamp *stamp, const struct plan_policy *policy)
{
	struct plex_edit edit;
	auto_buf edited;

	plan_edit(&edit, scene, item, stamp, policy);
	buf_init(&edited, 200);
	plex_edit_names(&edit, &edited);
	ck_assert_msg(plex_edit_empty(&edit), "world %d, with %s: edits %s again", world, with,
		buf_text(&edited));
	plex_edit_done(&edit);
}

/* Plans, sends the first `count` parts, reads back. *ret_edit is what was planned. */
static void sync(struct plexsim *sim, struct plex_item *item, const struct scene *scene,
	struct stamp *stamp, const struct plan_policy *policy, size_t count,
	struct plex_edit *ret_edit)
{
	struct marks intent;

	plan_edit(ret_edit, scene, item, stamp, policy);
	plan_intent(&intent, ret_edit);
	stamp_add_intent(stamp, &intent);
	marks_done(&intent);
	send_parts(sim, ret_edit, random_below(2), count);
	read_item(sim, item);
}

static void ck_world(struct plexsim *sim, int world)
{
	struct plan_policy policy;
	struct plex_item before = { 0 }, item = { 0 };
	struct plex_edit edit;
	struct scene scene;
	struct stamp stamp, later = { .rating_key = xstrdup(KEY) };
	auto_buf missing;

	random_modes(sim);
	random_item(sim);
	random_scene(&scene);
	random_stamp(&stamp);
	random_policy(&policy);
	read_item(sim, &before);
	read_item(sim, &item);
	if (!str_equal(stamp.rating_key, KEY)) {
		/* As a job does: the base is about one item. */
		stamp_done(&stamp);
		stamp = (struct stamp){ .rating_key = xstrdup(KEY) };
	}
	if (random_below(4) == 0) { /* a crash between two parts */
		sync(sim, &item, &scene, &stamp, &policy, random_below(2), &edit);
		plex_edit_done(&edit);
	}
	sync(sim, &item, &scene, &stamp, &policy, SIZE_MAX, &edit);
	buf_init(&missing, 200);
	plan_applied(&later.applied, &scene, &item, &stamp, &edit, &policy, &missing);
	ck_assert_msg(missing.len == 0, "world %d: %s did not take", world, buf_text(&missing));
	ck_kept(&before, &item, &stamp, &policy);
	ck_nothing_to_do(world, "the intent", &scene, &item, &stamp, &policy);
	ck_nothing_to_do(world, "the new stamp", &scene, &item, &later, &policy);
	plex_edit_done(&edit);
	stamp_done(&later);
	stamp_done(&stamp);
	scene_done(&scene);
	plex_item_done(&item);
	plex_item_done(&before);
	plexsim_requests_clear(sim);
}

START_TEST(plans_nothing_after_its_plan_took_in_every_mode_of_plex)
{
	struct plexsim_options options = plexsim_defaults;
	struct plexsim *sim;
	struct error err;

	options.library_file = PLEXSIM_LIBRARY;
	sim = plexsim_start(&options, &err);
	ck_assert_msg(sim != NULL, "%s", err.text);
	random_state = 20261123;
	for (int world = 0; world < WORLDS; world++)
		ck_world(sim, world);
	ck_assert_uint_eq(plexsim_violations(sim), 0);
	plexsim_stop(sim);
}
END_TEST

/* ---- posters ---- */

static void keep_poster(void *cookie, const struct plex_poster *poster)
{
	plex_posters_add(cookie, poster);
}

static struct plex_posters read_posters(struct plexsim *sim)
{
	struct plex_posters posters = { 0 };
	struct plexxml_handler handler = { .on_poster = keep_poster, .cookie = &posters };
	struct plexxml_container container;
	struct plexsim_answer answer;
	struct plex_request r;
	struct error err;

	plex_list_posters(&r, KEY);
	answer = send(sim, &r);
	ck_assert_msg(plexxml_parse(answer.body.data, answer.body.len, &handler, &container, &err),
		"%s", err.text);
	buf_done(&answer.body);
	plex_request_done(&r);
	return posters;
}

static void carry_out(
	struct plexsim *sim, enum planposter step, const char *bytes, const char *sha1)
{
	auto_free char *key = planposter_key(sha1);
	struct plexsim_answer answer;
	struct plex_request r;

	if (step == PLANPOSTER_UPLOAD)
		plex_upload_poster(&r, KEY);
	else
		plex_select_poster(&r, KEY, key);
	answer = send_body(sim, &r, step == PLANPOSTER_UPLOAD ? bytes : "");
	ck_assert_uint_eq(answer.status, 200);
	buf_done(&answer.body);
	plex_request_done(&r);
}

/* Brings one cover to Plex by the step that is expected, and makes it ours in the stamp. */
static void ck_poster(
	struct plexsim *sim, struct stamp *stamp, const char *bytes, enum planposter expected)
{
	const struct plan_policy policy = { .sync_poster = true };
	struct poster_answer cover = { .status = 200,
		.location = "",
		.content_type = "",
		.bytes = bytes,
		.len = strlen(bytes) };
	struct plex_posters before = read_posters(sim), after;
	char sha1[POSTER_SHA1_SIZE];
	struct plex_item item = { 0 };
	const char *type;

	ck_assert_int_eq(poster_judge(&cover, sha1, &type, NULL), POSTER_GOOD);
	read_item(sim, &item);
	ck_assert_int_eq(planposter_step(sha1, &item, NULL, stamp, &policy), PLANPOSTER_LOOK);
	ck_assert_int_eq(planposter_step(sha1, &item, &before, stamp, &policy), expected);
	carry_out(sim, expected, bytes, sha1);
	after = read_posters(sim);
	ck_assert(planposter_applied(&stamp->applied, sha1, &before, &after));
	ck_assert_int_eq(planposter_step(sha1, &item, NULL, stamp, &policy), PLANPOSTER_KEEP);
	plex_posters_done(&before);
	plex_posters_done(&after);
	plex_item_done(&item);
}

START_TEST(brings_a_cover_once_and_selects_what_plex_has)
{
	struct stamp stamp = { .rating_key = xstrdup(KEY) };
	struct plexsim_options options = plexsim_defaults;
	struct plexsim *sim;
	struct error err;

	options.library_file = PLEXSIM_LIBRARY;
	sim = plexsim_start(&options, &err);
	ck_assert_msg(sim != NULL, "%s", err.text);
	ck_poster(sim, &stamp, "\xFF\xD8\xFF one", PLANPOSTER_UPLOAD);
	ck_poster(sim, &stamp, "\xFF\xD8\xFF two", PLANPOSTER_UPLOAD);
	ck_poster(sim, &stamp, "\xFF\xD8\xFF one", PLANPOSTER_SELECT);
	plexsim_stop(sim);
	stamp_done(&stamp);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, plans_nothing_after_its_plan_took_in_every_mode_of_plex);
	tcase_add_test(cases, brings_a_cover_once_and_selects_what_plex_has);
	tcase_set_timeout(cases, 100);
}

CHECK_MAIN("plan_property", add_cases)
