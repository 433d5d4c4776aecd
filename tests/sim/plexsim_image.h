/* Posters and backgrounds of an item. */
#ifndef TESTS_SIM_PLEXSIM_IMAGE_H
#define TESTS_SIM_PLEXSIM_IMAGE_H

#include "tests/sim/plexsim_library.h"

/* Adds an image, not selected, or finds the one of that key. The bytes are copied. */
struct plexsim_image *plexsim_image_add(struct plexsim_item *item, enum plexsim_image_kind kind,
	const char *key, const void *bytes, size_t len);

struct plexsim_image *plexsim_image_find(
	const struct plexsim_item *item, enum plexsim_image_kind kind, const char *key);

/* upload://posters/<sha1 of the bytes>, or upload://art/… */
char *plexsim_image_upload_key(
	enum plexsim_image_kind kind, const void *bytes, size_t len) WARN_UNUSED;

/*
 * Makes it the item's image: the others are un-selected, `thumb` (or `art`) gets a new time, and
 * is locked when `lock`. NULL selects none.
 */
void plexsim_image_select(struct plexsim_item *item, enum plexsim_image_kind kind,
	const struct plexsim_image *image, int64_t now, bool lock);

/* The selected one, or NULL. */
const struct plexsim_image *plexsim_image_selected(
	const struct plexsim_item *item, enum plexsim_image_kind kind);

#endif
