#include "common/process.h"
#include "tests/unit/check_main.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

START_TEST(hands_signals_over_through_its_descriptor)
{
	ck_assert(process_open());
	ck_assert(!readable(process_fd()));
	ck_assert(!process_stop_requested());

	raise(SIGHUP);
	ck_assert(readable(process_fd()));
	ck_assert(!process_stop_requested());
	ck_assert(!readable(process_fd()));

	raise(SIGTERM);
	ck_assert(process_stop_requested());
	ck_assert(!readable(process_fd()));
	ck_assert(process_stop_requested());
	raise(SIGPIPE); /* ignored */
}
END_TEST

START_TEST(makes_uuids_of_version_7)
{
	char a[UUID_SIZE], b[UUID_SIZE];
	int64_t before = process_wall_ms(), at;

	process_uuid7(a);
	process_uuid7(b);
	ck_assert_str_ne(a, b);
	ck_assert_uint_eq(strlen(a), 36);
	ck_assert_uint_eq(strspn(a, "0123456789abcdef-"), 36);
	ck_assert(a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
	ck_assert_int_eq(a[14], '7');
	ck_assert_ptr_nonnull(strchr("89ab", a[19]));

	memmove(a + 8, a + 9, 5); /* the time: 8 and 4 digits */
	a[12] = '\0';
	at = strtoll(a, NULL, 16);
	ck_assert_int_ge(at, before);
	ck_assert_int_le(at, process_wall_ms());
}
END_TEST

START_TEST(has_a_clock_that_never_goes_back)
{
	int64_t before = process_mono_ms();

	ck_assert_int_gt(before, 0);
	ck_assert_int_ge(process_mono_ms(), before);
}
END_TEST

START_TEST(ends_itself_when_the_watchdog_fires)
{
	char line[256] = "";
	int fds[2], status;

	ck_assert_int_eq(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		process_watchdog(20);
		for (int i = 0; i < 5000; i++) /* hangs, but not for ever */
			poll(NULL, 0, 1);
		_exit(0);
	}
	close(fds[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
	ck_assert_int_gt(read(fds[0], line, sizeof line - 1), 0);
	close(fds[0]);
	ck_assert_ptr_nonnull(strstr(line, "event=shutdown_hung"));
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, hands_signals_over_through_its_descriptor);
	tcase_add_test(cases, makes_uuids_of_version_7);
	tcase_add_test(cases, has_a_clock_that_never_goes_back);
	tcase_add_test(cases, ends_itself_when_the_watchdog_fires);
}

CHECK_MAIN("process", add_cases)
