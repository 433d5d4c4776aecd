/*
 * Whatever comes as Plex's event stream: cut in two anywhere it means the same, memory stays bounded,
 * and every key that is told of can stand in a request.
 */
#include "consumer/eventstream.h"
#include "consumer/plexnews.h"

#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What was told, as a hash over all of it. */
static void note(uint64_t *told, const void *bytes, size_t len)
{
	*told = *told * 31 + hash_bytes(bytes, len);
}

static void on_news(void *cookie, const struct plexnews *news)
{
	REQUIRE(news->kind == PLEXNEWS_ITEM || news->kind == PLEXNEWS_SCANNED);
	REQUIRE(news->kind != PLEXNEWS_ITEM || plex_key_valid(news->rating_key));
	REQUIRE(!news->section[0] || plex_key_valid(news->section));
	note(cookie, news->rating_key, strlen(news->rating_key));
}

static void on_event(
	void *cookie, enum eventstream_kind kind, const char *type, const char *data, size_t len)
{
	note(cookie, &kind, sizeof kind);
	note(cookie, type, strlen(type));
	note(cookie, data, len);
	REQUIRE(len <= EVENTSTREAM_DATA_MAX);
	if (kind == EVENTSTREAM_EVENT && !plexnews_read(data, len, on_news, cookie))
		note(cookie, "unreadable", 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t cut = len ? bytes[0] % (len + 1) : 0;
	uint64_t whole = 0, pieces = 0;
	struct eventstream s;

	eventstream_init(&s, on_event, &whole);
	eventstream_put(&s, (const char *)bytes, len);
	eventstream_done(&s);
	eventstream_init(&s, on_event, &pieces);
	eventstream_put(&s, (const char *)bytes, cut);
	eventstream_put(&s, (const char *)bytes + cut, len - cut);
	REQUIRE(s.line.len <= EVENTSTREAM_LINE_MAX && s.data.len <= EVENTSTREAM_DATA_MAX);
	eventstream_done(&s);
	REQUIRE(whole == pieces);
	return 0;
}
