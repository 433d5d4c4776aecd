/* The scenes that the simulated Stash has. Not thread-safe. */
#ifndef TESTS_SIM_STASHSIM_STORE_H
#define TESTS_SIM_STASHSIM_STORE_H

#include "tests/sim/stashsim.h"

struct stashsim_store {
	json_t *scenes; /* array, by id, ascending */
	int utc_offset_min;
};

void stashsim_store_init(struct stashsim_store *store, int utc_offset_min);
void stashsim_store_done(struct stashsim_store *store);

/* {"scenes": [{"id": "45", …}]}; what a scene does not say is as in a new scene of Stash. */
bool stashsim_store_load(
	struct stashsim_store *store, const char *file, struct error *err) WARN_UNUSED;

/* A scene's id is decimal text, or a number. false when it is neither. */
bool stashsim_id_parse(const json_t *id, int64_t *ret) WARN_UNUSED;
bool stashsim_id_parse_text(const char *text, int64_t *ret) WARN_UNUSED;
int64_t stashsim_scene_id(const json_t *scene);

/* Borrowed, or NULL. */
json_t *stashsim_store_find(const struct stashsim_store *store, int64_t id);

/* As stashsim_scene_put(). */
bool stashsim_store_put(struct stashsim_store *store, int64_t id, const json_t *changes,
	enum stashsim_touch touch, struct error *err) WARN_UNUSED;
bool stashsim_store_delete(struct stashsim_store *store, int64_t id);

/* A copy without the cover's bytes. */
json_t *stashsim_scene_public(const json_t *scene) WARN_UNUSED;

#endif
