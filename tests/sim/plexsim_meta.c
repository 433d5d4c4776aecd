#include "tests/sim/plexsim_filter.h"
#include "tests/sim/plexsim_xml.h"

static const struct {
	const char *key, *title;
} sorts[] = {
	{ "titleSort", "Title" },
	{ "title", "Title" },
	{ "year", "Year" },
	{ "originallyAvailableAt", "Release Date" },
	{ "rating", "Critic Rating" },
	{ "audienceRating", "Audience Rating" },
	{ "userRating", "Rating" },
	{ "contentRating", "Content Rating" },
	{ "duration", "Duration" },
	{ "viewCount", "Plays" },
	{ "addedAt", "Date Added" },
	{ "lastViewedAt", "Date Viewed" },
};

static void put_filters(struct buf *out, const struct plexsim_section *section)
{
	for (const struct plexsim_field *field = plexsim_fields; field->name; field++) {
		bool flag = field->type == PLEXSIM_FIELD_BOOLEAN;

		if (!field->advertised)
			continue;
		plexsim_xml_open(out, "Filter");
		plexsim_xml_text(out, "filter", field->name);
		plexsim_xml_text(out, "filterType",
			flag || field->type == PLEXSIM_FIELD_INTEGER
				? plexsim_operators[field->type].type
				: "string");
		buf_printf(out, " key=\"/library/sections/%lld/%s\"", (long long)section->key,
			field->name);
		plexsim_xml_text(out, "title", field->title);
		plexsim_xml_text(out, "type", "filter");
		plexsim_xml_empty(out);
	}
}

static void put_sorts(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(sorts); i++) {
		plexsim_xml_open(out, "Sort");
		plexsim_xml_text(out, "defaultDirection", "asc");
		buf_printf(out, " descKey=\"%s:desc\"", sorts[i].key);
		plexsim_xml_text(out, "key", sorts[i].key);
		plexsim_xml_text(out, "title", sorts[i].title);
		plexsim_xml_empty(out);
	}
}

static void put_fields(struct buf *out)
{
	for (const struct plexsim_field *field = plexsim_fields; field->name; field++) {
		if (!field->advertised)
			continue;
		plexsim_xml_open(out, "Field");
		plexsim_xml_text(out, "key", field->name);
		plexsim_xml_text(out, "title", field->title);
		plexsim_xml_text(out, "type", plexsim_operators[field->type].type);
		plexsim_xml_empty(out);
	}
}

static void put_field_types(struct buf *out)
{
	for (size_t i = 0; i < PLEXSIM_FIELD_TYPES; i++) {
		plexsim_xml_open(out, "FieldType");
		plexsim_xml_text(out, "type", plexsim_operators[i].type);
		plexsim_xml_nest(out);
		for (size_t k = 0; plexsim_operators[i].keys[k]; k++) {
			plexsim_xml_open(out, "Operator");
			plexsim_xml_text(out, "key", plexsim_operators[i].keys[k]);
			plexsim_xml_text(out, "title", plexsim_operators[i].titles[k]);
			plexsim_xml_empty(out);
		}
		plexsim_xml_close(out, "FieldType");
	}
}

void plexsim_meta_render(struct buf *out, const struct plexsim_section *section, const char *type)
{
	plexsim_xml_open(out, "Meta");
	plexsim_xml_nest(out);
	plexsim_xml_open(out, "Type");
	buf_printf(out, " key=\"/library/sections/%lld/%s\"", (long long)section->key,
		str_equal(type, "collection") ? "collections" : "all");
	plexsim_xml_text(out, "type", type);
	plexsim_xml_text(out, "title", type);
	plexsim_xml_text(out, "active", "1");
	plexsim_xml_nest(out);
	put_filters(out, section);
	put_sorts(out);
	put_fields(out);
	plexsim_xml_close(out, "Type");
	put_field_types(out);
	plexsim_xml_close(out, "Meta");
}
