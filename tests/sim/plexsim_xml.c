#include "tests/sim/plexsim_xml.h"

#include <string.h>

void plexsim_xml_prolog(struct buf *out)
{
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

void plexsim_xml_open(struct buf *out, const char *name)
{
	buf_putc(out, '<');
	buf_puts(out, name);
}

/* Newlines would become spaces if they stood in an attribute as they are. */
static void put_escaped(struct buf *out, const char *text)
{
	static const struct {
		char c;
		const char *escape;
	} escapes[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
		{ '\'', "&#39;" }, { '\n', "&#10;" }, { '\r', "&#13;" }, { '\t', "&#9;" } };

	while (*text) {
		size_t plain = strcspn(text, "&<>\"'\n\r\t");

		buf_put(out, text, plain);
		text += plain;
		for (size_t i = 0; *text && i < ARRAY_LEN(escapes); i++) {
			if (*text == escapes[i].c) {
				buf_puts(out, escapes[i].escape);
				text++;
				break;
			}
		}
	}
}

void plexsim_xml_text(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(out, " %s=\"", name);
	put_escaped(out, value);
	buf_putc(out, '"');
}

void plexsim_xml_integer(struct buf *out, const char *name, int64_t value)
{
	buf_printf(out, " %s=\"%lld\"", name, (long long)value);
}

void plexsim_xml_nest(struct buf *out)
{
	buf_puts(out, ">\n");
}

void plexsim_xml_close(struct buf *out, const char *name)
{
	buf_printf(out, "</%s>\n", name);
}

void plexsim_xml_empty(struct buf *out)
{
	buf_puts(out, " />\n");
}

/* Is `name` in the comma-separated list? */
static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (list && *list) {
		size_t entry = strcspn(list, ",");

		if (entry == len && memcmp(list, name, len) == 0)
			return true;
		list += entry + (list[entry] == ',');
	}
	return false;
}

void plexsim_xml_attributes(struct buf *out, json_t *object, const char *except)
{
	const char *name;
	json_t *value;

	json_object_foreach (object, name, value) {
		if (is_listed(except, name))
			continue;
		if (json_is_string(value))
			plexsim_xml_text(out, name, json_string_value(value));
		else if (json_is_integer(value))
			plexsim_xml_integer(out, name, json_integer_value(value));
		else if (json_is_real(value))
			buf_printf(out, " %s=\"%.1f\"", name, json_real_value(value));
	}
}

static void put_part(struct buf *out, json_t *part, bool detail, bool analysed)
{
	size_t i;
	json_t *stream;

	plexsim_xml_open(out, "Part");
	plexsim_xml_attributes(out, part, analysed ? NULL : "duration,container");
	if (!detail || !analysed || json_array_size(json_object_get(part, "streams")) == 0) {
		plexsim_xml_empty(out);
		return;
	}
	plexsim_xml_nest(out);
	json_array_foreach (json_object_get(part, "streams"), i, stream) {
		plexsim_xml_open(out, "Stream");
		plexsim_xml_attributes(out, stream, NULL);
		plexsim_xml_empty(out);
	}
	plexsim_xml_close(out, "Part");
}

static void put_media(struct buf *out, const struct plexsim_item *item, bool detail)
{
	bool analysed = item->stage == PLEXSIM_COMPLETE;
	size_t i, k;
	json_t *media, *part;

	if (item->stage < PLEXSIM_UNANALYSED)
		return;
	json_array_foreach (item->media, i, media) {
		plexsim_xml_open(out, "Media");
		if (analysed)
			plexsim_xml_attributes(out, media, NULL);
		else
			plexsim_xml_integer(
				out, "id", json_integer_value(json_object_get(media, "id")));
		plexsim_xml_nest(out);
		json_array_foreach (json_object_get(media, "parts"), k, part)
			put_part(out, part, detail, analysed);
		plexsim_xml_close(out, "Media");
	}
}

static void put_tag_detail(struct buf *out, const struct plexsim_tagging *tagging)
{
	const struct plexsim_tag *tag = tagging->tag;

	plexsim_xml_integer(out, "id", tag->id);
	buf_printf(
		out, " filter=\"%s=%lld\"", plexsim_tag_kinds[tag->kind].name, (long long)tag->id);
	plexsim_xml_text(out, "tag", tag->name);
	plexsim_xml_text(out, "role", tagging->text);
	plexsim_xml_text(out, "thumb", tag->thumb);
}

static void put_tags(
	struct buf *out, const struct plexsim_item *item, bool detail, const char *except)
{
	size_t shown[PLEXSIM_TAG_KINDS] = { 0 };

	for (size_t i = 0; i < item->tagging_count; i++) {
		const struct plexsim_tagging *tagging = &item->taggings[i];
		const struct plexsim_tag_kind_info *info = &plexsim_tag_kinds[tagging->tag->kind];

		if (!detail && (shown[tagging->tag->kind]++ >= info->row_limit ||
				       is_listed(except, info->element)))
			continue;
		plexsim_xml_open(out, info->element);
		if (detail)
			put_tag_detail(out, tagging);
		else
			plexsim_xml_text(out, "tag", tagging->tag->name);
		plexsim_xml_empty(out);
	}
}

static void put_guids(struct buf *out, const struct plexsim_item *item)
{
	size_t i;
	json_t *guid;

	json_array_foreach (item->guids, i, guid) {
		plexsim_xml_open(out, "Guid");
		plexsim_xml_text(out, "id", json_string_value(guid));
		plexsim_xml_empty(out);
	}
}

static void put_locks(struct buf *out, const struct plexsim_item *item)
{
	const char *name;
	json_t *value;

	json_object_foreach (item->locked, name, value) {
		plexsim_xml_open(out, "Field");
		plexsim_xml_text(out, "locked", "1");
		plexsim_xml_text(out, "name", name);
		plexsim_xml_empty(out);
	}
}

static const char *element_of(const struct plexsim_item *item)
{
	return str_equal(item->type, "movie") || str_equal(item->type, "clip") ? "Video"
									       : "Directory";
}

static void put_head(struct buf *out, const struct plexsim_library *library,
	const struct plexsim_item *item, const char *except)
{
	plexsim_xml_open(out, element_of(item));
	plexsim_xml_integer(out, "ratingKey", item->key);
	buf_printf(out,
		item->members ? " key=\"/library/collections/%lld/children\""
			      : " key=\"/library/metadata/%lld\"",
		(long long)item->key);
	plexsim_xml_text(out, "type", item->type);
	plexsim_xml_attributes(out, item->attributes, except);
	if (item->members)
		plexsim_xml_integer(
			out, "childCount", (int64_t)plexsim_collection_size(library, item));
}

void plexsim_xml_row(struct buf *out, const struct plexsim_library *library,
	const struct plexsim_item *item, const struct plexsim_query *query)
{
	put_head(out, library, item, plexsim_query_get(query, "excludeFields"));
	plexsim_xml_nest(out);
	put_media(out, item, false);
	put_tags(out, item, false, plexsim_query_get(query, "excludeElements"));
	if (plexsim_query_integer(query, "includeGuids", 0))
		put_guids(out, item);
	plexsim_xml_close(out, element_of(item));
}

void plexsim_xml_detail(
	struct buf *out, const struct plexsim_library *library, const struct plexsim_item *item)
{
	put_head(out, library, item, NULL);
	plexsim_xml_text(out, "librarySectionTitle", plexsim_section_text(item->section, "title"));
	plexsim_xml_integer(out, "librarySectionID", item->section->key);
	buf_printf(out, " librarySectionKey=\"/library/sections/%lld\"",
		(long long)item->section->key);
	plexsim_xml_nest(out);
	put_media(out, item, true);
	put_tags(out, item, true, NULL);
	put_guids(out, item);
	put_locks(out, item);
	plexsim_xml_close(out, element_of(item));
}

void plexsim_xml_section(struct buf *out, const struct plexsim_section *section)
{
	size_t i;
	json_t *path;

	plexsim_xml_open(out, "Directory");
	plexsim_xml_integer(out, "key", section->key);
	plexsim_xml_attributes(out, section->attributes, NULL);
	plexsim_xml_text(out, "allowSync", "1");
	plexsim_xml_text(out, "filters", "1");
	plexsim_xml_integer(out, "refreshing", section->refreshing);
	plexsim_xml_integer(out, "contentChangedAt", section->content_changed);
	plexsim_xml_integer(out, "scannedAt", section->scanned_at);
	plexsim_xml_integer(out, "updatedAt", section->scanned_at);
	plexsim_xml_text(out, "content", "1");
	plexsim_xml_text(out, "directory", "1");
	plexsim_xml_text(out, "hidden", "0");
	plexsim_xml_nest(out);
	json_array_foreach (section->locations, i, path) {
		plexsim_xml_open(out, "Location");
		plexsim_xml_integer(out, "id", section->key * 100 + (int64_t)i);
		plexsim_xml_text(out, "path", json_string_value(path));
		plexsim_xml_empty(out);
	}
	plexsim_xml_close(out, "Directory");
}
