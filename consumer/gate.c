#include "consumer/gate.h"

#include "common/text.h"

#include <fnmatch.h>
#include <string.h>

static bool is_set(const char *text)
{
	return text && *text;
}

/* ---- names ---- */

static bool same_name(const char *a, const char *b)
{
	auto_buf folded_a, folded_b;

	buf_init(&folded_a, SIZE_MAX);
	buf_init(&folded_b, SIZE_MAX);
	return text_fold(&folded_a, a) && text_fold(&folded_b, b) &&
	       strcmp(buf_text(&folded_a), buf_text(&folded_b)) == 0;
}

static bool list_has(const struct setting_list *list, const char *name)
{
	for (size_t i = 0; is_set(name) && i < list->count; i++)
		if (same_name(list->items[i], name))
			return true;
	return false;
}

static bool lists_meet(const struct setting_list *list, const struct string_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (list_has(list, names->items[i]))
			return true;
	return false;
}

/* ---- paths ---- */

static bool is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	while (len > 1 && strchr("/\\", directory[len - 1]))
		len--;
	return strncmp(path, directory, len) == 0 && (path[len] == '/' || path[len] == '\\');
}

static bool path_excluded(const struct setting_list *globs, const char *path)
{
	for (size_t i = 0; i < globs->count; i++)
		if (fnmatch(globs->items[i], path, FNM_NOESCAPE) == 0 ||
			is_below(path, globs->items[i]))
			return true;
	return false;
}

/* One file elsewhere is enough to be wanted. */
static bool is_excluded_path(const struct gate_policy *policy, const struct scene *scene)
{
	for (size_t i = 0; i < scene->file_count; i++)
		if (!path_excluded(&policy->exclude_paths, scene->files[i].path))
			return false;
	return scene->file_count > 0;
}

/* ---- the rules ---- */

static bool is_excluded_tag(const struct gate_policy *policy, const struct scene *scene)
{
	return lists_meet(&policy->exclude_tags, &scene->tags) ||
	       (policy->include_tags.count && !lists_meet(&policy->include_tags, &scene->tags));
}

static bool is_excluded_studio(const struct gate_policy *policy, const struct scene *scene)
{
	return list_has(&policy->exclude_studios, scene->studio) ||
	       list_has(&policy->exclude_studios, scene->parent_studio);
}

/* Whether the title is a file's name, with or without its extension: nobody wrote it. */
static bool is_file_name(const char *title, const char *path)
{
	size_t len = strlen(title);
	const char *name = path;

	for (const char *p = path; *p; p++)
		if (*p == '/' || (*p == '\\' && path[0] != '/'))
			name = p + 1;
	return strncmp(name, title, len) == 0 &&
	       (name[len] == '\0' || (name[len] == '.' && !strchr(name + len + 1, '.')));
}

static bool has_title(const struct scene *scene)
{
	for (size_t i = 0; i < scene->file_count; i++)
		if (is_set(scene->title) && is_file_name(scene->title, scene->files[i].path))
			return false;
	return is_set(scene->title);
}

static bool is_bare(const struct scene *scene)
{
	return !has_title(scene) && !is_set(scene->details) && !is_set(scene->date) &&
	       !is_set(scene->studio) && !scene->performers.count && !scene->tags.count;
}

const char *gate_check(const struct gate_policy *policy, const struct scene *scene, unsigned known)
{
	const struct {
		bool drops;
		const char *reason;
	} rules[] = {
		{ !policy->enabled, "disabled" },
		{ !scene->file_count && !(known & GATE_PINNED), "no_files" },
		{ policy->organized_only && !scene->organized, "not_organized" },
		{ is_excluded_tag(policy, scene), "excluded_tag" },
		{ is_excluded_studio(policy, scene), "excluded_studio" },
		{ is_excluded_path(policy, scene), "excluded_path" },
		{ !(known & GATE_SYNCED) && is_bare(scene), "low_quality" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i].drops)
			return rules[i].reason;
	return NULL;
}

const char *gate_sentence(const char *reason)
{
	static const struct {
		const char *reason, *sentence;
	} sentences[] = {
		{ "disabled", "enabled is off: no scene is synced." },
		{ "no_files", "The scene has no file in Stash." },
		{ "not_organized",
			"The scene is not marked as organized, and organized_only is on." },
		{ "excluded_tag", "The scene has one of exclude_tags, or none of include_tags." },
		{ "excluded_studio",
			"The scene's studio, or its parent, is one of exclude_studios." },
		{ "excluded_path", "All files of the scene are in exclude_paths." },
		{ "low_quality", "Stash knows nothing of the scene yet but its file." },
	};

	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (strcmp(sentences[i].reason, reason) == 0)
			return sentences[i].sentence;
	return "";
}
