#include "tests/dst/stage.h"

#include "tests/dst/director.h"
#include "tests/dst/watching.h"

/*
 * After the peace: the longest wait is for items that Plex lacks, one after the other where an
 * instance takes few scenes at a time; then repetitions.
 */
#define QUIET_WITHIN_MS (24 * (int64_t)NOT_FOUND_WINDOW_MS)
#define HAPPENINGS_MAX 400000

static void on_news(void *cookie)
{
	struct stage *s = cookie;

	for (int i = 0; i < s->world.faults.consumers; i++)
		watching_notice(&s->consumers[i]);
}

static void open_stage(struct stage *s, uint64_t seed, unsigned features, bool verbose)
{
	world_init(&s->world, seed, features, verbose);
	log_init(&s->log, &s->world);
	stashworld_init(&s->stash, &s->world, &s->log);
	plexworld_init(&s->plex, &s->world);
	group_init(&s->group, s);
	oracle_init(&s->oracle, s);
	s->stash.on_accepted = oracle_accepted;
	s->stash.cookie = &s->oracle;
	s->plex.on_news = on_news;
	s->plex.cookie = s;
	for (int i = 0; i < CONSUMERS_MAX; i++)
		consumer_init(&s->consumers[i], s, i);
	for (int i = 0; i < s->world.faults.consumers; i++)
		consumer_start(&s->consumers[i]);
	director_plan(s);
}

static void close_stage(struct stage *s)
{
	for (int i = 0; i < CONSUMERS_MAX; i++)
		consumer_done(&s->consumers[i]);
	world_done(&s->world);
	oracle_done(&s->oracle);
	plexworld_done(&s->plex);
	stashworld_done(&s->stash);
	log_done(&s->log);
}

/* Every event was worked on, and nobody is at anything. */
static bool is_quiet(const struct stage *s)
{
	if (s->stash.hooks)
		return false;
	for (int p = 0; p < s->log.partitions; p++)
		if (s->log.committed[p] != log_end(&s->log, TOPIC_EVENTS, p))
			return false;
	for (int i = 0; i < s->world.faults.consumers; i++)
		if (!consumer_is_idle(&s->consumers[i]))
			return false;
	return true;
}

static void play(struct stage *s)
{
	int64_t peace_ms =
		s->world.faults.span_ms + 400000; /* the last item has come back by then */
	int64_t end_ms = peace_ms + QUIET_WITHIN_MS;
	const struct faults *f = &s->world.faults;

	if (f->rekeys && f->stash) /* nobody may tell of an item under another key but the index */
		peace_ms += REBUILD_INTERVAL_MS + 60000;

	while (!s->world.failed) {
		if (!world_step(&s->world) || s->world.now_ms > end_ms) {
			world_fail(&s->world, "the world is never quiet");
			return;
		}
		if (s->world.happened > HAPPENINGS_MAX) {
			world_fail(&s->world, "an endless loop: more than %d things happened",
				HAPPENINGS_MAX);
			return;
		}
		if (s->world.now_ms > peace_ms && is_quiet(s)) {
			world_tell(&s->world, "quiet");
			oracle_judge(&s->oracle);
			return;
		}
	}
}

void stage_play(struct stage_result *ret, uint64_t seed, unsigned features, bool verbose)
{
	struct stage s = { .world = { .seed = 0 } };

	open_stage(&s, seed, features, verbose);
	play(&s);
	*ret = (struct stage_result){
		.failed = s.world.failed,
		.failure = s.world.failure,
		.simulated_ms = s.world.now_ms,
		.edits = s.stash.edits,
		.puts = s.plex.edits,
		.happened = s.world.happened,
	};
	close_stage(&s);
}
