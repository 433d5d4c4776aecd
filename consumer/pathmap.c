#include "consumer/pathmap.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

/* A prefix, without separators at its end: "" is the root, `C:` that of a drive. */
struct side {
	char *path;
	size_t len;
	bool windows; /* its separators are backslashes */
};

struct rule {
	struct side from, to;
	char *text; /* as a person wrote it */
};

struct pathmap {
	struct rule *rules; /* the longest prefix first */
	size_t count;
};

/* ---- rules ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool begins_with_drive(const char *text)
{
	return is_letter(text[0]) && text[1] == ':' && (text[2] == '\\' || text[2] == '/');
}

static bool is_windows(const char *text)
{
	return begins_with_drive(text) || text[0] == '\\' || (text[0] == '/' && text[1] == '/');
}

/* The colon behind a side, or the end of the rule. */
static const char *side_end(const char *side)
{
	const char *search = begins_with_drive(side) ? side + 2 : side;

	return search + strcspn(search, ":");
}

static bool is_separator(const struct side *side, char c)
{
	return c == '/' || (side->windows && c == '\\');
}

/* false: it is not an absolute path. */
static bool side_read(struct side *ret, const char *text, size_t len)
{
	struct side side = { .windows = is_windows(text) };

	if (!side.windows && text[0] != '/')
		return false;
	while (len > 0 && is_separator(&side, text[len - 1]))
		len--;
	if (side.windows && len == 0)
		return false;
	side.path = xstrndup(text, len);
	side.len = len;
	if (side.windows)
		text_replace(side.path, '/', '\\');
	*ret = side;
	return true;
}

static bool refuse_side(const char *rule, const char *side, size_t len, struct error *err)
{
	return error_set(err,
		"path_map: in the rule \"%.150s\", \"%.*s\" is not an absolute path: begin it with "
		"/, with a drive as C:\\, or with \\\\server\\share.",
		rule, len < 150 ? (int)len : 150, side);
}

static bool rule_read(struct rule *rule, const char *text, struct error *err)
{
	const char *from_end = side_end(text), *to, *to_end;

	if (*from_end == '\0')
		return error_set(err,
			"path_map: the rule \"%.150s\" is not from:to: write the path in Stash, a "
			"colon and the path in Plex, as /data:/media.",
			text);
	to = from_end + 1;
	to_end = side_end(to);
	if (*to_end != '\0')
		return error_set(err,
			"path_map: the rule \"%.150s\" has a colon too many: write one colon "
			"between two paths, a comma between two rules, and no \\ before that "
			"comma.",
			text);
	if (!side_read(&rule->from, text, (size_t)(from_end - text)))
		return refuse_side(text, text, (size_t)(from_end - text), err);
	if (!side_read(&rule->to, to, (size_t)(to_end - to)))
		return refuse_side(text, to, (size_t)(to_end - to), err);
	return true;
}

/* Whether the path stands behind the prefix, or is it. */
static bool side_leads(const struct side *side, const char *path)
{
	if (side->len == 0) /* the root; `//server` is not below it */
		return path[0] == '/' && path[1] != '/';
	for (size_t i = 0; i < side->len; i++) {
		char want = side->path[i];
		bool same = path[i] == want || (want == '\\' && is_separator(side, path[i]));

		if (i == 0 && side->path[1] == ':')
			same = is_letter(path[0]) && (path[0] | 0x20) == (want | 0x20);
		if (!same)
			return false;
	}
	return path[side->len] == '\0' || is_separator(side, path[side->len]);
}

static bool check_new(
	const struct pathmap *map, const struct rule *rule, const char *text, struct error *err)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->rules[i].from.len == rule->from.len &&
			(str_equal(map->rules[i].from.path, rule->from.path) ||
				side_leads(&map->rules[i].from, rule->from.path)))
			return error_set(err,
				"path_map: the rule \"%.150s\" is the second one for its path in "
				"Stash: keep one of them.",
				text);
	return true;
}

static int longest_first(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return (x->from.len < y->from.len) - (x->from.len > y->from.len);
}

struct pathmap *pathmap_new(const struct setting_list *rules, struct error *err)
{
	struct pathmap *map = xcalloc(1, sizeof *map);

	map->rules = xcalloc(rules->count, sizeof *map->rules);
	for (size_t i = 0; i < rules->count; i++) {
		struct rule *rule = &map->rules[i];
		bool good = rule_read(rule, rules->items[i], err) &&
			    check_new(map, rule, rules->items[i], err);

		rule->text = xstrdup(rules->items[i]);
		map->count++; /* a half read one is freed too */
		if (!good) {
			pathmap_free(map);
			return NULL;
		}
	}
	if (map->count)
		qsort(map->rules, map->count, sizeof *map->rules, longest_first);
	return map;
}

void pathmap_free(struct pathmap *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->count; i++) {
		free(map->rules[i].from.path);
		free(map->rules[i].to.path);
		free(map->rules[i].text);
	}
	free(map->rules);
	free(map);
}

/* ---- paths ---- */

/* A root is nothing without its separator, when nothing follows. */
static const char *root_separator(const struct side *side)
{
	if (side->len == 0)
		return "/";
	return side->len == 2 && side->path[1] == ':' ? "\\" : "";
}

static char *replace_prefix(const struct rule *rule, const char *path)
{
	const char *rest = path + rule->from.len;
	char *mapped = xasprintf("%s%s", rule->to.path, *rest ? rest : root_separator(&rule->to));

	if (rule->to.windows)
		text_replace(mapped + rule->to.len, '/', '\\');
	else if (rule->from.windows)
		text_replace(mapped + rule->to.len, '\\', '/');
	return mapped;
}

char *pathmap_explain(const struct pathmap *map, const char *path, const char **ret_rule)
{
	*ret_rule = NULL;
	for (size_t i = 0; map && i < map->count; i++) {
		if (side_leads(&map->rules[i].from, path)) {
			*ret_rule = map->rules[i].text;
			return replace_prefix(&map->rules[i], path);
		}
	}
	return xstrdup(path);
}

char *pathmap_apply(const struct pathmap *map, const char *path)
{
	const char *rule;

	return pathmap_explain(map, path, &rule);
}
