#include "consumer/plexnews.h"

#include "common/buf.h"
#include "tests/unit/check_main.h"

#include <string.h>

static struct buf told;

static void on_news(void *cookie, const struct plexnews *news)
{
	(void)cookie;
	if (news->kind == PLEXNEWS_ITEM)
		buf_printf(&told, "%s %s/%s@%lld|", news->gone ? "gone" : "item", news->section,
			news->rating_key, (long long)news->updated_at);
	else
		buf_printf(&told, "scanned %s|", news->section);
}

#define LIBRARY "\"identifier\":\"com.plexapp.plugins.library\","
#define ENTRY(rest) "{" LIBRARY "\"sectionID\":\"1\",\"itemID\":\"5\",\"type\":1," rest "}"
#define TIMELINE(entries) \
	"{\"NotificationContainer\":{\"type\":\"timeline\",\"size\":1,\"TimelineEntry\":" entries \
	"}}"
#define SCAN(event, type) \
	"{\"NotificationContainer\":{\"type\":\"activity\",\"size\":1,\"ActivityNotification\":[{" \
	"\"event\":\"" event "\",\"uuid\":\"u\",\"Activity\":{\"uuid\":\"u\",\"type\":\"" type \
	"\",\"title\":\"x\",\"progress\":1,\"Context\":{\"librarySectionID\":\"3\"}}}]}}"

static const struct {
	const char *json, *told;
	bool unreadable;
} notifications[] = {
	{ TIMELINE("[" ENTRY("\"state\":5,\"updatedAt\":1700000000") "]"), "item 1/5@1700000000|",
		false },
	{ TIMELINE("[" ENTRY("\"state\":1") "]"), "item 1/5@0|", false },
	{ TIMELINE("[" ENTRY("\"state\":9,\"metadataState\":\"deleted\"") "]"), "gone 1/5@0|",
		false },
	{ TIMELINE("[" ENTRY("\"state\":0") "," ENTRY("\"state\":5") "]"), "item 1/5@0|", false },
	{ TIMELINE("[" ENTRY("\"state\":1") "," ENTRY("\"state\":5") "]"), "item 1/5@0|item 1/5@0|",
		false },
	{ TIMELINE("[" ENTRY("\"state\":\"5\"") "]"), "item 1/5@0|", false },
	{ TIMELINE("[" ENTRY("\"state\":15") "]"), "", false },
	{ TIMELINE("[" ENTRY("\"state\":null") "]"), "", false },
	{ TIMELINE("[" ENTRY("\"Part\":{\"state\":5}") "]"), "", false },
	{ TIMELINE("[" ENTRY("\"state\":5,\"Part\":{\"itemID\":7}") "]"), "item 1/5@0|", false },
	{ TIMELINE("[]"), "", false },
	{ TIMELINE("null"), "", false },
	/* Without the container, and not in a list. */
	{ "{\"TimelineEntry\":{\"sectionID\":1,\"itemID\":5,\"type\":1,\"state\":5}}",
		"item 1/5@0|", false },
	{ "{\"TimelineEntry\":{\"itemID\":5,\"state\":5}}", "item /5@0|", false },
	/* Shows and albums, other plug-ins, keys that could not stand in a request. */
	{ "{\"TimelineEntry\":{\"sectionID\":1,\"itemID\":5,\"type\":2,\"state\":5}}", "", false },
	{ "{\"TimelineEntry\":{\"identifier\":\"x\",\"itemID\":5,\"state\":5}}", "", false },
	{ "{\"TimelineEntry\":{\"itemID\":\"../5\",\"state\":5}}", "", false },
	{ "{\"TimelineEntry\":{\"itemID\":\"5,6\",\"state\":5}}", "", false },
	{ "{\"TimelineEntry\":{\"state\":5}}", "", false },
	{ "{\"TimelineEntry\":{\"itemID\":\"5\\u0000\",\"state\":5}}", "", false },
	/* Activities. */
	{ SCAN("ended", "library.update.section"), "scanned 3|", false },
	{ SCAN("started", "library.update.section"), "", false },
	{ SCAN("ended", "library.refresh.items"), "", false },
	/* Anything else. */
	{ "{}", "", false },
	{ "[]", "", false },
	{ "5", "", false },
	{ "{\"NotificationContainer\":{\"type\":\"playing\",\"size\":1}}", "", false },
	{ "", "", true },
	{ "{", "", true },
	{ "<html>", "", true },
	{ TIMELINE("[" ENTRY("\"state\":5")), "item 1/5@0|", true },
};

START_TEST(tells_what_matters_to_the_index)
{
	buf_init(&told, 4096);
	ck_assert_int_ne(plexnews_read(notifications[_i].json, strlen(notifications[_i].json),
				 on_news, NULL),
		notifications[_i].unreadable);
	ck_assert_str_eq(buf_text(&told), notifications[_i].told);
	buf_done(&told);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_loop_test(c, tells_what_matters_to_the_index, 0, ARRAY_LEN(notifications));
}

CHECK_MAIN("plexnews", add_cases)
