/* Items by their keys: details, edits, images, rating. */
#include "tests/sim/plexsim_call.h"
#include "tests/sim/plexsim_edit.h"
#include "tests/sim/plexsim_image.h"
#include "tests/sim/plexsim_xml.h"

#include <stdlib.h>
#include <string.h>

#define IMAGE_LIMIT ((size_t)10 << 20) /* larger ones are refused by real servers */

/* The items of "101,102", those that exist and are not in the trash. Free ret->items. */
static void find_items(const struct plexsim_call *call, struct plexsim_selection *ret)
{
	const char *keys = call->segments[2];

	*ret = (struct plexsim_selection){ 0 };
	while (*keys) {
		struct plexsim_item *item =
			plexsim_item_find(call->sim->library, strtoll(keys, NULL, 10));

		if (item && plexsim_item_visible(item) &&
			!json_object_get(item->attributes, "deletedAt")) {
			ret->items =
				xrealloc(ret->items, ret->count + 1, sizeof(struct plexsim_item *));
			ret->items[ret->count++] = item;
		}
		keys += strcspn(keys, ",");
		keys += *keys == ',';
	}
}

/* The section of all the items, to be hoisted; NULL when there are several. */
static const struct plexsim_section *common_section(const struct plexsim_selection *found)
{
	for (size_t i = 1; i < found->count; i++)
		if (found->items[i]->section != found->items[0]->section)
			return NULL;
	return found->items[0]->section;
}

void plexsim_metadata_read(struct plexsim_call *call)
{
	struct plexsim_selection found;

	find_items(call, &found);
	if (found.count == 0) {
		plexsim_answer_html(call->answer, 404);
	} else {
		plexsim_container_open(call, found.count, common_section(&found));
		plexsim_xml_nest(&call->answer->body);
		for (size_t i = 0; i < found.count; i++)
			plexsim_xml_detail(&call->answer->body, call->sim->library, found.items[i]);
		plexsim_container_close(call);
	}
	free(found.items);
}

void plexsim_metadata_edit(struct plexsim_call *call)
{
	const struct plexsim_fault *fault = &call->request->fault;
	struct plexsim_edit edit = {
		.query = &call->request->query,
		.modes = &call->sim->modes,
		.now = call->clock.wall_s,
		.ignored_field = fault->action == PLEXSIM_IGNORE_FIELD ? fault->field : NULL,
		.ignore_locks = fault->action == PLEXSIM_IGNORE_LOCKS,
	};
	struct plexsim_selection found;
	unsigned status = plexsim_edit_check(edit.query);

	find_items(call, &found);
	if (status == 200 && found.count == 0)
		status = 404;
	if (status != 200)
		plexsim_answer_html(call->answer, status);
	for (size_t i = 0; status == 200 && i < found.count; i++) {
		plexsim_edit_apply(&edit, call->sim->library, found.items[i]);
		plexsim_call_edited(call, found.items[i]);
		plexsim_section_touch(found.items[i]->section);
	}
	plexsim_library_settle_collections(call->sim->library, edit.now);
	free(found.items);
}

void plexsim_metadata_refuse_delete(struct plexsim_call *call)
{
	plexsim_violate(call->sim, call->request, "Plex would delete the media files");
	plexsim_answer_html(call->answer, 403);
}

void plexsim_metadata_refresh(struct plexsim_call *call)
{
	struct plexsim_item *item = plexsim_call_item(call);

	if (item)
		plexsim_refresh_start(item, call->sim->modes.scan_delay_ms, &call->clock);
}

void plexsim_metadata_analyse(struct plexsim_call *call)
{
	struct plexsim_item *item = plexsim_call_item(call);

	if (item)
		plexsim_events_timeline(&call->sim->events, item, PLEXSIM_STATE_PROCESSED, NULL);
}

/* posters, poster, thumb or arts, art. */
static enum plexsim_image_kind kind_of(const struct plexsim_call *call)
{
	return strncmp(call->segments[3], "art", 3) == 0 ? PLEXSIM_ART : PLEXSIM_POSTER;
}

void plexsim_metadata_images(struct plexsim_call *call)
{
	struct plexsim_item *item = plexsim_call_item(call);
	struct buf *out = &call->answer->body;
	size_t count = 0;

	if (!item)
		return;
	for (size_t i = 0; i < item->image_count; i++)
		count += item->images[i].kind == kind_of(call);
	plexsim_container_open(call, count, NULL);
	plexsim_xml_nest(out);
	for (size_t i = 0; i < item->image_count; i++) {
		const struct plexsim_image *image = &item->images[i];
		auto_free char *encoded = plexsim_percent_encode(image->key);
		auto_free char *address = xasprintf(
			"/library/metadata/%lld/file?url=%s", (long long)item->key, encoded);

		if (image->kind != kind_of(call))
			continue;
		plexsim_xml_open(out, "Photo");
		plexsim_xml_text(out, "key", address);
		plexsim_xml_text(out, "ratingKey", image->key);
		plexsim_xml_integer(out, "selected", image->selected);
		plexsim_xml_text(out, "thumb", address);
		plexsim_xml_empty(out);
	}
	plexsim_container_close(call);
}

/* What a real server downloads from `url` is not to be had here: the URL stands for its bytes. */
static void add_and_select(
	struct plexsim_call *call, struct plexsim_item *item, const void *bytes, size_t len)
{
	enum plexsim_image_kind kind = kind_of(call);
	auto_free char *key = plexsim_image_upload_key(kind, bytes, len);
	struct plexsim_image *image = plexsim_image_add(item, kind, key, bytes, len);

	plexsim_image_select(item, kind, image, call->clock.wall_s, call->sim->modes.poster_lock);
	plexsim_call_edited(call, item);
	plexsim_section_touch(item->section);
}

void plexsim_metadata_upload(struct plexsim_call *call)
{
	struct plexsim_item *item = plexsim_call_item(call);
	const char *url = plexsim_call_argument(call, "url");
	const struct buf *body = &call->request->body;

	if (!item)
		return;
	if (body->len > IMAGE_LIMIT || body->overflowed)
		plexsim_answer_html(call->answer, 413);
	else if (url && *url)
		add_and_select(call, item, url, strlen(url));
	else if (body->len)
		add_and_select(call, item, body->data, body->len);
	else
		plexsim_answer_html(call->answer, 400);
}

void plexsim_metadata_select(struct plexsim_call *call)
{
	struct plexsim_item *item = plexsim_call_item(call);
	const char *url = plexsim_call_argument(call, "url");
	enum plexsim_image_kind kind = kind_of(call);
	const struct plexsim_image *image =
		item && url ? plexsim_image_find(item, kind, url) : NULL;

	if (!item)
		return;
	if (!image) {
		plexsim_answer_html(call->answer, url ? 404 : 400);
		return;
	}
	plexsim_image_select(item, kind, image, call->clock.wall_s, call->sim->modes.poster_lock);
	plexsim_call_edited(call, item);
	plexsim_section_touch(item->section);
	/* As real servers do: something that is not XML. */
	call->answer->content_type = "text/plain";
	buf_puts(&call->answer->body,
		plexsim_item_text(item, kind == PLEXSIM_ART ? "art" : "thumb"));
}

static void answer_image(struct plexsim_call *call, const struct plexsim_image *image)
{
	if (!image || !image->bytes) {
		plexsim_answer_html(call->answer, 404);
		return;
	}
	call->answer->content_type = "image/jpeg";
	buf_put(&call->answer->body, image->bytes, image->len);
}

void plexsim_metadata_file(struct plexsim_call *call)
{
	struct plexsim_item *item = plexsim_call_item(call);
	const char *url = plexsim_call_argument(call, "url");
	const struct plexsim_image *image;

	if (!item)
		return;
	image = plexsim_image_find(item, PLEXSIM_POSTER, url);
	answer_image(call, image ? image : plexsim_image_find(item, PLEXSIM_ART, url));
}

void plexsim_metadata_picture(struct plexsim_call *call)
{
	struct plexsim_item *item = plexsim_call_item(call);

	if (item)
		answer_image(call, plexsim_image_selected(item, kind_of(call)));
}

void plexsim_metadata_rate(struct plexsim_call *call)
{
	const char *key = plexsim_call_argument(call, "key");
	const char *rating = plexsim_call_argument(call, "rating");
	struct plexsim_item *item =
		plexsim_item_find(call->sim->library, key ? strtoll(key, NULL, 10) : 0);
	double value = rating ? strtod(rating, NULL) : 0;

	if (!key || !rating || value > 10) {
		plexsim_answer_html(call->answer, 400);
		return;
	}
	if (!item || !plexsim_item_visible(item)) {
		plexsim_answer_html(call->answer, 404);
		return;
	}
	if (value < 0)
		json_object_del(item->attributes, "userRating");
	else
		json_object_set_new(item->attributes, "userRating", json_real(value));
	plexsim_call_edited(call, item);
	plexsim_section_touch(item->section);
}
