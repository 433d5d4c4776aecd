/*
 * What kind of world it is, and what goes wrong in it. Drawn swarm-style: each fault is away from half
 * of the worlds, so that the others have room to meet.
 */
#ifndef TESTS_DST_FAULTS_H
#define TESTS_DST_FAULTS_H

#include "tests/dst/dice.h"

/*
 * Features of a world that the engine does not promise to survive yet; off unless asked for by --with.
 * With them on the oracle must see failures: that is how it is known to look.
 */
enum feature {
	/*
	 * Wall clocks of instances jump by hours, backwards too, also where records land late.
	 */
	FEATURE_CLOCKS = 1 << 0,
	/*
	 * Stash's Date header has whole seconds only, as HTTP's has: a fetched state looks older than it
	 * is, and a full event of the same second goes over it. Issue 4 "Tables": what is newer.
	 */
	FEATURE_DATES = 1 << 1,
};

struct faults {
	unsigned features; /* of enum feature */

	/* The shape of the world. */
	int partitions, scenes, consumers, edits;
	int64_t span_ms; /* of edits and faults; then the world is left in peace */
	bool stash; /* consumers can ask Stash; without, all events are full */
	bool preserve; /* preserve_plex_edits */
	bool lock; /* lock_fields */
	int full_events; /* per mille of the events */
	int same_second; /* … of the edits that follow at once */
	int deletes, retitles; /* … that delete the scene; that empty a field */
	int bursts, replays, corrupt; /* … after which more comes */
	int strays; /* per mille of the events: in a partition that is not their scene's */

	/* What goes wrong. Rates are per mille of the calls or effects that they meet. */
	int crash; /* between two effects */
	int lose_request, lose_answer, slow; /* of calls of Plex and Stash */
	int fail_item; /* calls that answer 500 */
	int produce_lost, produce_unsure; /* refused by Kafka; nobody knows */
	int table_restart;
	int outages; /* how many in the span */
	int rebalances, lost_partitions; /* how many */
	int clock_jumps; /* how many */
	int persons; /* how often a person puts something into a list of Plex's */
	bool replace; /* the members of an edit take the place of those that are there */
	int refreshes; /* how often Plex's agents fill what is empty */
	int rekeys; /* items that come back under another key */
	int ambiguous, absent, poisoned, ignoring; /* per mille of the scenes */
	int late; /* per mille of edits that time out and land after the client gave up */
	int freezes; /* how many: an instance freezes, or the group forgets it, while it goes on */
	int compactions; /* how many */
};

void faults_draw(struct faults *f, struct dice *d, unsigned features);

/* The span is over: nothing goes wrong any more. */
void faults_stop(struct faults *f);

#endif
