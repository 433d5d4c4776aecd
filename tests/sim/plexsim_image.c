#include "tests/sim/plexsim_image.h"

#include "common/buf.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *attribute; /* of the item; also the name of the lock */
	const char *scheme; /* before the digest */
} kinds[] = {
	[PLEXSIM_POSTER] = { "thumb", "upload://posters/" },
	[PLEXSIM_ART] = { "art", "upload://art/" },
};

struct plexsim_image *plexsim_image_find(
	const struct plexsim_item *item, enum plexsim_image_kind kind, const char *key)
{
	for (size_t i = 0; i < item->image_count; i++)
		if (item->images[i].kind == kind && str_equal(item->images[i].key, key))
			return &item->images[i];
	return NULL;
}

struct plexsim_image *plexsim_image_add(struct plexsim_item *item, enum plexsim_image_kind kind,
	const char *key, const void *bytes, size_t len)
{
	struct plexsim_image *image = plexsim_image_find(item, kind, key);

	if (image)
		return image;
	item->images = xrealloc(item->images, item->image_count + 1, sizeof *item->images);
	image = &item->images[item->image_count++];
	*image = (struct plexsim_image){ .kind = kind, .key = xstrdup(key), .len = len };
	if (len) {
		image->bytes = xcalloc(len, 1);
		memcpy(image->bytes, bytes, len);
	}
	return image;
}

char *plexsim_image_upload_key(enum plexsim_image_kind kind, const void *bytes, size_t len)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_len = 0;
	struct buf key;

	buf_init(&key, 256);
	buf_puts(&key, kinds[kind].scheme);
	EVP_Digest(bytes, len, digest, &digest_len, EVP_sha1(), NULL);
	for (unsigned int i = 0; i < digest_len; i++)
		buf_printf(&key, "%02x", digest[i]);
	return buf_take(&key);
}

/* Clients see by the address alone that the image is another one. */
static void renew_address(struct plexsim_item *item, const char *attribute, int64_t now)
{
	const char *old = plexsim_item_text(item, attribute);
	const char *slash = old ? strrchr(old, '/') : NULL;
	int64_t then = slash ? strtoll(slash + 1, NULL, 10) : 0;
	auto_free char *address = xasprintf("/library/metadata/%lld/%s/%lld", (long long)item->key,
		attribute, (long long)(now > then ? now : then + 1));

	json_object_set_new(item->attributes, attribute, json_string(address));
}

void plexsim_image_select(struct plexsim_item *item, enum plexsim_image_kind kind,
	const struct plexsim_image *image, int64_t now, bool lock)
{
	for (size_t i = 0; i < item->image_count; i++)
		if (item->images[i].kind == kind)
			item->images[i].selected = &item->images[i] == image;
	if (image)
		renew_address(item, kinds[kind].attribute, now);
	else
		json_object_del(item->attributes, kinds[kind].attribute);
	if (lock)
		plexsim_item_lock(item, kinds[kind].attribute, true);
}

const struct plexsim_image *plexsim_image_selected(
	const struct plexsim_item *item, enum plexsim_image_kind kind)
{
	for (size_t i = 0; i < item->image_count; i++)
		if (item->images[i].kind == kind && item->images[i].selected)
			return &item->images[i];
	return NULL;
}
