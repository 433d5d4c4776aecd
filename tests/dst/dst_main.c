/*
 * The deterministic simulation (DESIGN §8): the consumer's real engine in worlds of dice.
 *
 *   dst --seed N [--worlds K] [--verbose] [--with clocks,dates] [--go-on]
 *
 * Runs the worlds N, N+1, …; the same seed is the same world. Ends with `K worlds, F failed`, and 1
 * when one failed. --with turns on what the engine does not promise yet (faults.h).
 */
#include "tests/dst/stage.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices {
	uint64_t seed, worlds;
	unsigned features;
	bool verbose, go_on;
};

static const struct {
	const char *name;
	enum feature feature;
} features[] = {
	{ "clocks", FEATURE_CLOCKS },
	{ "dates", FEATURE_DATES },
};

static bool read_features(const char *list, unsigned *ret)
{
	auto_free char *names = xstrdup(list);
	char *rest = names;

	for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ",")) {
		size_t i = 0;

		while (i < ARRAY_LEN(features) && !str_equal(features[i].name, name))
			i++;
		if (i == ARRAY_LEN(features))
			return false;
		*ret |= features[i].feature;
	}
	return true;
}

static bool read_number(const char *text, uint64_t *ret)
{
	char *end;

	*ret = strtoull(text, &end, 10);
	return *text && !*end;
}

static bool read_choices(struct choices *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "worlds", required_argument, NULL, 'w' },
		{ "with", required_argument, NULL, 'f' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "go-on", no_argument, NULL, 'g' },
		{ 0 },
	};
	bool ok = true;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			ok &= read_number(optarg, &c->seed);
		else if (option == 'w')
			ok &= read_number(optarg, &c->worlds);
		else if (option == 'f')
			ok &= read_features(optarg, &c->features);
		else if (option == 'v')
			c->verbose = true;
		else if (option == 'g')
			c->go_on = true;
		else
			ok = false;
	}
	return ok && optind == argc;
}

int main(int argc, char **argv)
{
	struct choices c = { .seed = 1, .worlds = 1 };
	uint64_t worlds = 0, failed = 0, edits = 0, puts = 0, happened = 0;
	double simulated_h = 0;

	if (!read_choices(&c, argc, argv)) {
		fprintf(stderr, "Usage: dst --seed N [--worlds K] [--verbose] [--go-on]\n"
				"           [--with clocks,dates]\n");
		return 2;
	}
	for (; worlds < c.worlds && (c.go_on || !failed); worlds++) {
		struct stage_result result;

		stage_play(&result, c.seed + worlds, c.features, c.verbose);
		simulated_h += (double)result.simulated_ms / 3600000;
		edits += result.edits;
		puts += result.puts;
		happened += result.happened;
		if (!result.failed)
			continue;
		failed++;
		printf("seed %llu: %s\n", (unsigned long long)(c.seed + worlds),
			result.failure.text);
	}
	printf("%.0f simulated hours, %llu edits of scenes, %llu edits of items, %llu happenings\n",
		simulated_h, (unsigned long long)edits, (unsigned long long)puts,
		(unsigned long long)happened);
	printf("%llu worlds, %llu failed\n", (unsigned long long)worlds,
		(unsigned long long)failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
