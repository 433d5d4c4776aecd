/* plexsim: a Plex Media Server for trying out and for tests. Prints its URL when it is ready. */
#include "tests/sim/plexsim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *out)
{
	fputs("usage: plexsim [OPTION]...\n"
	      "A Plex Media Server for tests, with a control API below /_sim/.\n\n"
	      "  --listen 127.0.0.1:PORT   where to listen (default: a free port)\n"
	      "  --token TOKEN             the owner's token (default: " PLEXSIM_TOKEN ")\n"
	      "  --read-only-token TOKEN   a token that may not edit\n"
	      "  --library FILE.json       what is in the library (default: nothing)\n"
	      "  --MODE WORD               a mode, as in --tag-mode replace, --default-lock lock;\n"
	      "                            the modes are:",
		out);
	for (size_t i = 0; plexsim_mode_name(i); i++)
		fprintf(out, " %s", plexsim_mode_name(i));
	fputc('\n', out);
}

static bool parse_listen(const char *text, uint16_t *ret, struct error *err)
{
	static const char host[] = "127.0.0.1:";
	char *end;
	unsigned long port;

	if (strncmp(text, host, strlen(host)) != 0)
		return error_set(err, "--listen takes 127.0.0.1:PORT, not \"%s\"", text);
	port = strtoul(text + strlen(host), &end, 10);
	if (*end || end == text + strlen(host) || port > UINT16_MAX)
		return error_set(err, "--listen: no such port: \"%s\"", text);
	*ret = (uint16_t)port;
	return true;
}

/* One `--name value`. */
static bool parse_option(
	struct plexsim_options *options, const char *name, const char *value, struct error *err)
{
	auto_free char *mode = xstrdup(name);

	if (str_equal(name, "listen"))
		return parse_listen(value, &options->port, err);
	if (str_equal(name, "token")) {
		options->token = value;
	} else if (str_equal(name, "read-only-token")) {
		options->read_only_token = value;
	} else if (str_equal(name, "library")) {
		options->library_file = value;
	} else {
		for (char *dash = mode; (dash = strchr(dash, '-'));)
			*dash = '_';
		return plexsim_mode_parse(&options->modes, mode, value, err);
	}
	return true;
}

static bool parse_options(int argc, char **argv, struct plexsim_options *options, struct error *err)
{
	for (int i = 1; i < argc; i += 2) {
		if (strncmp(argv[i], "--", 2) != 0)
			return error_set(err, "what is \"%s\"? See --help", argv[i]);
		if (i + 1 == argc)
			return error_set(err, "%s needs a value", argv[i]);
		if (!parse_option(options, argv[i] + 2, argv[i + 1], err))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct plexsim_options options = plexsim_defaults;
	struct plexsim *sim;
	struct error err;
	sigset_t signals;
	int which;

	if (argc == 2 && str_equal(argv[1], "--help")) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	if (!parse_options(argc, argv, &options, &err)) {
		fprintf(stderr, "plexsim: %s\n", err.text);
		return 2;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* before the threads, which inherit it */
	sim = plexsim_start(&options, &err);
	if (!sim) {
		fprintf(stderr, "plexsim: %s\n", err.text);
		return EXIT_FAILURE;
	}
	printf("plexsim: http://127.0.0.1:%u\n", plexsim_port(sim));
	fflush(stdout);
	sigwait(&signals, &which);
	plexsim_stop(sim);
	return EXIT_SUCCESS;
}
