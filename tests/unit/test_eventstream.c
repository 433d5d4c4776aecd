#include "consumer/eventstream.h"

#include "tests/unit/check_main.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What came out: "type:data|" for an event, "lost|", "life|". */
static struct buf told;

static void on_event(
	void *cookie, enum eventstream_kind kind, const char *type, const char *data, size_t len)
{
	(void)cookie;
	if (kind == EVENTSTREAM_EVENT)
		buf_printf(&told, "%s:%.*s|", type, (int)len, data);
	else
		buf_puts(&told, kind == EVENTSTREAM_LOST ? "lost|" : "life|");
}

/* The same stream in pieces of `piece` bytes. */
static void put(struct eventstream *s, const char *bytes, size_t len, size_t piece)
{
	for (size_t at = 0; at < len; at += piece)
		eventstream_put(s, bytes + at, len - at < piece ? len - at : piece);
}

static const struct {
	const char *stream, *told;
} streams[] = {
	{ "data: a\n\n", "message:a|" },
	{ "data:a\n\n", "message:a|" },
	{ "data:  a\n\n", "message: a|" },
	{ "event: timeline\ndata: {}\n\n", "timeline:{}|" },
	{ "event: timeline\r\ndata: {}\r\n\r\n", "timeline:{}|" },
	{ "event: timeline\rdata: {}\r\r", "timeline:{}|" },
	{ "data: a\ndata: b\n\n", "message:a\nb|" },
	{ "data\n\n", "message:|" },
	{ "data\ndata\n\n", "message:\n|" },
	{ "data: a\n\ndata: b\n\n", "message:a|message:b|" },
	{ "event: x\n\ndata: b\n\n", "life|message:b|" },
	{ "event: x\nevent: y\ndata: b\n\n", "y:b|" },
	{ "id: 1\nretry: 5\nwhat: ever\ndata: a\n\n", "message:a|" },
	{ ": a comment\n\n", "life|" },
	{ ":\ndata: a\n\n", "life|message:a|" },
	{ "\n\n\n", "" },
	{ "data: cut off", "" },
	{ "data: cut off\n", "" },
	{ "data: a\n\r\n", "message:a|" },
	{ "\xEF\xBB\xBF"
	  "data: a\n\n",
		"message:a|" },
	{ "data: a\n\n\xEF\xBB\xBF"
	  "data: b\n\n",
		"message:a|" },
	{ "<!DOCTYPE html>\n<html>\n<p>data: no\n</html>\n\n", "" },
	{ "event: "
	  "0123456789012345678901234567890123456789012345678901234567890123456789\ndata: a\n\n",
		"012345678901234567890123456789012345678901234567890123456789012:a|" },
};

START_TEST(reads_what_the_standard_says)
{
	struct eventstream s;

	for (size_t piece = 1; piece <= strlen(streams[_i].stream); piece++) {
		eventstream_init(&s, on_event, NULL);
		buf_init(&told, 4096);
		put(&s, streams[_i].stream, strlen(streams[_i].stream), piece);
		ck_assert_str_eq(buf_text(&told), streams[_i].told);
		buf_done(&told);
		eventstream_done(&s);
	}
}
END_TEST

/* `count` data lines of `len` bytes each make one event. */
static void put_event(struct eventstream *s, size_t count, size_t len)
{
	auto_free char *line = xcalloc(len + 1, 1);

	memset(line, 'x', len);
	for (size_t i = 0; i < count; i++) {
		eventstream_put(s, "data:", 5);
		put(s, line, len, 1000);
		eventstream_put(s, "\n", 1);
	}
	eventstream_put(s, "\n", 1);
}

START_TEST(takes_what_is_just_not_too_long_and_loses_the_rest)
{
	struct eventstream s;

	eventstream_init(&s, on_event, NULL);
	buf_init(&told, 1 << 20);
	put_event(&s, 1, EVENTSTREAM_LINE_MAX - 5);
	ck_assert_uint_eq(told.len, strlen("message:|") + EVENTSTREAM_LINE_MAX - 5);
	buf_clear(&told);
	put_event(&s, 1, EVENTSTREAM_LINE_MAX - 4);
	put_event(&s, 5, EVENTSTREAM_LINE_MAX - 5);
	put_event(&s, 1, 1);
	ck_assert_str_eq(buf_text(&told), "lost|lost|message:x|");
	ck_assert_uint_le(s.line.capacity + s.data.capacity,
		2 * (EVENTSTREAM_LINE_MAX + EVENTSTREAM_DATA_MAX));
	buf_done(&told);
	eventstream_done(&s);
}
END_TEST

static const char seed_stream[] =
	": hello\n\nevent: timeline\r\ndata: {\"NotificationContainer\":{\"type\":\"timeline\",\r\n"
	"data: \"TimelineEntry\":[{\"sectionID\":\"1\",\"itemID\":5,\"type\":1,\"state\":5,"
	"\"updatedAt\":1}]}}\r\n\r\nevent: activity\ndata: {\"ActivityNotification\":[{\"event\":"
	"\"ended\",\"Activity\":{\"type\":\"library.update.section\",\"Context\":"
	"{\"librarySectionID\":3}}}]}\n\ndata: {}\n\n";

/* The fuzzer's target holds what must be true of any stream; here of some that are nearly good. */
START_TEST(holds_its_promises_on_garbled_streams)
{
	static const char bytes[] = "\r\n:{}[]\",\0\\\xff d";
	uint64_t dice = 1;
	char garbled[sizeof seed_stream];

	for (int i = 0; i < 20000; i++) {
		memcpy(garbled, seed_stream, sizeof garbled);
		for (int k = 0; k < 3; k++) {
			dice = dice * 6364136223846793005u + 1442695040888963407u;
			garbled[(dice >> 33) % (sizeof garbled - 1)] =
				bytes[(dice >> 20) % (sizeof bytes - 1)];
		}
		LLVMFuzzerTestOneInput((const uint8_t *)garbled, sizeof garbled - 1);
	}
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_loop_test(c, reads_what_the_standard_says, 0, ARRAY_LEN(streams));
	tcase_add_test(c, holds_its_promises_on_garbled_streams);
	tcase_add_test(c, takes_what_is_just_not_too_long_and_loses_the_rest);
}

CHECK_MAIN("eventstream", add_cases)
