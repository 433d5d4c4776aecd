/* Sections, their listings, edits by section, scans, searches. */
#include "tests/sim/plexsim_call.h"
#include "tests/sim/plexsim_edit.h"
#include "tests/sim/plexsim_xml.h"

#include <stdlib.h>
#include <string.h>

void plexsim_sections_list(struct plexsim_call *call)
{
	const struct plexsim_library *library = call->sim->library;
	struct buf *out = &call->answer->body;

	plexsim_container_open(call, library->section_count, NULL);
	plexsim_xml_text(out, "title1", "Plex Library");
	plexsim_xml_nest(out);
	for (size_t i = 0; i < library->section_count; i++)
		plexsim_xml_section(out, library->sections[i]);
	plexsim_container_close(call);
}

void plexsim_sections_describe(struct plexsim_call *call)
{
	static const char *const pivots[][2] = { { "all", "All" }, { "unwatched", "Unplayed" },
		{ "recentlyAdded", "Recently Added" }, { "collection", "By Collection" },
		{ "genre", "By Genre" } };
	struct plexsim_section *section = plexsim_call_section(call);
	struct buf *out = &call->answer->body;

	if (!section)
		return;
	plexsim_container_open(call, ARRAY_LEN(pivots), section);
	plexsim_xml_text(out, "content", "secondary");
	plexsim_xml_text(out, "title1", plexsim_section_text(section, "title"));
	plexsim_xml_nest(out);
	for (size_t i = 0; i < ARRAY_LEN(pivots); i++) {
		plexsim_xml_open(out, "Directory");
		plexsim_xml_text(out, "key", pivots[i][0]);
		plexsim_xml_text(out, "title", pivots[i][1]);
		plexsim_xml_empty(out);
	}
	if (plexsim_query_integer(&call->request->query, "includeDetails", 0))
		plexsim_meta_render(out, section, plexsim_section_text(section, "type"));
	plexsim_container_close(call);
}

/* Which rows of a selection are answered. */
struct page {
	bool asked; /* Start or Size was given */
	size_t start, size;
};

static size_t row_number(const char *text, size_t otherwise)
{
	long long number = text ? strtoll(text, NULL, 10) : -1;

	return number < 0 ? otherwise : (size_t)number;
}

/* false after answering 400. */
static bool page_of(struct plexsim_call *call, size_t total, struct page *ret)
{
	const struct plexsim_request *request = call->request;
	const struct plexsim_modes *modes = &call->sim->modes;
	size_t size = total;

	if (!request->page_size && modes->missing_size == PLEXSIM_SIZE_REJECT) {
		plexsim_answer_html(call->answer, 400);
		return false;
	}
	if (request->page_size)
		size = row_number(request->page_size, total);
	else if (modes->missing_size == PLEXSIM_SIZE_FIFTY)
		size = 50;
	if (request->page_size && size > (size_t)modes->size_cap)
		size = (size_t)modes->size_cap;
	ret->asked = request->page_start || request->page_size;
	ret->start = row_number(request->page_start, 0);
	if (ret->start > total)
		ret->start = total;
	ret->size = total - ret->start < size ? total - ret->start : size;
	return true;
}

static void put_rows(struct plexsim_call *call, const struct plexsim_section *section,
	const struct plexsim_selection *selection, const struct page *page, const char *meta_type)
{
	struct buf *out = &call->answer->body;

	plexsim_container_open(call, page->size, section);
	if (page->asked) {
		call->answer->paged = true;
		call->answer->page_start = (int64_t)page->start;
		call->answer->page_total = (int64_t)selection->count;
		plexsim_xml_integer(out, "totalSize", (int64_t)selection->count);
		plexsim_xml_integer(out, "offset", (int64_t)page->start);
	}
	plexsim_xml_text(out, "title1", plexsim_section_text(section, "title"));
	plexsim_xml_text(out, "viewGroup", plexsim_section_text(section, "type"));
	plexsim_xml_nest(out);
	if (plexsim_query_integer(&call->request->query, "includeMeta", 0))
		plexsim_meta_render(out, section, meta_type);
	for (size_t i = page->start; i < page->start + page->size; i++)
		plexsim_xml_row(
			out, call->sim->library, selection->items[i], &call->request->query);
	plexsim_container_close(call);
}

static void list(struct plexsim_call *call, const struct plexsim_section *section,
	const struct plexsim_query *query, const char *meta_type)
{
	struct plexsim_selection selection = { 0 };
	unsigned status =
		plexsim_select(call->sim->library, section, query, call->clock.wall_s, &selection);
	size_t limit = row_number(plexsim_query_get(query, "limit"), SIZE_MAX);
	struct page page;

	if (selection.count > limit)
		selection.count = limit;
	if (status != 200)
		plexsim_answer_html(call->answer, status);
	else if (page_of(call, selection.count, &page))
		put_rows(call, section, &selection, &page, meta_type);
	free(selection.items);
}

void plexsim_sections_items(struct plexsim_call *call)
{
	struct plexsim_section *section = plexsim_call_section(call);

	if (section)
		list(call, section, &call->request->query, plexsim_section_text(section, "type"));
}

void plexsim_sections_collections(struct plexsim_call *call)
{
	struct plexsim_section *section = plexsim_call_section(call);
	struct plexsim_query query;

	if (!section)
		return;
	plexsim_query_init(&query, "type=18");
	list(call, section, &query, "collection");
	plexsim_query_done(&query);
}

static void put_choice(struct plexsim_call *call, const struct plexsim_section *section,
	const char *name, const char *key, const char *title)
{
	struct buf *out = &call->answer->body;
	auto_free char *encoded = plexsim_percent_encode(key);
	auto_free char *fast_key = xasprintf(
		"/library/sections/%lld/all?%s=%s", (long long)section->key, name, encoded);

	plexsim_xml_open(out, "Directory");
	plexsim_xml_text(out, "fastKey", fast_key);
	plexsim_xml_text(out, "key", key);
	plexsim_xml_text(out, "title", title);
	plexsim_xml_text(out, "type", name);
	plexsim_xml_empty(out);
}

/* {"key": "title"} of the values that occur. */
static json_t *collect_choices(const struct plexsim_library *library,
	const struct plexsim_section *section, const char *name, enum plexsim_tag_kind kind)
{
	json_t *choices = json_object();

	for (size_t i = 0; i < library->item_count; i++) {
		const struct plexsim_item *item = library->items[i];
		const json_t *value = json_object_get(item->attributes, name);
		char key[32];

		if (item->section != section || !plexsim_item_visible(item) || item->members)
			continue;
		for (size_t k = 0; k < item->tagging_count; k++) {
			const struct plexsim_tag *tag = item->taggings[k].tag;

			snprintf(key, sizeof key, "%lld", (long long)tag->id);
			if (tag->kind == kind)
				json_object_set_new(choices, key, json_string(tag->name));
		}
		snprintf(key, sizeof key, "%lld", (long long)json_integer_value(value));
		if (json_is_string(value))
			json_object_set_new(choices, json_string_value(value),
				json_string(json_string_value(value)));
		else if (value)
			json_object_set_new(choices, key, json_string(key));
	}
	return choices;
}

void plexsim_sections_choices(struct plexsim_call *call)
{
	static const char *const attributes[] = { "studio", "year", "contentRating" };
	struct plexsim_section *section = plexsim_call_section(call);
	const char *name = call->segments[3], *key;
	enum plexsim_tag_kind kind = plexsim_tag_kind_find(name, strlen(name));
	bool known = kind != PLEXSIM_NO_TAG_KIND;
	json_t *choices, *title;

	if (!section)
		return;
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
		known = known || str_equal(attributes[i], name);
	if (!known) {
		plexsim_answer_html(call->answer, 404);
		return;
	}
	choices = collect_choices(call->sim->library, section, name, kind);
	plexsim_container_open(call, json_object_size(choices), NULL);
	plexsim_xml_nest(&call->answer->body);
	json_object_foreach (choices, key, title)
		put_choice(call, section, name, key, json_string_value(title));
	plexsim_container_close(call);
	json_decref(choices);
}

void plexsim_sections_edit(struct plexsim_call *call)
{
	const struct plexsim_query *query = &call->request->query;
	const struct plexsim_fault *fault = &call->request->fault;
	const char *id = plexsim_query_get(query, "id");
	struct plexsim_section *section =
		plexsim_section_find(call->sim->library, strtoll(call->segments[2], NULL, 10));
	struct plexsim_selection selection = { 0 };
	struct plexsim_edit edit = {
		.query = query, .modes = &call->sim->modes, .now = call->clock.wall_s
	};
	unsigned status = plexsim_edit_check(query);

	if (!id || !*id)
		plexsim_violate(
			call->sim, call->request, "an edit without an id edits the section");
	if (!section)
		status = 500; /* seen for /library/sections/None/all */
	if (status == 200)
		status = plexsim_select(call->sim->library, section, query, edit.now, &selection);
	if (status == 200 && selection.count == 0)
		status = 404;
	if (status != 200)
		plexsim_answer_html(call->answer, status);
	edit.ignored_field = fault->action == PLEXSIM_IGNORE_FIELD ? fault->field : NULL;
	edit.ignore_locks = fault->action == PLEXSIM_IGNORE_LOCKS;
	for (size_t i = 0; status == 200 && i < selection.count; i++) {
		plexsim_edit_apply(&edit, call->sim->library, selection.items[i]);
		plexsim_call_edited(call, selection.items[i]);
	}
	if (status == 200) {
		plexsim_section_touch(section);
		plexsim_library_settle_collections(call->sim->library, edit.now);
	}
	free(selection.items);
}

void plexsim_sections_scan(struct plexsim_call *call)
{
	struct plexsim *sim = call->sim;
	bool all = str_equal(call->segments[2], "all");
	struct plexsim_section *section = all ? NULL : plexsim_call_section(call);

	if (!all && !section)
		return;
	for (size_t i = 0; i < sim->library->section_count; i++)
		if (all || sim->library->sections[i] == section)
			plexsim_scan_start(sim->library, &sim->events, sim->library->sections[i],
				plexsim_call_argument(call, "path"), sim->modes.scan_delay_ms,
				&call->clock);
	if (section)
		call->answer->activity = plexsim_scan_uuid(section);
}

/* Each word of the query begins some word of the title. */
static bool words_match(const char *title, const char *query)
{
	for (; *query; query += strspn(query, " ")) {
		size_t len = strcspn(query, " ");
		const char *word = title + strspn(title, " ");

		while (*word && strncasecmp(word, query, len) != 0) {
			word += strcspn(word, " ");
			word += strspn(word, " ");
		}
		if (!*word && len)
			return false;
		query += len;
	}
	return true;
}

/* Movies by title, `limit` at most. Free ret->items. */
static void find_by_title(
	const struct plexsim_call *call, size_t limit, struct plexsim_selection *ret)
{
	const struct plexsim_library *library = call->sim->library;
	const char *query = plexsim_call_argument(call, "query");
	int64_t section = plexsim_query_integer(&call->request->query, "sectionId", 0);

	ret->items = xcalloc(library->item_count, sizeof(struct plexsim_item *));
	ret->count = 0;
	for (size_t i = 0; i < library->item_count && ret->count < limit; i++) {
		struct plexsim_item *item = library->items[i];

		if (plexsim_item_visible(item) && plexsim_item_type(item) == 1 &&
			(!section || item->section->key == section) &&
			words_match(plexsim_item_text(item, "title"), query))
			ret->items[ret->count++] = item;
	}
}

static bool query_given(struct plexsim_call *call)
{
	if (plexsim_call_argument(call, "query"))
		return true;
	plexsim_answer_html(call->answer, 400);
	return false;
}

void plexsim_search_hubs(struct plexsim_call *call)
{
	struct buf *out = &call->answer->body;
	struct plexsim_selection found;

	if (!query_given(call))
		return;
	find_by_title(call, row_number(plexsim_call_argument(call, "limit"), 3), &found);
	plexsim_container_open(call, 1, NULL);
	plexsim_xml_nest(out);
	plexsim_xml_open(out, "Hub");
	plexsim_xml_text(out, "type", "movie");
	plexsim_xml_text(out, "hubIdentifier", "movie");
	plexsim_xml_text(out, "title", "Movies");
	plexsim_xml_integer(out, "size", (int64_t)found.count);
	plexsim_xml_nest(out);
	for (size_t i = 0; i < found.count; i++)
		plexsim_xml_detail(out, call->sim->library, found.items[i]);
	plexsim_xml_close(out, "Hub");
	plexsim_container_close(call);
	free(found.items);
}

void plexsim_search_results(struct plexsim_call *call)
{
	struct buf *out = &call->answer->body;
	struct plexsim_selection found;

	if (!query_given(call))
		return;
	find_by_title(call, row_number(plexsim_call_argument(call, "limit"), 10), &found);
	plexsim_container_open(call, found.count, NULL);
	plexsim_xml_nest(out);
	for (size_t i = 0; i < found.count; i++) {
		plexsim_xml_open(out, "SearchResult");
		plexsim_xml_text(out, "score", "0.9");
		plexsim_xml_nest(out);
		plexsim_xml_detail(out, call->sim->library, found.items[i]);
		plexsim_xml_close(out, "SearchResult");
	}
	plexsim_container_close(call);
	free(found.items);
}
