/*
 * tests/contract/plex/<case>/input.xml is an answer as Plex, or what stands in front of it, gives it;
 * expect.txt is what plexxml_parse() makes of it; where it ends in an ellipsis, libxml2 has the
 * last word, which differs between its versions. Each directory is a test of its own.
 */
#include "consumer/plexxml.h"

#include "tests/unit/check_main.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { CASES_MIN = 20 };

static struct dirent **directories;
static int directory_count;

static int is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void read_file(struct buf *ret, const char *directory, const char *name)
{
	auto_free char *path = xasprintf(CASES "/%s/%s", directory, name);
	FILE *file = fopen(path, "rb");
	char chunk[4096];
	size_t len;

	ck_assert_msg(file != NULL, "%s is missing", path);
	buf_init(ret, 1024 * 1024);
	while ((len = fread(chunk, 1, sizeof chunk, file)) > 0)
		ck_assert(buf_put(ret, chunk, len));
	fclose(file);
}

/* On one line, whatever is in it. */
static void put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, " %s=\"", name);
	for (; *text; text++) {
		if (*text == '\n')
			buf_puts(out, "\\n");
		else if (*text == '\r')
			buf_puts(out, "\\r");
		else
			buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

static void put_list(struct buf *out, const char *name, const struct string_list *list)
{
	if (list->count)
		buf_printf(out, "  %s", name);
	for (size_t i = 0; i < list->count; i++)
		put_text(out, "is", list->items[i]);
	if (list->count)
		buf_putc(out, '\n');
}

static void put_section(void *cookie, const struct plex_section *s)
{
	buf_printf(cookie, "section %s type=%s changed=%s", s->key, s->type,
		s->content_changed_at ? s->content_changed_at : "unknown");
	put_text(cookie, "title", s->title);
	for (size_t i = 0; i < s->locations.count; i++)
		put_text(cookie, "location", s->locations.items[i]);
	buf_putc(cookie, '\n');
}

static void put_item(void *cookie, const struct plex_item *item)
{
	buf_printf(cookie, "item %s section=%s type=%s added=%lld updated=%lld\n", item->rating_key,
		item->section, item->type, (long long)item->added_at, (long long)item->updated_at);
	for (enum plex_field f = 0; f < PLEX_FIELDS; f++) {
		if (!*plex_item_value(item, f))
			continue;
		buf_putc(cookie, ' ');
		put_text(cookie, plex_field_name(f), plex_item_value(item, f));
		buf_putc(cookie, '\n');
	}
	for (size_t i = 0; i < item->part_count; i++) {
		buf_printf(cookie, "  part size=%lld duration_ms=%lld",
			(long long)item->parts[i].size, (long long)item->parts[i].duration_ms);
		put_text(cookie, "file", item->parts[i].file);
		buf_putc(cookie, '\n');
	}
	if (item->rating100)
		buf_printf(cookie, "  rating=%d\n", item->rating100);
	put_list(cookie, "actors", &item->actors);
	put_list(cookie, "genres", &item->genres);
	put_list(cookie, "collections", &item->collections);
	put_list(cookie, "locked", &item->locked);
}

static void put_poster(void *cookie, const struct plex_poster *poster)
{
	buf_puts(cookie, "poster");
	put_text(cookie, "key", poster->key);
	buf_puts(cookie, poster->selected ? " selected\n" : "\n");
}

static void parse_case(struct buf *ret, const struct buf *input)
{
	struct plexxml_handler handler = { .on_section = put_section,
		.on_item = put_item,
		.on_poster = put_poster,
		.cookie = ret };
	struct plexxml_container c;
	struct error err = { 0 };

	buf_init(ret, 1024 * 1024);
	if (!plexxml_parse(buf_text(input), input->len, &handler, &c, &err)) {
		ck_assert_uint_eq(ret->len, 0); /* no row of an answer that was refused */
		buf_printf(ret, "error: %s\n", err.text);
		return;
	}
	buf_printf(ret, "container size=%lld total=%lld offset=%lld rows=%lld%s\n",
		(long long)c.size, (long long)c.total_size, (long long)c.offset, (long long)c.rows,
		c.scrubbed ? " scrubbed" : "");
}

static bool is_expected(const char *got, const char *expected)
{
	const char *ellipsis = strstr(expected, "…\n");

	if (ellipsis)
		return strncmp(got, expected, (size_t)(ellipsis - expected)) == 0;
	return strcmp(got, expected) == 0;
}

START_TEST(reads_the_answer_as_expected)
{
	const char *name = directories[_i]->d_name;
	auto_buf input, expected, got;

	read_file(&input, name, "input.xml");
	read_file(&expected, name, "expect.txt");
	parse_case(&got, &input);
	ck_assert_msg(is_expected(buf_text(&got), buf_text(&expected)),
		"case %s\nexpected:\n%s\ngot:\n%s", name, buf_text(&expected), buf_text(&got));
}
END_TEST

START_TEST(finds_the_cases)
{
	ck_assert_int_ge(directory_count, CASES_MIN);
}
END_TEST

static void add_cases(TCase *cases)
{
	directory_count = scandir(CASES, &directories, is_case, alphasort);
	tcase_add_test(cases, finds_the_cases);
	tcase_add_loop_test(cases, reads_the_answer_as_expected, 0, directory_count);
}

CHECK_MAIN("plexxml_contract", add_cases)
