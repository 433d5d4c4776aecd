/* The XML that Plex answers: a small writer, and items as rows and in full. */
#ifndef TESTS_SIM_PLEXSIM_XML_H
#define TESTS_SIM_PLEXSIM_XML_H

#include "common/buf.h"
#include "tests/sim/plexsim_library.h"
#include "tests/sim/plexsim_query.h"

/* The prolog; then <name, attributes, and either > … </name> or />. */
void plexsim_xml_prolog(struct buf *out);
void plexsim_xml_open(struct buf *out, const char *name);
void plexsim_xml_text(struct buf *out, const char *name, const char *value); /* NULL: nothing */
void plexsim_xml_integer(struct buf *out, const char *name, int64_t value);
void plexsim_xml_nest(struct buf *out);
void plexsim_xml_close(struct buf *out, const char *name);
void plexsim_xml_empty(struct buf *out);

/* Every string, integer and real of the object; `except` is a comma-separated list or NULL. */
void plexsim_xml_attributes(struct buf *out, json_t *object, const char *except);

/*
 * A row of a listing: a few tags without ids, no locks, no section. The query's excludeElements,
 * excludeFields and includeGuids are obeyed. A collection is a Directory.
 */
void plexsim_xml_row(struct buf *out, const struct plexsim_library *library,
	const struct plexsim_item *item, const struct plexsim_query *query);

/* All that is known. */
void plexsim_xml_detail(
	struct buf *out, const struct plexsim_library *library, const struct plexsim_item *item);

void plexsim_xml_section(struct buf *out, const struct plexsim_section *section);

#endif
