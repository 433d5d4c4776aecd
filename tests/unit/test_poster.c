#include "consumer/planposter.h"
#include "consumer/poster.h"

#include "tests/unit/check_main.h"

#include <string.h>

/* ---- where the cover is ---- */

static const struct {
	const char *screenshot, *stash_url, *url;
	bool stash;
} addresses[] = {
	{ "http://stash:9999/scene/45/screenshot?t=17", "http://10.0.0.2:1/x",
		"http://10.0.0.2:1/x/scene/45/screenshot?t=17", true },
	{ "https://public/sub/scene/45/screenshot", "http://10.0.0.2:1",
		"http://10.0.0.2:1/scene/45/screenshot", true },
	{ "http://stash:9999/scene/45/screenshot?t=17", "",
		"http://stash:9999/scene/45/screenshot?t=17", false },
	{ "http://pictures/45.jpg", "http://stash:9999", "http://pictures/45.jpg", false },
	{ "http://stash:9999/scene/450/screenshot", "http://stash:9999",
		"http://stash:9999/scene/450/screenshot", false },
	{ "http://evil/scene/45/screenshot.html", "http://stash:9999",
		"http://evil/scene/45/screenshot.html", false },
	{ "http://stash:9999/scene/45/screenshot?default=true", "http://stash:9999", NULL, false },
	{ "file:///etc/passwd", "http://stash:9999", NULL, false },
	{ "", "http://stash:9999", NULL, false },
};

START_TEST(finds_the_cover_and_knows_who_may_get_the_key)
{
	struct scene scene = { .id = "45", .screenshot = xstrdup(addresses[_i].screenshot) };
	bool stash = !addresses[_i].stash;
	auto_free char *url = poster_url(&scene, addresses[_i].stash_url, &stash);

	ck_assert_int_eq(stash, addresses[_i].stash);
	ck_assert_msg(str_equal(url, addresses[_i].url), "%s", url ? url : "none");
	free(scene.screenshot);
}
END_TEST

/* ---- what came ---- */

#define JPEG "\xFF\xD8\xFF\xE0 a picture"

static const struct {
	long status;
	const char *location, *type, *bytes;
	size_t len; /* 0: of the text */
	enum poster_outcome outcome;
	const char *says; /* the media type of a good one, part of the sentence of others */
} answers[] = {
	{ 200, "", "image/jpeg", JPEG, 0, POSTER_GOOD, "image/jpeg" },
	{ 200, "", "video/mp4", JPEG, 0, POSTER_GOOD, "image/jpeg" },
	{ 200, "", "", "\x89PNG\r\n\x1A\n and more", 0, POSTER_GOOD, "image/png" },
	{ 200, "", "", "RIFF\x10\x00\x00\x00WEBPVP8 ", 16, POSTER_GOOD, "image/webp" },
	{ 200, "", "image/svg+xml", "<svg xmlns=\"…\"/>", 0, POSTER_NONE_YET, "no cover" },
	{ 200, "", "", "\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- x --><svg/>", 0, POSTER_NONE_YET,
		"no cover" },
	{ 302, "/login?returnURL=x", "", "", 0, POSTER_NO_ACCESS, "stash_api_key" },
	{ 302, "https://elsewhere/", "", "", 0, POSTER_REFUSED, "leads elsewhere (302)" },
	{ 200, "", "text/html", "<!DOCTYPE html><html>", 0, POSTER_REFUSED, "web page" },
	{ 200, "", "", "  <HTML>", 0, POSTER_REFUSED, "web page" },
	{ 200, "", "image/jpeg", "", 0, POSTER_REFUSED, "empty" },
	{ 200, "", "video/mp4",
		"\0\0\0\x20"
		"ftypisom",
		12, POSTER_REFUSED, "(video/mp4)" },
	{ 200, "", "image/gif", "GIF89a", 0, POSTER_REFUSED, "no JPEG, PNG or WebP" },
	{ 200, "", "image/jpeg", "\xFF\xD8", 0, POSTER_REFUSED, "no JPEG" },
	{ 200, "", "image/webp", "RIFF\x10\x00\x00\x00WAVE", 12, POSTER_REFUSED, "no JPEG" },
};

START_TEST(judges_a_cover_by_its_bytes)
{
	struct poster_answer answer = { .status = answers[_i].status,
		.location = answers[_i].location,
		.content_type = answers[_i].type,
		.bytes = answers[_i].bytes,
		.len = answers[_i].len ? answers[_i].len : strlen(answers[_i].bytes) };
	char sha1[POSTER_SHA1_SIZE] = "untouched";
	const char *type = NULL;
	struct error err = { .text = "" };

	ck_assert_int_eq(poster_judge(&answer, sha1, &type, &err), answers[_i].outcome);
	if (answers[_i].outcome == POSTER_GOOD) {
		ck_assert_str_eq(type, answers[_i].says);
		ck_assert_uint_eq(strlen(sha1), 40);
	} else {
		ck_assert_msg(strstr(err.text, answers[_i].says) != NULL, "%s", err.text);
		ck_assert_str_eq(sha1, "untouched");
	}
}
END_TEST

START_TEST(refuses_what_is_too_large)
{
	struct poster_answer answer = { .status = 200,
		.location = "",
		.content_type = "image/jpeg",
		.bytes = JPEG,
		.len = strlen(JPEG),
		.too_large = true };
	char sha1[POSTER_SHA1_SIZE];
	const char *type;
	struct error err;

	ck_assert_int_eq(poster_judge(&answer, sha1, &type, &err), POSTER_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "10 MB"));
}
END_TEST

START_TEST(knows_a_cover_by_its_sha1)
{
	struct poster_answer answer = {
		.status = 200, .location = "", .content_type = "", .bytes = "\xFF\xD8\xFF", .len = 3
	};
	char sha1[POSTER_SHA1_SIZE];
	const char *type;
	struct error err;

	ck_assert_int_eq(poster_judge(&answer, sha1, &type, &err), POSTER_GOOD);
	/* printf '\xff\xd8\xff' | sha1sum */
	ck_assert_str_eq(sha1, "a3ff16385bea1d45349ea11ce23e4f337b7d4dd5");
}
END_TEST

/* ---- what is to be done with it ---- */

#define SHA1 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OLD "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define UPLOAD "upload://posters/"
#define AGENTS "metadata://posters/agent_1"

static const struct {
	const char *applied, *intended; /* SHA-1; NULL: none */
	const char *selected, *other; /* keys; selected NULL: Plex was not asked, "": none is */
	bool locked;
	enum planposter overwrite, preserve;
} steps[] = {
	{ NULL, NULL, NULL, NULL, false, PLANPOSTER_LOOK, PLANPOSTER_LOOK },
	{ SHA1, NULL, NULL, NULL, true, PLANPOSTER_KEEP, PLANPOSTER_KEEP },
	{ NULL, SHA1, NULL, NULL, true, PLANPOSTER_LOOK, PLANPOSTER_LOOK },
	{ OLD, NULL, NULL, NULL, true, PLANPOSTER_LOOK, PLANPOSTER_LOOK },
	{ NULL, NULL, "", NULL, false, PLANPOSTER_UPLOAD, PLANPOSTER_UPLOAD },
	{ NULL, NULL, AGENTS, NULL, false, PLANPOSTER_UPLOAD, PLANPOSTER_UPLOAD },
	{ NULL, NULL, AGENTS, NULL, true, PLANPOSTER_UPLOAD, PLANPOSTER_KEEP },
	{ NULL, NULL, UPLOAD SHA1, AGENTS, true, PLANPOSTER_KEEP, PLANPOSTER_KEEP },
	{ NULL, NULL, AGENTS, UPLOAD SHA1, false, PLANPOSTER_SELECT, PLANPOSTER_SELECT },
	{ NULL, NULL, AGENTS, UPLOAD SHA1, true, PLANPOSTER_SELECT, PLANPOSTER_KEEP },
	{ OLD, NULL, UPLOAD OLD, AGENTS, true, PLANPOSTER_UPLOAD, PLANPOSTER_UPLOAD },
	{ OLD, NULL, "upload://posters/a person's", UPLOAD OLD, true, PLANPOSTER_UPLOAD,
		PLANPOSTER_KEEP },
	{ NULL, OLD, UPLOAD OLD, NULL, true, PLANPOSTER_UPLOAD, PLANPOSTER_UPLOAD },
};

static void add_poster(struct plex_posters *posters, const char *key, bool selected)
{
	struct plex_poster poster = { .key = xstrdup(key ? key : ""), .selected = selected };

	if (*poster.key)
		plex_posters_add(posters, &poster);
	free(poster.key);
}

static void mark_poster(struct marks *m, const char *sha1)
{
	if (sha1)
		planposter_intent(m, sha1);
}

START_TEST(takes_the_step_that_is_needed)
{
	struct plex_item item = { .rating_key = xstrdup("5") };
	struct stamp stamp = { .rating_key = xstrdup("5") };
	struct plex_posters posters = { 0 };
	struct marks intent = { 0 };

	if (steps[_i].locked)
		string_list_add(&item.locked, "thumb");
	mark_poster(&stamp.applied, steps[_i].applied);
	mark_poster(&intent, steps[_i].intended);
	stamp_add_intent(&stamp, &intent);
	add_poster(&posters, steps[_i].selected, true);
	add_poster(&posters, steps[_i].other, false);
	for (int preserve = 0; preserve <= 1; preserve++) {
		struct plan_policy policy = { .sync_poster = true,
			.preserve_plex_edits = preserve };
		const struct plex_posters *seen = steps[_i].selected ? &posters : NULL;

		ck_assert_int_eq(planposter_step(SHA1, &item, seen, &stamp, &policy),
			preserve ? steps[_i].preserve : steps[_i].overwrite);
		policy.sync_poster = false;
		ck_assert_int_eq(
			planposter_step(SHA1, &item, seen, &stamp, &policy), PLANPOSTER_KEEP);
	}
	marks_done(&intent);
	plex_posters_done(&posters);
	stamp_done(&stamp);
	plex_item_done(&item);
}
END_TEST

START_TEST(makes_a_poster_that_took_ours_and_no_other)
{
	struct plex_posters before = { 0 }, after = { 0 }, own_key = { 0 };
	struct marks m = { 0 };

	marks_add(&m, "title", "T");
	mark_poster(&m, OLD);
	add_poster(&before, UPLOAD OLD, true);
	ck_assert(!planposter_applied(&m, SHA1, &before, &before));
	ck_assert(marks_hold(&m, "poster", OLD));
	add_poster(&after, UPLOAD SHA1, true);
	ck_assert(planposter_applied(&m, SHA1, &before, &after));
	ck_assert(marks_hold(&m, "poster", SHA1) && !marks_hold(&m, "poster", OLD));
	ck_assert(marks_hold(&m, "title", "T"));
	add_poster(&own_key, UPLOAD "of its own making", true);
	ck_assert(planposter_applied(&m, OLD, &before, &own_key));
	ck_assert(marks_hold(&m, "poster", UPLOAD "of its own making"));
	plex_posters_done(&before);
	plex_posters_done(&after);
	plex_posters_done(&own_key);
	marks_done(&m);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_loop_test(
		cases, finds_the_cover_and_knows_who_may_get_the_key, 0, ARRAY_LEN(addresses));
	tcase_add_loop_test(cases, judges_a_cover_by_its_bytes, 0, ARRAY_LEN(answers));
	tcase_add_test(cases, refuses_what_is_too_large);
	tcase_add_test(cases, knows_a_cover_by_its_sha1);
	tcase_add_loop_test(cases, takes_the_step_that_is_needed, 0, ARRAY_LEN(steps));
	tcase_add_test(cases, makes_a_poster_that_took_ours_and_no_other);
}

CHECK_MAIN("poster", add_cases)
