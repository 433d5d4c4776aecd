#include "common/log.h"
#include "tests/unit/check_main.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int saved_stderr, pipe_fds[2];

static void capture(void)
{
	fflush(stderr);
	ck_assert_int_eq(pipe(pipe_fds), 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(pipe_fds[1], STDERR_FILENO);
}

/* What was written to standard error since capture(), with its end as a string. */
static const char *captured(void)
{
	static char text[8192];
	size_t len = 0;
	ssize_t got;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_fds[1]);
	while ((got = read(pipe_fds[0], text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)got;
	close(pipe_fds[0]);
	text[len] = '\0';
	return text;
}

/* The same without its time. */
static const char *captured_fields(void)
{
	const char *text = captured();
	const char *level = strstr(text, " level=");

	ck_assert_ptr_nonnull(level);
	return level + 1;
}

START_TEST(starts_with_the_time_in_utc)
{
	struct tm tm = { 0 };
	time_t before = time(NULL);

	capture();
	log_info("ready", "port=%d", 8590);
	const char *line = captured();
	const char *fraction = strptime(line, "ts=%Y-%m-%dT%H:%M:%S", &tm);

	ck_assert_ptr_nonnull(fraction);
	ck_assert_int_ge(timegm(&tm), before);
	ck_assert_int_le(timegm(&tm), time(NULL));
	ck_assert_str_eq(fraction + strlen(".123"), "Z level=info event=ready port=8590\n");
}
END_TEST

START_TEST(writes_every_conversion)
{
	capture();
	log_warn("x",
		"s=%s c=%c d=%d u=%u zu=%zu ld=%ld lu=%lu lld=%lld llu=%llu i64=%" PRId64
		" u64=%" PRIu64 " f=%.2f mixed=%s/%d literal=yes full=%d%%",
		"text", 'c', -1, 1u, (size_t)2, -3L, 3ul, -4LL, 4ull, INT64_MIN, UINT64_MAX, 1.005,
		"a", 7, 100);
	ck_assert_str_eq(captured_fields(),
		"level=warn event=x s=text c=c d=-1 u=1 zu=2 ld=-3 lu=3 lld=-4 llu=4 "
		"i64=-9223372036854775808 u64=18446744073709551615 f=1.00 mixed=a/7 literal=yes "
		"full=100%\n");
}
END_TEST

START_TEST(lets_no_value_forge_a_line)
{
	const char *volatile missing = NULL;

	capture();
	log_error("x", "a=%s b=%s c=%s d=%s e=%s f=%s", "one\nlevel=error event=forged", "",
		missing, "k=v \"q\" \\", "\x1b[31m\xc2\x9b", "caf\xc3\xa9 \xff");
	ck_assert_str_eq(captured_fields(),
		"level=error event=x a=\"one\\nlevel=error event=forged\" b=\"\" c=\"\" "
		"d=\"k=v \\\"q\\\" \\\\\" e=\"\\u001b[31m\\u009b\" f=\"caf\xc3\xa9 \\xff\"\n");
}
END_TEST

START_TEST(drops_what_is_above_the_level)
{
	capture();
	log_debug("hidden", NULL);
	log_set_level(LEVEL_DEBUG);
	log_debug("shown", NULL);
	log_set_level(LEVEL_ERROR);
	log_warn("hidden", NULL);
	log_set_level(LEVEL_INFO);
	ck_assert_str_eq(captured_fields(), "level=debug event=shown\n");
}
END_TEST

START_TEST(never_prints_a_secret)
{
	char text[] = "http://plex/?X-Plex-Token=canary-12345&again=canary-12345!";
	char head[1400];

	log_add_secret("canary-12345");
	log_add_secret("canary-12345-longer");
	log_add_secret("abc"); /* too short to be one */
	log_add_secret(NULL);
	log_redact(text);
	ck_assert_str_eq(text, "http://plex/?X-Plex-Token=***&again=***!");

	/* Also where a value is cut in the middle of it. */
	memset(head, 'x', sizeof head);
	memcpy(head + 1195, "canary-12345", sizeof "canary-12345");
	capture();
	log_info("x", "a=%s b=%s c=%s", "abc canary-12345", "canary-12345-longer", head);
	const char *line = captured();

	ck_assert_ptr_nonnull(strstr(line, "a=\"abc ***\" b=*** c=xxx"));
	ck_assert_ptr_null(strstr(line, "cana"));
	ck_assert_ptr_null(strstr(line, "longer"));
}
END_TEST

START_TEST(cuts_long_values_and_long_lines)
{
	static char value[9000];

	memset(value, 'v', sizeof value - 1);
	capture();
	log_info("x", "a=%s b=%s c=%s d=%s e=%s", value, value, value, value, value);
	const char *line = captured();

	ck_assert_uint_lt(strlen(line), 4096);
	ck_assert_ptr_nonnull(strstr(line, "vvv\xe2\x80\xa6\" b="));
	ck_assert_str_eq(line + strlen(line) - 10, " cut=true\n");
}
END_TEST

START_TEST(prefixes_the_priority_for_the_journal)
{
	struct stat st;
	char stream[64];

	capture();
	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_error("x", NULL);
	const char *line = captured();

	unsetenv("JOURNAL_STREAM");
	ck_assert_int_eq(strncmp(line, "<3>ts=", 6), 0);
}
END_TEST

START_TEST(prefixes_nothing_when_the_journal_reads_something_else)
{
	capture();
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_error("x", NULL);
	const char *line = captured();

	unsetenv("JOURNAL_STREAM");
	ck_assert_int_eq(strncmp(line, "ts=", 3), 0);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, starts_with_the_time_in_utc);
	tcase_add_test(cases, writes_every_conversion);
	tcase_add_test(cases, lets_no_value_forge_a_line);
	tcase_add_test(cases, drops_what_is_above_the_level);
	tcase_add_test(cases, never_prints_a_secret);
	tcase_add_test(cases, cuts_long_values_and_long_lines);
	tcase_add_test(cases, prefixes_the_priority_for_the_journal);
	tcase_add_test(cases, prefixes_nothing_when_the_journal_reads_something_else);
}

CHECK_MAIN("log", add_cases)
