#include "common/process.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_HUNG = 3 };

static int signal_fd = -1;
static bool stop_requested;

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t process_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t process_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

void process_random(void *bytes, size_t len)
{
	unsigned char *p = bytes;

	while (len) {
		ssize_t got = getrandom(p, len, 0);

		if (got < 0 && errno != EINTR) {
			fputs("level=error event=no_random_bytes\n", stderr);
			abort();
		}
		if (got > 0) {
			p += got;
			len -= (size_t)got;
		}
	}
}

/* Identifiers are made by the thousand: the kernel is asked once for many of them. */
static void take_random(unsigned char *bytes, size_t len)
{
	static unsigned char pool[640];
	static size_t used = sizeof pool;

	if (used + len > sizeof pool) {
		process_random(pool, sizeof pool);
		used = 0;
	}
	memcpy(bytes, pool + used, len);
	used += len;
}

void process_uuid7(char ret[UUID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	int64_t ms = process_wall_ms();
	unsigned char b[16];

	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(ms >> (40 - 8 * i));
	take_random(b + 6, sizeof b - 6);
	b[6] = (unsigned char)(0x70 | (b[6] & 0x0f)); /* the version */
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f)); /* the variant */
	for (size_t i = 0; i < sizeof b; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*ret++ = '-';
		*ret++ = digits[b[i] >> 4];
		*ret++ = digits[b[i] & 0x0f];
	}
	*ret = '\0';
}

bool process_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return false;
	signal_fd = signalfd(signal_fd, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return signal_fd >= 0 &&
	       sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL) == 0;
}

int process_fd(void)
{
	return signal_fd;
}

bool process_stop_requested(void)
{
	struct signalfd_siginfo info;

	while (signal_fd >= 0 && read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo != SIGHUP)
			stop_requested = true;
	}
	return stop_requested;
}

/* Runs whatever the main thread hangs in; only what signal-safety(7) allows. */
static void end_at_once(int number)
{
	static const char line[] =
		"level=error event=shutdown_hung text=\"closing took too long, ended by force\"\n";

	(void)number;
	(void)!write(STDERR_FILENO, line, sizeof line - 1);
	_exit(EXIT_HUNG);
}

void process_trim(void)
{
	malloc_trim(0);
}

void process_watchdog(int64_t ms)
{
	struct sigaction action = { .sa_handler = end_at_once };
	struct itimerval timer = {
		.it_value = { .tv_sec = (time_t)(ms / 1000),
			.tv_usec = (suseconds_t)(ms % 1000) * 1000 + 1 }, /* never 0: that is off */
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}
