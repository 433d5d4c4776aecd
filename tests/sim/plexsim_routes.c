/* Which request goes where, who may send it, and the few answers that need no library. */
#include "tests/sim/plexsim_call.h"
#include "tests/sim/plexsim_xml.h"

#include <stdlib.h>
#include <string.h>

#define VERSION "1.41.3.9314-a0bfb8370"

const char *plexsim_call_argument(const struct plexsim_call *call, const char *key)
{
	return plexsim_query_get(&call->request->query, key);
}

struct plexsim_section *plexsim_call_section(struct plexsim_call *call)
{
	struct plexsim_section *section =
		plexsim_section_find(call->sim->library, strtoll(call->segments[2], NULL, 10));

	if (!section)
		plexsim_answer_html(call->answer, 404);
	return section;
}

struct plexsim_item *plexsim_call_item(struct plexsim_call *call)
{
	struct plexsim_item *item =
		plexsim_item_find(call->sim->library, strtoll(call->segments[2], NULL, 10));

	if (item && plexsim_item_visible(item))
		return item;
	plexsim_answer_html(call->answer, 404);
	return NULL;
}

void plexsim_container_open(
	struct plexsim_call *call, size_t size, const struct plexsim_section *section)
{
	struct buf *out = &call->answer->body;

	plexsim_xml_prolog(out);
	plexsim_xml_open(out, "MediaContainer");
	plexsim_xml_integer(out, "size", (int64_t)size);
	plexsim_xml_text(out, "allowSync", "1");
	plexsim_xml_text(out, "identifier", "com.plexapp.plugins.library");
	plexsim_xml_text(out, "mediaTagVersion", "1603922053");
	if (!section)
		return;
	plexsim_xml_integer(out, "librarySectionID", section->key);
	plexsim_xml_text(out, "librarySectionTitle", plexsim_section_text(section, "title"));
	plexsim_xml_text(out, "librarySectionUUID", plexsim_section_text(section, "uuid"));
}

void plexsim_container_close(struct plexsim_call *call)
{
	plexsim_xml_close(&call->answer->body, "MediaContainer");
}

void plexsim_call_edited(struct plexsim_call *call, struct plexsim_item *item)
{
	json_object_set_new(item->attributes, "updatedAt", json_integer(call->clock.wall_s));
	plexsim_events_timeline(&call->sim->events, item, PLEXSIM_STATE_PROCESSED, NULL);
}

static void identity(struct plexsim_call *call)
{
	const char *machine = call->sim->library->machine_identifier;
	struct buf *out = &call->answer->body;

	if (call->request->wants_json) {
		call->answer->content_type = "application/json";
		buf_printf(out,
			"{\"MediaContainer\":{\"size\":0,\"claimed\":true,"
			"\"machineIdentifier\":\"%s\",\"version\":\"" VERSION "\"}}",
			machine);
		return;
	}
	plexsim_xml_prolog(out);
	plexsim_xml_open(out, "MediaContainer");
	plexsim_xml_text(out, "size", "0");
	plexsim_xml_text(out, "claimed", "1");
	plexsim_xml_text(out, "machineIdentifier", machine);
	plexsim_xml_text(out, "version", VERSION);
	plexsim_xml_nest(out);
	plexsim_container_close(call);
}

static void put_directories(struct buf *out, const char *const *names)
{
	for (; *names; names++) {
		plexsim_xml_open(out, "Directory");
		plexsim_xml_text(out, "count", "1");
		plexsim_xml_text(out, "key", *names);
		plexsim_xml_text(out, "title", *names);
		plexsim_xml_empty(out);
	}
}

static void root(struct plexsim_call *call)
{
	static const char *const names[] = { "activities", "hubs", "identity", "library", "search",
		NULL };
	struct buf *out = &call->answer->body;

	plexsim_container_open(call, ARRAY_LEN(names) - 1, NULL);
	plexsim_xml_text(out, "friendlyName", call->sim->library->friendly_name);
	plexsim_xml_text(out, "machineIdentifier", call->sim->library->machine_identifier);
	plexsim_xml_text(out, "platform", "Linux");
	plexsim_xml_text(out, "platformVersion", "6.1");
	plexsim_xml_text(out, "version", VERSION);
	plexsim_xml_text(out, "multiuser", "1");
	plexsim_xml_text(out, "myPlex", "1");
	plexsim_xml_integer(out, "updatedAt", call->clock.wall_s);
	plexsim_xml_nest(out);
	put_directories(out, names);
	plexsim_container_close(call);
}

static void library(struct plexsim_call *call)
{
	static const char *const names[] = { "sections", "recentlyAdded", "onDeck", NULL };
	struct buf *out = &call->answer->body;

	plexsim_container_open(call, ARRAY_LEN(names) - 1, NULL);
	plexsim_xml_text(out, "title1", "Plex Library");
	plexsim_xml_nest(out);
	put_directories(out, names);
	plexsim_container_close(call);
}

static void preferences(struct plexsim_call *call)
{
	static const char *const settings[][3] = {
		{ "FSEventLibraryUpdatesEnabled", "bool", "false" },
		{ "ScheduledLibraryUpdateInterval", "int", "3600" },
		{ "autoEmptyTrash", "bool", "true" },
		{ "allowMediaDeletion", "bool", "false" },
		{ "butlerStartHour", "int", "2" },
		{ "butlerEndHour", "int", "5" },
	};
	struct buf *out = &call->answer->body;

	plexsim_container_open(call, ARRAY_LEN(settings), NULL);
	plexsim_xml_nest(out);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		plexsim_xml_open(out, "Setting");
		plexsim_xml_text(out, "id", settings[i][0]);
		plexsim_xml_text(out, "type", settings[i][1]);
		plexsim_xml_text(out, "default", settings[i][2]);
		plexsim_xml_text(out, "value", settings[i][2]);
		plexsim_xml_empty(out);
	}
	plexsim_container_close(call);
}

static void activities(struct plexsim_call *call)
{
	const struct plexsim_library *all = call->sim->library;
	struct buf *out = &call->answer->body;
	size_t running = 0;

	for (size_t i = 0; i < all->section_count; i++)
		running += all->sections[i]->refreshing;
	plexsim_container_open(call, running, NULL);
	plexsim_xml_nest(out);
	for (size_t i = 0; i < all->section_count; i++) {
		auto_free char *uuid = plexsim_scan_uuid(all->sections[i]);

		if (!all->sections[i]->refreshing)
			continue;
		plexsim_xml_open(out, "Activity");
		plexsim_xml_text(out, "uuid", uuid);
		plexsim_xml_text(out, "type", "library.update.section");
		plexsim_xml_text(out, "title", "Scanning");
		plexsim_xml_text(out, "progress", "0");
		plexsim_xml_nest(out);
		plexsim_xml_open(out, "Context");
		plexsim_xml_integer(out, "librarySectionID", all->sections[i]->key);
		plexsim_xml_empty(out);
		plexsim_xml_close(out, "Activity");
	}
	plexsim_container_close(call);
}

static void event_stream(struct plexsim_call *call)
{
	call->answer->content_type = "text/event-stream";
	call->answer->streams_events = true;
}

/* The first that fits; a `*` stands for any one segment. HEAD is not served. */
static const struct route {
	const char *methods; /* separated by spaces */
	const char *pattern;
	bool edits; /* refused to the read-only token */
	void (*handle)(struct plexsim_call *call);
} routes[] = {
	{ "GET", "/", false, root },
	{ "GET", "/identity", false, identity },
	{ "GET", "/activities", false, activities },
	{ "GET", "/hubs/search", false, plexsim_search_hubs },
	{ "GET", "/:/prefs", false, preferences },
	{ "PUT GET", "/:/rate", true, plexsim_metadata_rate },
	{ "GET", "/:/eventsource/notifications", false, event_stream },
	{ "GET", "/library", false, library },
	{ "GET", "/library/search", false, plexsim_search_results },
	{ "GET", "/library/sections", false, plexsim_sections_list },
	{ "GET", "/library/sections/all", false, plexsim_sections_list },
	{ "GET", "/library/sections/*", false, plexsim_sections_describe },
	{ "GET", "/library/sections/*/all", false, plexsim_sections_items },
	{ "PUT", "/library/sections/*/all", true, plexsim_sections_edit },
	{ "GET POST", "/library/sections/*/refresh", true, plexsim_sections_scan },
	{ "GET", "/library/sections/*/collections", false, plexsim_sections_collections },
	{ "GET", "/library/sections/*/*", false, plexsim_sections_choices },
	{ "GET", "/library/metadata/*", false, plexsim_metadata_read },
	{ "PUT", "/library/metadata/*", true, plexsim_metadata_edit },
	{ "DELETE", "/library/metadata/*", true, plexsim_metadata_refuse_delete },
	{ "PUT", "/library/metadata/*/refresh", true, plexsim_metadata_refresh },
	{ "PUT", "/library/metadata/*/analyze", true, plexsim_metadata_analyse },
	{ "GET", "/library/metadata/*/posters", false, plexsim_metadata_images },
	{ "GET", "/library/metadata/*/arts", false, plexsim_metadata_images },
	{ "POST", "/library/metadata/*/posters", true, plexsim_metadata_upload },
	{ "POST", "/library/metadata/*/arts", true, plexsim_metadata_upload },
	{ "PUT", "/library/metadata/*/poster", true, plexsim_metadata_select },
	{ "PUT", "/library/metadata/*/thumb", true, plexsim_metadata_select },
	{ "PUT", "/library/metadata/*/art", true, plexsim_metadata_select },
	{ "GET", "/library/metadata/*/file", false, plexsim_metadata_file },
	{ "GET", "/library/metadata/*/thumb/*", false, plexsim_metadata_picture },
	{ "GET", "/library/metadata/*/art/*", false, plexsim_metadata_picture },
};

/* A slash at the end of the path changes nothing. */
static void split_path(struct plexsim_call *call, const char *path)
{
	while (*path && call->segment_count < PLEXSIM_CALL_SEGMENTS) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len)
			call->segments[call->segment_count++] = xstrndup(path, len);
		path += len;
	}
}

static bool pattern_fits(const struct plexsim_call *call, const char *pattern)
{
	size_t i = 0;

	for (pattern += strspn(pattern, "/"); *pattern; i++) {
		size_t len = strcspn(pattern, "/");
		bool any = len == 1 && *pattern == '*';

		if (i == call->segment_count)
			return false;
		if (!any && (strlen(call->segments[i]) != len ||
				    memcmp(call->segments[i], pattern, len) != 0))
			return false;
		pattern += len + (pattern[len] == '/');
	}
	return i == call->segment_count;
}

static const struct route *find_route(const struct plexsim_call *call)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (strstr(routes[i].methods, call->request->method) &&
			pattern_fits(call, routes[i].pattern))
			return &routes[i];
	return NULL;
}

/* 0 = may go on. */
static unsigned refusal(const struct plexsim_call *call, const struct route *route)
{
	const struct plexsim *sim = call->sim;
	const char *token = call->request->token;
	bool reads = sim->read_only_token && token && str_equal(token, sim->read_only_token);

	if (!sim->token || (route && route->handle == identity))
		return 0;
	if (reads)
		return route && route->edits ? (unsigned)sim->modes.read_only_status : 0;
	return token && str_equal(token, sim->token) ? 0 : 401;
}

/* On the root the page sends browsers on to the web application. */
static void refuse(struct plexsim_call *call, unsigned status)
{
	struct buf *out = &call->answer->body;

	plexsim_answer_html(call->answer, status);
	if (call->segment_count || status != 401)
		return;
	buf_clear(out);
	buf_puts(out, "<html><head><script>window.location = "
		      "window.location.href.match(/(^.+\\/)[^\\/]*$/)"
		      "[1] + 'web/index.html';</script><title>Unauthorized</title></head>"
		      "<body><h1>401 Unauthorized</h1></body></html>");
}

static void dispatch(struct plexsim_call *call)
{
	const struct route *route = find_route(call);
	unsigned refused = refusal(call, route);

	if (call->sim->modes.uri_limit &&
		call->request->uri_len > (size_t)call->sim->modes.uri_limit)
		plexsim_answer_html(call->answer, 414);
	else if (refused)
		refuse(call, refused);
	else if (!route)
		plexsim_answer_html(call->answer, 404);
	else
		route->handle(call);
}

void plexsim_route(
	struct plexsim *sim, const struct plexsim_request *request, struct plexsim_answer *answer)
{
	struct plexsim_call call = { .sim = sim, .request = request, .answer = answer };

	plexsim_settle(sim, &call.clock);
	split_path(&call, request->path);
	dispatch(&call);
	for (size_t i = 0; i < call.segment_count; i++)
		free(call.segments[i]);
}
