/* What the handlers of the Plex API share: one call, its section or item, its container. */
#ifndef TESTS_SIM_PLEXSIM_CALL_H
#define TESTS_SIM_PLEXSIM_CALL_H

#include "tests/sim/plexsim_filter.h"
#include "tests/sim/plexsim_server.h"

#define PLEXSIM_CALL_SEGMENTS 8

struct plexsim_call {
	struct plexsim *sim;
	const struct plexsim_request *request;
	struct plexsim_answer *answer;
	struct plexsim_clock clock;
	char *segments[PLEXSIM_CALL_SEGMENTS]; /* of the path */
	size_t segment_count;
};

/* The section or item of /library/{sections,metadata}/{this}; NULL after answering 404. */
struct plexsim_section *plexsim_call_section(struct plexsim_call *call);
struct plexsim_item *plexsim_call_item(struct plexsim_call *call);

/* The decoded query value, or NULL. */
const char *plexsim_call_argument(const struct plexsim_call *call, const char *key);

/* <MediaContainer size="…" and what all containers have; `section` (or NULL) is hoisted. */
void plexsim_container_open(
	struct plexsim_call *call, size_t size, const struct plexsim_section *section);
void plexsim_container_close(struct plexsim_call *call);

/* After an edit of one item. */
void plexsim_call_edited(struct plexsim_call *call, struct plexsim_item *item);

/* plexsim_sections.c */
void plexsim_sections_list(struct plexsim_call *call);
void plexsim_sections_describe(struct plexsim_call *call);
void plexsim_sections_items(struct plexsim_call *call);
void plexsim_sections_collections(struct plexsim_call *call);
void plexsim_sections_choices(struct plexsim_call *call);
void plexsim_sections_edit(struct plexsim_call *call);
void plexsim_sections_scan(struct plexsim_call *call);
void plexsim_search_hubs(struct plexsim_call *call);
void plexsim_search_results(struct plexsim_call *call);

/* plexsim_metadata.c */
void plexsim_metadata_read(struct plexsim_call *call);
void plexsim_metadata_edit(struct plexsim_call *call);
void plexsim_metadata_refuse_delete(struct plexsim_call *call);
void plexsim_metadata_refresh(struct plexsim_call *call);
void plexsim_metadata_analyse(struct plexsim_call *call);
void plexsim_metadata_images(struct plexsim_call *call);
void plexsim_metadata_upload(struct plexsim_call *call);
void plexsim_metadata_select(struct plexsim_call *call);
void plexsim_metadata_file(struct plexsim_call *call);
void plexsim_metadata_picture(struct plexsim_call *call);
void plexsim_metadata_rate(struct plexsim_call *call);

#endif
