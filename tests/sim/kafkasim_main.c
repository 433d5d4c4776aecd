/* kafkasim: the embedded broker as a program. Says where it listens; ends on SIGTERM or SIGINT. */
#include "tests/sim/kafkasim.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_USAGE 2

static const char usage[] =
	"usage: kafkasim [--prefix PREFIX] [--partitions N]\n"
	"A Kafka broker in memory, for trying out: what it holds is gone when it ends.\n";

static bool parse_partitions(const char *text, int *ret)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end || number < 1 || number > KAFKASIM_MAX_PARTITIONS)
		return false;
	*ret = (int)number;
	return true;
}

/* true: go on; false: end with *ret_status. */
static bool parse_options(int argc, char **argv, struct kafkasim_options *options, int *ret_status)
{
	static const struct option known[] = { { "prefix", required_argument, NULL, 'p' },
		{ "partitions", required_argument, NULL, 'n' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	int option;

	*ret_status = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'p':
			options->prefix = optarg;
			break;
		case 'n':
			if (parse_partitions(optarg, &options->partitions))
				break;
			fprintf(stderr,
				"kafkasim: --partitions wants a number from 1 to %d, not %s\n",
				KAFKASIM_MAX_PARTITIONS, optarg);
			return false;
		case 'h':
			fputs(usage, stdout);
			*ret_status = EXIT_SUCCESS;
			return false;
		default:
			fputs(usage, stderr);
			return false;
		}
	}
	if (optind < argc)
		fputs(usage, stderr);
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct kafkasim_options options = { 0 };
	struct error err;
	sigset_t ending;
	int signal_number, status;

	if (!parse_options(argc, argv, &options, &status))
		return status;
	/* Before the first thread starts, so that all of them leave the signals to sigwait(). */
	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	sigprocmask(SIG_BLOCK, &ending, NULL);

	struct kafkasim *sim = kafkasim_start(&options, &err);
	if (!sim) {
		fprintf(stderr, "kafkasim: %s\n", err.text);
		return EXIT_FAILURE;
	}
	printf("kafkasim: %s (in memory, for trying out)\n", kafkasim_bootstrap(sim));
	fflush(stdout);
	sigwait(&ending, &signal_number);
	kafkasim_stop(sim);
	return EXIT_SUCCESS;
}
