#include "common/files.h"
#include "tests/unit/check_main.h"

#include <string.h>
#include <unistd.h>

/* A file with 5000 bytes 'x', gone again before the test ends. */
static char *make_file(void)
{
	char *path = xstrdup("/tmp/test_files.XXXXXX");
	char bytes[5000];
	int fd = mkstemp(path);

	memset(bytes, 'x', sizeof bytes);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, sizeof bytes), sizeof bytes);
	close(fd);
	return path;
}

START_TEST(reads_a_file_up_to_the_limit)
{
	auto_free char *path = make_file();
	struct error err = { 0 };
	auto_buf exact, small;

	buf_init(&exact, 5001);
	buf_init(&small, 5000);
	buf_putc(&exact, 'a');
	buf_putc(&small, 'a');
	ck_assert(file_read(path, &exact, &err));
	ck_assert(!file_read(path, &small, &err));
	unlink(path);
	ck_assert_uint_eq(exact.len, 5001);
	ck_assert_str_eq(buf_text(&small), "a");
	ck_assert_ptr_nonnull(strstr(err.text, "larger than 5000 bytes"));
}
END_TEST

START_TEST(says_which_file_and_why)
{
	struct error err = { 0 };
	auto_buf out;

	buf_init(&out, 10);
	ck_assert(!file_read("/does/not/exist", &out, &err));
	ck_assert_str_eq(err.text, "Cannot read /does/not/exist: No such file or directory.");
	ck_assert(!file_read("/", &out, &err));
	ck_assert_str_eq(err.text, "Cannot read /: Is a directory.");
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, reads_a_file_up_to_the_limit);
	tcase_add_test(cases, says_which_file_and_why);
}

CHECK_MAIN("files", add_cases)
