#include "hook/spool.h"
#include "tests/unit/check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];
static struct spool spool;
static struct error err;

static void set_up(void)
{
	snprintf(dir, sizeof dir, "/tmp/plexsync-spool-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert(spool_open(&spool, dir, &err));
}

static const char *file(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void tear_down(void)
{
	spool_close(&spool);
	unlink(file("plexsync.spool"));
	unlink(file("plexsync.spool.new"));
	unlink(file("plexsync.spool.lock"));
	ck_assert_int_eq(rmdir(dir), 0);
}

static struct spool_claim append(struct spool *s, const char *body)
{
	struct spool_claim claim = { 0 };

	ck_assert_msg(spool_append(s, body, strlen(body), &claim, &err), "%s", err.text);
	return claim;
}

static void settle(struct spool *s, const struct spool_claim *claim)
{
	ck_assert_msg(spool_settle(s, claim, &err), "%s", err.text);
}

static struct spool_state tidy(struct spool *s)
{
	struct spool_state state = { 0 };

	ck_assert_msg(spool_tidy(s, &state, &err), "%s", err.text);
	return state;
}

/* As after the end of the process: its claims are gone. */
static void reopen(void)
{
	spool_close(&spool);
	ck_assert(spool_open(&spool, dir, &err));
}

/* The next event must be `body`; NULL: there is none. */
static struct spool_claim expect(struct spool *s, const char *body)
{
	static struct spool_event event;
	enum spool_found found = spool_next(s, &event, &err);

	ck_assert_int_eq(found, body ? SPOOL_EVENT : SPOOL_NONE);
	if (body) {
		ck_assert_str_eq(event.body, body);
		ck_assert_uint_eq(event.body_len, strlen(body));
	}
	return event.claim;
}

static void put_bytes(const char *bytes, size_t len)
{
	int fd = open(file("plexsync.spool"), O_WRONLY | O_APPEND | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static bool exists(const char *name)
{
	return access(file(name), F_OK) == 0;
}

static off_t size_of_file(void)
{
	struct stat status;

	ck_assert_int_eq(stat(file("plexsync.spool"), &status), 0);
	return status.st_size;
}

START_TEST(gives_events_in_the_order_in_which_they_came)
{
	append(&spool, "{\"id\":1}");
	append(&spool, "{\"id\":2}");
	ck_assert(spool_sync(&spool, &err));
	reopen();
	struct spool_claim one = expect(&spool, "{\"id\":1}");
	struct spool_claim two = expect(&spool, "{\"id\":2}");
	expect(&spool, NULL);
	settle(&spool, &one);
	ck_assert_uint_eq(tidy(&spool).waiting, 1);
	settle(&spool, &two);
	ck_assert_uint_eq(tidy(&spool).waiting, 0);
	ck_assert(!exists("plexsync.spool"));
}
END_TEST

START_TEST(gives_again_what_was_not_settled)
{
	append(&spool, "one");
	append(&spool, "two");
	reopen();
	expect(&spool, "one");
	reopen();
	struct spool_claim one = expect(&spool, "one");
	settle(&spool, &one);
	reopen();
	expect(&spool, "two");
}
END_TEST

START_TEST(gives_no_event_to_two_processes)
{
	struct spool other;

	append(&spool, "mine");
	ck_assert(spool_open(&other, dir, &err));
	expect(&other, NULL);
	append(&other, "yours");
	struct spool third;
	ck_assert(spool_open(&third, dir, &err));
	expect(&third, NULL);
	spool_close(&other);
	spool_close(&third);
	ck_assert(spool_open(&third, dir, &err));
	expect(&third, "yours");
	spool_close(&third);
}
END_TEST

START_TEST(goes_on_when_another_process_has_emptied_or_rewritten_the_file)
{
	struct spool other;
	struct spool_claim mine = append(&spool, "mine");

	ck_assert(spool_open(&other, dir, &err));
	settle(&spool, &mine);
	ck_assert_uint_eq(tidy(&other).waiting, 0);
	ck_assert(!exists("plexsync.spool"));
	append(&spool, "again");
	ck_assert_uint_eq(tidy(&other).waiting, 1);
	spool_close(&spool);
	expect(&other, "again");
	spool_close(&other);
	ck_assert(spool_open(&spool, dir, &err));
}
END_TEST

/* A writer that was killed has written only the first _i bytes of its line. */
START_TEST(passes_over_a_torn_last_line_of_any_length)
{
	char line[SPOOLLINE_BYTES];
	size_t len = spoolline_write(line, 77, "torn", 4);

	ck_assert_uint_eq(len, SPOOLLINE_HEAD + 5);
	append(&spool, "before");
	put_bytes(line, (size_t)_i);
	append(&spool, "after");
	reopen();
	expect(&spool, "before");
	if ((size_t)_i >= len - 1)
		expect(&spool, "torn"); /* it only lacks the newline */
	expect(&spool, "after");
	expect(&spool, NULL);
	struct spool_state state = tidy(&spool);
	ck_assert_uint_eq(state.unreadable, _i > 0 && (size_t)_i < len - 1);
	ck_assert_uint_eq(tidy(&spool).unreadable, 0);
	ck_assert_uint_eq(tidy(&spool).waiting, 2 + ((size_t)_i >= len - 1));
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
} RUINS[] = {
	{ "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 40 },
	{ "+ 000000000000004d 0000000000000000 {}\n", 39 },
	{ "+ 000000000000004X 0000000000000000 {}\n", 39 },
	{ "hello\n", 6 },
};

START_TEST(passes_over_what_is_no_line)
{
	put_bytes(RUINS[_i].bytes, RUINS[_i].len);
	append(&spool, "after");
	reopen();
	expect(&spool, "after");
	expect(&spool, NULL);
	ck_assert_uint_eq(tidy(&spool).unreadable, 1);
	ck_assert_uint_eq(tidy(&spool).unreadable, 0);
}
END_TEST

START_TEST(finds_the_next_line_behind_one_that_is_too_long)
{
	static char ruin[3 * SPOOLLINE_BYTES];

	memset(ruin, 'x', sizeof ruin);
	put_bytes(ruin, sizeof ruin);
	append(&spool, "after");
	reopen();
	expect(&spool, "after");
	expect(&spool, NULL);
	ck_assert_uint_gt(tidy(&spool).unreadable, 0);
	ck_assert_uint_eq(tidy(&spool).unreadable, 0);
}
END_TEST

START_TEST(takes_a_body_of_the_greatest_size_and_no_longer_one)
{
	static char body[SPOOLLINE_BODY + 2];
	struct spool_claim claim;

	memset(body, 'b', SPOOLLINE_BODY + 1);
	ck_assert(!spool_append(&spool, body, SPOOLLINE_BODY + 1, &claim, &err));
	ck_assert(!spool_append(&spool, "a\nb", 3, &claim, &err));
	body[SPOOLLINE_BODY] = '\0';
	append(&spool, body);
	append(&spool, "after");
	reopen();
	expect(&spool, body);
	expect(&spool, "after");
}
END_TEST

/* Written at once: the spool itself would read all lines before each. */
static void fill_with(size_t lines, const char *body)
{
	static char text[SPOOLLINE_BYTES];

	for (size_t i = 0; i < lines; i++) {
		size_t len = spoolline_write(text, i + 1000, body, strlen(body));

		put_bytes(text, len);
	}
}

START_TEST(refuses_a_line_too_many_and_keeps_the_oldest)
{
	struct spool_claim claim;

	fill_with(SPOOL_LINES - 1, "old");
	append(&spool, "last");
	ck_assert(!spool_append(&spool, "more", 4, &claim, &err));
	ck_assert_msg(strstr(err.text, "full (10000 events wait") != NULL, "%s", err.text);
	struct spool_claim old = expect(&spool, "old");
	settle(&spool, &old);
	append(&spool, "more");
	ck_assert_uint_eq(tidy(&spool).waiting, SPOOL_LINES);
}
END_TEST

START_TEST(refuses_bytes_too_many)
{
	static char body[SPOOLLINE_BODY + 1];
	size_t taken = 0;
	struct spool_claim claim;

	memset(body, 'b', SPOOLLINE_BODY);
	while (taken < 100 && spool_append(&spool, body, SPOOLLINE_BODY, &claim, &err))
		taken++;
	ck_assert_uint_eq(taken, SPOOL_BYTES / (SPOOLLINE_BODY + SPOOLLINE_HEAD + 1));
	ck_assert_ptr_nonnull(strstr(err.text, "full"));
}
END_TEST

START_TEST(sweeps_delivered_lines_out_and_settles_what_has_moved)
{
	static char body[SPOOLLINE_BODY + 1];
	struct spool other;

	ck_assert(spool_open(&other, dir, &err));
	memset(body, 'b', SPOOLLINE_BODY);
	struct spool_claim goes = append(&spool, "goes");
	settle(&spool, &goes);
	struct spool_claim stays = append(&other, "stays");
	for (int i = 0; i < 80; i++) {
		struct spool_claim claim = append(&spool, body);

		settle(&spool, &claim);
		ck_assert_int_lt(size_of_file(), 2 * SPOOL_BYTES);
	}
	settle(&other, &stays);
	ck_assert_uint_eq(tidy(&other).waiting, 0);
	spool_close(&other);
}
END_TEST

START_TEST(is_nobody_elses_business)
{
	struct stat status;

	append(&spool, "{}");
	ck_assert_int_eq(stat(file("plexsync.spool"), &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
}
END_TEST

START_TEST(follows_no_link)
{
	struct spool_claim claim;

	ck_assert_int_eq(symlink("/dev/null", file("plexsync.spool")), 0);
	ck_assert(!spool_append(&spool, "{}", 2, &claim, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be opened"));
}
END_TEST

START_TEST(names_the_directory_that_is_not_there)
{
	struct spool none;

	ck_assert(!spool_open(&none, "/nonexistent/x", &err));
	ck_assert_str_eq(err.text, "the spool in /nonexistent/x cannot be written (No such file or "
				   "directory)");
}
END_TEST

#define CHILDREN 8
#define EVENTS 200 /* of a child, which settles every second one */

/* `gate` opens when all are there. */
static void work(int child, const int gate[2])
{
	struct spool own;
	char nothing;

	close(gate[1]);
	if (read(gate[0], &nothing, 1) != 0 || !spool_open(&own, dir, &err))
		_exit(1);
	for (int i = 0; i < EVENTS; i++) {
		struct spool_state state;
		struct spool_claim claim;
		char body[32];
		int len = snprintf(body, sizeof body, "%d/%d", child, i);

		if (!spool_append(&own, body, (size_t)len, &claim, &err) ||
			(i % 2 && !spool_settle(&own, &claim, &err)) ||
			!spool_tidy(&own, &state, &err) || state.unreadable)
			_exit(1);
	}
	_exit(0);
}

static void run_children(void)
{
	int gate[2], status;

	ck_assert_int_eq(pipe(gate), 0);
	for (int child = 0; child < CHILDREN; child++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			work(child, gate);
	}
	close(gate[0]);
	close(gate[1]);
	for (int child = 0; child < CHILDREN; child++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
}

START_TEST(loses_and_tears_nothing_among_many_processes)
{
	static bool seen[CHILDREN][EVENTS];
	struct spool_event *event = calloc(1, sizeof *event);
	size_t count = 0;

	run_children();
	while (spool_next(&spool, event, &err) == SPOOL_EVENT) {
		char *rest;
		long child = strtol(event->body, &rest, 10), i = strtol(rest + 1, NULL, 10);

		ck_assert(child >= 0 && child < CHILDREN && i >= 0 && i < EVENTS && i % 2 == 0);
		ck_assert(!seen[child][i]);
		seen[child][i] = true;
		count++;
	}
	ck_assert_uint_eq(count, CHILDREN * EVENTS / 2);
	ck_assert_uint_eq(tidy(&spool).unreadable, 0);
	free(event);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, gives_events_in_the_order_in_which_they_came);
	tcase_add_test(cases, gives_again_what_was_not_settled);
	tcase_add_test(cases, gives_no_event_to_two_processes);
	tcase_add_test(cases, goes_on_when_another_process_has_emptied_or_rewritten_the_file);
	tcase_add_loop_test(
		cases, passes_over_a_torn_last_line_of_any_length, 0, SPOOLLINE_HEAD + 6);
	tcase_add_loop_test(cases, passes_over_what_is_no_line, 0, ARRAY_LEN(RUINS));
	tcase_add_test(cases, finds_the_next_line_behind_one_that_is_too_long);
	tcase_add_test(cases, takes_a_body_of_the_greatest_size_and_no_longer_one);
	tcase_add_test(cases, refuses_a_line_too_many_and_keeps_the_oldest);
	tcase_add_test(cases, refuses_bytes_too_many);
	tcase_add_test(cases, sweeps_delivered_lines_out_and_settles_what_has_moved);
	tcase_add_test(cases, is_nobody_elses_business);
	tcase_add_test(cases, follows_no_link);
	tcase_add_test(cases, names_the_directory_that_is_not_there);
	tcase_add_test(cases, loses_and_tears_nothing_among_many_processes);
}

CHECK_MAIN("hook_spool", add_cases)
