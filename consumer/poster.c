#include "consumer/poster.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- where it is ---- */

/* "/scene/45/screenshot" and whatever follows in it; NULL: the address is not one of Stash's. */
static const char *find_stash_path(const struct scene *scene)
{
	auto_free char *path = xasprintf("/scene/%s/screenshot", scene->id);
	const char *found = scene->id[0] ? strstr(scene->screenshot, path) : NULL;
	const char *rest = found ? found + strlen(path) : "x";

	return *rest == '\0' || *rest == '?' ? found : NULL;
}

char *poster_url(const struct scene *scene, const char *stash_url, bool *ret_stash)
{
	const char *path;

	*ret_stash = false;
	if (!scene->screenshot || !*scene->screenshot || strstr(scene->screenshot, "default=true"))
		return NULL;
	path = find_stash_path(scene);
	*ret_stash = path && *stash_url;
	if (*ret_stash)
		return xasprintf("%s%s", stash_url, path);
	if (strncasecmp(scene->screenshot, "http://", 7) != 0 &&
		strncasecmp(scene->screenshot, "https://", 8) != 0)
		return NULL;
	return xstrdup(scene->screenshot);
}

/* ---- what came ---- */

static bool has_bytes(const struct poster_answer *a, size_t at, const char *bytes, size_t len)
{
	return a->len >= at + len && memcmp(a->bytes + at, bytes, len) == 0;
}

/* Without regard to case, after white space. */
static bool begins_with(const struct poster_answer *a, const char *text)
{
	size_t at = 0;

	if (has_bytes(a, 0, "\xEF\xBB\xBF", 3))
		at = 3;
	while (at < a->len && a->bytes[at] && strchr(" \t\r\n", a->bytes[at]))
		at++;
	return a->len - at >= strlen(text) && strncasecmp(a->bytes + at, text, strlen(text)) == 0;
}

/* NULL: no kind of picture that every Plex can show. */
static const char *find_type(const struct poster_answer *a)
{
	if (has_bytes(a, 0, "\xFF\xD8\xFF", 3))
		return "image/jpeg";
	if (has_bytes(a, 0, "\x89PNG\r\n\x1A\n", 8))
		return "image/png";
	if (has_bytes(a, 0, "RIFF", 4) && has_bytes(a, 8, "WEBP", 4))
		return "image/webp";
	return NULL;
}

static bool is_svg(const struct poster_answer *a)
{
	return strncasecmp(a->content_type, "image/svg", 9) == 0 || begins_with(a, "<svg") ||
	       (begins_with(a, "<?xml") && memmem(a->bytes, a->len, "<svg", 4));
}

static bool is_html(const struct poster_answer *a)
{
	return begins_with(a, "<!doctype html") || begins_with(a, "<html") ||
	       strncasecmp(a->content_type, "text/html", 9) == 0;
}

static enum poster_outcome judge_redirect(const struct poster_answer *a, struct error *err)
{
	if (strstr(a->location, "/login")) {
		error_set(err,
			"Stash asks for a login where the cover should be: set stash_api_key "
			"to the key in Stash, Settings, Security.");
		return POSTER_NO_ACCESS;
	}
	error_set(err,
		"The cover's address leads elsewhere (%ld), and plexsync follows nobody: "
		"set stash_url to the address that Stash really has.",
		a->status);
	return POSTER_REFUSED;
}

static enum poster_outcome refuse(const struct poster_answer *a, struct error *err)
{
	if (a->too_large || a->len > POSTER_SIZE_MAX)
		error_set(err,
			"The cover has more than %d MB, which Plex does not take: set a "
			"smaller one in Stash.",
			POSTER_SIZE_MAX / 1024 / 1024);
	else if (a->len == 0)
		error_set(err, "The cover is empty: Stash answered no bytes.");
	else if (is_html(a))
		error_set(err, "A web page came where the cover should be: check that stash_url is "
			       "Stash itself and no proxy or login page answers in its place.");
	else
		error_set(err,
			"The cover is no JPEG, PNG or WebP picture (%.60s): set another one in "
			"Stash.",
			*a->content_type ? a->content_type : "of no named type");
	return POSTER_REFUSED;
}

static void put_sha1(char ret[POSTER_SHA1_SIZE], const char *bytes, size_t len)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_len = 0;

	EVP_Digest(bytes, len, digest, &digest_len, EVP_sha1(), NULL);
	ret[0] = '\0';
	for (size_t i = 0; i < digest_len && 2 * i + 2 < POSTER_SHA1_SIZE; i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

enum poster_outcome poster_judge(const struct poster_answer *answer,
	char ret_sha1[POSTER_SHA1_SIZE], const char **ret_type, struct error *err)
{
	const char *type = find_type(answer);

	if (answer->status >= 300 && answer->status < 400)
		return judge_redirect(answer, err);
	if (answer->too_large || answer->len > POSTER_SIZE_MAX)
		return refuse(answer, err);
	if (!type && is_svg(answer)) {
		error_set(err, "Stash has no cover for this scene yet.");
		return POSTER_NONE_YET;
	}
	if (!type)
		return refuse(answer, err);
	put_sha1(ret_sha1, answer->bytes, answer->len);
	*ret_type = type;
	return POSTER_GOOD;
}
