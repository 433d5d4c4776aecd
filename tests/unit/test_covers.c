#include "common/covers.h"

#include "tests/unit/check_main.h"

static struct record r;

static void set_up(void)
{
	r = (struct record){ .topic = TOPIC_STAMPS };
}

static void tear_down(void)
{
	record_done(&r);
}

static const struct covers whole[] = {
	{ 0, 0 },
	{ 0, -1 },
	{ 1768115273000, 17 },
	{ 999999999999999999, 999999999999999999 },
};

START_TEST(reads_what_it_wrote)
{
	struct covers back;

	covers_write(&r, whole[_i]);
	ck_assert(covers_read(&back, &r));
	ck_assert_int_eq(back.generation, whole[_i].generation);
	ck_assert_int_eq(back.offset, whole[_i].offset);
}
END_TEST

START_TEST(replaces_the_header_that_was_there)
{
	struct covers back;

	record_add_text_header(&r, "before", "1");
	covers_write(&r, (struct covers){ 5, 6 });
	record_add_text_header(&r, "behind", "2");
	covers_write(&r, (struct covers){ 7, 8 });
	ck_assert_uint_eq(r.header_count, 3);
	ck_assert(covers_read(&back, &r));
	ck_assert_int_eq(back.generation, 7);
	ck_assert_ptr_nonnull(record_header(&r, "behind"));
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
} garbled[] = {
#define TEXT(text) \
	{ \
		text, sizeof text - 1 \
	}
	TEXT(""),
	TEXT("/"),
	TEXT("1"),
	TEXT("1/"),
	TEXT("/1"),
	TEXT("-1/1"),
	TEXT("1/-2"),
	TEXT("1/-12"),
	TEXT("1/--1"),
	TEXT("1/+1"),
	TEXT(" 1/1"),
	TEXT("1 /1"),
	TEXT("1/1\n"),
	TEXT("0x1/1"),
	TEXT("1/1/1"),
	TEXT("1/1\0"),
	TEXT("1000000000000000000/1"),
	TEXT("1/1000000000000000000"),
	TEXT("1/99999999999999999999999999999999999999999999999999999999999999999"),
	{ NULL, 0 },
};

START_TEST(is_below_everything_where_it_cannot_be_read)
{
	struct covers c = { 3, 4 };

	record_add_header(&r, COVERS_HEADER, garbled[_i].bytes, garbled[_i].len);
	ck_assert(!covers_read(&c, &r));
	ck_assert_int_eq(c.generation, -1);
	ck_assert_int_eq(c.offset, -1);
}
END_TEST

START_TEST(orders_by_generation_then_offset_then_place)
{
	static const struct {
		struct covers covers;
		int64_t own;
	} ascending[] = {
		{ { -1, -1 }, 900 },
		{ { 1, -1 }, 3 },
		{ { 1, 5 }, 2 },
		{ { 1, 5 }, 4 },
		{ { 1, 6 }, 1 },
		{ { 2, -1 }, 0 },
		{ { 2, 0 }, 0 },
		{ { INT64_MAX, 0 }, 0 },
		{ { INT64_MAX, INT64_MAX }, 0 },
	};

	for (size_t a = 0; a < ARRAY_LEN(ascending); a++)
		for (size_t b = 0; b < ARRAY_LEN(ascending); b++)
			ck_assert_int_eq(covers_compare(ascending[a].covers, ascending[a].own,
						 ascending[b].covers, ascending[b].own),
				(a > b) - (a < b));
}
END_TEST

START_TEST(keeps_the_highest_generation_of_each_partition)
{
	struct generations g = { .count = 0 };

	ck_assert_int_eq(generations_get(&g, 0), -1);
	generations_note(&g, 3, 100);
	generations_note(&g, 3, 99);
	generations_note(&g, 1, 5);
	ck_assert_int_eq(generations_get(&g, 3), 100);
	ck_assert_int_eq(generations_get(&g, 1), 5);
	ck_assert_int_eq(generations_get(&g, 2), -1);
	ck_assert_int_eq(generations_get(&g, 4), -1);
	generations_done(&g);
	ck_assert_int_eq(generations_get(&g, 3), -1);
}
END_TEST

START_TEST(takes_no_memory_for_partitions_that_no_cluster_has)
{
	struct generations g = { .count = 0 };

	generations_note(&g, -1, 1);
	generations_note(&g, COVERS_PARTITIONS_MAX, 1);
	generations_note(&g, INT32_MAX, 1);
	ck_assert_int_eq(g.count, 0);
	ck_assert_int_eq(generations_get(&g, -1), -1);
	ck_assert_int_eq(generations_get(&g, INT32_MAX), -1);
	generations_note(&g, COVERS_PARTITIONS_MAX - 1, 1);
	ck_assert_int_eq(generations_get(&g, COVERS_PARTITIONS_MAX - 1), 1);
	generations_done(&g);
}
END_TEST

static void add_cases(TCase *c)
{
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, reads_what_it_wrote, 0, ARRAY_LEN(whole));
	tcase_add_test(c, replaces_the_header_that_was_there);
	tcase_add_loop_test(c, is_below_everything_where_it_cannot_be_read, 0, ARRAY_LEN(garbled));
	tcase_add_test(c, orders_by_generation_then_offset_then_place);
	tcase_add_test(c, keeps_the_highest_generation_of_each_partition);
	tcase_add_test(c, takes_no_memory_for_partitions_that_no_cluster_has);
}

CHECK_MAIN("covers", add_cases)
