#include "consumer/plexxml.h"

#include "tests/unit/check_main.h"

#include <string.h>

static const char page[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<MediaContainer size=\"2\" totalSize=\"9\" offset=\"4\" librarySectionID=\"1\">"
	"<Video ratingKey=\"1\" type=\"movie\" title=\"One &amp; only\"><Media duration=\"5\">"
	"<Part file=\"/data/one > all.mp4\" size=\"10\"/></Media></Video>"
	"<Video ratingKey=\"2\" type=\"movie\" title=\"Two\"><Genre tag=\"G\"/></Video>"
	"</MediaContainer>";

static void count_row(void *cookie, const struct plex_item *item)
{
	(void)item;
	++*(int *)cookie;
}

static void count_section(void *cookie, const struct plex_section *section)
{
	(void)section;
	++*(int *)cookie;
}

START_TEST(refuses_the_answer_wherever_it_is_cut_off)
{
	for (size_t len = 0; len < sizeof page - 1; len++) {
		int rows = 0;
		const struct plexxml_handler handler = { .on_item = count_row, .cookie = &rows };
		struct plexxml_container c = { .size = 77 };
		struct error err = { 0 };
		auto_free char *body = xstrndup(page, len);

		ck_assert_msg(!plexxml_parse(body, len, &handler, &c, &err), "%zu bytes", len);
		ck_assert_int_eq(rows, 0);
		ck_assert_int_eq(c.size, 77);
		ck_assert_str_ne(err.text, "");
	}
}
END_TEST

START_TEST(takes_any_byte_in_a_title)
{
	for (int byte = 1; byte < 256; byte++) {
		int rows = 0;
		const struct plexxml_handler handler = { .on_item = count_row, .cookie = &rows };
		struct plexxml_container c;
		struct error err = { 0 };
		auto_free char *body = xstrdup(page);

		if (strchr("<&\"", byte)) /* markup where no scrubbing shall help */
			continue;
		*strstr(body, "Two") = (char)byte;
		ck_assert_msg(plexxml_parse(body, strlen(body), &handler, &c, &err), "byte %d: %s",
			byte, err.text);
		ck_assert_int_eq(rows, 2);
		ck_assert_int_eq(c.scrubbed, byte >= 128 || (byte < 32 && !strchr("\t\n\r", byte)));
	}
}
END_TEST

START_TEST(hands_sections_and_items_to_their_callbacks_only)
{
	static const char sections[] =
		"<MediaContainer size=\"1\"><Directory key=\"1\" type=\"movie\" title=\"S\"/>"
		"</MediaContainer>";
	int count = 0;
	const struct plexxml_handler handler = { .on_section = count_section, .cookie = &count };
	const struct plexxml_handler nothing = { 0 };
	struct plexxml_container c;
	struct error err;

	ck_assert(plexxml_parse(sections, sizeof sections - 1, &handler, &c, &err));
	ck_assert_int_eq(count, 1);
	ck_assert(plexxml_parse(page, sizeof page - 1, &handler, &c, &err));
	ck_assert_int_eq(count, 1);
	ck_assert_int_eq(c.total_size, 9);
	ck_assert_int_eq(c.offset, 4);
	ck_assert(plexxml_parse(sections, sizeof sections - 1, &nothing, &c, NULL));
}
END_TEST

START_TEST(refuses_more_bytes_than_the_limit)
{
	struct plexxml_container c;
	struct error err;
	const struct plexxml_handler nothing = { 0 };
	size_t len = (size_t)PLEXXML_BODY_MAX + 1;
	auto_free char *body = xcalloc(len, 1);

	body[0] = '<';
	ck_assert(!plexxml_parse(body, len, &nothing, &c, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "67108865 bytes"));
}
END_TEST

/*
 * Rows in many chunks, cut anywhere: within tags, characters, references and behind a `>` that is none.
 * _i: 1 with a fault in the last row.
 */
START_TEST(reads_a_library_in_one_answer)
{
	enum { ROWS = 60000 };
	struct plexxml_container c;
	struct error err = { 0 };
	int rows = 0;
	const struct plexxml_handler handler = { .on_item = count_row, .cookie = &rows };
	auto_buf body;

	buf_init(&body, 32 * 1024 * 1024);
	buf_printf(&body, "<MediaContainer size=\"%d\">", ROWS);
	for (int i = 0; i < ROWS; i++)
		buf_printf(&body,
			"<Video ratingKey=\"%d\" title=\"> é😀 &amp; > %d%s\" "
			"summary=\">>>>>>>>>>>>\">"
			"<Media duration=\"5\"><Part file=\"/data/éé>&#38;>/a rather long "
			"directory name "
			"/%d.mp4\" size=\"1\"/></Media><!-- > --><Genre tag=\"a > b\"/></Video>\n",
			i, i, _i && i == ROWS - 1 ? "\x04" : "", i);
	buf_puts(&body, "</MediaContainer>");
	ck_assert_uint_gt(body.len, 12 * 1000 * 1000);
	ck_assert_msg(plexxml_parse(body.data, body.len, &handler, &c, &err), "%s", err.text);
	ck_assert_int_eq(rows, ROWS);
	ck_assert_int_eq(c.scrubbed, _i);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, refuses_the_answer_wherever_it_is_cut_off);
	tcase_add_test(cases, takes_any_byte_in_a_title);
	tcase_add_test(cases, hands_sections_and_items_to_their_callbacks_only);
	tcase_add_test(cases, refuses_more_bytes_than_the_limit);
	tcase_add_loop_test(cases, reads_a_library_in_one_answer, 0, 2);
	tcase_set_timeout(cases, 60);
}

CHECK_MAIN("plexxml", add_cases)
