/* stashsim: a Stash server for trying out and for tests. Prints its URL when it is ready. */
#include "tests/sim/stashsim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: stashsim [OPTION]...\n"
	"A Stash server for tests, with a control API below /_sim/.\n\n"
	"  --listen 127.0.0.1:PORT   where to listen (default: a free port)\n"
	"  --api-key KEY             the key; nobody gets in without it (default: everybody does)\n"
	"  --utc-offset MINUTES      the server's time zone (default: 0)\n"
	"  --data FILE.json          its scenes (default: none)\n";

/* The whole of `text` as a number in [min, max]. */
static bool parse_number(const char *text, long min, long max, long *ret)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end || number < min || number > max)
		return false;
	*ret = number;
	return true;
}

static bool parse_listen(const char *text, uint16_t *ret, struct error *err)
{
	static const char host[] = "127.0.0.1:";
	long port;

	if (strncmp(text, host, strlen(host)) != 0 ||
		!parse_number(text + strlen(host), 0, UINT16_MAX, &port))
		return error_set(err, "--listen takes 127.0.0.1:PORT, not \"%s\"", text);
	*ret = (uint16_t)port;
	return true;
}

static bool parse_option(
	struct stashsim_options *options, const char *name, const char *value, struct error *err)
{
	long number;

	if (str_equal(name, "--listen"))
		return parse_listen(value, &options->port, err);
	if (str_equal(name, "--api-key")) {
		options->api_key = value;
		options->login = true;
	} else if (str_equal(name, "--data")) {
		options->data_file = value;
	} else if (str_equal(name, "--utc-offset")) {
		if (!parse_number(value, -24L * 60, 24L * 60, &number))
			return error_set(err, "--utc-offset takes minutes, not \"%s\"", value);
		options->utc_offset_min = (int)number;
	} else {
		return error_set(err, "what is \"%s\"? See --help", name);
	}
	return true;
}

static bool parse_options(
	int argc, char **argv, struct stashsim_options *options, struct error *err)
{
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			return error_set(err, "%s needs a value", argv[i]);
		if (!parse_option(options, argv[i], argv[i + 1], err))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct stashsim_options options = { 0 };
	struct stashsim *sim;
	struct error err;
	sigset_t signals;
	int which;

	if (argc == 2 && str_equal(argv[1], "--help")) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (!parse_options(argc, argv, &options, &err)) {
		fprintf(stderr, "stashsim: %s\n", err.text);
		return 2;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* before the threads, which inherit it */
	sim = stashsim_start(&options, &err);
	if (!sim) {
		fprintf(stderr, "stashsim: %s\n", err.text);
		return EXIT_FAILURE;
	}
	printf("stashsim: http://127.0.0.1:%u\n", stashsim_port(sim));
	fflush(stdout);
	sigwait(&signals, &which);
	stashsim_stop(sim);
	return EXIT_SUCCESS;
}
